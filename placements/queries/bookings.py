"""Bookings as people may see them, and what falls due."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    DateTime,
    Select,
    case,
    cast,
    exists,
    func,
    literal,
    null,
    select,
    text,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncSession

from placements import clock
from placements.models import (
    Booking,
    BookingDue,
    Champion,
    Consent,
    Decision,
    District,
    GuardianLink,
    Opportunity,
    PartnerFreeze,
    Person,
    School,
    Slot,
    Student,
)
from placements.queries import catalogue
from placements.queries.catalogue import SlotView
from placements.queries.partners import on_hold
from placements.rules.bookings import HOLDING, TRANSITIONS, WAITING_FOR, BookingState

_WAITING = (BookingState.WAITING_CONSENT, BookingState.WAITING_HOST)
_CAN_EXPIRE = tuple(state for state, ways in TRANSITIONS.items() if BookingState.EXPIRED in ways)


@dataclass(frozen=True)
class BookingView:
    """One booking. `waiting_for` is guardian or host; `consent` is not_needed, asked, given, refused or none.

    The student's surname is not here: a host may be shown everything in this view.
    """

    id: UUID
    state: BookingState
    slot: SlotView
    student_id: UUID
    student_first_name: str
    grade: int
    school_name: str
    requested_at: datetime
    waiting_for: str | None
    waiting_since: datetime | None
    deadline: datetime | None
    consent: str
    nudged: bool
    moved_from: UUID | None
    ended_why: str | None
    needs_form: bool = False
    opportunity_id: UUID | None = None


@dataclass(frozen=True)
class DueItem:
    """Work that fell due. `kind` is consent_reminder, host_reminder, booking_reminder, expire, came_of_age or
    visit_on_hold.

    `due_at` is exact: half of the time to answer, the deadline, the school's afternoon of the day before, midnight.
    Done once for each booking and kind, by `placements.services.bookings.do_due`.
    """

    kind: str
    booking_id: UUID
    due_at: datetime


async def booking(session: AsyncSession, booking_id: UUID) -> BookingView | None:
    """One booking, whatever its state."""
    found = await _views(session, select(Booking).where(Booking.id == booking_id))
    return found[0] if found else None


async def last_booking(session: AsyncSession, student_id: UUID, opportunity_id: UUID) -> BookingView | None:
    """What a student asked for last at an opportunity, whatever became of it."""
    latest = (
        select(Booking.id)
        .where(Booking.student_id == student_id, Booking.opportunity_id == opportunity_id)
        .order_by(Booking.requested_at.desc(), Booking.id.desc())
        .limit(1)
    )
    found = await session.scalar(latest)
    return await booking(session, found) if found else None


async def bookings_of(session: AsyncSession, student_id: UUID, *, open_only: bool) -> list[BookingView]:
    """A student's bookings, soonest first. Open: holds a place, and is not over yet."""
    wanted = select(Booking).where(Booking.student_id == student_id)
    if open_only:
        now = await clock.now(session)
        wanted = wanted.where(Booking.state.in_(HOLDING), Slot.ends_at > now)
    return await _views(session, wanted)


async def requests_for_host(session: AsyncSession, champion_id: UUID) -> list[BookingView]:
    """Requests that wait for a partner for which this person speaks, the oldest first."""
    speaks_for = select(Champion.partner_id).where(
        Champion.person_id == champion_id, Champion.valid_until.is_(None)
    )
    wanted = select(Booking).where(
        Booking.state == BookingState.WAITING_HOST, Opportunity.partner_id.in_(speaks_for)
    )
    return sorted(await _views(session, wanted), key=lambda view: (view.requested_at, view.id))


async def bookings_at_host(session: AsyncSession, champion_id: UUID) -> list[BookingView]:
    """Confirmed bookings at the person's partners that are not over yet, soonest first."""
    speaks_for = select(Champion.partner_id).where(
        Champion.person_id == champion_id, Champion.valid_until.is_(None)
    )
    now = await clock.now(session)
    return await _views(
        session,
        select(Booking).where(
            Booking.state == BookingState.CONFIRMED,
            Opportunity.partner_id.in_(speaks_for),
            Slot.ends_at > now,
        ),
    )


