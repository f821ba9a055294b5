from sqlalchemy.ext.asyncio import AsyncSession

from footbridge.demo import demo_id
from placements.queries import people
from placements.queries.people import RoleView
from tests.placements.given import (
    ANA,
    BEN,
    CORA,
    DANA,
    DEV,
    GARY,
    GLORIA,
    ISAIAH,
    LEO,
    MARCUS,
    NADIA,
    PHONES,
    ROBIN,
    TYLER,
)

LINCOLN, ROOSEVELT, DISTRICT = demo_id("lincoln"), demo_id("roosevelt"), demo_id("district")


async def roles(session: AsyncSession, person: object) -> tuple[RoleView, ...]:
    view = await people.person(session, person)  # type: ignore[arg-type]
    assert view is not None
    return view.roles


async def test_who_is_at_a_number(session: AsyncSession) -> None:
    (ana,) = await people.people_at(session, PHONES[ANA])
    assert (ana.id, ana.first_name, ana.language, ana.grade, ana.how) == (ANA, "Ana", "en", 11, "school")
    assert await people.people_at(session, "+13055550111") == []


async def test_roles(session: AsyncSession) -> None:
    assert await roles(session, ANA) == (RoleView("student", school_id=LINCOLN, student_id=ANA),)
    assert set(await roles(session, GLORIA)) == {
        RoleView("guardian", student_id=ANA),
        RoleView("guardian", student_id=LEO),
    }
    assert await roles(session, BEN) == (RoleView("employer", partner_id=demo_id("mercy")),)
    assert await roles(session, CORA) == (RoleView("coordinator", school_id=LINCOLN, district_id=DISTRICT),)
    assert await roles(session, DEV) == (RoleView("coordinator", district_id=DISTRICT),)
    assert await roles(session, GARY) == ()  # barred
    assert await people.person(session, demo_id("nobody")) is None


async def test_families(session: AsyncSession) -> None:
    assert [view.id for view in await people.students_of_guardian(session, GLORIA)] == [ANA, LEO]
    assert await people.students_of_guardian(session, GARY) == []
    guardians = await people.guardians_of(session, TYLER)
    assert [(each.person.id, each.barred, each.verified) for each in guardians] == [
        (GARY, True, True),
        (ROBIN, False, True),
    ]
    assert await people.reachable_guardians(session, TYLER) == [ROBIN]
    assert await people.reachable_guardians(session, ISAIAH) == []


async def test_numbers(session: AsyncSession) -> None:
    assert await people.phone_of(session, ANA) == PHONES[ANA]
    assert await people.phone_of(session, DANA) is None
    assert await people.is_verified(session, MARCUS)
    assert not await people.is_verified(session, MARCUS, PHONES[ANA])
    assert await people.number_how(session, ANA, PHONES[GLORIA]) is None


async def test_whose_coordinator(session: AsyncSession) -> None:
    async def found(**whose: object) -> object:
        view = await people.coordinator_for(session, **whose)  # type: ignore[arg-type]
        return view.id if view else None

    assert await found(student_id=ANA) == CORA
    assert await found(student_id=DANA) == NADIA
    assert await found(school_id=ROOSEVELT) == NADIA
    assert await found() == DEV


async def test_champions(session: AsyncSession) -> None:
    assert await people.champions_of(session, demo_id("mercy")) == [BEN]
