"""Permission that is taken back: at any time, also on the eve, and what happens to one who does not confirm it."""

from datetime import datetime

import pytest

from tests.stories.consent.family import (
    ROBIN,
    TYLER,
    asks,
    confirmed,
    decisions,
    later,
    standing,
    states,
)
from tests.support.town import ANA, BEN, CORA, GLORIA, Town

pytestmark = pytest.mark.engine


async def test_in_spanish_after_everybody_agreed(town: Town) -> None:
    await confirmed(town)
    [asked] = (await town.text(GLORIA, "ya no doy permiso"))[GLORIA]
    assert "¿Retira su permiso para Ana" in asked and asked.endswith("1. Sí\n2. No")
    assert await states(town) == ["confirmed"]
    heard = await town.text(GLORIA, "1")
    assert {ANA, BEN, CORA, GLORIA} <= set(heard) and "Torres" not in heard[BEN][0]
    assert (await states(town), await standing(town)) == (["refused"], ["Gloria"])
    assert await decisions(town) == [("given", "Gloria"), ("revoked", "Gloria")]


async def test_in_english_while_the_host_is_asked(town: Town) -> None:
    await asks(town, TYLER)
    await town.text(ROBIN, "1")
    [asked] = (await town.text(ROBIN, "he can't go anymore"))[ROBIN]
    assert "Take back your permission for Tyler" in asked
    heard = await town.text(ROBIN, "1")
    assert TYLER in heard and BEN in heard
    [(questions,)] = await town.rows(
        "select count(*) from conversations.prompt where kind = 'host_request' and state in ('open', 'queued')"
    )
    assert (questions, await states(town)) == (0, ["refused"])


async def test_on_the_evening_before_everybody_hears_that_evening(town: Town) -> None:
    await confirmed(town)
    await town.move_to(datetime(2027, 2, 8, 20, 30))
    await town.text(GLORIA, "ana ya no puede ir mañana")
    heard = await town.text(GLORIA, "1")
    assert "Your visit is off" in heard[ANA][0] or "no permission" in heard[ANA][0]
    assert "can't come after all" in heard[BEN][0] and "No permission for Ana" in heard[CORA][0]
    assert await states(town) == ["refused"]


async def test_a_second_thought_about_the_second_thought(town: Town) -> None:
    await confirmed(town)
    await town.text(GLORIA, "ya no doy permiso")
    heard = await town.text(GLORIA, "2")
    assert set(heard) == {GLORIA} and await states(town) == ["confirmed"]
    heard = await later(town, hours=2)
    assert await town.cases() == [] and CORA not in heard


async def test_who_does_not_confirm_it_is_called_by_a_person(town: Town) -> None:
    await confirmed(town)
    await town.text(GLORIA, "ya no doy permiso")
    assert await town.cases() == []
    heard = await later(town, hours=2)
    assert await town.cases() == ["take_back_unanswered"] and "Ana T." in heard[CORA][0]
    assert await states(town) == ["confirmed"]


async def test_the_other_number_after_a_yes_asks_whether_it_is_taken_back(town: Town) -> None:
    await asks(town)
    await town.text(GLORIA, "1")
    await later(town, minutes=1)
    [asked] = (await town.text(GLORIA, "2"))[GLORIA]
    assert "¿Retira su permiso" in asked
    await town.text(GLORIA, "1")
    assert await states(town) == ["refused"]


async def test_two_visits_that_end_at_once_make_one_question(town: Town) -> None:
    await asks(town)
    await town.text(GLORIA, "1")
    await town.text(ANA, "any shadows for nursing?")
    await town.text(ANA, "1")
    assert sorted(await states(town)) == ["waiting_consent", "waiting_host"]
    heard = await town.text(GLORIA, "2")
    assert await states(town) == ["refused", "refused"]
    assert sum(text.endswith("1. Yes\n2. No") for text in heard[ANA]) == 1


async def test_a_time_that_the_host_calls_off_is_offered_to_nobody(town: Town) -> None:
    await confirmed(town)
    await town.text(BEN, "we have to cancel ana's visit")
    heard = await town.text(BEN, "1")
    assert "is off" in heard[ANA][0] and GLORIA in heard
    [reply] = (await town.text(TYLER, "any shadows for nursing?"))[TYLER]
    assert "Feb 9" not in reply and "Feb 11" in reply
