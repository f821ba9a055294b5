"""Proof for one number: why it may be texted, every opt-out and opt-in, and what was sent and held back since."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from conversations.ledger.addresses import SMS, Bar
from conversations.ledger.gate import FAREWELLS
from conversations.models import Address, Basis, Inbound, MessageClass, Outbound, OutState

ANSWERED = "crisis answer"
CONFIRMED = "confirmation"


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One row of the ledger. `words` are those of the text or paper that it rests on; '' where they were erased.
    `message` is our id of that text, `carrier_id` the carrier's."""

    at: datetime
    kind: str  # basis | opt_out | opt_in
    bar: str
    source: str
    scope: str
    words: str
    message: UUID | None
    carrier_id: str | None


@dataclass(frozen=True, kw_only=True)
class Sent:
    """A message of ours. `allowed` says why it may go to a barred number, or is None where nothing allows it."""

    at: datetime
    message: UUID
    carrier_id: str | None
    texts: Sequence[str]
    cause: str
    state: str
    why: str | None
    allowed: str | None


@dataclass(frozen=True, kw_only=True)
class Silence:
    """A time in which a bar stood: from an opt-out to the opt-in that lifted it (`end` is None while it stands)."""

    start: datetime
    end: datetime | None
    bar: str
    sent: Sequence[Sent]
    refused: Sequence[Sent]
    suppressed: Sequence[Sent]

    @property
    def kept(self) -> bool:
        """Whether nothing was handed over but what may be."""
        return all(each.allowed for each in self.sent)


@dataclass(frozen=True, kw_only=True)
class Proof:
    """Everything about one number as of `at`."""

    number: str
    at: datetime
    opted_out_at: datetime | None
    carrier_barred_at: datetime | None
    dead_at: datetime | None
    first_text_at: datetime | None
    sent_before_basis: int
    entries: Sequence[Entry]
    silences: Sequence[Silence]

    @property
    def kept(self) -> bool:
        """Whether every message had a basis before it and every silence was kept."""
        return not self.sent_before_basis and all(silence.kept for silence in self.silences)


async def proof_of(session: AsyncSession, number: str, now: datetime) -> Proof | None:
    """The proof for a number (E.164), or None where nothing about it is on record."""
    query = select(Address).where(Address.channel == SMS, Address.value == number)
    address = (await session.scalars(query)).one_or_none()
    if address is None:
        return None
    entries = await _entries(session, address)
    rows = (
        await session.scalars(
            select(Outbound).where(Outbound.address_id == address.id).order_by(Outbound.seq)
        )
    ).all()
    sent = [row for row in rows if row.handed_at is not None]
    basis = min((entry.at for entry in entries if entry.kind == "basis"), default=None)
    return Proof(
        number=number,
        at=now,
        opted_out_at=address.opted_out_at,
        carrier_barred_at=address.carrier_barred_at,
        dead_at=address.dead_at,
        first_text_at=min((row.handed_at for row in sent if row.handed_at), default=None),
        sent_before_basis=sum(_without_basis(row, basis) for row in sent),
        entries=entries,
        silences=[_silence(start, end, bar, rows) for start, end, bar in _periods(entries)],
    )


def _without_basis(row: Outbound, basis: datetime | None) -> bool:
    crisis = row.message_class == MessageClass.CRISIS
    return not crisis and row.handed_at is not None and (basis is None or row.handed_at < basis)


async def _entries(session: AsyncSession, address: Address) -> list[Entry]:
    rows = await session.execute(
        select(Basis, Inbound.carrier_id)
        .outerjoin(Inbound, Inbound.id == Basis.message_id)
        .where(Basis.address_id == address.id)
        .order_by(Basis.id)
    )
    return [
        Entry(
            at=row.at,
            kind=row.kind,
            bar=row.bar,
            source=row.source,
            scope=row.scope,
            words=row.wording,
            message=row.message_id,
            carrier_id=carrier_id,
        )
        for row, carrier_id in rows
    ]


def _periods(entries: Sequence[Entry]) -> list[tuple[datetime, datetime | None, str]]:
    """When each of the two bars stood, oldest first."""
    periods: list[tuple[datetime, datetime | None, str]] = []
    for bar in (Bar.OURS, Bar.CARRIER):
        since: datetime | None = None
        for entry in entries:
            if entry.bar not in (bar, Bar.BOTH):
                continue
            if entry.kind == "opt_out":
                since = since or entry.at
            elif since is not None:
                periods.append((since, entry.at, bar))
                since = None
        if since is not None:
            periods.append((since, None, bar))
    return sorted(periods, key=lambda period: (period[0], period[2] != Bar.OURS))


def _silence(start: datetime, end: datetime | None, bar: str, rows: Sequence[Outbound]) -> Silence:
    def within(at: datetime | None) -> bool:
        return at is not None and at >= start and (end is None or at < end)

    handed = [row for row in rows if within(row.handed_at)]
    held = [row for row in rows if row.state == OutState.SUPPRESSED and within(row.state_at)]
    refused = [row for row in handed if row.state == OutState.FAILED]
    return Silence(
        start=start,
        end=end,
        bar=bar,
        sent=[_sent(row, row.handed_at) for row in handed if row not in refused],
        refused=[_sent(row, row.handed_at) for row in refused],
        suppressed=[_sent(row, row.state_at) for row in held],
    )


def _sent(row: Outbound, at: datetime | None) -> Sent:
    assert at is not None
    crisis = row.message_class == MessageClass.CRISIS
    allowed = ANSWERED if crisis else CONFIRMED if FAREWELLS.intersection(row.texts) else None
    return Sent(
        at=at,
        message=row.id,
        carrier_id=row.carrier_id,
        texts=row.texts,
        cause=f"{row.cause_kind} {row.cause_ref}",
        state=row.state,
        why=row.why_suppressed or row.error_code,
        allowed=allowed,
    )