async def bookings_between(
    session: AsyncSession, since: datetime, until: datetime, school_ids: Sequence[UUID] | None
) -> list[BookingView]:
    """Visits that begin in a span and were not called off, of the students of some schools (None: of all)."""
    wanted = select(Booking).where(
        Booking.state.in_((*HOLDING, BookingState.ATTENDED, BookingState.NO_SHOW)),
        Slot.starts_at >= since,
        Slot.starts_at < until,
    )
    if school_ids is not None:
        wanted = wanted.where(
            Booking.student_id.in_(select(Student.person_id).where(Student.school_id.in_(school_ids)))
        )
    return await _views(session, wanted)


async def bookings_waiting_for_guardian(session: AsyncSession, guardian_id: UUID) -> list[BookingView]:
    """Bookings that wait for permission of this guardian, the oldest request first. Barred: none."""
    decides_for = select(GuardianLink.student_id).where(
        GuardianLink.guardian_id == guardian_id,
        GuardianLink.valid_until.is_(None),
        GuardianLink.barred.is_(False),
    )
    wanted = select(Booking).where(
        Booking.state == BookingState.WAITING_CONSENT, Booking.student_id.in_(decides_for)
    )
    return sorted(await _views(session, wanted), key=lambda view: (view.requested_at, view.id))


async def due_bookings(session: AsyncSession, now: datetime, limit: int = 500) -> list[DueItem]:
    """What is due at `now` and not done, in the order in which it fell due.

    A question whose time has run out is not asked again, only expired; a booking that was confirmed after its
    reminder's time needs none, for the confirmation has just said everything.
    """
    due = _due().subquery()
    rows = await session.execute(
        select(due.c.kind, due.c.booking_id, due.c.due_at)
        .where(due.c.due_at <= now, (due.c.until > now) | due.c.until.is_(None))
        .order_by(due.c.due_at, due.c.booking_id, due.c.kind)
        .limit(limit)
    )
    return [DueItem(kind, booking_id, due_at) for kind, booking_id, due_at in rows]


async def next_due_at(session: AsyncSession, after: datetime, until: datetime) -> datetime | None:
    """The earliest moment later than `after` and not later than `until` at which something falls due."""
    due = _due().subquery()
    earliest: datetime | None = await session.scalar(
        select(func.min(due.c.due_at)).where(due.c.due_at > after, due.c.due_at <= until)
    )
    return earliest


def _due() -> CompoundSelect[str, UUID, datetime, datetime]:
    """Everything that will fall due, with the moment after which it is no longer of use."""
    reminder_kind = case(
        (Booking.state == BookingState.WAITING_CONSENT, "consent_reminder"), else_="host_reminder"
    )
    held = on_hold(Opportunity.partner_id)
    reminders = _of_bookings(
        reminder_kind, Booking.remind_at, Booking.deadline, Booking.state.in_(_WAITING), ~held
    ).where(Booking.remind_at.is_not(None), ~_done(reminder_kind))
    # Where the partner is on hold nobody can answer, so the time to answer lasts until the day before.
    expires_at = case((held, Booking.day_before_at), else_=Booking.deadline)
    expiries = _of_bookings(
        literal("expire"), expires_at, cast(null(), DateTime(timezone=True)), Booking.state.in_(_CAN_EXPIRE)
    ).where(Booking.deadline.is_not(None))
    day_before = _of_bookings(
        literal("booking_reminder"),
        Booking.day_before_at,
        Slot.starts_at,
        Booking.state == BookingState.CONFIRMED,
        Booking.state_since <= Booking.day_before_at,
        ~held,
    ).where(~_done(literal("booking_reminder")))
    return union_all(reminders, expiries, day_before, _coming_of_age(), _held_visits())


def _coming_of_age() -> Select[str, UUID, datetime, datetime]:
    """Bookings that wait for a guardian: the student's eighteenth birthday begins, by the school's clock."""
    born = Person.birth_date
    leap = (func.extract("month", born) == 2) & (func.extract("day", born) == 29)
    day = (
        born
        + text("interval '18 years'")
        + case((leap, text("interval '1 day'")), else_=text("interval '0'"))
    )
    begins = func.timezone(func.coalesce(School.timezone, District.timezone), day)
    waits = Booking.state == BookingState.WAITING_CONSENT
    return (
        _of_bookings(
            literal("came_of_age"),
            cast(begins, DateTime(timezone=True)),
            cast(null(), DateTime(timezone=True)),
            waits,
            ~on_hold(Opportunity.partner_id),
        )
        .join(Student, Student.person_id == Booking.student_id)
        .join(Person, Person.id == Student.person_id)
        .join(School, School.id == Student.school_id)
        .join(District, District.id == School.district_id)
        .where(born.is_not(None), ~_done(literal("came_of_age")))
    )


