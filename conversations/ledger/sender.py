"""Hand the outbox to the carrier: most urgent first, at the sender's rate, in order to each number.

A row is claimed in one transaction, handed over, and its outcome written in another. If the process dies in between,
the outcome is unknown: the carrier's own list or a callback settles it, and only a message that the list has twice
been seen not to hold is handed over again.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy import case, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from conversations.carrier import Carrier, CarrierMessage, DeliveryState, Fault, Outgoing, SendFailed
from conversations.cases import NewCase, open_case
from conversations.ledger.addresses import erasing, why_barred
from conversations.ledger.bars import ask_for_start
from conversations.ledger.gate import CAN_WAIT, FAREWELLS
from conversations.ledger.moot import why_moot
from conversations.ledger.restored import may_have_gone_out
from conversations.ledger.statuses import OPTED_OUT_CODE, advance, note_fault
from conversations.models import Address, Conversation, Lane, MessageClass, Outbound, OutState
from conversations.policy import Policy
from placements import clock
from placements.database import Database

log = structlog.get_logger(__name__)

RETRIES = tuple(timedelta(seconds=s) for s in (2, 5, 15, 60, 300, 1800))
LOOK_AFTER = (
    timedelta(seconds=4),
    timedelta(seconds=12),
)  # when an unknown outcome is looked up at the carrier
LOOK_EVERY = 1.0  # seconds; a notification comes first
GIVE_UP_AFTER = timedelta(seconds=50)
CLOCKS_DIFFER = timedelta(
    seconds=30
)  # the carrier's from ours, at most; rows known to be others' do not count
_RANK = case(  # whoever is in need hears first, then whoever is called
    (Outbound.message_class == MessageClass.CRISIS, 0),
    (Outbound.lane == Lane.URGENT, 1),
    (Outbound.lane == Lane.REPLY, 2),
    else_=3,
)


@dataclass(frozen=True)
class Claim:
    """A message taken for handing over."""

    id: UUID
    to: str
    body: str


class Sender:
    """Sends what is due in some lanes. Several may run; the database shares out rows and rate."""

    def __init__(
        self,
        database: Database,
        carrier: Carrier,
        policy: Policy,
        *,
        per_second: float,
        lanes: Sequence[Lane] = tuple(Lane),
        at_once: int = 8,
    ) -> None:
        self._db, self._carrier, self._policy = database, carrier, policy
        self._per_second, self._lanes, self._at_once = per_second, list(lanes), at_once
        self._running: set[asyncio.Task[None]] = set()

    async def run(self, wake: asyncio.Event) -> None:
        """Send until cancelled; `wake` says that the outbox has something new."""
        settling = asyncio.create_task(self._settle_forever())
        try:
            while True:
                wake.clear()
                if not await self._step():
                    await _either(wake, LOOK_EVERY)
        finally:
            settling.cancel()

    async def flush(self) -> int:
        """Send everything that is due now and wait for it; how many messages were handed over."""
        sent = 0
        while (claim := await self._claim()) is not None:
            await self._hand_over(claim)
            sent += 1
        return sent

    async def _step(self) -> bool:
        try:
            while len(self._running) >= self._at_once:
                await asyncio.wait(self._running, return_when=asyncio.FIRST_COMPLETED)
            claim = await self._claim()
        except Exception as failure:
            log.warning("outbox_unreachable", why=type(failure).__name__)
            await asyncio.sleep(0.5)
            return False
        if claim is None:
            return False
        task = asyncio.create_task(self._hand_over(claim))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return True

    async def _claim(self) -> Claim | None:
        """Take the most urgent message that may go now; ordinary lanes wait for the sender's rate."""
        while True:
            async with self._db.session() as session:
                now = await clock.now(session)
                row = (await session.scalars(_next(self._lanes, now))).first()
                if row is None:
                    return None
                if row.lane == Lane.URGENT or await self._may_send(session):
                    return await self._take(session, row, now)
                await session.rollback()
            await asyncio.sleep(min(1 / self._per_second, 0.2))

    async def _take(self, session: AsyncSession, row: Outbound, now: datetime) -> Claim:
        """Claim a message, or record why it does not go after all; such a claim names nobody."""
        address = await session.get_one(Address, row.address_id)
        if until := _held(row, address, now):
            row.due_at = self._policy.earliest(MessageClass(row.message_class), until, self._policy.timezone)
            return Claim(row.id, "", "")
        if reason := _bar(row, address) or await why_moot(session, row, now):
            row.state, row.why_suppressed, row.state_at = OutState.SUPPRESSED, reason, now
            await _purge(session, row)
            return Claim(row.id, "", "")
        if (copied := await may_have_gone_out(session, row)) is not None:
            row.state, row.handed_at, row.claimed_real = OutState.SENDING, row.handed_at or now, copied
            return Claim(row.id, "", "")
        row.state, row.handed_at = OutState.SENDING, row.handed_at or now
        row.claimed_real, row.attempts, row.absences = func.now(), row.attempts + 1, 0
        return Claim(row.id, address.value, row.body)

    async def _may_send(self, session: AsyncSession) -> bool:
        """Take the next place in the sender's rate, which all senders share."""
        gap = timedelta(seconds=1 / self._per_second)
        taken = await session.scalar(
            text(
                "insert into conversations.send_rate (id, next_real) values (1, now() + :gap)"
                " on conflict (id) do update set next_real = greatest(send_rate.next_real, now()) + :gap"
                " where send_rate.next_real <= now() returning id"
            ),
            {"gap": gap},
        )
        return taken is not None

    async def _hand_over(self, claim: Claim) -> None:
        if not claim.to:
            return
        try:
            accepted = await self._carrier.send(Outgoing(str(claim.id), claim.to, claim.body))
        except SendFailed as failed:
            await self._not_sent(claim, failed)
        except Exception as failure:
            log.warning("send_outcome_unknown", message=str(claim.id), why=type(failure).__name__)
        else:
            await self._accepted(claim.id, accepted)

    async def _accepted(self, message_id: UUID, accepted: CarrierMessage) -> None:
        async with self._db.session() as session:
            row = await _locked(session, message_id)
            if row is None:
                return
            now = await clock.now(session)
            await advance(session, row, DeliveryState.ACCEPTED, accepted.carrier_id, "", now)
            await _purge(session, row)

    async def _not_sent(self, claim: Claim, failed: SendFailed) -> None:
        """Act on a classified failure; an unknown outcome is left to be settled."""
        if failed.fault is Fault.UNKNOWN:
            log.warning("send_outcome_unknown", message=str(claim.id), code=failed.code)
            return
        async with self._db.session() as session:
            row = await _locked(session, claim.id)
            if row is None or row.state != OutState.SENDING:
                return
            now = await clock.now(session)
            row.error_code, row.claimed_real = failed.code, None
            if failed.fault is Fault.RETRY and row.attempts <= len(RETRIES):
                wait = max(RETRIES[row.attempts - 1], timedelta(seconds=failed.retry_after or 0))
                row.state, row.next_try_at = OutState.QUEUED, now + wait
                return
            row.state, row.state_at = OutState.FAILED, now
            barred = failed.fault is Fault.OPTED_OUT
            await note_fault(session, row, OPTED_OUT_CODE if barred else failed.code, now)
            if not barred:
                await self._case(session, row, "send_failed", now)
            elif row.cause_kind not in ("case", "page") and not FAREWELLS.intersection(row.texts):
                await self._must_text_start(session, row, now)
            await _purge(session, row)

    async def _must_text_start(self, session: AsyncSession, row: Outbound, now: datetime) -> None:
        """The carrier holds an opt-out that we did not know of, and somebody has to hear so from a person."""
        address = await session.get_one(Address, row.address_id)
        if address.opted_out_at is None:
            conversation = await session.get_one(Conversation, row.conversation_id)
            await ask_for_start(session, address, conversation, policy=self._policy, now=now)

    async def _settle_forever(self) -> None:
        while True:
            await asyncio.sleep(1)
            try:
                await self.settle()
            except Exception as failure:
                log.warning("settling_failed", why=type(failure).__name__)

    async def settle(self) -> int:
        """Look up unknown outcomes at the carrier; how many were settled."""
        async with self._db.session() as session:
            real = (await session.execute(select(func.now()))).scalar_one()
            rows = list(
                (
                    await session.scalars(
                        select(Outbound)
                        .where(
                            Outbound.state == OutState.SENDING,
                            Outbound.lane.in_(self._lanes),
                            Outbound.claimed_real < real - LOOK_AFTER[0],
                        )
                        .limit(100)
                    )
                ).all()
            )
        return sum([await self._settle_one(row.id, real) for row in rows if _due_for_look(row, real)])

    async def _settle_one(self, message_id: UUID, real: datetime) -> bool:
        async with self._db.session() as session:
            row = await _locked(session, message_id)
            if row is None or row.state != OutState.SENDING or row.claimed_real is None:
                return False
            now = await clock.now(session)
            address = await session.get_one(Address, row.address_id)
            # Two texts with the same words must not both be taken for the same row of the carrier's.
            await session.execute(
                select(func.pg_advisory_xact_lock(func.hashtextextended(str(address.id), 1)))
            )
            try:
                found = await self._look_up(session, row, address, now)
            except SendFailed:
                return await self._give_up(session, row, real, now)
            if found is not None:
                await advance(
                    session,
                    row,
                    found.state or DeliveryState.ACCEPTED,
                    found.carrier_id,
                    found.error_code,
                    now,
                )
                await _purge(session, row)
                return True
            row.absences += 1
            if row.absences >= len(LOOK_AFTER):
                row.state, row.claimed_real, row.next_try_at = OutState.QUEUED, None, now
                return True
            return False

    async def _look_up(
        self, session: AsyncSession, row: Outbound, address: Address, now: datetime
    ) -> CarrierMessage | None:
        """The carrier's row for this message: same number and words, since we handed it over, and nobody else's."""
        assert row.claimed_real is not None
        listed = await self._carrier.list_sent(to=address.value, since=row.claimed_real - CLOCKS_DIFFER)
        theirs = [m.carrier_id for m in listed if m.body == row.body]
        query = select(Outbound.carrier_id).where(Outbound.carrier_id.in_(theirs), Outbound.id != row.id)
        taken = set(await session.scalars(query))
        return next((m for m in listed if m.carrier_id in theirs and m.carrier_id not in taken), None)

    async def _give_up(self, session: AsyncSession, row: Outbound, real: datetime, now: datetime) -> bool:
        assert row.claimed_real is not None
        if real - row.claimed_real < GIVE_UP_AFTER:
            return False
        row.state, row.state_at, row.error_code = OutState.FAILED, now, row.error_code or "unsettled"
        await self._case(session, row, "send_unsettled", now)
        await _purge(session, row)
        return True

    async def _case(self, session: AsyncSession, row: Outbound, kind: str, now: datetime) -> None:
        if row.cause_kind in ("case", "page"):
            return  # a case about a case would never end; pages repeat by themselves
        await open_case(
            session,
            NewCase(
                kind=kind,
                dedupe=f"{kind}:{row.id}",
                person_id=row.person_id,
                conversation_id=row.conversation_id,
                record_id=row.id,
                facts={"code": row.error_code or "", "cause": row.cause_kind},
            ),
            policy=self._policy,
            now=now,
        )


