"""What is on record is told from the record; what is not is told in general."""

from placements.services import bookings
from tests.bot.actions.conftest import ANA, GLORIA, District
from tests.placements import given


async def test_the_permission_that_is_missing_is_named(district: District) -> None:
    await district.book()
    words = await district.words("ask_paperwork", "whats missing for my shadow", who=ANA)
    assert "Mercy Hospital" in words and "permission of your parent or guardian" in words


async def test_the_permission_that_was_given_is_on_file(district: District) -> None:
    booking = await district.book()
    async with district.database.session() as session:
        await bookings.give_consent(
            session,
            booking_id=booking,
            guardian_id=given.GLORIA,
            cause=given.by_text(given.GLORIA),
            wording="Do you give permission?",
        )
    assert await district.keys("ask_paperwork", "did my mom sign it", who=ANA) == [
        "know.paperwork_consent_given"
    ]
    assert "ya tengo su permiso" in await district.words(
        "ask_paperwork", "falta algo de firmar?", who=GLORIA, language="es"
    )


async def test_an_adult_needs_none(district: District) -> None:
    await district.book(given.MARCUS)
    said = await district.keys("ask_paperwork", "what forms are missing", who="+17865550108")
    assert said == ["know.paperwork_consent_not_needed"]


async def test_another_students_booking_is_not_told(district: District) -> None:
    await district.book(given.LUIS)
    assert await district.keys("ask_paperwork", "what forms are missing", who=ANA) == ["know.paperwork"]
