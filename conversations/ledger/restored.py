"""After a backup was put back: nothing that went out meanwhile is sent again, nothing that came in meanwhile is lost.

The store is as of the backup, the carrier is not. What the store would send now, the lost store may have sent already:
it counts as handed over with an unknown outcome, and the carrier's own list settles it like any other. What came in
meanwhile was answered then, but what was done about it is gone: a person reads it.
"""

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from conversations import safety
from conversations.carrier import Carrier, CarrierMessage
from conversations.cases import NewCase, open_case
from conversations.ledger.addresses import SMS, Bar, address_of, conversation_of, opt_in, opt_out
from conversations.ledger.late import Late, bar_again, lift_again, newer_start, newer_stop
from conversations.ledger.receive import Text, receive
from conversations.models import Erased, Inbound, InState, Outbound, Restored
from conversations.policy import Policy
from conversations.privacy.tombstones import NUMBER, digest
from placements import clock
from placements.database import Database
from placements.queries.people import people_at

CAUTIOUS_FOR = timedelta(
    minutes=15
)  # after the gap was settled; what fell due meanwhile has been made by then
LIKES_OF_URGENT = ("crisis", "report_unsafe")


async def may_have_gone_out(session: AsyncSession, row: Outbound) -> datetime | None:
    """The moment of the backup, if this message may have gone out between that and the restore; else None."""
    if row.absences > 0 or row.carrier_id is not None:
        return None
    restored = await _last(session)
    if restored is None:
        return None
    real: datetime = (await session.execute(select(func.now()))).scalar_one()
    if restored.gap_settled_real is not None and real > restored.gap_settled_real + CAUTIOUS_FOR:
        return None
    if row.reply_to is not None:
        came = await session.get(Inbound, row.reply_to)
        if came is not None and came.received_at > restored.restored_at:
            return None
    return restored.copy_real


async def settle_gap(database: Database, carrier: Carrier, policy: Policy) -> int:
    """Once after a restore: take in what came in between, for a person to read; how many texts there were."""
    async with database.session() as session:
        restored = await _last(session)
    if restored is None or restored.gap_settled_real is not None:
        return 0
    listed = await carrier.list_received(since=restored.copy_real)
    # The carrier lists the newest first, and its times are whole seconds: turned round, a second keeps its order.
    between = sorted((m for m in reversed(listed) if m.at < restored.restored_real), key=lambda m: m.at)
    taken, times = 0, {m.carrier_id: m.at for m in listed}
    for message in between:
        async with database.session() as session:
            taken += await _take_in(session, carrier.name, message, Late(message.at, times), policy)
    async with database.session() as session:
        row = await session.get_one(Restored, restored.id, with_for_update=True)
        row.gap_settled_real = func.now()
    return taken


async def gap_is_open(session: AsyncSession) -> bool:
    """Whether a backup was put back and the worker has not run since."""
    restored = await _last(session)
    return restored is not None and restored.gap_settled_real is None


async def _last(session: AsyncSession) -> Restored | None:
    return (await session.scalars(select(Restored).order_by(Restored.id.desc()).limit(1))).first()


async def _take_in(
    session: AsyncSession, carrier: str, message: CarrierMessage, late: Late, policy: Policy
) -> bool:
    known = select(Inbound.id).where(Inbound.carrier == carrier, Inbound.carrier_id == message.carrier_id)
    number = digest(NUMBER, message.from_number, policy.salt)
    erased = select(Erased.id).where(Erased.kind == NUMBER, Erased.digest == number, Erased.at > message.at)
    if await session.scalar(known) is not None or await session.scalar(erased) is not None:
        return False
    text = Text(
        channel=SMS,
        carrier=carrier,
        carrier_id=message.carrier_id,
        sender=message.from_number,
        body=message.body,
        pictures=message.pictures,
        late=late,
    )
    finding = safety.read(message.body)
    if finding is not None and finding.need in LIKES_OF_URGENT:
        # Better told twice than not at all: the people on call are paged again, too.
        return await receive(session, text, policy=policy) is not None
    now = await clock.now(session)
    address = await address_of(session, SMS, message.from_number, now)
    conversation = await conversation_of(session, address.id, lock=True)
    people = await people_at(session, message.from_number)
    row = Inbound(
        address_id=address.id,
        conversation_id=conversation.id,
        carrier=carrier,
        carrier_id=message.carrier_id,
        body=message.body.replace("\x00", ""),
        pictures=message.pictures,
        received_at=now,
        state=InState.DONE,
        attempts=0,
        person_id=people[0].id if len(people) == 1 else None,
        handled_at=now,
        silence="before_restore",
    )
    session.add(row)
    await session.flush()
    if finding is not None and finding.need == "opt_out":
        bar = Bar.BOTH if finding.kind == "keyword" else Bar.OURS
        start = await newer_start(session, address, late)
        await opt_out(
            session, address, source=finding.kind, bar=bar, now=now, wording=message.body, message_id=row.id
        )
        if start is not None:
            await lift_again(session, address, start, now)
        return True
    if finding is not None and finding.need == "opt_in":
        stop = await newer_stop(session, address, late)
        await opt_in(session, address, source="keyword", bar=Bar.BOTH, now=now, message_id=row.id)
        if stop is not None:
            await bar_again(session, address, stop, now)
        return True
    await open_case(
        session,
        NewCase(
            kind="restored_gap",
            severity="soon",
            dedupe=f"restored_gap:{conversation.id}:{(await _last_id(session))}",
            conversation_id=conversation.id,
            person_id=row.person_id,
            inbound_id=row.id,
        ),
        policy=policy,
        now=now,
    )
    return True


async def _last_id(session: AsyncSession) -> int:
    restored = await _last(session)
    return restored.id if restored else 0
