"""What every verb on bookings is made of: the locks, the step from state to state, and whom it concerns.

Locks are taken in one order, student, slot, booking, so that no two verbs can wait for each other.
"""

from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from placements import clock
from placements.cause import Cause, audit, once
from placements.models import (
    Booking,
    BookingDue,
    BookingEvent,
    Consent,
    Decision,
    Place,
    Refusal,
    Slot,
    SlotStatus,
    Student,
)
from placements.notices import tell
from placements.queries import partners, people
from placements.queries.schools import calendar_of, pack_of, zone_of
from placements.rules import deadlines
from placements.rules.ages import is_adult
from placements.rules.bookings import HOLDING, WAITING_FOR, BookingState, after_request, check
from placements.rules.packs import RulePack
from placements.rules.school_days import Calendar
from placements.services.interests import tell_interested

QUESTIONS = frozenset({"consent_asked", "host_asked"})


@dataclass(frozen=True)
class Outcome:
    """What a verb did. Where `ok` is false nothing changed (unless `reason` is too_late: then it expired)."""

    ok: bool
    state: str | None
    reason: str | None = None


@dataclass
class Scene:
    """A booking with everything that a verb needs; student and booking are locked."""

    session: AsyncSession
    booking: Booking
    slot: Slot
    student: Student
    now: datetime
    cause: Cause
    on_hold: bool = False  # the partner, until a coordinator has looked

    @property
    def pack(self) -> RulePack:
        return pack_of(self.student.school)

    @property
    def calendar(self) -> Calendar:
        return calendar_of(self.student.school)

    @property
    def cap(self) -> datetime:
        """After this nothing about the booking is answered by text."""
        return deadlines.request_cap(self.slot.starts_at, self.calendar, self.pack.timing)

    @property
    def is_minor(self) -> bool:
        today = self.now.astimezone(zone_of(self.student.school)).date()
        return not is_adult(self.student.person.birth_date, today)

    @property
    def late(self) -> bool:
        """Whether the time to answer is over. On hold nobody can answer: then it lasts until the day before."""
        deadline = self.booking.deadline
        if deadline is None:
            return False
        return self.now >= (self.booking.day_before_at if self.on_hold else deadline)

    @property
    def by_coordinator(self) -> bool:
        """Whether a coordinator does it by hand, who is not held to the hours for answers by text."""
        return self.cause.kind == "console"


async def lock_student(session: AsyncSession, student_id: UUID) -> Student | None:
    """The student, locked: one verb at a time may change a student's bookings."""
    return (
        await session.execute(
            select(Student)
            .where(Student.person_id == student_id)
            .with_for_update(of=Student, key_share=True)
            .execution_options(populate_existing=True)
        )
    ).scalar_one_or_none()


async def lock_slot(session: AsyncSession, slot_id: UUID) -> Slot | None:
    """The slot, locked: one student at a time may take a place in it."""
    return (
        await session.execute(
            select(Slot)
            .where(Slot.id == slot_id)
            .with_for_update(of=Slot, key_share=True)
            .execution_options(populate_existing=True)
        )
    ).scalar_one_or_none()


async def open_scene(session: AsyncSession, booking_id: UUID, cause: Cause) -> Scene | None:
    """Lock the booking's student and the booking; None if there is no such booking."""
    student_id = await session.scalar(select(Booking.student_id).where(Booking.id == booking_id))
    student = await lock_student(session, student_id) if student_id else None
    if student is None:
        return None
    booking = (
        await session.execute(
            select(Booking)
            .where(Booking.id == booking_id)
            .with_for_update(key_share=True)
            .execution_options(populate_existing=True)
        )
    ).scalar_one()
    slot = await session.get_one(Slot, booking.slot_id)
    on_hold = await partners.is_on_hold(session, slot.opportunity.partner_id)
    return Scene(session, booking, slot, student, await clock.now(session), cause, on_hold)


async def step(scene: Scene, target: BookingState, *, why: str | None = None) -> None:
    """Take the booking to `target`: state, deadline, event row and audit line, in one go.

    Raises TransitionError where the state machine has no such way.
    """
    booking = scene.booking
    check(booking.state, target)
    before, booking.state, booking.state_since = booking.state, target, scene.now
    booking.ended_why = why
    _set_deadline(scene)
    await scene.session.flush()
    await record(scene, before, why)
    if before in HOLDING and target not in HOLDING:
        await _pass_on(scene)


