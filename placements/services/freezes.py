"""Putting a partner on hold, and letting it go on again.

While a partner is on hold its places are not offered, nothing new is booked, nobody's yes counts, no word is passed on,
and what is confirmed waits for a coordinator. The partner is told nothing of it.
"""

from dataclasses import asdict, dataclass
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from placements import clock
from placements.cause import Cause, audit, once
from placements.models import (
    Booking,
    BookingDue,
    Opportunity,
    Partner,
    PartnerFreeze,
    Slot,
    Staff,
    StaffRole,
    new_id,
)
from placements.notices import tell
from placements.queries import people
from placements.rules.bookings import BookingState
from placements.services.booking_steps import (
    Outcome,
    Scene,
    ask_afresh,
    expire_now,
    notify,
    open_scene,
    student_and_family,
)

_WAITING = (BookingState.REQUESTED, BookingState.WAITING_CONSENT, BookingState.WAITING_HOST)


@dataclass(frozen=True)
class Held:
    """A partner was put on hold. `to_decide` are the confirmed visits that are not over, the soonest first."""

    freeze_id: UUID
    partner_id: UUID
    to_decide: list[UUID]


async def freeze_partner(
    session: AsyncSession, *, partner_id: UUID, why: Literal["report", "coordinator"], cause: Cause
) -> Held | None:
    """Put a partner on hold; for one cause, once. None if there is no such partner.

    Whoever is booking, permitting or accepting something there at this moment is waited for.
    """
    known = select(Partner.id).where(Partner.id == partner_id).with_for_update(key_share=True)
    if await session.scalar(known) is None:
        return None
    now = await clock.now(session)
    made = await session.scalar(
        insert(PartnerFreeze)
        .values(
            id=new_id(),
            partner_id=partner_id,
            at=now,
            why=why,
            cause_kind=cause.kind,
            cause_ref=cause.ref,
        )
        .on_conflict_do_nothing()
        .returning(PartnerFreeze.id)
    )
    if made is not None:
        await audit(session, cause, "freeze_partner", "partner", partner_id, {"freeze": made, "why": why})
        await _tell_who_waits(session, partner_id, cause)
    standing = select(PartnerFreeze.id).where(
        PartnerFreeze.partner_id == partner_id,
        PartnerFreeze.cause_kind == cause.kind,
        PartnerFreeze.cause_ref == cause.ref,
    )
    freeze_id = (await session.execute(standing)).scalar_one()
    visits = await _bookings(session, partner_id, (BookingState.CONFIRMED,))
    return Held(freeze_id, partner_id, [each.id for each, slot in visits if slot.ends_at > now])


async def clear_partner(session: AsyncSession, *, partner_id: UUID, person_id: UUID, cause: Cause) -> Outcome:
    """A coordinator of the district has looked: what waited is asked afresh, what ran out of time ends.

    Reasons why not: unknown, not_coordinator, none.
    """

    async def do() -> dict[str, Any]:
        return asdict(await _clear(session, partner_id, person_id, cause))

    return Outcome(**await once(session, cause, f"clear_partner:{partner_id}", do))


async def _clear(session: AsyncSession, partner_id: UUID, person_id: UUID, cause: Cause) -> Outcome:
    partner = await session.get(Partner, partner_id)
    if partner is None:
        return Outcome(False, None, "unknown")
    if not await coordinates_district(session, person_id, partner.district_id):
        return Outcome(False, None, "not_coordinator")
    scenes = await _scenes(session, partner_id, cause)  # students first, then the partner, as everywhere
    await session.execute(select(Partner.id).where(Partner.id == partner_id).with_for_update(key_share=True))
    cleared = await session.execute(
        update(PartnerFreeze)
        .where(PartnerFreeze.partner_id == partner_id, PartnerFreeze.cleared_at.is_(None))
        .values(cleared_at=await clock.now(session), cleared_by=person_id)
        .returning(PartnerFreeze.id)
    )
    freezes = list(cleared.scalars())
    if not freezes:
        return Outcome(False, None, "none")
    await audit(
        session, cause, "clear_partner", "partner", partner_id, {"freezes": [str(f) for f in freezes]}
    )
    for scene in scenes:
        await _go_on(scene)
    return Outcome(True, None)


async def _go_on(scene: Scene) -> None:
    if scene.booking.state is BookingState.CONFIRMED:
        if await _was_told(scene) and scene.now < scene.slot.starts_at:
            await notify(scene, "visit_back_on", await student_and_family(scene))
    elif scene.now >= scene.cap:
        await expire_now(scene)  # as on hold: nobody was slow
    else:
        await ask_afresh(scene)


async def _was_told(scene: Scene) -> bool:
    """Whether the family was told that the visit is on hold; if it is put on hold again, they are told again."""
    told = await scene.session.get(BookingDue, (scene.booking.id, "visit_on_hold"))
    if told is not None:
        await scene.session.delete(told)
    return told is not None


async def _scenes(session: AsyncSession, partner_id: UUID, cause: Cause) -> list[Scene]:
    """The open bookings at a partner, locked in the order of their students."""
    found = await _bookings(session, partner_id, (*_WAITING, BookingState.CONFIRMED))
    ordered = sorted(found, key=lambda pair: (pair[0].student_id, pair[0].id))
    scenes = [await open_scene(session, each.id, cause) for each, _ in ordered]
    still = (*_WAITING, BookingState.CONFIRMED)
    return [scene for scene in scenes if scene is not None and scene.booking.state in still]


async def _bookings(
    session: AsyncSession, partner_id: UUID, states: tuple[BookingState, ...]
) -> list[tuple[Booking, Slot]]:
    rows = await session.execute(
        select(Booking, Slot)
        .join(Slot, Slot.id == Booking.slot_id)
        .join(Opportunity, Opportunity.id == Booking.opportunity_id)
        .where(Opportunity.partner_id == partner_id, Booking.state.in_(states))
        .order_by(Slot.starts_at, Booking.id)
    )
    return [(each, slot) for each, slot in rows]


async def _tell_who_waits(session: AsyncSession, partner_id: UUID, cause: Cause) -> None:
    """Students whose request waits hear that it is on hold, and not why."""
    for booking, slot in await _bookings(session, partner_id, _WAITING):
        await tell(
            session,
            event="request_on_hold",
            record_type="booking",
            record_id=booking.id,
            audience={booking.student_id: "student"},
            data={"student_id": str(booking.student_id), "slot_id": str(slot.id)},
            cause=cause,
        )


async def coordinates_district(session: AsyncSession, person_id: UUID, district_id: UUID) -> bool:
    """Whether the person is a coordinator in this district, of a school or of all."""
    post = select(Staff.id).where(
        Staff.person_id == person_id,
        Staff.role == StaffRole.COORDINATOR,
        Staff.district_id == district_id,
        Staff.valid_until.is_(None),
    )
    return (
        await session.scalar(post.limit(1)) is not None
        and await people.person(session, person_id) is not None
    )
