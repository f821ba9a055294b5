"""A number is new, lost or dead."""

import pytest

from placements import clock
from placements.cause import Cause
from placements.services.people import link_phone, unlink_phone
from tests.stories.identity.given import (
    NEW,
    OTHER,
    STUDENT_WORDS,
    ask_for_nursing,
    bookings,
    link,
    linked,
    said_to,
    the_case,
    undelivered,
)
from tests.support.town import ANA, BEN, CORA, GLORIA, LEO, Town

pytestmark = pytest.mark.engine
ANAS_WORDS = "this is ana, i have a new number. my student id is 100201, born {}"


async def _ana_claims(town: Town, number: str = NEW) -> dict[str, list[str]]:
    [(day,)] = await town.rows(
        "select birth_date from placements.people where first_name = 'Ana' and last_name = 'Torres'"
    )
    return dict(await town.text(number, ANAS_WORDS.format(f"{day:%m/%d/%Y}")))


async def test_the_old_number_is_asked_before_a_new_one_is_anas(town: Town) -> None:
    heard = await _ana_claims(town)
    assert "I asked there if this is you" in heard[NEW][0]
    assert "ending in 0150" in heard[ANA][-1] and "1. Yes\n2. No" in heard[ANA][-1]
    assert await linked(town, NEW) == [] and await linked(town, ANA) == ["Ana school"]
    assert await town.cases() == ["number_claimed"]


async def test_the_old_numbers_yes_moves_ana_to_the_new_one(town: Town) -> None:
    await _ana_claims(town)
    heard = await town.text(ANA, "1")
    assert "nothing more about you comes here" in heard[ANA][0]
    assert "you get our texts on this number" in heard[NEW][-1]
    assert await linked(town, NEW) == ["Ana old_number"] and await linked(town, ANA) == []
    await ask_for_nursing(town, NEW)
    assert await bookings(town) == {"Ana": "waiting_consent"}


async def test_the_old_numbers_no_keeps_everything_and_calls_the_school(town: Town) -> None:
    await _ana_claims(town)
    heard = await town.text(ANA, "2")
    assert "gets nothing" in heard[ANA][0] and NEW not in heard
    assert await linked(town, NEW) == [] and await linked(town, ANA) == ["Ana school"]
    assert await town.cases() == ["number_claimed", "number_refused"]


async def test_a_lost_phone_answers_nothing_and_a_coordinator_links_the_new_one(town: Town) -> None:
    await _ana_claims(town)
    case = await the_case(town, "number_claimed")
    assert case.facts == {"new_number": NEW} and case.person_id is not None
    async with town.database.session() as session:
        cause = Cause("console", "cora")
        await link_phone(
            session, person_id=case.person_id, phone=NEW, role="student", how="coordinator", cause=cause
        )
        await unlink_phone(session, phone=ANA, person_id=case.person_id, why="lost", cause=cause)
    heard = await town.text(NEW, "what do i have booked")
    assert "nothing booked" in heard[NEW][0]


async def test_an_answer_after_two_days_moves_nothing(town: Town) -> None:
    await _ana_claims(town)
    async with town.database.session() as session:
        now = await clock.now(session)
    await town.move_to(now.replace(day=now.day + 3))
    heard = await town.text(ANA, "1")
    assert "changed nothing" in heard[ANA][0] or "already settled" in heard[ANA][0]
    assert await linked(town, NEW) == [] and await linked(town, ANA) == ["Ana school"]


async def test_two_new_numbers_for_one_student_and_only_the_first_is_asked_about(town: Town) -> None:
    await _ana_claims(town)
    heard = await _ana_claims(town, OTHER)
    assert ANA not in heard
    await town.text(ANA, "1")
    assert await linked(town, NEW) == ["Ana old_number"] and await linked(town, OTHER) == []
    assert await town.cases() == ["number_claimed", "number_claimed"]


async def test_a_stranger_with_a_new_phone_is_led_to_the_roster(town: Town) -> None:
    await town.text(NEW, "i got a new phone number")
    for words in STUDENT_WORDS:
        heard = await town.text(NEW, words)
    assert "A new phone, okay!" in heard[NEW][0] and "student number" in heard[NEW][0]
    assert await linked(town, NEW) == [] and ANA not in heard


async def test_ana_who_tells_her_new_number_from_the_old_one_is_asked_to_text_from_there(town: Town) -> None:
    heard = await town.text(ANA, "my new number is 305 555 0150")
    assert "text me from the new number" in heard[ANA][0]
    assert (await the_case(town, "number_typed")).facts == {"numbers": [NEW], "whose": "own"}
    assert await linked(town, NEW) == []


async def test_a_guardians_new_number_is_for_the_school_alone(town: Town) -> None:
    heard = await town.text(GLORIA, "tengo un numero nuevo")
    assert "Solo la escuela cambia un número" in heard[GLORIA][0]
    assert await town.cases() == ["new_number"] and await linked(town, GLORIA) == ["Gloria school"]


async def test_a_number_that_the_carrier_calls_dead_for_good_is_in_doubt(town: Town) -> None:
    await ask_for_nursing(town)
    await undelivered(town, GLORIA, "30005")
    heard = await town.settle()
    assert "takes no texts any more" in heard[CORA][-1]
    assert "number_dead" in await town.cases()
    heard = await town.text(GLORIA, "hola, quien es")
    assert "¿Cuál es tu nombre?" in heard[GLORIA][-1]
    assert "Ana" not in "".join(heard[GLORIA])


async def test_a_phone_that_was_merely_off_is_still_glorias(town: Town) -> None:
    await ask_for_nursing(town)
    await undelivered(town, GLORIA, "30003")
    await town.settle()
    assert "number_dead" not in await town.cases()
    await town.text(GLORIA, "1")
    assert await bookings(town) == {"Ana": "waiting_host"}


async def test_the_number_of_a_champion_with_a_new_phone_goes_to_the_school(town: Town) -> None:
    heard = await town.text(BEN, "i have a new number")
    assert "Only the school can change a number" in heard[BEN][0]
    assert await town.cases() == ["new_number"]


async def test_leo_cannot_move_anas_number_to_his_phone(town: Town) -> None:
    heard = await _ana_claims(town, LEO)
    assert "already on file for somebody else" in heard[LEO][0] and ANA not in heard
    assert await linked(town, LEO) == ["Leo school"] and await town.cases() == ["number_shared"]


async def test_a_number_typed_only_is_never_texted(town: Town) -> None:
    await link(town, "Ana", "Torres", OTHER, how="self_said")
    await ask_for_nursing(town)
    await town.text(GLORIA, "2")
    assert await said_to(town, OTHER) == ""
