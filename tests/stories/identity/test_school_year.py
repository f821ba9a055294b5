"""In August a link of last year asks for a name before anything personal is said."""

from datetime import datetime

import pytest

from placements.cause import Cause
from placements.services.people import confirm_phone
from tests.stories.identity.given import ask_for_nursing, link, linked, said_to
from tests.support.town import ANA, CORA, GLORIA, Town

pytestmark = pytest.mark.engine
AUGUST = datetime(2027, 8, 16, 10)


async def test_the_first_text_of_a_school_year_asks_whose_phone_it_is(town: Town) -> None:
    await town.text(ANA, "hi")
    await town.move_to(AUGUST)
    heard = await town.text(ANA, "what do i have booked")
    assert "I'm Footbridge, the automated helper" in heard[ANA][0]
    assert "What is your first name?" in heard[ANA][0] and "Ana" not in heard[ANA][0]
    heard = await town.text(ANA, "Ana")
    assert "Hi Ana!" in heard[ANA][0] and "nothing booked" in heard[ANA][0]


async def test_it_is_asked_once_a_school_year(town: Town) -> None:
    await town.move_to(AUGUST)
    await town.text(ANA, "hi")
    await town.text(ANA, "ana")
    heard = await town.text(ANA, "what do i have booked")
    assert "first name" not in heard[ANA][0]


async def test_a_nickname_or_a_slip_is_enough(town: Town) -> None:
    await town.move_to(AUGUST)
    await town.text(GLORIA, "hola")
    heard = await town.text(GLORIA, "soy glora torres")
    assert "¡Hola, Gloria!" in heard[GLORIA][0]


async def test_another_name_twice_ends_the_link(town: Town) -> None:
    await town.move_to(AUGUST)
    await town.text(ANA, "hi")
    heard = await town.text(ANA, "brenda")
    assert "not the name I have" in heard[ANA][0]
    await town.text(ANA, "brenda lopez")
    assert await linked(town, ANA) == [] and "number_unconfirmed" in await town.cases()
    assert "Ana" not in await said_to(town, ANA)


async def test_on_a_shared_phone_the_name_says_who_is_there_too(town: Town) -> None:
    await link(town, "Leo", "Torres", ANA)
    await town.move_to(AUGUST)
    await town.text(ANA, "what do i have booked")
    heard = await town.text(ANA, "leo")
    assert "Hi Leo!" in heard[ANA][0] and "Who is texting" not in heard[ANA][0]


async def test_a_number_that_the_school_has_confirmed_is_not_asked(town: Town) -> None:
    await town.move_to(AUGUST)
    async with town.database.session() as session:
        await confirm_phone(session, phone=ANA, cause=Cause("console", "cora"))
    heard = await town.text(ANA, "what do i have booked")
    assert "first name" not in heard[ANA][0] and "nothing booked" in heard[ANA][0]


async def test_a_coordinators_number_holds_over_the_years(town: Town) -> None:
    await town.move_to(AUGUST)
    heard = await town.text(CORA, "hi")
    assert "first name" not in heard[CORA][0]


async def test_a_stop_needs_no_name(town: Town) -> None:
    await town.move_to(AUGUST)
    heard = await town.text(ANA, "STOP")
    assert "no more texts" in heard[ANA][0]


async def test_a_number_is_no_answer_to_a_question_of_last_year(town: Town) -> None:
    await ask_for_nursing(town)
    await town.move_to(AUGUST)
    await town.text(GLORIA, "1")
    heard = await town.text(GLORIA, "gloria")
    assert "¡Hola, Gloria!" in heard[GLORIA][0]
    assert await town.rows("select 1 from placements.consents") == []