def _next(lanes: Sequence[Lane], now: datetime):  # type: ignore[no-untyped-def]
    """The query for the next message: nothing overtakes an earlier one to the same number, but for the urgent lane."""
    earlier = aliased(Outbound)
    held_up = (
        select(earlier.id)
        .where(
            earlier.address_id == Outbound.address_id,
            earlier.seq < Outbound.seq,
            earlier.state.in_((OutState.QUEUED, OutState.SENDING)),
            earlier.due_at <= now,
        )
        .exists()
    )
    return (
        select(Outbound)
        .where(
            Outbound.state == OutState.QUEUED,
            Outbound.lane.in_(lanes),
            Outbound.due_at <= now,
            (Outbound.next_try_at.is_(None)) | (Outbound.next_try_at <= now),
            (Outbound.lane == Lane.URGENT) | ~held_up,
        )
        .order_by(_RANK, Outbound.seq)
        .limit(1)
        .with_for_update(skip_locked=True)
    )


def _bar(row: Outbound, address: Address) -> str | None:
    """What came between writing a message and sending it: a STOP, or a number that died."""
    if row.message_class == MessageClass.CRISIS or FAREWELLS.intersection(row.texts):
        return None
    if (barred := why_barred(address)) is not None:
        return barred
    page = row.message_class == MessageClass.PAGE  # tried all the same: the phone may have been off
    return "dead_number" if address.dead_at is not None and not page else None


def _held(row: Outbound, address: Address, now: datetime) -> datetime | None:
    """Until when a message waits after a crisis text that came while it was being written."""
    until = address.crisis_until
    return until if until is not None and until > now and row.message_class in CAN_WAIT else None


def _due_for_look(row: Outbound, real: datetime) -> bool:
    wait = LOOK_AFTER[min(row.absences, len(LOOK_AFTER) - 1)]
    return row.claimed_real is not None and real - row.claimed_real >= wait


async def _locked(session: AsyncSession, message_id: UUID) -> Outbound | None:
    query = select(Outbound).where(Outbound.id == message_id).with_for_update()
    return (await session.scalars(query)).one_or_none()


async def _purge(session: AsyncSession, row: Outbound) -> None:
    """Erase an address whose holder is under 13 once its last word is out."""
    address = await session.get(Address, row.address_id)
    if address is None or not address.purge:
        return
    left = await session.scalar(
        select(Outbound.id)
        .where(Outbound.address_id == address.id, Outbound.state.in_((OutState.QUEUED, OutState.SENDING)))
        .limit(1)
    )
    if left is None:
        async with erasing(session):
            await session.delete(address)


async def _either(wake: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(wake.wait(), seconds)
