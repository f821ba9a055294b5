"""Partners on hold, and which of them somebody means."""

import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from placements.models import Booking, Champion, Opportunity, Partner, PartnerFreeze, Slot
from placements.queries import people
from placements.rules.bookings import HOLDING, BookingState

RECENT = timedelta(days=30)  # how long after a visit a report is still taken to be about it
_A_DAY = timedelta(days=1)
_WENT = (BookingState.CONFIRMED, BookingState.ATTENDED, BookingState.NO_SHOW)


def on_hold(partner_id: InstrumentedAttribute[UUID]) -> ColumnElement[bool]:
    """Whether a partner is on hold, as a condition of a query."""
    return exists().where(PartnerFreeze.partner_id == partner_id, PartnerFreeze.cleared_at.is_(None))


async def is_on_hold(session: AsyncSession, partner_id: UUID) -> bool:
    """Whether nothing may go on at a partner until a coordinator has looked: no offer, no request, no relayed word.

    Until this transaction ends nobody can put the partner on hold, or clear it.
    """
    await session.execute(select(Partner.id).where(Partner.id == partner_id).with_for_update(read=True))
    standing = exists().where(PartnerFreeze.partner_id == partner_id, PartnerFreeze.cleared_at.is_(None))
    return bool(await session.scalar(select(standing)))


async def partners_on_hold(session: AsyncSession) -> list[tuple[Partner, datetime]]:
    """Every partner on hold and since when, by name."""
    rows = await session.execute(
        select(Partner, PartnerFreeze.at)
        .join(PartnerFreeze, PartnerFreeze.partner_id == Partner.id)
        .where(PartnerFreeze.cleared_at.is_(None))
        .order_by(Partner.name, PartnerFreeze.at.desc())
    )
    return list({partner.id: (partner, at) for partner, at in rows}.values())


async def hosts_meant(
    session: AsyncSession,
    *,
    person_ids: Sequence[UUID],
    text: str,
    now: datetime,
    only_if_clear: bool = False,
) -> list[UUID]:
    """The partners that a report of something unsafe is about.

    A partner that is named and that the sender has to do with; else the one named, and where the sender is or was
    last as well; else where the sender is or was last; else every partner of an open booking. A sender who speaks
    for a partner means that one, if no other is named. `only_if_clear` keeps to a partner that is named and to a
    visit that began within a day, for what may as well have happened at home.
    """
    named = await _named(session, text)
    visits = await _visits(session, person_ids, now)
    own = [partner for partner, _, _ in visits] + await _spoken_for(session, person_ids)
    both = [partner for partner in own if partner in named]
    if only_if_clear:
        today = [partner for partner, starts_at, _ in visits if now - _A_DAY < starts_at <= now]
        return list(dict.fromkeys(both or [*named, *today]))
    begun = [partner for partner, starts_at, _ in visits if starts_at <= now]
    meant = both or [*named, *(begun[:1] or own)]
    return list(dict.fromkeys(meant))


async def _visits(
    session: AsyncSession, person_ids: Sequence[UUID], now: datetime
) -> list[tuple[UUID, datetime, datetime]]:
    """Partner, start and end of the open and recent visits of these people and of their children, the latest first."""
    children = [child.id for each in person_ids for child in await people.students_of_guardian(session, each)]
    rows = await session.execute(
        select(Opportunity.partner_id, Slot.starts_at, Slot.ends_at)
        .join(Booking, Booking.opportunity_id == Opportunity.id)
        .join(Slot, Slot.id == Booking.slot_id)
        .where(
            Booking.student_id.in_([*person_ids, *children]),
            Booking.state.in_([*HOLDING, *_WENT]),
            Slot.ends_at > now - RECENT,
        )
        .order_by(Slot.starts_at.desc())
    )
    return [(partner, starts_at, ends_at) for partner, starts_at, ends_at in rows]


async def _spoken_for(session: AsyncSession, person_ids: Sequence[UUID]) -> list[UUID]:
    rows = select(Champion.partner_id).where(
        Champion.person_id.in_(person_ids), Champion.valid_until.is_(None)
    )
    return list((await session.execute(rows.order_by(Champion.valid_from, Champion.id))).scalars())


async def _named(session: AsyncSession, text: str) -> list[UUID]:
    """The partners whose name or other name stands in the text; a longer name hides a shorter one inside it."""
    said = f" {_plain(text)} "
    partners = (await session.execute(select(Partner))).scalars().all()
    names = [(_plain(name), each.id) for each in partners for name in (each.name, *each.aliases)]
    found: list[UUID] = []
    for name, partner_id in sorted(names, key=lambda pair: (-len(pair[0]), pair[0])):
        if name and f" {name} " in said:
            said = said.replace(f" {name} ", " . ")
            found.append(partner_id)
    return list(dict.fromkeys(found))


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKD", text.lower())
    return " ".join(re.findall(r"\w+", "".join(c for c in folded if not unicodedata.combining(c))))
