"""A student under 13 on the roster is never texted; the guardian is."""

from datetime import date

import pytest

from tests.stories.identity.given import bookings, born, said_to, unlink
from tests.support.town import ANA, GLORIA, LEO, Town

pytestmark = pytest.mark.engine


async def test_a_child_on_the_roster_who_texts_is_not_answered_and_the_mother_hears(town: Town) -> None:
    await born(town, "Leo", "Torres", date(2015, 5, 5))
    heard = await town.text(LEO, "hi any shadows for nursing?")
    assert LEO not in heard
    assert any("Leo me escribió" in body for body in heard[GLORIA])
    assert await town.rows("select body from conversations.inbound where silence = 'under_13'") == [("",)]


async def test_the_mother_hears_of_it_once_a_day(town: Town) -> None:
    await born(town, "Leo", "Torres", date(2015, 5, 5))
    await town.text(LEO, "hi")
    heard = await town.text(LEO, "hello??")
    assert LEO not in heard and GLORIA not in heard


async def test_what_a_child_should_hear_of_goes_to_the_mother(town: Town) -> None:
    await town.text(LEO, "any shadows for nursing?")
    await town.text(LEO, "1")
    before = await said_to(town, LEO)
    await born(town, "Leo", "Torres", date(2015, 5, 5))
    heard = await town.text(GLORIA, "2")
    assert await bookings(town) == {"Leo": "refused"}
    assert await said_to(town, LEO) == before and heard[GLORIA]


async def test_a_child_in_danger_is_answered_all_the_same(town: Town) -> None:
    await born(town, "Leo", "Torres", date(2015, 5, 5))
    heard = await town.text(LEO, "i want to kill myself")
    assert "988" in heard[LEO][0] and "crisis" in await town.cases()


async def test_a_child_without_a_guardians_number_becomes_a_case(town: Town) -> None:
    await born(town, "Leo", "Torres", date(2015, 5, 5))
    await unlink(town, GLORIA)
    heard = await town.text(LEO, "hi")
    assert LEO not in heard and await town.cases() == ["child_texted"]


async def test_a_child_on_the_mothers_phone_is_not_somebody_to_talk_to(town: Town) -> None:
    await born(town, "Leo", "Torres", date(2015, 5, 5))
    await town.rows(
        "update placements.contact_points set value = :g where value = :leo returning 1", g=GLORIA, leo=LEO
    )
    heard = await town.text(GLORIA, "hola")
    assert "Gloria" in heard[GLORIA][0] and "Leo" not in heard[GLORIA][0]


async def test_on_the_thirteenth_birthday_the_student_is_texted(town: Town) -> None:
    await born(town, "Leo", "Torres", date(2014, 2, 1))
    heard = await town.text(LEO, "hi")
    assert "Leo" in heard[LEO][0] and ANA not in heard