def _held_visits() -> Select[str, UUID, datetime, datetime]:
    """Confirmed visits at a partner on hold, on the afternoon of the day before, or as soon as it is put on hold."""
    held_since = (
        select(func.min(PartnerFreeze.at))
        .where(PartnerFreeze.partner_id == Opportunity.partner_id, PartnerFreeze.cleared_at.is_(None))
        .correlate(Opportunity)
        .scalar_subquery()
    )
    return _of_bookings(
        literal("visit_on_hold"),
        func.greatest(Booking.day_before_at, held_since),
        Slot.starts_at,
        Booking.state == BookingState.CONFIRMED,
        on_hold(Opportunity.partner_id),
    ).where(~_done(literal("visit_on_hold")))


def _of_bookings(
    kind: ColumnElement[str],
    due_at: Any,
    until: Any,
    *which: ColumnElement[bool],
) -> Select[str, UUID, datetime, datetime]:
    return (
        select(
            kind.label("kind"), Booking.id.label("booking_id"), due_at.label("due_at"), until.label("until")
        )
        .join(Slot, Slot.id == Booking.slot_id)
        .join(Opportunity, Opportunity.id == Booking.opportunity_id)
        .where(*which)
    )


def _done(kind: ColumnElement[str]) -> ColumnElement[bool]:
    return exists().where(BookingDue.booking_id == Booking.id, BookingDue.kind == kind)


async def _views(session: AsyncSession, wanted: Select[Booking]) -> list[BookingView]:
    statement = (
        wanted.join(Slot, Slot.id == Booking.slot_id)
        .join(Opportunity, Opportunity.id == Booking.opportunity_id)
        .order_by(Slot.starts_at, Booking.id)
    )
    found = (await session.execute(statement)).scalars().all()
    slots = await catalogue.slots(session, [each.slot_id for each in found])
    decisions = await _decisions(session, [each.id for each in found])
    students = {
        student.person_id: student
        for student in (
            await session.execute(
                select(Student).where(Student.person_id.in_({each.student_id for each in found}))
            )
        ).scalars()
    }
    return [
        _view(each, slots[each.slot_id], students[each.student_id], decisions.get(each.id)) for each in found
    ]


async def _decisions(session: AsyncSession, booking_ids: Sequence[UUID]) -> dict[UUID, Consent]:
    """The latest decision on the present plan of each booking."""
    rows = await session.execute(
        select(Consent)
        .join(Booking, Booking.id == Consent.booking_id)
        .where(Consent.booking_id.in_(booking_ids), Consent.at >= Booking.plan_since)
        .order_by(Consent.id)
    )
    return {each.booking_id: each for each in rows.scalars() if each.booking_id is not None}


def _view(found: Booking, slot: SlotView, student: Student, decision: Consent | None) -> BookingView:
    return BookingView(
        id=found.id,
        state=found.state,
        slot=slot,
        student_id=found.student_id,
        student_first_name=student.person.first_name,
        grade=student.grade,
        school_name=student.school.name,
        requested_at=found.requested_at,
        waiting_for=WAITING_FOR.get(found.state),
        waiting_since=found.state_since if found.state in _WAITING else None,
        deadline=found.deadline if found.state in _WAITING else None,
        consent=_consent(found, decision),
        nudged=found.nudged_at is not None,
        moved_from=found.moved_from,
        ended_why=found.ended_why,
        needs_form=found.needs_form,
        opportunity_id=found.opportunity_id,
    )


def _consent(found: Booking, latest: Consent | None) -> str:
    decision = latest.decision if latest else None
    if latest is not None and decision is Decision.GIVEN:
        # Somebody of 18 permits it alone: no family was asked.
        return "not_needed" if latest.person_id == found.student_id else "given"
    if decision in (Decision.REFUSED, Decision.REVOKED):
        return "refused"
    if not found.needs_consent:
        return "not_needed"
    return "asked" if found.state is BookingState.WAITING_CONSENT else "none"
