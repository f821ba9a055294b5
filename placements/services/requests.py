"""Asking for a place, and moving to another one."""

from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import exists, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from placements import clock
from placements.cause import Cause, once
from placements.models import (
    Booking,
    OpportunityStatus,
    PartnerStatus,
    Place,
    Slot,
    SlotStatus,
    Student,
    new_id,
)
from placements.queries import catalogue, partners, people
from placements.queries.schools import calendar_of, pack_of, zone_of
from placements.rules import consent as consent_rules
from placements.rules import deadlines
from placements.rules.bookings import HOLDING, WAITING_FOR, BookingState, after_request
from placements.rules.eligibility import blocking_rules
from placements.services.booking_steps import (
    Scene,
    advance,
    has_refusal,
    host_of,
    lock_slot,
    lock_student,
    notify,
    open_scene,
    record,
    step,
    student_and_family,
)

Reason = Literal[
    "full",
    "already",
    "overlap",
    "not_eligible",
    "too_late",
    "not_verified",
    "closed",
    "refused_before",
    "on_hold",
]


@dataclass(frozen=True)
class Booked:
    """A place is held. `waiting_for` is guardian, host, or None if it is confirmed."""

    booking_id: UUID
    state: BookingState
    waiting_for: str | None


@dataclass(frozen=True)
class NotBooked:
    """Nothing changed. `rules` are the ids of the rules in the way, for `not_eligible`."""

    reason: Reason
    rules: list[str] = field(default_factory=list)


class _Full(Exception):
    """No free place."""


async def request_booking(
    session: AsyncSession, *, student_id: UUID, slot_id: UUID, cause: Cause
) -> Booked | NotBooked:
    """Hold a place, and ask for what the booking still needs: permission first, then the host.

    After the cap only a coordinator may (a cause of the kind `console`), until the slot begins.
    """

    async def do() -> dict[str, Any]:
        return _plain(await _request(session, student_id, slot_id, cause, moving=None))

    return _result(await once(session, cause, f"request_booking:{student_id}:{slot_id}", do))


async def reschedule_booking(
    session: AsyncSession, *, booking_id: UUID, slot_id: UUID, cause: Cause
) -> Booked | NotBooked:
    """Move to another slot: the new place is taken before the old one is given up.

    Permission and host are asked again, for the plan has changed. If the new place cannot be had, nothing
    changes.
    """

    async def do() -> dict[str, Any]:
        return _plain(await _reschedule(session, booking_id, slot_id, cause))

    return _result(await once(session, cause, f"reschedule_booking:{booking_id}:{slot_id}", do))


async def _request(
    session: AsyncSession, student_id: UUID, slot_id: UUID, cause: Cause, *, moving: Booking | None
) -> Booked | NotBooked:
    student = await lock_student(session, student_id)
    slot = await lock_slot(session, slot_id)
    if student is None or student.valid_until is not None or slot is None:
        return NotBooked("closed")
    now = await clock.now(session)
    problem = await _problem(session, student, slot, cause, now, moving)
    if problem is not None:
        return problem
    try:
        async with session.begin_nested():
            scene = await _take_place(session, student, slot, cause, now, moving)
    except (_Full, IntegrityError):
        return NotBooked("full")
    await record(scene, None)
    if moving is not None:
        await _give_up(scene, moving.id)
    await advance(
        scene,
        after_request(needs_consent=scene.booking.needs_consent, needs_host=scene.booking.needs_host),
    )
    state = scene.booking.state
    return Booked(scene.booking.id, state, WAITING_FOR.get(state))


async def _problem(
    session: AsyncSession,
    student: Student,
    slot: Slot,
    cause: Cause,
    now: datetime,
    moving: Booking | None,
) -> NotBooked | None:
    if not _is_open(slot, student, now):
        return NotBooked("closed")
    if await partners.is_on_hold(session, slot.opportunity.partner_id):
        return NotBooked("on_hold")
    by_person = cause.kind == "console"
    if not by_person and not await people.is_verified(session, student.person_id, cause.address):
        return NotBooked("not_verified")
    if await _holds(session, student.person_id, Booking.slot_id == slot.id):
        return NotBooked("already")
    if await has_refusal(session, student.person_id, slot.opportunity_id):
        return NotBooked("refused_before")
    pack = pack_of(student.school)
    forms = await catalogue.forms_on_file(session, student.person_id, now)
    blocked = blocking_rules(catalogue.student_facts(student, forms), catalogue.offer_facts(slot), pack)
    if blocked:
        return NotBooked("not_eligible", blocked)
    if not by_person and now >= deadlines.request_cap(
        slot.starts_at, calendar_of(student.school), pack.timing
    ):
        return NotBooked("too_late")
    if await _overlaps(session, student.person_id, slot, moving):
        return NotBooked("overlap")
    return None


