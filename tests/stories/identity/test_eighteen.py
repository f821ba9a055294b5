"""At 18 a student decides alone, and a guardian hears nothing more."""

from datetime import date, datetime

import pytest

from tests.stories.identity.given import ask_for_nursing, bookings, born, said_to
from tests.support.town import ANA, BEN, GLORIA, Town

pytestmark = pytest.mark.engine


async def test_a_student_of_eighteen_signs_alone(town: Town) -> None:
    await born(town, "Ana", "Torres", date(2009, 2, 1))
    await town.text(ANA, "any shadows for nursing?")
    heard = await town.text(ANA, "1")
    assert GLORIA not in heard and "Ana" in heard[BEN][-1]
    assert await bookings(town) == {"Ana": "waiting_host"}


async def test_the_day_before_the_birthday_a_guardian_is_asked(town: Town) -> None:
    await born(town, "Ana", "Torres", date(2009, 2, 2))
    await town.text(ANA, "any shadows for nursing?")
    heard = await town.text(ANA, "1")
    assert "Ana quiere ir" in heard[GLORIA][-1] and BEN not in heard


async def test_a_birthday_while_a_guardian_is_asked_lets_the_booking_go_on(town: Town) -> None:
    await born(town, "Ana", "Torres", date(2009, 2, 2))
    await ask_for_nursing(town)
    assert await bookings(town) == {"Ana": "waiting_consent"}
    heard = await town.move_to(datetime(2027, 2, 2, 8, 30))
    assert await bookings(town) == {"Ana": "waiting_host"}
    assert any("You are 18 now" in body for body in heard[ANA])
    assert any("Ana" in body and "1. Yes" in body for body in heard[BEN])


async def test_the_birthday_begins_at_midnight_by_the_schools_clock(town: Town) -> None:
    await born(town, "Ana", "Torres", date(2009, 2, 2))
    await ask_for_nursing(town)
    await town.move_to(datetime(2027, 2, 1, 23, 59))
    assert await bookings(town) == {"Ana": "waiting_consent"}
    await town.move_to(datetime(2027, 2, 2, 0, 1))
    assert await bookings(town) == {"Ana": "waiting_host"}


async def test_a_guardians_yes_after_the_birthday_changes_nothing(town: Town) -> None:
    await born(town, "Ana", "Torres", date(2009, 2, 2))
    await ask_for_nursing(town)
    await town.move_to(datetime(2027, 2, 2, 9))
    await town.text(GLORIA, "1")
    assert await bookings(town) == {"Ana": "waiting_host"}
    assert await town.rows("select 1 from placements.consents") == []


async def test_a_guardians_no_after_the_birthday_changes_nothing(town: Town) -> None:
    await born(town, "Ana", "Torres", date(2009, 2, 2))
    await ask_for_nursing(town)
    await town.move_to(datetime(2027, 2, 2, 9))
    await town.text(GLORIA, "2")
    assert await bookings(town) == {"Ana": "waiting_host"}
    assert await town.rows("select 1 from placements.refusals") == []


async def test_a_no_from_before_the_birthday_stands_until_the_school_lifts_it(town: Town) -> None:
    await born(town, "Ana", "Torres", date(2009, 2, 2))
    await ask_for_nursing(town)
    await town.text(GLORIA, "2")
    await town.move_to(datetime(2027, 2, 2, 9))
    heard = await town.text(ANA, "any shadows for nursing?")
    heard = await town.text(ANA, "1")
    assert await bookings(town) == {"Ana": "refused"}, heard


async def test_the_guardian_of_an_adult_is_told_to_ask_the_student(town: Town) -> None:
    await ask_for_nursing(town)
    await town.text(GLORIA, "1")
    await born(town, "Ana", "Torres", date(2009, 2, 1))
    await born(town, "Leo", "Torres", date(2009, 2, 1))
    heard = await town.text(GLORIA, "a donde va mi hija el martes")
    assert "ya tiene 18 años" in heard[GLORIA][0] and "Mercy" not in heard[GLORIA][0]


async def test_the_guardian_of_an_adult_cannot_take_permission_back(town: Town) -> None:
    await ask_for_nursing(town)
    await town.text(GLORIA, "1")
    await born(town, "Ana", "Torres", date(2009, 2, 1))
    await town.text(GLORIA, "ya no quiero que vaya ana, cancele")
    await town.text(GLORIA, "1")
    assert await bookings(town) == {"Ana": "waiting_host"}


async def test_the_guardian_hears_nothing_of_an_adults_confirmation(town: Town) -> None:
    await ask_for_nursing(town)
    await town.text(GLORIA, "1")
    await born(town, "Ana", "Torres", date(2009, 2, 1))
    before = await said_to(town, GLORIA)
    heard = await town.text(BEN, "1")
    assert any("You're in!" in body for body in heard[ANA])
    assert await said_to(town, GLORIA) == before
