"""A guardian's yes, no and second thoughts, and reminding a silent one."""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from placements import clock
from placements.cause import Cause, audit, once
from placements.models import (
    Booking,
    Consent,
    ConsentForm,
    Decision,
    GuardianLink,
    Refusal,
    Slot,
    new_id,
)
from placements.queries import people
from placements.rules import consent as consent_rules
from placements.rules.bookings import HOLDING, BookingState, after_consent
from placements.services.booking_steps import (
    Outcome,
    Scene,
    advance,
    ask_again,
    ask_guardians,
    coordinates,
    coordinator,
    expire_now,
    guardians,
    host_of,
    is_refused,
    keep_decision,
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
    number_not_linked, refused_before, adult, needs_form, on_hold.
    """

    async def do(scene: Scene) -> Outcome:
        problem = await _consent_problem(scene, guardian_id)
        if problem is None and scene.booking.needs_form:
            problem = "needs_form"
        return await _consent(scene, guardian_id, wording, problem)

    return await on_booking(session, "give_consent", booking_id, cause, do)


@dataclass(frozen=True, kw_only=True)
class SignedForm:
    """A form on paper as it was taken in. `signed_on` is the date beside the signature."""

    signed_by: UUID
    signed_on: date
    content: bytes
    media_type: str


async def record_form(session: AsyncSession, *, booking_id: UUID, form: SignedForm, cause: Cause) -> Outcome:
    """A coordinator takes in a signed form; it permits this booking as a yes by text would, also after the cap.

    `cause.actor` is the coordinator. Reasons why not, beside those of `give_consent`: not_coordinator,
    signed_later (the date is still to come), form_expired (too old on the day of the visit), other_plan (signed
    before the plan changed), not_student (somebody of 18 signs alone).
    """

    async def do(scene: Scene) -> Outcome:
        problem = await _form_problem(scene, form)
        if problem is not None:
            return no(scene, problem)
        kept = ConsentForm(
            id=new_id(),
            booking_id=booking_id,
            student_id=scene.booking.student_id,
            signed_by=form.signed_by,
            signed_on=form.signed_on,
            recorded_at=scene.now,
            recorded_by=cause.actor,
            media_type=form.media_type,
            sha256=hashlib.sha256(form.content).hexdigest(),
            size=len(form.content),
            content=form.content,
        )
        session.add(kept)
        await session.flush()
        await audit(session, cause, "record_form", "booking", booking_id, {"form": kept.id})
        wording = f"signed form of {form.signed_on.isoformat()}, sha256 {kept.sha256}"
        return await _consent(scene, form.signed_by, wording, None, kept.id)

    return await on_booking(session, "record_form", booking_id, cause, do)


async def refuse_consent(
    session: AsyncSession, *, booking_id: UUID, guardian_id: UUID, cause: Cause, wording: str
) -> Outcome:
    """A guardian says no: this booking ends, and others of the student for this opportunity that still wait.

    The no stands until it is lifted; what was confirmed before stays. A no counts as well when it comes after the
    question has ended, as long as the visit has not. Reasons why not: unknown, closed, past, not_guardian, barred,
    adult.
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
        if scene.booking.state is not BookingState.WAITING_CONSENT or scene.late or scene.on_hold:
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


async def _consent(
    scene: Scene, person_id: UUID, wording: str, problem: str | None, form_id: UUID | None = None
) -> Outcome:
    booking = scene.booking
    if problem is not None:
        return no(scene, problem)
    if scene.late and not scene.by_coordinator:
        await expire_now(scene)
        return no(scene, "too_late")
    await keep_decision(scene, person_id, Decision.GIVEN, wording, form_id)
    await advance(scene, after_consent(needs_host=booking.needs_host))
    if booking.state is BookingState.WAITING_HOST:
        others = {each: role for each, role in (await guardians(scene)).items() if each != person_id}
        await notify(scene, "consent_given", {scene.student.person_id: "student", **others})
    return Outcome(True, booking.state.value)


async def _consent_problem(scene: Scene, guardian_id: UUID) -> str | None:
    who = await _consenter(scene, guardian_id)
    problem = consent_rules.why_not(who, by_text=scene.cause.kind == "message")
    if problem is None and not scene.is_minor:
        problem = "adult"
    return problem or await _booking_problem(scene)


async def _booking_problem(scene: Scene) -> str | None:
    """Why this booking takes no permission now, whoever gives it."""
    if scene.booking.state not in HOLDING:
        return "closed"
    if scene.booking.state is not BookingState.WAITING_CONSENT:
        return "already"
    if await is_refused(scene):
        return "refused_before"
    return "on_hold" if scene.on_hold else None


async def _form_problem(scene: Scene, form: SignedForm) -> str | None:
    actor, booking = scene.cause.actor, scene.booking
    if actor is None or not await coordinates(scene.session, actor, scene.student):
        return "not_coordinator"
    if scene.is_minor:
        problem = consent_rules.why_not(await _consenter(scene, form.signed_by), by_text=False)
    else:
        problem = None if form.signed_by == booking.student_id else "not_student"
    zone = scene.calendar.zone
    visit = scene.slot.starts_at.astimezone(ZoneInfo(scene.slot.timezone)).date()
    changed = booking.moved_from is not None or booking.plan_since != booking.requested_at
    if problem is None and form.signed_on > scene.now.astimezone(zone).date():
        problem = "signed_later"
    if problem is None and form.signed_on + timedelta(days=scene.pack.form_valid_days) < visit:
        problem = "form_expired"
    if problem is None and changed and form.signed_on < booking.plan_since.astimezone(zone).date():
        problem = "other_plan"
    return problem or await _booking_problem(scene)


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
    if problem is None and scene.booking.state in (BookingState.ATTENDED, BookingState.NO_SHOW):
        problem = "closed"
    if problem is None and scene.now >= scene.slot.ends_at:
        problem = "past"
    if problem is not None:
        return no(scene, problem)
    await keep_decision(scene, guardian_id, decision, wording)
    await _keep_refusal(scene, guardian_id)
    why = "revoked" if decision is Decision.REVOKED else "guardian"
    for each in await _open_for_same(scene):
        asked = each.booking.host_asked
        family = {person: role for person, role in (await guardians(each)).items() if person != guardian_id}
        await step(each, BookingState.REFUSED, why=why)
        told = {each.student.person_id: "student", **family, **await coordinator(each)}
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
    if is_guardian and cause.kind == "message":
        how = await people.number_how(session, person_id, cause.address or "")
        is_guardian = how in people.GUARDIAN_VERIFIED
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
    await _tell_lifted(session, student_id, opportunity_id, cause)
    return Outcome(True, None)


async def _tell_lifted(session: AsyncSession, student_id: UUID, opportunity_id: UUID, cause: Cause) -> None:
    """The student may ask again, once nobody's no stands any more and while there is a visit to ask for."""
    now = await clock.now(session)
    last = await session.scalar(
        select(Booking.id)
        .join(Slot, Slot.id == Booking.slot_id)
        .where(
            Booking.student_id == student_id, Booking.opportunity_id == opportunity_id, Slot.starts_at > now
        )
        .order_by(Booking.requested_at.desc(), Booking.id)
        .limit(1)
    )
    scene = await open_scene(session, last, cause) if last else None
    if scene is not None and not await is_refused(scene):
        await notify(scene, "refusal_lifted", {student_id: "student"})


async def standing_refusals(
    session: AsyncSession, *, student_ids: Sequence[UUID], person_id: UUID | None = None
) -> list[Refusal]:
    """The refusals that nobody lifted, the oldest first; only one person's where `person_id` is given."""
    query = select(Refusal).where(Refusal.student_id.in_(student_ids), Refusal.lifted_at.is_(None))
    if person_id is not None:
        query = query.where(Refusal.person_id == person_id)
    return list((await session.execute(query.order_by(Refusal.at, Refusal.id))).scalars())


async def bar_guardian(
    session: AsyncSession, *, student_id: UUID, guardian_id: UUID, cause: Cause
) -> Outcome:
    """A court order: from now on this guardian decides nothing and hears nothing about the student.

    What they refused stands until a coordinator lifts it. What they alone permitted is asked afresh of the others.
    `cause.actor` is the coordinator. Reasons why not: unknown, not_yours, not_guardian, already.
    """

    async def do() -> dict[str, Any]:
        return asdict(await _bar(session, student_id, guardian_id, cause))

    return Outcome(**await once(session, cause, f"bar_guardian:{student_id}:{guardian_id}", do))


async def _bar(session: AsyncSession, student_id: UUID, guardian_id: UUID, cause: Cause) -> Outcome:
    student = await lock_student(session, student_id)
    if student is None:
        return Outcome(False, None, "unknown")
    if cause.actor is None or not await coordinates(session, cause.actor, student):
        return Outcome(False, None, "not_yours")
    link = await session.scalar(
        select(GuardianLink).where(
            GuardianLink.student_id == student_id,
            GuardianLink.guardian_id == guardian_id,
            GuardianLink.valid_until.is_(None),
        )
    )
    if link is None or link.barred:
        return Outcome(False, None, "not_guardian" if link is None else "already")
    link.barred = True
    await session.flush()
    await audit(session, cause, "bar_guardian", "guardian_link", link.id, {"student_id": student_id})
    await recheck_permission(session, student_id=student_id, cause=cause)
    return Outcome(True, None)


async def recheck_permission(session: AsyncSession, *, student_id: UUID, cause: Cause) -> int:
    """After a guardian may decide no longer: what nobody else permitted is asked afresh. Returns how many that was."""
    now = await clock.now(session)
    rows = await session.execute(
        select(Booking.id)
        .join(Slot, Slot.id == Booking.slot_id)
        .where(
            Booking.student_id == student_id,
            Booking.needs_consent,
            Booking.state.in_((BookingState.WAITING_HOST, BookingState.CONFIRMED)),
            Slot.starts_at > now,
        )
        .order_by(Booking.id)
    )
    again = 0
    for booking_id in rows.scalars().all():
        scene = await open_scene(session, booking_id, cause)
        if scene is not None and not await _is_permitted(scene):
            await ask_again(scene)
            again += 1
    return again


async def _is_permitted(scene: Scene) -> bool:
    """Whether a permission of the present plan stands, of somebody who may still give it."""
    links = await people.guardians_of(scene.session, scene.student.person_id)
    may = {link.person.id for link in links if not link.barred} | {scene.student.person_id}
    given = select(Consent.id).where(
        Consent.booking_id == scene.booking.id,
        Consent.decision == Decision.GIVEN,
        Consent.at >= scene.booking.plan_since,
        Consent.person_id.in_(may),
    )
    return await scene.session.scalar(given.limit(1)) is not None
