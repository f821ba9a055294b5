"""Getting ready and the way there: from the booking where there is one."""

from tests.bot.actions.conftest import ANA, BEN, GLORIA, LUIS, District
from tests.placements import given


async def test_the_way_is_the_bookings(district: District) -> None:
    await district.book()
    words = await district.words("directions", "how do i get there, is there a bus", who=ANA)
    assert "1200 Bayview Ave, Miami" in words and "the volunteer desk" in words
    assert "I don't know bus times" in words


async def test_a_guardian_hears_the_way_of_their_own_child_only(district: District) -> None:
    await district.book(given.LUIS)
    assert await district.keys("directions", "donde es", who=GLORIA) == ["know.directions_none_other"]
    await district.book(given.ANA)
    words = await district.words("directions", "donde es", who=GLORIA, language="es")
    assert words.startswith("Ana va a Mercy Hospital: 1200 Bayview Ave, Miami")


async def test_a_host_is_told_of_nobodys_way(district: District) -> None:
    await district.book()
    assert await district.keys("directions", "how do they get here", who=BEN) == ["know.employer_ride"]


async def test_what_to_bring_is_the_offers(district: District) -> None:
    await district.book()
    words = await district.words("ask_preparation", "dress code?", who=ANA)
    assert "bring: School ID and closed shoes. Wear" in words
    words = await district.words("ask_preparation", "what do i ask her", who=ANA)
    assert words.startswith("Good questions")


async def test_another_activity_than_the_booked_one_is_answered_in_general(district: District) -> None:
    await district.book()
    said = await district.keys("ask_preparation", "how do i get ready for a career fair", who=ANA)
    assert said == ["know.preparation_career_fair"]
    assert await district.keys("ask_pay", "are internships paid", who=ANA) == ["know.pay_internship"]


async def test_without_a_booking_there_is_no_address(district: District) -> None:
    assert "nothing booked" in await district.words("directions", "how do i get there", who=LUIS)
