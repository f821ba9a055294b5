"""An opt-out or opt-in that is learnt late, from the carrier's list, beside what was heard of that number since.

The order is that of the carrier's own times. Where they do not tell it (the same second, or what was no text),
silence wins.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from conversations.ledger.addresses import Bar, opt_in, opt_out, why_barred
from conversations.models import Address, Basis, Inbound
from placements import clock


@dataclass(frozen=True)
class Late:
    """When a text was sent that only the list has, and when each text on that list was, by the carrier's id (UTC)."""

    at: datetime
    times: Mapping[str, datetime]

    def sent_at(self, carrier_id: str | None, unknown: datetime) -> datetime:
        """When another text was sent; `unknown` for one that is not on the list."""
        return self.times.get(carrier_id, unknown) if carrier_id else unknown


async def newer_start(session: AsyncSession, address: Address, late: Late | None) -> Basis | None:
    """The opt-in by text that was surely sent after this opt-out, where nothing bars the number now."""
    if late is None or why_barred(address) is not None:
        return None
    rows = await _ledger(session, address, "opt_in")
    return next((row for row, sent in rows if late.sent_at(sent, late.at) > late.at), None)


async def newer_stop(session: AsyncSession, address: Address, late: Late | None) -> Basis | None:
    """The opt-out that this opt-in may have been sent before, where the number is barred now."""
    if late is None or why_barred(address) is None:
        return None
    ahead = await clock.offset(session)
    for row, sent in await _ledger(session, address, "opt_out"):
        if late.sent_at(sent, row.at - ahead) >= late.at:
            return row
    return None


async def lift_again(session: AsyncSession, address: Address, start: Basis, now: datetime) -> None:
    """After a late opt-out went into the ledger: the newer opt-in stands."""
    await opt_in(
        session,
        address,
        bar=Bar(start.bar or Bar.BOTH),
        source=start.source,
        now=now,
        wording=start.wording,
        message_id=start.message_id,
    )


async def bar_again(session: AsyncSession, address: Address, stop: Basis, now: datetime) -> None:
    """After a late opt-in went into the ledger: the newer opt-out stands."""
    await opt_out(
        session,
        address,
        bar=Bar(stop.bar or Bar.BOTH),
        source=stop.source,
        now=now,
        wording=stop.wording,
        message_id=stop.message_id,
    )


async def _ledger(session: AsyncSession, address: Address, kind: str) -> list[tuple[Basis, str | None]]:
    """Rows of one kind, the newest first, with the carrier's id of the text that each rests on."""
    rows = await session.execute(
        select(Basis, Inbound.carrier_id)
        .outerjoin(Inbound, Inbound.id == Basis.message_id)
        .where(Basis.address_id == address.id, Basis.kind == kind)
        .order_by(Basis.id.desc())
    )
    return [(row, sent) for row, sent in rows]
