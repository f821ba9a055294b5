"""Erasing at the carrier what was erased here: rows that are claimed, tried again, and keep their outcome."""

import asyncio
from datetime import datetime, timedelta
from typing import Protocol

import structlog
from sqlalchemy import func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from conversations.carrier import SendFailed
from conversations.cases import NewCase, open_case
from conversations.models import CarrierErasure
from conversations.policy import Policy
from placements import clock
from placements.database import Database

log = structlog.get_logger(__name__)

WORDS, EVERYTHING = "body", "message"
RETRIES = tuple(timedelta(seconds=s) for s in (5, 60, 600, 3600, 6 * 3600))  # the last one again and again
GIVE_UP_AFTER = 12  # tries; then a person has to see to it
CLAIM_LASTS = timedelta(seconds=60)  # real time; a claim of a process that died is free after that
LOOK_EVERY = 2.0  # seconds


class Erases(Protocol):
    """What is needed of a carrier here. Both do nothing for a message that it no longer has; may raise SendFailed."""

    async def erase_body(self, carrier_id: str) -> None: ...

    async def erase_pictures(self, carrier_id: str) -> None: ...

    async def erase_message(self, carrier_id: str) -> None: ...


async def ask(session: AsyncSession, messages: list[tuple[str, bool]], *, what: str, now: datetime) -> int:
    """Ask for messages, as pairs (carrier id, has pictures), to be erased at the carrier; how many are new."""
    asked = 0
    for carrier_id, pictures in messages:
        row = insert(CarrierErasure).values(
            carrier_id=carrier_id, what=what, pictures=pictures, asked_at=now, state="waiting", attempts=0
        )
        made = await session.scalar(row.on_conflict_do_nothing().returning(CarrierErasure.id))
        asked += made is not None
    return asked


async def left(session: AsyncSession, now: datetime) -> bool:
    """Whether something may be erased at the carrier now."""
    soon = now + timedelta(seconds=5)
    query = select(CarrierErasure.id).where(
        CarrierErasure.state == "waiting",
        or_(CarrierErasure.next_try_at.is_(None), CarrierErasure.next_try_at <= soon),
    )
    return await session.scalar(query.limit(1)) is not None


async def next_due_at(session: AsyncSession, after: datetime, until: datetime) -> datetime | None:
    """When the next try that was put off is due, if that lies in (after, until]."""
    return await session.scalar(
        select(func.min(CarrierErasure.next_try_at)).where(
            CarrierErasure.state == "waiting",
            CarrierErasure.next_try_at > after,
            CarrierErasure.next_try_at <= until,
        )
    )


class CarrierEraser:
    """Works through what is asked for, at the given rate. Several may run; the database shares out the rows."""

    def __init__(
        self, database: Database, carrier: Erases, policy: Policy, *, per_second: float = 5.0
    ) -> None:
        self._db, self._carrier, self._policy = database, carrier, policy
        self._pause = 1 / per_second

    async def run(self) -> None:
        """Erase until cancelled."""
        while True:
            try:
                if await self.step():
                    await asyncio.sleep(self._pause)
                    continue
            except Exception as failure:
                log.warning("carrier_erasure_failed", why=type(failure).__name__)
            await asyncio.sleep(LOOK_EVERY)

    async def flush(self) -> int:
        """Try everything that may be tried now; how many tries there were."""
        done = 0
        while await self.step():
            done += 1
        return done

    async def step(self) -> bool:
        """Try one message; False if none waits."""
        claimed = await self._claim()
        if claimed is None:
            return False
        failure: SendFailed | None = None
        try:
            await self._erase(claimed)
        except SendFailed as failed:
            failure = failed
        await self._note(claimed.id, failure)
        return True

    async def _claim(self) -> CarrierErasure | None:
        async with self._db.session() as session:
            now = await clock.now(session)
            free = func.now() - CLAIM_LASTS
            row = (
                await session.scalars(
                    select(CarrierErasure)
                    .where(
                        CarrierErasure.state == "waiting",
                        or_(CarrierErasure.next_try_at.is_(None), CarrierErasure.next_try_at <= now),
                        or_(CarrierErasure.claimed_real.is_(None), CarrierErasure.claimed_real < free),
                    )
                    .order_by(CarrierErasure.id)
                    .limit(1)
                    .with_for_update(skip_locked=True)
                )
            ).first()
            if row is not None:
                row.attempts, row.claimed_real = row.attempts + 1, func.now()
                await session.flush()
                await session.refresh(row)
            return row

    async def _erase(self, row: CarrierErasure) -> None:
        if row.pictures:
            await self._carrier.erase_pictures(row.carrier_id)
        if row.what == EVERYTHING:
            await self._carrier.erase_message(row.carrier_id)
        else:
            await self._carrier.erase_body(row.carrier_id)

    async def _note(self, row_id: int, failure: SendFailed | None) -> None:
        async with self._db.session() as session:
            row = await session.get_one(CarrierErasure, row_id, with_for_update=True)
            now = await clock.now(session)
            row.claimed_real = None
            if failure is None:
                row.state, row.done_at, row.error_code = "done", now, None
                return
            row.error_code = failure.code or failure.fault
            if row.attempts < GIVE_UP_AFTER:
                wait = RETRIES[min(row.attempts, len(RETRIES)) - 1]
                row.next_try_at = now + max(wait, timedelta(seconds=failure.retry_after or 0))
                return
            row.state = "failed"
            await open_case(
                session,
                NewCase(
                    kind="carrier_keeps",
                    dedupe="carrier_keeps:" + row.carrier_id,
                    severity="soon",
                    facts={"carrier_id": row.carrier_id, "code": row.error_code},
                ),
                policy=self._policy,
                now=now,
            )
