"""A guardian's yes, no and second thoughts, and reminding a silent one."""

from dataclasses import asdict
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from placements import clock
from placements.cause import Cause, audit, once
from placements.models import (
    Booking,
    Consent,
    Decision,
    Refusal,
    new_id,
)
from placements.queries import people
from placements.rules import consent as consent_rules
from placements.rules.bookings import HOLDING, BookingState, after_consent
from placements.services.booking_steps import (
    Outcome,
    Scene,
    advance,
    ask_guardians,
    coordinates,
    coordinator,
    expire_now,
    host_of,
    is_refused,
    lock_student,
    no,
    notify,
    on_booking,
    open_scene,
    step,
)


async def give_consent(
    session: AsyncSession, *, booking_id: UUID, guardian_id: UUID, cause: Cause, wording: str
) -> Outcome:
    """A guardian permits this booking. `wording` is the question as the guardian read it.

    Reasons why not: unknown, closed, already, too_late, not_guardian, barred, students_number,
    number_not_linked, refused_before.
    """

    async def do(scene: Scene) -> Outcome:
        return await _consent(scene, guardian_id, wording)

    return await on_booking(session, "give_consent", booking_id, cause, do)


async def refuse_consent(
    session: AsyncSession, *, booking_id: UUID, guardian_id: UUID, cause: Cause, wording: str
) -> Outcome:
    """A guardian says no: this booking ends, and others of the student for this opportunity that still wait.

    The no stands until it is lifted; what was confirmed before stays.
    """

    async def do(scene: Scene) -> Outcome:
        return await _refuse(scene, guardian_id, wording, Decision.REFUSED)

    return await on_booking(session, "refuse_consent", booking_id, cause, do)


async def revoke_consent(
    session: AsyncSession, *, booking_id: UUID, guardian_id: UUID, cause: Cause, wording: str
) -> Outcome:
    """A guardian takes permission back; works as a refusal, also for a confirmed booking."""

    async def do(scene: Scene) -> Outcome:
        return await _refuse(scene, guardian_id, wording, Decision.REVOKED)

    return await on_booking(session, "revoke_consent", booking_id, cause, do)


async def lift_refusal(
    session: AsyncSession, *, student_id: UUID, opportunity_id: UUID, person_id: UUID, cause: Cause
) -> Outcome:
    """Take back a no: a guardian the own one, a coordinator of the student's school anyone's.

    The student may then ask again; nothing that ended comes back by itself.
    """

    async def do() -> dict[str, Any]:
        return asdict(await _lift(session, student_id, opportunity_id, person_id, cause))

    return Outcome(**await once(session, cause, f"lift_refusal:{student_id}:{opportunity_id}", do))


async def nudge_guardian(
    session: AsyncSession, *, booking_id: UUID, cause: Cause
) -> Literal["sent", "already", "not_waiting", "unreachable"]:
    """The student asks that a silent guardian be asked again; once for a booking."""

    async def do(scene: Scene) -> Outcome:
        if scene.booking.state is not BookingState.WAITING_CONSENT or scene.late:
            return Outcome(False, None, "not_waiting")
        if scene.booking.nudged_at is not None:
            return Outcome(False, None, "already")
        asked = await people.reachable_guardians(session, scene.student.person_id)
        if not asked:
            return Outcome(False, None, "unreachable")
        scene.booking.nudged_at = scene.now
        await notify(scene, "consent_reminder", dict.fromkeys(asked, "guardian"), nudge=True)
        await audit(session, cause, "nudge_guardian", "booking", booking_id)
        return Outcome(True, None, "sent")

    reason = (await on_booking(session, "nudge_guardian", booking_id, cause, do)).reason
    match reason:
        case "sent" | "already" | "unreachable":
            return reason
        case _:
            return "not_waiting"


async def recheck_reach(session: AsyncSession, *, person_id: UUID, cause: Cause) -> None:
    """After a number was unlinked: the coordinator hears of bookings that now nobody can be asked about."""
    student_ids = [student.id for student in await people.students_of_guardian(session, person_id)]
    waiting = await session.execute(
        select(Booking.id).where(
            Booking.state == BookingState.WAITING_CONSENT, Booking.student_id.in_(student_ids)
        )
    )
    for booking_id in waiting.scalars().all():
        scene = await open_scene(session, booking_id, cause)
        if scene is not None and not await people.reachable_guardians(session, scene.student.person_id):
            await ask_guardians(scene)


async def _consent(scene: Scene, guardian_id: UUID, wording: str) -> Outcome:
    booking = scene.booking
    problem = await _consent_problem(scene, guardian_id)
    if problem is not None:
        return no(scene, problem)
    if scene.late:
        await expire_now(scene)
        return no(scene, "too_late")
    _keep_decision(scene, guardian_id, Decision.GIVEN, wording)
    await advance(scene, after_consent(needs_host=booking.needs_host))
    if booking.state is BookingState.WAITING_HOST:
        await notify(scene, "consent_given", {scene.student.person_id: "student"})
    return Outcome(True, booking.state.value)


