"""The verbs on bookings. Each takes a cause and, for one cause, happens once."""

from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import exists, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from placements import clock
from placements.cause import Cause, audit, once
from placements.models import (
    Booking,
    BookingDue,
    Consent,
    Decision,
    OpportunityStatus,
    PartnerStatus,
    Place,
    Refusal,
    Slot,
    SlotStatus,
    Student,
    new_id,
)
from placements.queries import catalogue, people
from placements.queries.bookings import DueItem
from placements.queries.schools import calendar_of, pack_of, zone_of
from placements.rules import consent as consent_rules
from placements.rules import deadlines
from placements.rules.bookings import HOLDING, WAITING_FOR, BookingState, after_consent, after_request
from placements.rules.eligibility import blocking_rules
from placements.services.booking_steps import (
    Scene,
    advance,
    ask_guardians,
    coordinator,
    guardians,
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


@dataclass(frozen=True)
class Outcome:
    """What a verb did. Where `ok` is false nothing changed (unless `reason` is too_late: then it expired)."""

    ok: bool
    state: str | None
    reason: str | None = None


class _Full(Exception):
    """No free place."""


async def request_booking(
    session: AsyncSession, *, student_id: UUID, slot_id: UUID, cause: Cause
) -> Booked | NotBooked:
    """Hold a place, and ask for what the booking still needs: permission first, then the host."""

    async def do() -> dict[str, Any]:
        return _pack_result(await _request(session, student_id, slot_id, cause, moving=None))

    return _unpack_result(await once(session, cause, f"request_booking:{student_id}:{slot_id}", do))


async def reschedule_booking(
    session: AsyncSession, *, booking_id: UUID, slot_id: UUID, cause: Cause
) -> Booked | NotBooked:
    """Move to another slot: the new place is taken before the old one is given up.

    Permission and host are asked again, for the plan has changed. If the new place cannot be had, nothing
    changes.
    """

    async def do() -> dict[str, Any]:
        return _pack_result(await _reschedule(session, booking_id, slot_id, cause))

    return _unpack_result(await once(session, cause, f"reschedule_booking:{booking_id}:{slot_id}", do))


async def give_consent(
    session: AsyncSession, *, booking_id: UUID, guardian_id: UUID, cause: Cause, wording: str
) -> Outcome:
    """A guardian permits this booking. `wording` is the question as the guardian read it.

    Reasons why not: unknown, closed, already, too_late, not_guardian, barred, students_number,
    number_not_linked, refused_before.
    """

    async def do(scene: Scene) -> Outcome:
        return await _consent(scene, guardian_id, wording)

    return await _on_booking(session, "give_consent", booking_id, cause, do)


async def refuse_consent(
    session: AsyncSession, *, booking_id: UUID, guardian_id: UUID, cause: Cause, wording: str
) -> Outcome:
    """A guardian says no: every open booking of the student for this opportunity ends, until it is lifted."""

    async def do(scene: Scene) -> Outcome:
        return await _refuse(scene, guardian_id, wording, Decision.REFUSED)

    return await _on_booking(session, "refuse_consent", booking_id, cause, do)


async def revoke_consent(
    session: AsyncSession, *, booking_id: UUID, guardian_id: UUID, cause: Cause, wording: str
) -> Outcome:
    """A guardian takes permission back; works as a refusal, also for a confirmed booking."""

    async def do(scene: Scene) -> Outcome:
        return await _refuse(scene, guardian_id, wording, Decision.REVOKED)

    return await _on_booking(session, "revoke_consent", booking_id, cause, do)


async def lift_refusal(
    session: AsyncSession, *, student_id: UUID, opportunity_id: UUID, person_id: UUID, cause: Cause
) -> Outcome:
    """Take back a no: a guardian the own one, a coordinator of the student's school anyone's.

    The student may then ask again; nothing that ended comes back by itself.
    """

    async def do() -> dict[str, Any]:
        return asdict(await _lift(session, student_id, opportunity_id, person_id, cause))

    return Outcome(**await once(session, cause, f"lift_refusal:{student_id}:{opportunity_id}", do))


async def accept_request(
    session: AsyncSession, *, booking_id: UUID, champion_id: UUID, cause: Cause
) -> Outcome:
    """The host takes the student.

    Reasons why not: unknown, closed, already, too_late, not_yours, not_waiting, refused_before.
    """

    async def do(scene: Scene) -> Outcome:
        problem = await _host_problem(scene, champion_id)
        if problem is None and await _is_refused(scene):
            problem = "refused_before"
        if problem is not None:
            return await _no(scene, problem)
        await advance(scene, BookingState.CONFIRMED)
        return Outcome(True, scene.booking.state.value)

    return await _on_booking(session, "accept_request", booking_id, cause, do)


async def decline_request(
    session: AsyncSession, *, booking_id: UUID, champion_id: UUID, cause: Cause
) -> Outcome:
    """The host cannot take the student; the student hears of it. Reasons as for `accept_request`."""

    async def do(scene: Scene) -> Outcome:
        problem = await _host_problem(scene, champion_id)
        if problem is not None:
            return await _no(scene, problem)
        await step(scene, BookingState.DECLINED, why="host")
        await notify(scene, "host_declined", await student_and_family(scene))
        return Outcome(True, scene.booking.state.value)

    return await _on_booking(session, "decline_request", booking_id, cause, do)


async def cancel_booking(
    session: AsyncSession, *, booking_id: UUID, person_id: UUID, role: str, cause: Cause
) -> Outcome:
    """Call a booking off as student, guardian, employer or coordinator; everyone else concerned hears of it.

    Reasons why not: unknown, closed, past, not_yours.
    """

    async def do(scene: Scene) -> Outcome:
        if scene.booking.state not in HOLDING:
            return await _no(scene, "closed")
        if scene.now >= scene.slot.ends_at:
            return await _no(scene, "past")
        if not await _may_cancel(scene, person_id, role):
            return await _no(scene, "not_yours")
        asked = scene.booking.host_asked
        await step(scene, BookingState.CANCELLED, why=role)
        concerned = {**(await host_of(scene) if asked else {}), **await student_and_family(scene)}
        concerned.pop(person_id, None)
        if concerned:
            await notify(scene, "booking_cancelled", concerned, by=role)
        return Outcome(True, scene.booking.state.value)

    return await _on_booking(session, "cancel_booking", booking_id, cause, do)


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

    reason = (await _on_booking(session, "nudge_guardian", booking_id, cause, do)).reason
    match reason:
        case "sent" | "already" | "unreachable":
            return reason
        case _:
            return "not_waiting"


async def record_attendance(
    session: AsyncSession, *, booking_id: UUID, attended: bool, cause: Cause
) -> Outcome:
    """Say of a confirmed booking, once it has begun, whether the student came. May be put right later."""

    async def do(scene: Scene) -> Outcome:
        target = BookingState.ATTENDED if attended else BookingState.NO_SHOW
        if scene.booking.state is target:
            return await _no(scene, "already")
        if scene.now < scene.slot.starts_at:
            return await _no(scene, "too_early")
        known = (BookingState.CONFIRMED, BookingState.ATTENDED, BookingState.NO_SHOW)
        if scene.booking.state not in known:
            return await _no(scene, "closed")
        await step(scene, target)
        return Outcome(True, scene.booking.state.value)

    return await _on_booking(session, f"record_attendance:{attended}", booking_id, cause, do)


async def expire(session: AsyncSession, *, booking_id: UUID, cause: Cause) -> Outcome:
    """End a booking whose time to answer is over. Reasons why not: unknown, closed, not_due."""

    async def do(scene: Scene) -> Outcome:
        if scene.booking.state not in HOLDING:
            return await _no(scene, "closed")
        if not scene.late:
            return await _no(scene, "not_due")
        await _expire(scene)
        return Outcome(True, scene.booking.state.value)

    return await _on_booking(session, "expire", booking_id, cause, do)


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
    audience = await _reminded(scene, item.kind)
    if not audience:
        return False
    await notify(scene, item.kind, audience, nudge=False)
    return True


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


async def _on_booking(
    session: AsyncSession,
    verb: str,
    booking_id: UUID,
    cause: Cause,
    do: Callable[[Scene], Awaitable[Outcome]],
) -> Outcome:
    """Run a verb on a locked booking, once for its cause."""

    async def act() -> dict[str, Any]:
        scene = await open_scene(session, booking_id, cause)
        return asdict(await do(scene) if scene else Outcome(False, None, "unknown"))

    return Outcome(**await once(session, cause, f"{verb}:{booking_id}", act))


async def _no(scene: Scene, reason: str) -> Outcome:
    return Outcome(False, scene.booking.state.value, reason)


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
    by_person = cause.kind == "console"
    if not by_person and not await people.is_verified(session, student.person_id, cause.address):
        return NotBooked("not_verified")
    if await _holds(session, student.person_id, Booking.slot_id == slot.id):
        return NotBooked("already")
    if await _has_refusal(session, student.person_id, slot.opportunity_id):
        return NotBooked("refused_before")
    pack = pack_of(student.school)
    forms = await catalogue.forms_on_file(session, student.person_id, now)
    blocked = blocking_rules(catalogue.student_facts(student, forms), catalogue.offer_facts(slot), pack)
    if blocked:
        return NotBooked("not_eligible", blocked)
    if now >= deadlines.request_cap(slot.starts_at, calendar_of(student.school), pack.timing):
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
    booking = Booking(
        id=new_id(),
        student_id=student.person_id,
        slot_id=slot.id,
        opportunity_id=slot.opportunity_id,
        place_no=place_no,
        state=BookingState.REQUESTED,
        state_since=now,
        requested_at=now,
        needs_consent=consent_rules.needs_consent(
            student.person.birth_date,
            now.astimezone(zone_of(school)).date(),
            activity_needs_it=rules.consent,
        ),
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


async def _consent(scene: Scene, guardian_id: UUID, wording: str) -> Outcome:
    booking = scene.booking
    problem = await _consent_problem(scene, guardian_id)
    if problem is not None:
        return await _no(scene, problem)
    if scene.late:
        await _expire(scene)
        return await _no(scene, "too_late")
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
    return "refused_before" if await _is_refused(scene) else None


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
        return await _no(scene, problem)
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
    """Every open booking of the student for the opportunity, this one among them. The student is locked."""
    rows = await scene.session.execute(
        select(Booking.id)
        .where(
            Booking.student_id == scene.booking.student_id,
            Booking.opportunity_id == scene.booking.opportunity_id,
            Booking.state.in_(HOLDING),
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
    is_coordinator = await _coordinates(session, person_id, student)
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
        await _expire(scene)
        return "too_late"
    return None


async def _expire(scene: Scene) -> None:
    waited_for = WAITING_FOR.get(scene.booking.state)
    told = {scene.student.person_id: "student"}
    if waited_for == "guardian":
        told |= await guardians(scene)
    elif waited_for == "host":
        told |= await host_of(scene)
    await step(scene, BookingState.EXPIRED, why=waited_for)
    await notify(scene, "booking_expired", told, reason=waited_for)


def _still_called_for(scene: Scene, kind: str) -> bool:
    state, booking = scene.booking.state, scene.booking
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
        reachable = await people.reachable_guardians(scene.session, scene.student.person_id)
        return dict.fromkeys(reachable, "guardian")
    if kind == "host_reminder":
        return await host_of(scene)
    return {**await student_and_family(scene), **await host_of(scene)}


async def _may_cancel(scene: Scene, person_id: UUID, role: str) -> bool:
    student = scene.student
    if role == "student":
        return person_id == student.person_id
    if role == "guardian":
        return person_id in await guardians(scene)
    if role == "employer":
        return person_id in await people.champions_of(scene.session, scene.slot.opportunity.partner_id)
    return role == "coordinator" and await _coordinates(scene.session, person_id, student)


async def _coordinates(session: AsyncSession, person_id: UUID, student: Student) -> bool:
    view = await people.person(session, person_id)
    if view is None:
        return False
    return any(
        role.role == "coordinator"
        and role.district_id == student.school.district_id
        and role.school_id in (None, student.school_id)
        for role in view.roles
    )


async def _is_refused(scene: Scene) -> bool:
    return await _has_refusal(scene.session, scene.booking.student_id, scene.booking.opportunity_id)


async def _has_refusal(session: AsyncSession, student_id: UUID, opportunity_id: UUID) -> bool:
    standing = exists().where(
        Refusal.student_id == student_id,
        Refusal.opportunity_id == opportunity_id,
        Refusal.lifted_at.is_(None),
    )
    return bool(await session.scalar(select(standing)))


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


def _pack_result(result: Booked | NotBooked) -> dict[str, Any]:
    if isinstance(result, Booked):
        return {
            "booking_id": str(result.booking_id),
            "state": result.state.value,
            "waiting_for": result.waiting_for,
        }
    return asdict(result)


def _unpack_result(data: dict[str, Any]) -> Booked | NotBooked:
    if "booking_id" in data:
        return Booked(UUID(data["booking_id"]), BookingState(data["state"]), data["waiting_for"])
    return NotBooked(data["reason"], data["rules"])
