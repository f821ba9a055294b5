"""The demo district is what its public description says."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, date, datetime, timedelta
from importlib import resources

import pytest
import yaml
from sqlalchemy import NullPool, func, select
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

from footbridge.demo import DemoRefused, demo_id, is_demo_only, load, reset
from footbridge.demo.data import read
from footbridge.demo.load import latest_birth_date, slot_day
from placements import clock
from placements.models import (
    Academy,
    ActivityType,
    Base,
    ContactPoint,
    Opportunity,
    Partner,
    PartnerStatus,
    Person,
    Place,
    School,
    Slot,
    Stage,
    Student,
)
from placements.queries import people
from placements.queries.schools import calendar_of
from placements.rules.ages import age_on
from tests.support.cluster import Cluster

TODAY = date(2026, 11, 22)  # a Sunday, with Thanksgiving in the week after


@pytest.fixture(scope="module")
def loaded_url(postgres: Cluster) -> Iterator[str]:
    async def fill(url: str) -> None:
        engine = create_async_engine(url, poolclass=NullPool)
        async with AsyncSession(engine) as session, session.begin():
            assert await load(session, today=TODAY)
        await engine.dispose()

    with postgres.database() as url:
        asyncio.run(fill(url))
        yield url


@pytest.fixture
async def loaded(loaded_url: str) -> AsyncIterator[AsyncSession]:
    engine = create_async_engine(loaded_url, poolclass=NullPool)
    async with engine.connect() as connection:
        transaction = await connection.begin()
        async with AsyncSession(connection) as session:
            yield session
        await transaction.rollback()
    await engine.dispose()


@pytest.mark.parametrize(
    ("phone", "name", "role", "language"),
    [
        ("+13055550101", "Ana Torres", "student", "en"),
        ("+13055550102", "Gloria Torres", "guardian", "es"),
        ("+13055550103", "Ben Ortiz", "employer", "en"),
        ("+13055550104", "Luis Romero", "student", "es"),
        ("+13055550105", "Marta Romero", "guardian", "es"),
        ("+13055550106", "Leo Torres", "student", "en"),
        ("+13055550107", "Sam Whitlock", "guardian", "en"),
        ("+13055550108", "Ray Kim", "employer", "en"),
        ("+13055550109", "Cora Diaz", "coordinator", "en"),
        ("+13055550110", "Dev Shah", "coordinator", "en"),
    ],
)
async def test_the_fixed_people(
    loaded: AsyncSession, phone: str, name: str, role: str, language: str
) -> None:
    (found,) = await people.people_at(loaded, phone)
    assert f"{found.first_name} {found.last_name}" == name
    assert {each.role for each in found.roles} == {role}
    assert (found.language, found.how) == (language, "school")


@pytest.mark.parametrize(
    ("key", "number", "grade", "age", "school", "academy"),
    [
        ("ana", "100201", 11, 16, "Lincoln High School", "Academy of Health Science"),
        ("luis", "100204", 10, 15, "Lincoln High School", "Academy of Engineering"),
        ("leo", "100206", 9, 14, "Lincoln High School", None),
        ("dana", "100234", 11, 16, "Roosevelt High School", "Academy of Information Technology"),
    ],
)
async def test_the_fixed_students(
    loaded: AsyncSession, key: str, number: str, grade: int, age: int, school: str, academy: str | None
) -> None:
    student = await loaded.get_one(Student, demo_id(key))
    assert (student.student_number, student.grade, student.school.name) == (number, grade, school)
    assert (student.academy.name["en"] if student.academy else None) == academy
    assert student.person.birth_date is not None
    assert age_on(student.person.birth_date, TODAY) == age


async def test_dana_has_no_number_and_her_birth_date(loaded: AsyncSession) -> None:
    dana = await loaded.get_one(Student, demo_id("dana"))
    assert dana.person.birth_date == date(2010, 3, 4)
    assert await people.phone_of(loaded, dana.person_id) is None
    (sam,) = await people.guardians_of(loaded, dana.person_id)
    assert sam.phone == "+13055550107"


@pytest.mark.parametrize(
    ("today", "born"),
    [
        (date(2027, 3, 3), date(2010, 3, 4)),
        (date(2027, 3, 4), date(2011, 3, 4)),
        (date(2027, 12, 31), date(2011, 3, 4)),
    ],
)
def test_the_latest_fourth_of_march_that_makes_sixteen(today: date, born: date) -> None:
    assert latest_birth_date("03-04", 16, today) == born
    assert age_on(born, today) == 16
    assert age_on(born.replace(year=born.year + 1), today) == 15


async def test_bens_offer(loaded: AsyncSession) -> None:
    slots = [await loaded.get_one(Slot, demo_id(f"slot mercy-nursing {n}")) for n in (1, 2)]
    # Thursday the 26th is Thanksgiving, so two school days after Tuesday is Friday.
    assert [(slot.starts_at, slot.ends_at) for slot in slots] == [
        (datetime(2026, 11, 24, 14, tzinfo=UTC), datetime(2026, 11, 24, 17, tzinfo=UTC)),
        (datetime(2026, 11, 27, 18, tzinfo=UTC), datetime(2026, 11, 27, 21, tzinfo=UTC)),
    ]
    for slot in slots:
        assert slot.opportunity.champion_id == demo_id("ben")
        assert slot.opportunity.activity == "job_shadow"
        assert slot.opportunity.site.ask_for["en"] == "the volunteer desk"
        places = select(func.count()).select_from(Place).where(Place.slot_id == slot.id)
        assert await loaded.scalar(places) == 2


async def test_rays_firm_is_vetted_and_offers_nothing(loaded: AsyncSession) -> None:
    riverside = await loaded.get_one(Partner, demo_id("riverside"))
    assert (riverside.status, riverside.clusters) == (PartnerStatus.VETTED, ["manufacturing"])
    offers = select(func.count()).select_from(Opportunity).where(Opportunity.partner_id == riverside.id)
    assert await loaded.scalar(offers) == 0


async def test_how_large_it_is(loaded: AsyncSession) -> None:
    async def count(table: type[Base]) -> int | None:
        return await loaded.scalar(select(func.count()).select_from(table))

    assert [await count(table) for table in (School, Academy, Student, Partner, ActivityType)] == [
        2,
        4,
        40,
        15,
        16,
    ]
    assert (await loaded.get_one(ActivityType, "job_shadow")).stage is Stage.EXPLORATION


async def test_every_slot_is_on_a_school_day_of_the_coming_weeks(loaded: AsyncSession) -> None:
    calendar = calendar_of(await loaded.get_one(School, demo_id("lincoln")))
    slots = (await loaded.execute(select(Slot))).scalars().all()
    assert len(slots) >= 20
    for slot in slots:
        day = slot.starts_at.astimezone(calendar.zone).date()
        assert calendar.is_school_day(day)
        assert TODAY < day < TODAY + timedelta(weeks=7)


async def test_the_others_numbers_are_fictitious_and_each_is_one_persons(loaded: AsyncSession) -> None:
    numbers = (
        (await loaded.execute(select(ContactPoint.value).where(ContactPoint.kind == "phone"))).scalars().all()
    )
    assert len(set(numbers)) == len(numbers)
    fixed = {f"+13055550{number}" for number in range(101, 111)}
    others = set(numbers) - fixed
    assert len(fixed & set(numbers)) == 10
    for number in others:
        assert number[:5] in ("+1786", "+1645")
        assert number[5:10] == "55501"


@pytest.mark.parametrize("today", [TODAY + timedelta(days=days) for days in range(0, 400, 9)])
def test_next_weeks_slots_whatever_the_day(today: date) -> None:
    from tests.placements.rules.test_school_days import SCHOOL

    first, second = slot_day(1, 2, 0, today, SCHOOL), slot_day(1, 2, 2, today, SCHOOL)
    assert today < first < second
    assert SCHOOL.is_school_day(first)
    assert SCHOOL.is_school_day(second)
    assert (first - today).days <= 9 or not SCHOOL.is_school_day(today + timedelta(days=8 - today.weekday()))


def test_texts_are_short_enough_for_a_list_and_in_both_languages() -> None:
    for partner in read("partners")["partners"]:
        for offer in partner["opportunities"]:
            for field, limit in (("title", 36), ("what_you_do", 62), ("bring", 52)):
                assert set(offer[field]) == {"en", "es"}
                assert max(len(text) for text in offer[field].values()) <= limit, offer[field]


def test_fields_and_occupations_are_the_vocabularys() -> None:
    known = resources.files("knowledge") / "vocabulary"
    words = {
        name: set(yaml.safe_load((known / f"{name}.yml").read_text(encoding="utf-8")))
        for name in ("clusters", "occupations")
    }
    for partner in read("partners")["partners"]:
        assert set(partner["clusters"]) <= words["clusters"]
        for offer in partner["opportunities"]:
            assert set(offer["clusters"]) <= words["clusters"]
            assert set(offer["occupations"]) <= words["occupations"]


async def test_loading_twice_changes_nothing(loaded: AsyncSession) -> None:
    async def everything() -> list[list[object]]:
        return [
            [tuple(row) for row in await loaded.execute(select(table).order_by(*table.primary_key))]
            for table in Base.metadata.sorted_tables
        ]

    before = await everything()
    assert not await load(loaded, today=TODAY + timedelta(days=9))
    assert await everything() == before


async def test_a_reset_is_a_fresh_start(loaded: AsyncSession) -> None:
    ana = await loaded.get_one(Person, demo_id("ana"))
    ana.language = "es"
    await clock.move_to(loaded, await clock.now(loaded) + timedelta(days=40))
    await loaded.flush()
    await reset(loaded, today=date(2027, 3, 1))
    assert (await loaded.get_one(Person, demo_id("ana"))).language == "en"
    assert await clock.offset(loaded) == timedelta(0)
    slot = await loaded.get_one(Slot, demo_id("slot mercy-nursing 1"))
    assert slot.starts_at == datetime(2027, 3, 9, 14, tzinfo=UTC)


async def test_real_people_are_never_touched(loaded: AsyncSession) -> None:
    assert await is_demo_only(loaded)
    loaded.add(Person(first_name="Rosa", last_name="Real", language="en"))
    await loaded.flush()
    assert not await is_demo_only(loaded)
    for touch in (load, reset):
        with pytest.raises(DemoRefused):
            await touch(loaded, today=TODAY)
    assert await loaded.get(Person, demo_id("ana")) is not None