async def record(scene: Scene, before: BookingState | None, why: str | None = None) -> None:
    """Add the event row and the audit line of a step."""
    booking, cause = scene.booking, scene.cause
    scene.session.add(
        BookingEvent(
            booking_id=booking.id,
            at=scene.now,
            from_state=before,
            to_state=booking.state,
            actor_id=cause.actor,
            cause_kind=cause.kind,
            cause_ref=cause.ref,
            data={"why": why} if why else {},
        )
    )
    await audit(
        scene.session,
        cause,
        f"booking_{booking.state.value}",
        "booking",
        booking.id,
        {"from": before.value if before else None, "why": why},
    )


async def advance(scene: Scene, target: BookingState) -> None:
    """Step to an open state and ask, or tell, whom it concerns."""
    await step(scene, target)
    await _ask(scene)


async def _ask(scene: Scene) -> None:
    state = scene.booking.state
    if state is BookingState.WAITING_CONSENT:
        await ask_guardians(scene)
    elif state is BookingState.WAITING_HOST:
        await ask_host(scene)
    elif state is BookingState.CONFIRMED:
        await notify(scene, "booking_confirmed", await student_and_family(scene))


async def ask_guardians(scene: Scene) -> None:
    """Ask every guardian who can be reached; if there is none, the coordinator hears of it.

    For a signed form the coordinator always hears of it, and somebody of 18 signs alone.
    """
    guardians = await people.reachable_guardians(scene.session, scene.student.person_id)
    if scene.booking.needs_form:
        signs = (
            dict.fromkeys(guardians, "guardian") if scene.is_minor else {scene.student.person_id: "student"}
        )
        await notify(scene, "form_asked", {**signs, **await coordinator(scene)})
    elif guardians:
        await notify(scene, "consent_asked", dict.fromkeys(guardians, "guardian"), **_moved(scene))
    else:
        await notify(scene, "consent_unreachable", await coordinator(scene))


async def ask_again(scene: Scene) -> None:
    """The plan is another one: permission and the host's yes were for the old one, and are asked for afresh.

    On hold nobody is asked before that is over. So late that no answer by text counts on an ordinary day, and not by a
    coordinator's hand, a coordinator hears of it besides.
    """
    booking = scene.booking
    booking.plan_since, booking.nudged_at = scene.now, None
    if not booking.needs_form and not scene.is_minor:
        booking.needs_consent = False
    await scene.session.execute(delete(BookingDue).where(BookingDue.booking_id == booking.id))
    booking.day_before_at = deadlines.day_before(scene.slot.starts_at, scene.calendar, scene.pack.timing)
    target = after_request(needs_consent=booking.needs_consent, needs_host=booking.needs_host)
    known_to_host = await host_of(scene) if booking.host_asked else {}
    await notify(scene, "plan_changed", {**await student_and_family(scene), **known_to_host})
    if scene.now >= scene.cap and not scene.by_coordinator:
        await notify(scene, "plan_changed_late", await coordinator(scene))
    if scene.on_hold:
        if booking.state is not target:
            await step(scene, target)
        await notify(scene, "request_on_hold", {scene.student.person_id: "student"})
    elif booking.state is target:
        await ask_afresh(scene)
    else:
        await advance(scene, target)


async def ask_afresh(scene: Scene) -> None:
    """Put the question that a booking waits for once more, with the whole time to answer."""
    _set_deadline(scene)
    await scene.session.flush()
    await _ask(scene)


async def keep_decision(
    scene: Scene, person_id: UUID, decision: Decision, wording: str, form_id: UUID | None = None
) -> None:
    """Write down what somebody decided, in which words and from which number."""
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
            form_id=form_id,
        )
    )
    await scene.session.flush()  # the database looks for it when the booking goes on


async def ask_host(scene: Scene) -> None:
    """Ask the champion; if no champion has a number, the coordinator hears of it."""
    host = await host_of(scene)
    reachable = [person for person in host if await people.phone_of(scene.session, person)]
    scene.booking.host_asked = True
    if host:
        await notify(scene, "host_asked", host, **_moved(scene))
    if not reachable:
        await notify(scene, "host_unreachable", await coordinator(scene))


async def host_of(scene: Scene) -> dict[UUID, str]:
    """The champion who answers for the opportunity, or else who speaks for the partner the longest."""
    opportunity = scene.slot.opportunity
    champions = await people.champions_of(scene.session, opportunity.partner_id)
    if opportunity.champion_id in champions:
        return {opportunity.champion_id: "employer"}
    return {champion: "employer" for champion in champions[:1]}


async def coordinator(scene: Scene) -> dict[UUID, str]:
    """The coordinator of the student's school."""
    found = await people.coordinator_for(scene.session, student_id=scene.student.person_id)
    return {found.id: "coordinator"} if found else {}


