"""What is on offer: slots that a student may take, the nearest alternatives, and the words for them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from placements.models import (
    Booking,
    Opportunity,
    OpportunityStatus,
    Partner,
    PartnerStatus,
    Place,
    Refusal,
    School,
    Site,
    Slot,
    SlotStatus,
    Student,
    StudentForm,
)
from placements.queries.partners import on_hold
from placements.queries.schools import calendar_of, pack_of
from placements.rules.bookings import HOLDING, BookingState
from placements.rules.deadlines import request_cap
from placements.rules.eligibility import OfferFacts, StudentFacts, blocking_rules

Relaxed = Literal["none", "time", "date", "occupation", "activity", "employer", "field", "all"]
_CANDIDATES, _PAGES = 100, 20  # slots read at once, and how often, before an answer gives up


@dataclass(frozen=True)
class SlotQuery:
    """What was asked for. Keys are the catalogue's; dates are days of the slot's own zone, both included.

    `weekdays` are those of `date.weekday()`; a slot fits a time of day if it starts in it, by the site's clock.
    `moving` is a booking that is to be moved: the time that it takes is not in its own way.
    """

    activity: str | None = None
    clusters: Sequence[str] = ()
    occupations: Sequence[str] = ()
    partner_id: UUID | None = None
    date_from: date | None = None
    date_to: date | None = None
    weekdays: frozenset[int] = frozenset()
    time_from: time | None = None
    time_to: time | None = None
    student_id: UUID | None = None
    limit: int = 4
    moving: UUID | None = None


@dataclass(frozen=True)
class SlotView:
    """One slot as a person may see it. Texts are `{"en": ..., "es": ...}`; times are UTC."""

    slot_id: UUID
    opportunity_id: UUID
    activity: str
    activity_label: Mapping[str, str]
    partner_id: UUID
    partner_name: str
    title: Mapping[str, str]
    starts_at: datetime
    ends_at: datetime
    timezone: str
    places_left: int
    ask_for: Mapping[str, str]
    address: str
    city: str
    what_you_do: Mapping[str, str]
    bring: Mapping[str, str]

    @property
    def local_start(self) -> datetime:
        """The start on the wall clock of the site."""
        return self.starts_at.astimezone(ZoneInfo(self.timezone))

    @property
    def local_end(self) -> datetime:
        """The end on the wall clock of the site."""
        return self.ends_at.astimezone(ZoneInfo(self.timezone))


@dataclass(frozen=True)
class Found:
    """`alternatives` are filled only where nothing is exact; `relaxed` names what was given up for them."""

    exact: list[SlotView] = field(default_factory=list)
    alternatives: list[SlotView] = field(default_factory=list)
    relaxed: Relaxed = "none"


@dataclass(frozen=True)
class VocabularyRows:
    """Names and aliases, lower case, and what each stands for."""

    employers: Mapping[str, UUID]
    schools: Mapping[str, UUID]
    places: Mapping[str, str]


async def find_slots(session: AsyncSession, query: SlotQuery, now: datetime) -> Found:
    """Slots that this student may take, soonest first; else the nearest alternatives.

    Only slots with a place left, still open to requests, allowed by the rules, neither booked nor refused.
    Without a student the rules are left out.
    """
    taker = await _taker(session, query, now)
    exact = await _matching(session, query, taker, now)
    if exact:
        return Found(exact=exact)
    for relaxed, wider in _wider(query):
        nearest = await _matching(session, wider, taker, now, near=query.date_from)
        if nearest:
            return Found(alternatives=nearest, relaxed=relaxed)
    return Found()


async def slot(session: AsyncSession, slot_id: UUID) -> SlotView | None:
    """One slot, whatever its state."""
    row = (await session.execute(_slots().where(Slot.id == slot_id))).one_or_none()
    return _view(row[0], row[1]) if row else None


async def slots(session: AsyncSession, slot_ids: Sequence[UUID]) -> dict[UUID, SlotView]:
    """Several slots by id."""
    rows = await session.execute(_slots().where(Slot.id.in_(slot_ids)))
    return {found.id: _view(found, left) for found, left in rows}


async def vocabulary_rows(session: AsyncSession) -> VocabularyRows:
    """The names by which people may call partners, schools and places."""
    partners = (await session.execute(select(Partner))).scalars().all()
    schools = (await session.execute(select(School))).scalars().all()
    cities = (await session.execute(select(Site.city).union(select(School.city)))).scalars()
    return VocabularyRows(
        employers={name.lower(): each.id for each in partners for name in (each.name, *each.aliases)},
        schools={name.lower(): each.id for each in schools for name in (each.name, *each.aliases)},
        places={city.lower(): city for city in cities if city},
    )


def places_taken(slot_id: InstrumentedAttribute[UUID]) -> ColumnElement[int]:
    """How many places of a slot are held."""
    held = select(func.count()).select_from(Booking)
    return held.where(Booking.slot_id == slot_id, Booking.state.in_(HOLDING)).scalar_subquery()


def student_facts(student: Student, forms: Sequence[str]) -> StudentFacts:
    """What the rules need to know of a student."""
    return StudentFacts(
        grade=student.grade,
        birth_date=student.person.birth_date,
        school_id=str(student.school_id),
        forms=frozenset(forms),
    )


def offer_facts(wanted: Slot) -> OfferFacts:
    """What the rules need to know of a slot."""
    opportunity = wanted.opportunity
    return OfferFacts(
        activity=opportunity.activity,
        day=wanted.starts_at.astimezone(ZoneInfo(wanted.timezone)).date(),
        min_grade=opportunity.min_grade,
        min_age=opportunity.min_age,
        hazards=tuple(opportunity.site.hazards),
        school_ids=tuple(opportunity.school_ids),
    )


async def forms_on_file(session: AsyncSession, student_id: UUID, now: datetime) -> list[str]:
    """The kinds of form that the school holds and that are still valid."""
    valid = or_(StudentForm.valid_until.is_(None), StudentForm.valid_until > now)
    rows = select(StudentForm.kind).where(StudentForm.student_id == student_id, valid)
    return list((await session.execute(rows)).scalars())


async def may_take(session: AsyncSession, student_id: UUID, wanted: Slot, now: datetime) -> bool:
    """Whether the rules, the student's other bookings and the time left allow a request for this slot."""
    taker = await _taker(session, SlotQuery(student_id=student_id), now)
    return taker is not None and taker.may_take(wanted, now)


