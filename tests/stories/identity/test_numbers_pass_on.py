"""A number has a new holder, who learns nothing about the old one."""

from datetime import timedelta

import pytest

from tests.stories.identity.given import (
    NEW,
    STUDENT_WORDS,
    ask_for_nursing,
    bookings,
    linked,
    said_to,
    undelivered,
)
from tests.support.town import ANA, CORA, GLORIA, LEO, Town

pytestmark = pytest.mark.engine
ABOUT_ANA = ("Ana", "Torres", "Mercy", "nursing", "enfermer")


async def test_a_wrong_number_is_unlinked_and_its_question_is_withdrawn(town: Town) -> None:
    await ask_for_nursing(town)
    heard = await town.text(GLORIA, "wrong number, i dont know any ana")
    assert "Quitamos este número" in heard[GLORIA][0]
    assert await linked(town, GLORIA) == []
    assert (
        await town.rows("select 1 from conversations.prompt where kind = 'consent' and state = 'open'") == []
    )
    assert await bookings(town) == {"Ana": "waiting_consent"}
    assert "wrong_number" in await town.cases()


async def test_the_new_holder_cannot_answer_the_old_holders_question(town: Town) -> None:
    await ask_for_nursing(town)
    await town.text(GLORIA, "wrong number")
    await town.text(GLORIA, "START")
    await town.text(GLORIA, "1")
    assert await bookings(town) == {"Ana": "waiting_consent"}


async def test_the_new_holder_who_comes_back_is_a_stranger(town: Town) -> None:
    await ask_for_nursing(town)
    await town.text(GLORIA, "wrong number")
    before = await said_to(town, GLORIA)
    await town.text(GLORIA, "START")
    for words in ("what is this about", *STUDENT_WORDS, "when is my shadow", "who is coming"):
        await town.text(GLORIA, words)
    after = (await said_to(town, GLORIA)).removeprefix(before)
    assert "in which month and year were you born" in after or "mes y año de nacimiento" in after
    assert not any(word in after for word in ABOUT_ANA[:2]) and "Leo" not in after


async def test_a_wrong_number_on_a_students_phone_leaves_the_students_booking_to_the_school(
    town: Town,
) -> None:
    await ask_for_nursing(town)
    await town.text(GLORIA, "1")
    await town.text(ANA, "you have the wrong number")
    assert await linked(town, ANA) == []
    assert await bookings(town) == {"Ana": "waiting_host"}
    assert "wrong_number" in await town.cases()


async def test_a_number_in_doubt_says_nothing_of_ana_until_her_name_is_given(town: Town) -> None:
    await ask_for_nursing(town)
    await undelivered(town, ANA, "30005")
    await town.settle()
    before = await said_to(town, ANA)
    await town.text(ANA, "when is my shadow")
    asked = (await said_to(town, ANA)).removeprefix(before)
    assert "What is your first name?" in asked and not any(word in asked for word in ABOUT_ANA)
    heard = await town.text(ANA, "ana")
    assert "Hi Ana!" in heard[ANA][0] and "Mercy Hospital" in heard[ANA][0]


async def test_two_wrong_names_make_a_number_in_doubt_a_strangers(town: Town) -> None:
    await ask_for_nursing(town)
    await undelivered(town, ANA, "30005")
    await town.settle()
    before = await said_to(town, ANA)
    for words in ("hello who is this", "bob", "its robert"):
        await town.text(ANA, words)
    after = (await said_to(town, ANA)).removeprefix(before)
    assert "I don't know this phone then" in after and "born" in after
    assert not any(word in after for word in ABOUT_ANA)
    assert await linked(town, ANA) == [] and "number_unconfirmed" in await town.cases()


async def test_news_for_a_number_in_doubt_waits_for_a_name_and_then_comes(town: Town) -> None:
    await ask_for_nursing(town)
    await undelivered(town, ANA, "30005")
    await town.rows("update conversations.address set dead_at = null where value = :n returning 1", n=ANA)
    await town.settle()
    before = await said_to(town, ANA)
    await town.text(GLORIA, "1")
    await town.text("+13055550103", "1")
    told = (await said_to(town, ANA)).removeprefix(before)
    assert not any(word in told for word in ABOUT_ANA)
    assert await bookings(town) == {"Ana": "confirmed"}
    await town.text(ANA, "hi")
    heard = await town.text(ANA, "its ana")
    assert any("You're in!" in body for body in heard[ANA])


async def test_a_wrong_number_shared_by_siblings_is_nobodys(town: Town) -> None:
    await town.rows(
        "insert into placements.contact_points (id, person_id, kind, value, how, valid_from)"
        " select gen_random_uuid(), person_id, 'phone', :n, 'school', '2026-11-03'"
        " from placements.contact_points where value = :leo returning 1",
        n=NEW,
        leo=LEO,
    )
    await town.text(NEW, "wrong number")
    assert await linked(town, NEW) == [] and await linked(town, LEO) == ["Leo school"]


async def test_start_from_a_number_in_doubt_repeats_no_question_about_ana(town: Town) -> None:
    await ask_for_nursing(town)
    await undelivered(town, GLORIA, "30005")
    await town.settle()
    before = await said_to(town, GLORIA)
    await town.text(GLORIA, "STOP")
    await town.text(GLORIA, "START")
    after = (await said_to(town, GLORIA)).removeprefix(before)
    assert "START" in after and not any(word in after for word in ABOUT_ANA)


async def test_a_permission_that_waits_for_a_number_in_doubt_is_a_case_until_it_is_confirmed(
    town: Town,
) -> None:
    await town.rows(
        "update placements.contact_points set doubted_at = now(), doubted_why = '30005' where value = :n"
        " returning 1",
        n=GLORIA,
    )
    await ask_for_nursing(town)
    assert await town.cases() == ["permission_waits"]
    told = [body for body in (await said_to(town, CORA)).splitlines() if "permission" in body]
    assert told == ["Case 1: permission for Ana T. waits: Gloria T. has a number that may be somebody else's."
                    " Please ask them."]  # fmt: skip
    asked = await said_to(town, GLORIA)
    assert "¿cuál es su nombre?" in asked and not any(word in asked for word in ABOUT_ANA)
    await town.text(GLORIA, "hola")
    heard = await town.text(GLORIA, "gloria")
    assert heard[GLORIA][-1].endswith("1. Sí\n2. No") and await town.cases() == []


async def test_in_a_new_school_year_it_is_a_case_at_half_the_time_to_answer(town: Town) -> None:
    """Every number is asked whose it is in August: a case for each at once would bury the ones that matter."""
    await ask_for_nursing(town)
    await town.rows(
        "update placements.contact_points set valid_from = '2025-09-01', confirmed_at = null where value = :n"
        " returning 1",
        n=GLORIA,
    )
    await town.rows("delete from conversations.prompt returning 1")
    assert await town.cases() == []
    [(remind_at,)] = await town.rows("select remind_at from placements.bookings")
    await town.move_to(remind_at + timedelta(minutes=1))
    assert await town.cases() == ["permission_waits"]
    assert "Gloria T. has not said whose phone it is" in await said_to(town, CORA)
