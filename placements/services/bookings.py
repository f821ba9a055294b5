"""The verbs on bookings, all in one place to import from. Here: the host's answer, calling off, attendance.

Each takes a cause and, for one cause, happens once.
"""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from placements.cause import Cause
from placements.models import SlotStatus
from placements.queries import people
from placements.rules.bookings import HOLDING, BookingState
from placements.services.booking_steps import (
    Outcome,
    Scene,
    advance,
    coordinates,
    expire_now,
    guardians,
    host_of,
    is_refused,
    no,
    notify,
    on_booking,
    step,
    student_and_family,
)
from placements.services.consents import (
    SignedForm,
    bar_guardian,
    give_consent,
    lift_refusal,
    nudge_guardian,
    recheck_permission,
    recheck_reach,
    record_form,
    refuse_consent,
    revoke_consent,
)
from placements.services.due import do_due, expire
from placements.services.requests import Booked, NotBooked, request_booking, reschedule_booking

__all__ = [
    "Booked",
    "NotBooked",
    "Outcome",
    "SignedForm",
    "accept_request",
    "bar_guardian",
    "cancel_booking",
    "decline_request",
    "do_due",
    "expire",
    "give_consent",
    "lift_refusal",
    "nudge_guardian",
    "recheck_permission",
    "recheck_reach",
    "record_attendance",
    "record_form",
    "refuse_consent",
    "request_booking",
    "reschedule_booking",
    "revoke_consent",
]


async def accept_request(
    session: AsyncSession, *, booking_id: UUID, champion_id: UUID, cause: Cause
) -> Outcome:
    """The host takes the student.

    Reasons why not: unknown, closed, already, too_late, not_yours, not_waiting, refused_before,
    on_hold.
    """

    async def do(scene: Scene) -> Outcome:
        problem = await _host_problem(scene, champion_id)
        if problem is None and await is_refused(scene):
            problem = "refused_before"
        if problem is None and scene.on_hold:
            problem = "on_hold"
        if problem is not None:
            return no(scene, problem)
        await advance(scene, BookingState.CONFIRMED)
        return Outcome(True, scene.booking.state.value)

    return await on_booking(session, "accept_request", booking_id, cause, do)


async def decline_request(
    session: AsyncSession, *, booking_id: UUID, champion_id: UUID, cause: Cause
) -> Outcome:
    """The host cannot take the student; the student hears of it. Reasons as for `accept_request`."""

    async def do(scene: Scene) -> Outcome:
        problem = await _host_problem(scene, champion_id)
        if problem is not None:
            return no(scene, problem)
        await step(scene, BookingState.DECLINED, why="host")
        await notify(scene, "host_declined", await student_and_family(scene))
        return Outcome(True, scene.booking.state.value)

    return await on_booking(session, "decline_request", booking_id, cause, do)


async def cancel_booking(
    session: AsyncSession, *, booking_id: UUID, person_id: UUID, role: str, cause: Cause
) -> Outcome:
    """Call a booking off as student, guardian, employer or coordinator; everyone else concerned hears of it.

    A host who calls off cannot have anybody at that time: it is no longer offered.
    Reasons why not: unknown, closed, past, not_yours.
    """

    async def do(scene: Scene) -> Outcome:
        if scene.booking.state not in HOLDING:
            return no(scene, "closed")
        if scene.now >= scene.slot.ends_at:
            return no(scene, "past")
        if not await _may_cancel(scene, person_id, role):
            return no(scene, "not_yours")
        asked = scene.booking.host_asked
        if role == "employer":
            scene.slot.status = SlotStatus.CLOSED
        await step(scene, BookingState.CANCELLED, why=role)
        concerned = {**(await host_of(scene) if asked else {}), **await student_and_family(scene)}
        concerned.pop(person_id, None)
        if concerned:
            await notify(scene, "booking_cancelled", concerned, by=role)
        return Outcome(True, scene.booking.state.value)

    return await on_booking(session, "cancel_booking", booking_id, cause, do)


async def record_attendance(
    session: AsyncSession, *, booking_id: UUID, attended: bool, cause: Cause
) -> Outcome:
    """Say of a confirmed booking, once it has begun, whether the student came. May be put right later."""

    async def do(scene: Scene) -> Outcome:
        target = BookingState.ATTENDED if attended else BookingState.NO_SHOW
        if scene.booking.state is target:
            return no(scene, "already")
        if scene.now < scene.slot.starts_at:
            return no(scene, "too_early")
        known = (BookingState.CONFIRMED, BookingState.ATTENDED, BookingState.NO_SHOW)
        if scene.booking.state not in known:
            return no(scene, "closed")
        await step(scene, target)
        return Outcome(True, scene.booking.state.value)

    return await on_booking(session, f"record_attendance:{attended}", booking_id, cause, do)


async def _host_problem(scene: Scene, champion_id: UUID) -> str | None:
    """Why this person cannot answer the request. A request whose time is over expires on the way."""
    booking = scene.booking
    champions = await people.champions_of(scene.session, scene.slot.opportunity.partner_id)
    if champion_id not in champions:
        return "not_yours"
    if booking.state is BookingState.CONFIRMED:
        return "already"
    if booking.state not in HOLDING:
        return "closed"
    if booking.state is not BookingState.WAITING_HOST:
        return "not_waiting"
    if scene.late:
        await expire_now(scene)
        return "too_late"
    return None


async def _may_cancel(scene: Scene, person_id: UUID, role: str) -> bool:
    student = scene.student
    if role == "student":
        return person_id == student.person_id
    if role == "guardian":
        return person_id in await guardians(scene)
    if role == "employer":
        return person_id in await people.champions_of(scene.session, scene.slot.opportunity.partner_id)
    return role == "coordinator" and await coordinates(scene.session, person_id, student)