@dataclass(frozen=True)
class _Taker:
    student: Student
    facts: StudentFacts
    busy: Sequence[tuple[datetime, datetime]]
    not_again: frozenset[UUID]  # slots that are held, or where the host has said no
    refused: frozenset[UUID]

    def may_take(self, wanted: Slot, now: datetime) -> bool:
        if wanted.id in self.not_again or wanted.opportunity_id in self.refused:
            return False
        if any(wanted.starts_at < end and start < wanted.ends_at for start, end in self.busy):
            return False
        school = self.student.school
        pack = pack_of(school)
        if now >= request_cap(wanted.starts_at, calendar_of(school), pack.timing):
            return False
        return not blocking_rules(self.facts, offer_facts(wanted), pack)


async def _taker(session: AsyncSession, query: SlotQuery, now: datetime) -> _Taker | None:
    student = await session.get(Student, query.student_id) if query.student_id else None
    if student is None:
        return None
    rows = await session.execute(
        select(Booking.id, Slot.id, Slot.starts_at, Slot.ends_at)
        .join(Slot, Slot.id == Booking.slot_id)
        .where(Booking.student_id == student.person_id, Booking.state.in_(HOLDING))
    )
    held = rows.all()
    declined = select(Booking.slot_id).where(
        Booking.student_id == student.person_id,
        or_(
            Booking.state == BookingState.DECLINED,
            and_(Booking.state == BookingState.CANCELLED, Booking.ended_why == "employer"),
        ),
    )
    refusals = select(Refusal.opportunity_id).where(
        Refusal.student_id == student.person_id, Refusal.lifted_at.is_(None)
    )
    return _Taker(
        student=student,
        facts=student_facts(student, await forms_on_file(session, student.person_id, now)),
        busy=[(start, end) for booking, _, start, end in held if booking != query.moving],
        not_again=frozenset(slot_id for _, slot_id, _, _ in held)
        | frozenset((await session.execute(declined)).scalars()),
        refused=frozenset((await session.execute(refusals)).scalars()),
    )


def _wider(query: SlotQuery) -> Iterator[tuple[Relaxed, SlotQuery]]:
    """Queries that ask for less and less, the dearest wish given up last."""
    any_time = replace(query, time_from=None, time_to=None)
    undated = replace(any_time, date_from=None, date_to=None, weekdays=frozenset())
    if query.time_from and (query.date_from or query.weekdays):
        yield "time", any_time
    if query.date_from or query.date_to or query.weekdays or query.time_from:
        yield "date" if query.date_from else "time", undated
    if query.occupations and query.clusters:
        yield "occupation", replace(undated, occupations=())
    if query.activity and (query.partner_id or query.clusters or query.occupations):
        yield "activity", replace(undated, activity=None)
        if query.occupations and query.clusters:
            yield "activity", replace(undated, activity=None, occupations=())
    if query.partner_id and (query.clusters or query.occupations):
        yield "employer", replace(undated, partner_id=None)
    if query.activity and (query.partner_id or query.clusters or query.occupations):
        given_up: Relaxed = "field" if query.clusters or query.occupations else "employer"
        yield given_up, replace(undated, partner_id=None, clusters=(), occupations=())
    yield "all", SlotQuery(student_id=query.student_id, limit=query.limit, moving=query.moving)


