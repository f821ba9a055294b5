"""Loads the demo district into an empty database, with dates relative to a day."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from footbridge.demo.data import demo_id, read
from placements.cause import Cause, audit
from placements.models import (
    SCHEMA,
    Academy,
    Base,
    Champion,
    ContactKind,
    ContactPoint,
    District,
    GuardianLink,
    LinkedHow,
    Opportunity,
    OpportunityStatus,
    Partner,
    Person,
    Place,
    School,
    SchoolClosure,
    Site,
    Slot,
    Staff,
    StaffRole,
    Student,
)
from placements.queries.schools import calendar_of
from placements.rules.school_days import Calendar
from placements.services.activities import load_activity_types

CAUSE = Cause("import", "demo")
_KNOWN_FOR = timedelta(days=90)  # before the day of loading; on that day the school's list is taken as read again


class DemoRefused(RuntimeError):
    """The database holds people who are not the demo's."""


async def is_demo_only(session: AsyncSession) -> bool:
    """Whether everybody in the database, if anybody, comes from the demo."""
    others = select(func.count()).select_from(Person).where(Person.is_demo.is_(False))
    return (await session.execute(others)).scalar_one() == 0


async def load(session: AsyncSession, *, today: date) -> bool:
    """Load the demo district; `today` is the day in its time zone. Loading again changes nothing.

    Returns whether anything was loaded. Raises DemoRefused on a database that holds other people.
    """
    if not await is_demo_only(session):
        raise DemoRefused("this database holds people who are not the demo's")
    await session.execute(text("select pg_advisory_xact_lock(hashtextextended('footbridge demo', 0))"))
    if await session.get(District, demo_id("district")) is not None:
        return False
    await load_activity_types(session, cause=CAUSE)
    since = datetime.combine(today, time(), tzinfo=UTC) - _KNOWN_FOR
    calendar = await _schools(session, today)
    await _staff(session, since)
    await _guardians(session, since)
    await _students(session, today, since)
    await _partners(session, today, since, calendar)
    await audit(session, CAUSE, "load_demo", "district", demo_id("district"), {"today": today})
    return True


async def reset(session: AsyncSession, *, today: date) -> None:
    """Empty the placement database, its clock too, and load the demo afresh. Raises DemoRefused as `load`."""
    if not await is_demo_only(session):
        raise DemoRefused("this database holds people who are not the demo's")
    tables = ", ".join(f"{SCHEMA}.{table.name}" for table in Base.metadata.sorted_tables)
    await session.execute(text(f"truncate {tables}"))
    session.expire_all()
    await load(session, today=today)


def latest_birth_date(month_day: str, age: int, today: date) -> date:
    """The latest day of that month and day on which somebody was born who is `age` years old `today`."""
    month, day = (int(part) for part in month_day.split("-"))
    had_birthday = (month, day) <= (today.month, today.day)
    return date(today.year - age - (0 if had_birthday else 1), month, day)


async def _schools(session: AsyncSession, today: date) -> Calendar:
    data = read("schools")
    district = data["district"]
    session.add(
        District(
            id=demo_id("district"),
            name=district["name"],
            timezone=district["timezone"],
            rule_pack=district["rule_pack"],
        )
    )
    await session.flush()
    for school in data["schools"]:
        session.add(
            School(
                id=demo_id(school["key"]),
                district_id=demo_id("district"),
                name=school["name"],
                aliases=school["aliases"],
                city=school["city"],
                holiday_pack=school["holiday_pack"],
                closures=_closures(data["closures"], school["key"], today),
            )
        )
        await session.flush()
        session.add_all(_academy(each, school["key"]) for each in school["academies"])
    await session.flush()
    first = await session.get_one(School, demo_id(data["schools"][0]["key"]), populate_existing=True)
    return calendar_of(first)


def _closures(entries: list[dict[str, Any]], school: str, today: date) -> list[SchoolClosure]:
    closures = []
    for entry in entries:
        for year in range(today.year - 1, today.year + 3):
            first = date.fromisoformat(f"{year}-{entry['first']}")
            last = date.fromisoformat(f"{year}-{entry['last']}")
            if last < first:
                last = date.fromisoformat(f"{year + 1}-{entry['last']}")
            key = demo_id(f"closure {school} {first.isoformat()}")
            closures.append(SchoolClosure(id=key, first_day=first, last_day=last, reason=entry["reason"]))
    return closures


def _academy(entry: dict[str, Any], school: str) -> Academy:
    return Academy(
        id=demo_id(entry["key"]),
        school_id=demo_id(school),
        name=entry["name"],
        pathway=entry["pathway"],
        clusters=entry["clusters"],
    )


async def _person(
    session: AsyncSession, entry: dict[str, Any], role: str, since: datetime, birth_date: date | None = None
) -> None:
    """A person with the number, and address, that the school has on file."""
    person_id = demo_id(entry["key"])
    session.add(
        Person(
            id=person_id,
            first_name=entry["first"],
            last_name=entry["last"],
            birth_date=birth_date,
            language=entry.get("language", "en"),
            is_demo=True,
        )
    )
    await session.flush()
    for kind in (ContactKind.PHONE, ContactKind.EMAIL):
        if kind.value in entry:
            session.add(
                ContactPoint(
                    id=demo_id(f"{kind.value} {entry['key']}"),
                    person_id=person_id,
                    kind=kind,
                    value=entry[kind.value],
                    role=role,
                    how=LinkedHow.SCHOOL,
                    valid_from=since,
                    confirmed_at=since + _KNOWN_FOR,
                )
            )


