"""Doing what fell due: reminders, expiries, birthdays, visits on hold; each once."""

from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from placements.cause import Cause
from placements.models import BookingDue
from placements.queries import people
from placements.queries.bookings import DueItem
from placements.rules.bookings import HOLDING, BookingState, after_consent
from placements.services.booking_steps import (
    Outcome,
    Scene,
    advance,
    coordinator,
    expire_now,
    host_of,
    no,
    notify,
    open_scene,
    student_and_family,
)


async def expire(session: AsyncSession, *, booking_id: UUID, cause: Cause) -> Outcome:
    """End a booking whose time to answer is over. Reasons why not: unknown, closed, not_due.

    Its state is what makes it happen once; a no is not kept, so that the same cause may come back later.
    """
    scene = await open_scene(session, booking_id, cause)
    if scene is None:
        return Outcome(False, None, "unknown")
    if scene.booking.state not in HOLDING:
        return no(scene, "closed")
    if not scene.late:
        return no(scene, "not_due")
    await expire_now(scene)
    return Outcome(True, scene.booking.state.value)


async def do_due(session: AsyncSession, *, item: DueItem, cause: Cause) -> bool:
    """Do what fell due. True if this call did it; False if it was done before or is no longer called for."""
    if item.kind == "expire":
        return (await expire(session, booking_id=item.booking_id, cause=cause)).ok
    scene = await open_scene(session, item.booking_id, cause)
    if scene is None or not _still_called_for(scene, item.kind):
        return False
    first = await session.execute(
        insert(BookingDue)
        .values(booking_id=item.booking_id, kind=item.kind, due_at=item.due_at, done_at=scene.now)
        .on_conflict_do_nothing()
        .returning(BookingDue.kind)
    )
    if first.scalar_one_or_none() is None:
        return False
    return await _do(scene, item.kind)


async def _do(scene: Scene, kind: str) -> bool:
    """Do one thing that is called for. False where nobody is left to tell."""
    if kind == "came_of_age":
        await _come_of_age(scene)
        return True
    if kind == "visit_on_hold":
        await notify(scene, "visit_on_hold", {**await student_and_family(scene), **await coordinator(scene)})
        return True
    audience = await _reminded(scene, kind)
    if not audience:
        return False
    if kind == "consent_reminder" and scene.booking.needs_form:
        await notify(scene, "form_reminder", audience)
    else:
        await notify(scene, kind, audience, nudge=False)
    return True


async def _come_of_age(scene: Scene) -> None:
    """A student turned 18 while a guardian was asked: from now on nobody else's permission is needed or counts.

    Which guardians are asked at all is a rule about minors (`rules.consent.needs_consent`), so the booking goes on to
    whom it would have gone to had the student asked for it today. Where a form is needed, the student signs it.
    """
    asked = await people.reachable_guardians(scene.session, scene.student.person_id)
    await notify(
        scene, "came_of_age", {scene.student.person_id: "student", **dict.fromkeys(asked, "guardian")}
    )
    if scene.booking.needs_form:
        await notify(scene, "form_asked", {scene.student.person_id: "student"})
        return
    scene.booking.needs_consent = False
    await advance(scene, after_consent(needs_host=scene.booking.needs_host))


def _still_called_for(scene: Scene, kind: str) -> bool:
    state, booking = scene.booking.state, scene.booking
    if kind == "visit_on_hold":
        return state is BookingState.CONFIRMED and scene.on_hold and scene.now < scene.slot.starts_at
    if scene.on_hold:
        return False
    if kind == "came_of_age":
        return state is BookingState.WAITING_CONSENT and not scene.is_minor and not scene.late
    if kind == "booking_reminder":
        return (
            state is BookingState.CONFIRMED
            and booking.state_since <= booking.day_before_at <= scene.now < scene.slot.starts_at
        )
    waits = {
        "consent_reminder": BookingState.WAITING_CONSENT,
        "host_reminder": BookingState.WAITING_HOST,
    }.get(kind)
    return (
        state is waits and not scene.late and booking.remind_at is not None and scene.now >= booking.remind_at
    )


async def _reminded(scene: Scene, kind: str) -> dict[UUID, str]:
    if kind == "consent_reminder":
        if not scene.is_minor:
            return {scene.student.person_id: "student"}
        reachable = await people.reachable_guardians(scene.session, scene.student.person_id)
        return dict.fromkeys(reachable, "guardian")
    if kind == "host_reminder":
        return await host_of(scene)
    return {**await student_and_family(scene), **await host_of(scene)}