def _slots() -> Select[Slot, int]:
    capacity = select(func.count()).select_from(Place).where(Place.slot_id == Slot.id).scalar_subquery()
    return select(Slot, capacity - places_taken(Slot.id))


async def _matching(
    session: AsyncSession,
    query: SlotQuery,
    taker: _Taker | None,
    now: datetime,
    near: date | None = None,
) -> list[SlotView]:
    statement = _filtered(query, now, taker)
    if near is not None:
        middle = datetime.combine(near, time(12), tzinfo=UTC)
        statement = statement.order_by(
            func.abs(func.extract("epoch", Slot.starts_at) - middle.timestamp()), Slot.id
        )
    statement = statement.order_by(Slot.starts_at, Slot.id)
    found: list[SlotView] = []
    for page in range(_PAGES):
        rows = (await session.execute(statement.limit(_CANDIDATES).offset(page * _CANDIDATES))).all()
        fitting = [_view(wanted, left) for wanted, left in rows if _fits(wanted, query, taker, now)]
        found += fitting[: query.limit - len(found)]
        if len(found) == query.limit or len(rows) < _CANDIDATES:
            break
    return sorted(found, key=lambda view: (view.starts_at, view.partner_name))


def _filtered(query: SlotQuery, now: datetime, taker: _Taker | None) -> Select[Slot, int]:
    statement = (
        _slots()
        .join(Opportunity, Opportunity.id == Slot.opportunity_id)
        .join(Partner, Partner.id == Opportunity.partner_id)
        .where(
            Slot.status == SlotStatus.OPEN,
            Opportunity.status == OpportunityStatus.LISTED,
            Partner.status == PartnerStatus.ACTIVE,
            ~on_hold(Partner.id),
            Slot.starts_at > now,
            select(func.count()).select_from(Place).where(Place.slot_id == Slot.id).scalar_subquery()
            > places_taken(Slot.id),
        )
    )
    if taker is not None:
        statement = statement.where(Partner.district_id == taker.student.school.district_id)
    if query.activity:
        statement = statement.where(Opportunity.activity == query.activity)
    if query.partner_id:
        statement = statement.where(Opportunity.partner_id == query.partner_id)
    if query.occupations:
        statement = statement.where(Opportunity.occupations.overlap(list(query.occupations)))
    elif query.clusters:
        statement = statement.where(Opportunity.clusters.overlap(list(query.clusters)))
    return _dated(statement, query)


def _dated(statement: Select[Slot, int], query: SlotQuery) -> Select[Slot, int]:
    """A day wider on both sides: the zone of each slot decides, in `_fits`."""
    day = timedelta(days=1)
    if query.date_from:
        statement = statement.where(
            Slot.starts_at >= datetime.combine(query.date_from - day, time(), tzinfo=UTC)
        )
    if query.date_to:
        statement = statement.where(
            Slot.starts_at < datetime.combine(query.date_to + 2 * day, time(), tzinfo=UTC)
        )
    return statement


def _fits(wanted: Slot, query: SlotQuery, taker: _Taker | None, now: datetime) -> bool:
    day = wanted.starts_at.astimezone(ZoneInfo(wanted.timezone)).date()
    if (query.date_from and day < query.date_from) or (query.date_to and day > query.date_to):
        return False
    if not _at_the_time(wanted, query):
        return False
    return taker is None or taker.may_take(wanted, now)


def _at_the_time(wanted: Slot, query: SlotQuery) -> bool:
    starts = wanted.starts_at.astimezone(ZoneInfo(wanted.timezone))
    if query.weekdays and starts.weekday() not in query.weekdays:
        return False
    clock = starts.time()
    return not ((query.time_from and clock < query.time_from) or (query.time_to and clock >= query.time_to))


def _view(found: Slot, places_left: int) -> SlotView:
    opportunity, site = found.opportunity, found.opportunity.site
    return SlotView(
        slot_id=found.id,
        opportunity_id=opportunity.id,
        activity=opportunity.activity,
        activity_label=opportunity.activity_type.label,
        partner_id=opportunity.partner_id,
        partner_name=opportunity.partner.name,
        title=opportunity.title,
        starts_at=found.starts_at.astimezone(UTC),
        ends_at=found.ends_at.astimezone(UTC),
        timezone=found.timezone,
        places_left=places_left,
        ask_for=found.ask_for or site.ask_for,
        address=site.address,
        city=site.city,
        what_you_do=opportunity.what_you_do,
        bring=opportunity.bring,
    )