async def _staff(session: AsyncSession, since: datetime) -> None:
    for entry in read("schools")["staff"]:
        await _person(session, entry, "coordinator", since)
        session.add(
            Staff(
                id=demo_id(f"post {entry['key']}"),
                person_id=demo_id(entry["key"]),
                role=StaffRole.COORDINATOR,
                district_id=demo_id("district"),
                school_id=demo_id(entry["school"]) if "school" in entry else None,
                valid_from=since,
            )
        )


async def _guardians(session: AsyncSession, since: datetime) -> None:
    for entry in read("students")["guardians"]:
        await _person(session, entry, "guardian", since)


async def _students(session: AsyncSession, today: date, since: datetime) -> None:
    guardians = {entry["key"]: entry for entry in read("students")["guardians"]}
    for entry in read("students")["students"]:
        born = latest_birth_date(entry["born"], entry["age"], today)
        await _person(session, entry, "student", since, born)
        student_id = demo_id(entry["key"])
        session.add(
            Student(
                person_id=student_id,
                school_id=demo_id(entry["school"]),
                academy_id=demo_id(entry["academy"]) if "academy" in entry else None,
                grade=entry["grade"],
                student_number=entry["number"],
                valid_from=since,
            )
        )
        await session.flush()
        session.add_all(_link(guardians[key], entry["key"], since) for key in entry["guardians"])


def _link(guardian: dict[str, Any], student: str, since: datetime) -> GuardianLink:
    return GuardianLink(
        id=demo_id(f"link {guardian['key']} {student}"),
        guardian_id=demo_id(guardian["key"]),
        student_id=demo_id(student),
        relation=guardian["relation"],
        barred=guardian.get("barred", False),
        how=LinkedHow.SCHOOL,
        valid_from=since,
    )


async def _partners(session: AsyncSession, today: date, since: datetime, calendar: Calendar) -> None:
    for entry in read("partners")["partners"]:
        partner_id, site = demo_id(entry["key"]), entry["site"]
        session.add(
            Partner(
                id=partner_id,
                district_id=demo_id("district"),
                name=entry["name"],
                aliases=entry["aliases"],
                kind=entry["kind"],
                reach=entry["reach"],
                status=entry["status"],
                clusters=entry["clusters"],
            )
        )
        await session.flush()
        await _person(session, entry["champion"], "employer", since)
        session.add(
            Champion(
                id=demo_id(f"champion {entry['key']}"),
                person_id=demo_id(entry["champion"]["key"]),
                partner_id=partner_id,
                status=entry["status"],
                valid_from=since,
            )
        )
        session.add(
            Site(
                id=demo_id(f"site {entry['key']}"),
                partner_id=partner_id,
                name=site["name"],
                address=site["address"],
                city=site["city"],
                ask_for=site["ask_for"],
                hazards=site.get("hazards", []),
            )
        )
        await session.flush()
        for opportunity in entry["opportunities"]:
            await _opportunity(session, entry, opportunity, today, calendar)


async def _opportunity(
    session: AsyncSession, partner: dict[str, Any], entry: dict[str, Any], today: date, calendar: Calendar
) -> None:
    opportunity_id = demo_id(entry["key"])
    session.add(
        Opportunity(
            id=opportunity_id,
            partner_id=demo_id(partner["key"]),
            site_id=demo_id(f"site {partner['key']}"),
            champion_id=demo_id(partner["champion"]["key"]),
            activity=entry["activity"],
            title=entry["title"],
            what_you_do=entry["what_you_do"],
            bring=entry["bring"],
            clusters=entry["clusters"],
            occupations=entry["occupations"],
            min_grade=entry.get("min_grade"),
            min_age=entry.get("min_age"),
            status=OpportunityStatus.LISTED,
        )
    )
    await session.flush()
    for number, slot in enumerate(entry["slots"], start=1):
        slot_id = demo_id(f"slot {entry['key']} {number}")
        day = slot_day(slot["week"], slot["from"], slot["plus"], today, calendar)
        session.add(
            Slot(
                id=slot_id,
                opportunity_id=opportunity_id,
                starts_at=_local(day, slot["at"], calendar.zone),
                ends_at=_local(day, slot["until"], calendar.zone),
                timezone=calendar.zone.key,
            )
        )
        await session.flush()
        session.add_all(Place(slot_id=slot_id, place_no=place + 1) for place in range(slot["places"]))
    await session.flush()


def slot_day(week: int, weekday: int, plus: int, today: date, calendar: Calendar) -> date:
    """The school day of a slot: `weekday` of the `week`-th ISO week after `today` or the next school day,
    and `plus` school days after that."""
    monday = today - timedelta(days=today.isoweekday() - 1)
    day = calendar.school_day_from(monday + timedelta(days=7 * week + weekday - 1))
    return calendar.school_days_after(day, plus)


def _local(day: date, clock: str, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time.fromisoformat(clock), tzinfo=zone).astimezone(UTC)
