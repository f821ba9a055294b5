"""Addresses, why they may be texted, and the two bars against it.

*Ours* goes up when somebody asks us for silence, in whatever words. *The carrier's* goes up when its own list has the
number (a bare STOP, or error 21610), and only that phone can lift it, by START.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from conversations.models import Address, Basis, Conversation
from placements.queries.people import people_at

SMS = "sms"


class Bar(StrEnum):
    """Which of the two bars an opt-out raised, or an opt-in lifted."""

    OURS = "ours"
    CARRIER = "carrier"
    BOTH = "both"


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
    bar: str = "",
) -> None:
    """Append why this number may (or may no longer) be texted."""
    session.add(
        Basis(
            address_id=address.id,
            at=now,
            kind=kind,
            bar=bar,
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
    bar: Bar,
    source: str,
    now: datetime,
    wording: str = "",
    message_id: UUID | None = None,
) -> None:
    """Raise a bar, or both; one that is up stays as of its first day, and every asking goes into the ledger."""
    if bar is not Bar.CARRIER:
        address.opted_out_at = address.opted_out_at or now
    if bar is not Bar.OURS:
        address.carrier_barred_at = address.carrier_barred_at or now
    await note_basis(
        session,
        address,
        kind="opt_out",
        bar=bar,
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
    bar: Bar,
    source: str,
    now: datetime,
    wording: str = "",
    message_id: UUID | None = None,
) -> None:
    """Lift a bar, or both. The carrier's is lifted only where the carrier saw START from that phone."""
    if bar is not Bar.CARRIER:
        address.opted_out_at = None
    if bar is not Bar.OURS:
        address.carrier_barred_at = None
    await note_basis(
        session,
        address,
        kind="opt_in",
        bar=bar,
        source=source,
        scope="everything",
        now=now,
        wording=wording,
        message_id=message_id,
    )


def why_barred(address: Address) -> str | None:
    """Why nothing may be sent to this address, or None: our own bar first, for it is the person's word to us."""
    if address.opted_out_at is not None:
        return "opted_out"
    return "carrier_bar" if address.carrier_barred_at is not None else None


@asynccontextmanager
async def erasing(session: AsyncSession) -> AsyncIterator[None]:
    """Inside, rows that are otherwise only ever added may be deleted: for erasing a person's data and nothing else."""
    await session.execute(text("select set_config('footbridge.erasing', 'on', true)"))
    yield
    await session.flush()
    await session.execute(text("select set_config('footbridge.erasing', 'off', true)"))
