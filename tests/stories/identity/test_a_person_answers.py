"""A coordinator answers a case: the conversation is theirs until it is given back."""

from datetime import timedelta

import pytest

from placements import clock
from tests.stories.identity.given import (
    ask_for_nursing,
    bookings,
    school_closes,
    school_replies,
    status,
    the_case,
)
from tests.support.town import ANA, CORA, GLORIA, Town

pytestmark = pytest.mark.engine


async def _cora_writes(town: Town) -> None:
    await town.text(ANA, "can i talk to a real person")
    await school_replies(town, "talk_to_person", "Hi Ana, this is Ms. Diaz. What is up?")
    heard = await town.settle()
    assert heard[ANA] == ["Footbridge Demo: Hi Ana, this is Ms. Diaz. What is up?"]


async def test_while_a_person_is_waited_for_the_bot_goes_on_helping(town: Town) -> None:
    await town.text(ANA, "can i talk to a real person")
    assert await status(town, ANA) == "waiting"
    heard = await town.text(ANA, "what do i have booked")
    assert "nothing booked" in heard[ANA][0]


async def test_once_a_person_has_written_the_bot_is_silent(town: Town) -> None:
    await _cora_writes(town)
    assert await status(town, ANA) == "human"
    heard = await town.text(ANA, "can i bring my cousin")
    assert "Cora Diaz at school has this chat now" in heard[ANA][0]
    assert any("there is an answer" in body for body in heard[CORA])
    heard = await town.text(ANA, "any shadows for nursing?")
    assert ANA not in heard and CORA not in heard
    assert await town.silence("any shadows for nursing?") == "with_a_person"


async def test_what_is_written_meanwhile_stands_on_the_case(town: Town) -> None:
    await _cora_writes(town)
    await town.text(ANA, "can i bring my cousin")
    notes = await town.rows(
        "select n.by, n.what, i.body from conversations.case_note n left join conversations.inbound i"
        " on i.id = n.inbound_id order by n.id"
    )
    assert notes[-1] == ("sender", "wrote", "can i bring my cousin")


async def test_a_crisis_is_answered_whoever_has_the_conversation(town: Town) -> None:
    await _cora_writes(town)
    heard = await town.text(ANA, "i want to kill myself")
    assert "988" in heard[ANA][0]
    assert await status(town, ANA) == "human"


async def test_a_stop_is_obeyed_whoever_has_the_conversation(town: Town) -> None:
    await _cora_writes(town)
    heard = await town.text(ANA, "STOP")
    assert "no more texts" in heard[ANA][0]


async def test_a_closed_case_gives_the_conversation_back(town: Town) -> None:
    await _cora_writes(town)
    await school_closes(town, "talk_to_person")
    assert await status(town, ANA) == "returned"
    heard = await town.text(ANA, "what do i have booked")
    assert heard[ANA][0].startswith("It's Footbridge again") and "nothing booked" in heard[ANA][0]
    assert await status(town, ANA) == "bot"


async def test_three_days_of_silence_give_it_back_and_leave_the_case_open(town: Town) -> None:
    await _cora_writes(town)
    async with town.database.session() as session:
        now = await clock.now(session)
    await town.move_to(now + timedelta(hours=73))
    assert await status(town, ANA) == "returned"
    assert "talk_to_person" in await town.cases()


async def test_a_number_after_a_persons_words_answers_no_question_of_the_bots(town: Town) -> None:
    await ask_for_nursing(town)
    await town.text(GLORIA, "quiero hablar con una persona")
    await school_replies(town, "talk_to_person", "Hola, soy la Sra. Diaz. 1 llamo hoy, 2 llamo manana")
    await town.settle()
    await town.text(GLORIA, "1")
    assert await bookings(town) == {"Ana": "waiting_consent"}


async def test_a_question_that_still_waits_is_put_again_when_the_bot_is_back(town: Town) -> None:
    await ask_for_nursing(town)
    await town.text(GLORIA, "quiero hablar con una persona")
    await school_replies(town, "talk_to_person", "Hola, soy la Sra. Diaz.")
    await town.settle()
    await school_closes(town, "talk_to_person")
    heard = await town.settle()
    assert "De nuevo Footbridge" in heard[GLORIA][0] and "1. Sí" in heard[GLORIA][0]
    await town.move_to((await _now(town)) + timedelta(seconds=30))
    await town.text(GLORIA, "1")
    assert await bookings(town) == {"Ana": "waiting_host"}


async def test_a_question_that_comes_after_a_persons_words_may_be_answered(town: Town) -> None:
    await town.text(GLORIA, "quiero hablar con una persona")
    await school_replies(town, "talk_to_person", "Hola, soy la Sra. Diaz.")
    await town.settle()
    await ask_for_nursing(town)
    await town.text(GLORIA, "1")
    assert await bookings(town) == {"Ana": "waiting_host"}
    assert await status(town, GLORIA) == "human"


async def test_the_reply_to_a_number_that_passed_on_is_refused(town: Town) -> None:
    await town.text(ANA, "can i talk to a real person")
    await town.text(ANA, "wrong number")
    await town.text(ANA, "START")
    with pytest.raises(Exception, match="no longer that person's"):
        await school_replies(town, "talk_to_person", "Hi Ana")
    assert (await the_case(town, "talk_to_person")).state == "open"


async def _now(town: Town):  # type: ignore[no-untyped-def]
    async with town.database.session() as session:
        return await clock.now(session)
