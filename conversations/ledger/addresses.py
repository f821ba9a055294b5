"""Addresses and why they may be texted."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from conversations.models import Address, Basis, Conversation
from placements.queries.people import people_at

SMS = "sms"


async def address_of(session: AsyncSession, channel: str, value: str, now: datetime) -> Address:
    """The address row of a number or chat session, made if it is new."""
    await session.execute(
        insert(Address)
        .values(channel=channel, value=value, created_at=now, purge=False)
        .on_conflict_do_nothing(index_elements=["channel", "value"])
    )
    found = await session.scalars(select(Address).where(Address.channel == channel, Address.value == value))
    return found.one()


async def conversation_of(session: AsyncSession, address_id: UUID, *, lock: bool = False) -> Conversation:
    """The conversation at an address, made if it is new; `lock` holds it until the transaction ends."""
    await session.execute(
        insert(Conversation)
        .values(address_id=address_id, status="bot", misses=0)
        .on_conflict_do_nothing(index_elements=["address_id"])
    )
    query = select(Conversation).where(Conversation.address_id == address_id)
    return (await session.scalars(query.with_for_update() if lock else query)).one()


async def note_basis(
    session: AsyncSession,
    address: Address,
    *,
    kind: str,
    source: str,
    scope: str,
    now: datetime,
    wording: str = "",
    message_id: UUID | None = None,
) -> None:
    """Append why this number may (or may no longer) be texted."""
    session.add(
        Basis(
            address_id=address.id,
            at=now,
            kind=kind,
            source=source,
            scope=scope,
            wording=wording,
            message_id=message_id,
        )
    )
    await session.flush()


async def has_basis(session: AsyncSession, address: Address, now: datetime) -> bool:
    """Whether we may text this address: it texted first, or the school holds the number for somebody."""
    held = await session.scalar(
        select(Basis.id).where(Basis.address_id == address.id, Basis.kind == "basis").limit(1)
    )
    if held is not None:
        return True
    if address.channel != SMS or not await people_at(session, address.value):
        return False
    await note_basis(
        session,
        address,
        kind="basis",
        source="school",
        scope="placements",
        now=now,
        wording="number on file at the school",
    )
    return True


async def on_call_address(session: AsyncSession, number: str, now: datetime) -> Address:
    """The address of a number that the settings put on call: being named there is why it may be texted."""
    address = await address_of(session, SMS, number, now)
    if not await has_basis(session, address, now):
        await note_basis(
            session,
            address,
            kind="basis",
            source="school",
            scope="pages",
            now=now,
            wording="number on call in the settings",
        )
    return address


async def opt_out(
    session: AsyncSession,
    address: Address,
    *,
    source: str,
    now: datetime,
    wording: str = "",
    message_id: UUID | None = None,
) -> None:
    """Raise our bar: nothing is sent to this address until it opts in again."""
    address.opted_out_at = now
    if source == "carrier":
        address.carrier_barred_at = now
    await note_basis(
        session,
        address,
        kind="opt_out",
        source=source,
        scope="everything",
        now=now,
        wording=wording,
        message_id=message_id,
    )


async def opt_in(
    session: AsyncSession,
    address: Address,
    *,
    source: str,
    now: datetime,
    wording: str = "",
    message_id: UUID | None = None,
) -> None:
    """Lift the bars: the carrier lifts its own when it sees the same keyword."""
    address.opted_out_at = None
    address.carrier_barred_at = None
    await note_basis(
        session,
        address,
        kind="opt_in",
        source=source,
        scope="everything",
        now=now,
        wording=wording,
        message_id=message_id,
    )