async def guardians(scene: Scene) -> dict[UUID, str]:
    """The guardians who hear of a minor's booking. Of an adult's they hear nothing from us."""
    if not scene.is_minor:
        return {}
    links = await people.guardians_of(scene.session, scene.student.person_id)
    return {link.person.id: "guardian" for link in links if not link.barred}


async def student_and_family(scene: Scene) -> dict[UUID, str]:
    """The student, and the guardians of a minor."""
    return {scene.student.person_id: "student", **await guardians(scene)}


async def notify(scene: Scene, event: str, audience: dict[UUID, str], **data: Any) -> None:
    """Append one notice about the booking; whoever caused it is not told of it, but is asked in another role: a mother
    who is the host too."""
    actor = None if event in QUESTIONS else scene.cause.actor
    told = {person: role for person, role in audience.items() if person != actor}
    if not told and audience:
        return
    booking = scene.booking
    known = {
        "student_id": str(booking.student_id),
        "slot_id": str(booking.slot_id),
        "state": booking.state.value,
    }
    await tell(
        scene.session,
        event=event,
        record_type="booking",
        record_id=booking.id,
        audience=told,
        data=known | data,
        cause=scene.cause,
    )


def _set_deadline(scene: Scene) -> None:
    booking, timing = scene.booking, scene.pack.timing
    hours = {
        BookingState.WAITING_CONSENT: timing.form_hours if booking.needs_form else timing.consent_hours,
        BookingState.WAITING_HOST: timing.host_hours,
    }.get(booking.state)
    if hours is None:
        booking.deadline = booking.remind_at = None
        return
    # Past the cap only a coordinator gets here; then there is time until it begins.
    last = scene.cap if scene.now < scene.cap else scene.slot.starts_at
    booking.deadline = deadlines.answer_by(scene.now, hours, last)
    booking.remind_at = deadlines.halfway(scene.now, booking.deadline)


async def _pass_on(scene: Scene) -> None:
    """A place became free: those who asked to be told hear of it, if the slot had been full and is still open."""
    if scene.slot.status is not SlotStatus.OPEN or scene.on_hold:
        return
    capacity = select(func.count()).select_from(Place).where(Place.slot_id == scene.slot.id)
    held = (
        select(func.count())
        .select_from(Booking)
        .where(Booking.slot_id == scene.slot.id, Booking.state.in_(HOLDING))
    )
    free = (await scene.session.execute(capacity)).scalar_one() - (
        await scene.session.execute(held)
    ).scalar_one()
    if free == 1:
        await tell_interested(
            scene.session,
            slot_id=scene.slot.id,
            places=1,
            cause=scene.cause,
            leave_out=scene.student.person_id,
        )


def _moved(scene: Scene) -> dict[str, str]:
    moved = scene.booking.moved_from
    return {"moved_from": str(moved)} if moved else {}


async def on_booking(
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


def no(scene: Scene, reason: str) -> Outcome:
    """Nothing is done, for a reason."""
    return Outcome(False, scene.booking.state.value, reason)


async def expire_now(scene: Scene) -> None:
    """End a booking whose time to answer is over, and tell the student and whom it waited for.

    Where the partner was on hold nobody was slow to answer, and the host hears nothing.
    """
    if scene.on_hold:
        await step(scene, BookingState.EXPIRED, why="on_hold")
        await notify(scene, "request_held_too_long", await student_and_family(scene))
        return
    waited_for = WAITING_FOR.get(scene.booking.state)
    told = {scene.student.person_id: "student"}
    if waited_for == "guardian":
        told |= await guardians(scene)
    elif waited_for == "host":
        told |= await host_of(scene)
    await step(scene, BookingState.EXPIRED, why=waited_for)
    await notify(scene, "booking_expired", told, reason=waited_for)


async def coordinates(session: AsyncSession, person_id: UUID, student: Student) -> bool:
    """Whether the person is a coordinator of the student's school or of its whole district."""
    view = await people.person(session, person_id)
    if view is None:
        return False
    return any(
        role.role == "coordinator"
        and role.district_id == student.school.district_id
        and role.school_id in (None, student.school_id)
        for role in view.roles
    )


async def is_refused(scene: Scene) -> bool:
    """Whether a refusal stands that nobody lifted."""
    return await has_refusal(scene.session, scene.booking.student_id, scene.booking.opportunity_id)


async def has_refusal(session: AsyncSession, student_id: UUID, opportunity_id: UUID) -> bool:
    """Whether a refusal of this student's guardians stands for the opportunity."""
    standing = exists().where(
        Refusal.student_id == student_id,
        Refusal.opportunity_id == opportunity_id,
        Refusal.lifted_at.is_(None),
    )
    return bool(await session.scalar(select(standing)))