def _is_open(slot: Slot, student: Student, now: datetime) -> bool:
    opportunity = slot.opportunity
    return (
        slot.status is SlotStatus.OPEN
        and opportunity.status is OpportunityStatus.LISTED
        and opportunity.partner.status is PartnerStatus.ACTIVE
        and opportunity.partner.district_id == student.school.district_id
        and slot.starts_at > now
    )


async def _take_place(
    session: AsyncSession,
    student: Student,
    slot: Slot,
    cause: Cause,
    now: datetime,
    moving: Booking | None,
) -> Scene:
    """Insert the booking in the first free place. The partial unique index has the last word."""
    taken = select(Booking.place_no).where(Booking.slot_id == slot.id, Booking.state.in_(HOLDING))
    place_no = await session.scalar(
        select(func.min(Place.place_no)).where(Place.slot_id == slot.id, Place.place_no.not_in(taken))
    )
    if place_no is None:
        raise _Full
    pack, school = pack_of(student.school), student.school
    rules = pack.activity(slot.opportunity.activity)
    needs_form = rules.consent and rules.signed_form  # somebody of 18 signs for themselves
    is_child = consent_rules.needs_consent(
        student.person.birth_date,
        now.astimezone(zone_of(school)).date(),
        activity_needs_it=rules.consent,
    )
    booking = Booking(
        id=new_id(),
        student_id=student.person_id,
        slot_id=slot.id,
        opportunity_id=slot.opportunity_id,
        place_no=place_no,
        state=BookingState.REQUESTED,
        state_since=now,
        requested_at=now,
        plan_since=now,
        needs_consent=is_child or needs_form,
        needs_form=needs_form,
        needs_host=rules.host,
        deadline=deadlines.request_cap(slot.starts_at, calendar_of(school), pack.timing),
        day_before_at=deadlines.day_before(slot.starts_at, calendar_of(school), pack.timing),
        moved_from=moving.id if moving else None,
    )
    session.add(booking)
    await session.flush()
    return Scene(session, booking, slot, student, now, cause)


async def _reschedule(
    session: AsyncSession, booking_id: UUID, slot_id: UUID, cause: Cause
) -> Booked | NotBooked:
    student_id = await session.scalar(select(Booking.student_id).where(Booking.id == booking_id))
    if student_id is None or await lock_student(session, student_id) is None:
        return NotBooked("closed")
    old = await session.get_one(Booking, booking_id, populate_existing=True)
    over = (await session.get_one(Slot, old.slot_id)).ends_at <= await clock.now(session)
    if old.state not in HOLDING or over:
        return NotBooked("closed")
    return await _request(session, student_id, slot_id, cause, moving=old)


async def _give_up(new: Scene, old_id: UUID) -> None:
    """Free the place that the student moved away from; both sides hear where the visit went."""
    old = await open_scene(new.session, old_id, new.cause)
    if old is None:
        raise RuntimeError("a booking vanished while its student was locked")
    asked = old.booking.host_asked
    await step(old, BookingState.CANCELLED, why="moved")
    concerned = {**await student_and_family(old), **(await host_of(old) if asked else {})}
    await notify(
        old,
        "booking_rescheduled",
        concerned,
        new_booking_id=str(new.booking.id),
        old_slot_id=str(old.slot.id),
        new_slot_id=str(new.slot.id),
    )


async def _holds(session: AsyncSession, student_id: UUID, which: Any) -> bool:
    held = exists().where(Booking.student_id == student_id, Booking.state.in_(HOLDING), which)
    return bool(await session.scalar(select(held)))


async def _overlaps(session: AsyncSession, student_id: UUID, slot: Slot, moving: Booking | None) -> bool:
    """Whether the student already holds a place at an overlapping time. Ends may touch."""
    clash = (
        select(Booking.id)
        .join(Slot, Slot.id == Booking.slot_id)
        .where(
            Booking.student_id == student_id,
            Booking.state.in_(HOLDING),
            Slot.starts_at < slot.ends_at,
            Slot.ends_at > slot.starts_at,
        )
    )
    if moving is not None:
        clash = clash.where(Booking.id != moving.id)
    return (await session.execute(clash.limit(1))).scalar_one_or_none() is not None


def _plain(result: Booked | NotBooked) -> dict[str, Any]:
    if isinstance(result, Booked):
        return {
            "booking_id": str(result.booking_id),
            "state": result.state.value,
            "waiting_for": result.waiting_for,
        }
    return asdict(result)


def _result(data: dict[str, Any]) -> Booked | NotBooked:
    if "booking_id" in data:
        return Booked(UUID(data["booking_id"]), BookingState(data["state"]), data["waiting_for"])
    return NotBooked(data["reason"], data["rules"])