async def _consent_problem(scene: Scene, guardian_id: UUID) -> str | None:
    who = await _consenter(scene, guardian_id)
    problem = consent_rules.why_not(who, by_text=scene.cause.kind == "message")
    if problem is not None:
        return problem
    if scene.booking.state not in HOLDING:
        return "closed"
    if scene.booking.state is not BookingState.WAITING_CONSENT:
        return "already"
    return "refused_before" if await is_refused(scene) else None


async def _consenter(scene: Scene, guardian_id: UUID) -> consent_rules.Consenter:
    session, number = scene.session, scene.cause.address
    student_id = scene.student.person_id
    links = await people.guardians_of(session, student_id)
    link = next((link for link in links if link.person.id == guardian_id), None)
    how = await people.number_how(session, guardian_id, number) if number else None
    return consent_rules.Consenter(
        is_guardian=link is not None,
        barred=link is not None and link.barred,
        number_how=how.value if how else None,
        number_is_students=number is not None
        and await people.number_how(session, student_id, number) is not None,
    )


async def _refuse(scene: Scene, guardian_id: UUID, wording: str, decision: Decision) -> Outcome:
    who = await _consenter(scene, guardian_id)
    problem = consent_rules.why_not(who, by_text=False)
    if problem is None and not scene.is_minor:
        problem = "adult"
    if problem is None and scene.booking.state not in HOLDING:
        problem = "closed"
    if problem is None and scene.now >= scene.slot.ends_at:
        problem = "past"
    if problem is not None:
        return no(scene, problem)
    _keep_decision(scene, guardian_id, decision, wording)
    await _keep_refusal(scene, guardian_id)
    why = "revoked" if decision is Decision.REVOKED else "guardian"
    for each in await _open_for_same(scene):
        asked = each.booking.host_asked
        await step(each, BookingState.REFUSED, why=why)
        told = {each.student.person_id: "student", **await coordinator(each)}
        await notify(each, "consent_refused", told, reason=why)
        if asked:
            await notify(each, "booking_cancelled", await host_of(each), by="guardian")
    return Outcome(True, scene.booking.state.value)


async def _open_for_same(scene: Scene) -> list[Scene]:
    """This booking and the student's others for the opportunity that still wait for somebody. The student is locked.

    One that was permitted and confirmed before is not what the guardian was asked about, and stays.
    """
    rows = await scene.session.execute(
        select(Booking.id)
        .where(
            Booking.student_id == scene.booking.student_id,
            Booking.opportunity_id == scene.booking.opportunity_id,
            Booking.state.in_(HOLDING),
            (Booking.state != BookingState.CONFIRMED) | (Booking.id == scene.booking.id),
        )
        .order_by(Booking.id)
    )
    scenes = [await open_scene(scene.session, each, scene.cause) for each in rows.scalars().all()]
    return [each for each in scenes if each is not None]


def _keep_decision(scene: Scene, person_id: UUID, decision: Decision, wording: str) -> None:
    booking, cause = scene.booking, scene.cause
    scene.session.add(
        Consent(
            at=scene.now,
            booking_id=booking.id,
            student_id=booking.student_id,
            opportunity_id=booking.opportunity_id,
            person_id=person_id,
            decision=decision,
            wording=wording,
            number=cause.address,
            cause_kind=cause.kind,
            cause_ref=cause.ref,
        )
    )


async def _keep_refusal(scene: Scene, person_id: UUID) -> None:
    await scene.session.execute(
        insert(Refusal)
        .values(
            id=new_id(),
            student_id=scene.booking.student_id,
            opportunity_id=scene.booking.opportunity_id,
            person_id=person_id,
            at=scene.now,
        )
        .on_conflict_do_nothing()
    )


async def _lift(
    session: AsyncSession, student_id: UUID, opportunity_id: UUID, person_id: UUID, cause: Cause
) -> Outcome:
    student = await lock_student(session, student_id)
    if student is None:
        return Outcome(False, None, "unknown")
    links = await people.guardians_of(session, student_id)
    is_guardian = any(link.person.id == person_id and not link.barred for link in links)
    is_coordinator = await coordinates(session, person_id, student)
    if not is_guardian and not is_coordinator:
        return Outcome(False, None, "not_yours")
    now = await clock.now(session)
    lift = update(Refusal).where(
        Refusal.student_id == student_id,
        Refusal.opportunity_id == opportunity_id,
        Refusal.lifted_at.is_(None),
    )
    if not is_coordinator:
        lift = lift.where(Refusal.person_id == person_id)
    lifted = await session.execute(lift.values(lifted_at=now, lifted_by=person_id).returning(Refusal.id))
    if not lifted.scalars().all():
        return Outcome(False, None, "none")
    session.add(
        Consent(
            at=now,
            booking_id=None,
            student_id=student_id,
            opportunity_id=opportunity_id,
            person_id=person_id,
            decision=Decision.LIFTED,
            wording="",
            number=cause.address,
            cause_kind=cause.kind,
            cause_ref=cause.ref,
        )
    )
    await audit(session, cause, "lift_refusal", "opportunity", opportunity_id, {"student_id": student_id})
    return Outcome(True, None)
