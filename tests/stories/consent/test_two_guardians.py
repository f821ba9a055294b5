"""Two who may decide, one who may not any more, and two on one phone."""

import pytest

from placements.services import bookings
from tests.stories.consent.family import (
    ANA_ID,
    GARY,
    GLORIA_ID,
    HUGO,
    ROBIN,
    TYLER,
    asks,
    by_cora,
    confirmed,
    decisions,
    later,
    lift,
    open_questions,
    second_guardian,
    standing,
    states,
)
from tests.support.town import ANA, BEN, GLORIA, Town

pytestmark = pytest.mark.engine


async def test_one_yes_is_enough_and_the_other_is_told(town: Town) -> None:
    await second_guardian(town)
    heard = await asks(town)
    assert heard[GLORIA][-1].endswith("1. Sí\n2. No") and heard[HUGO][-1].endswith("1. Yes\n2. No")
    heard = await town.text(GLORIA, "1")
    assert "has permission from home" in heard[HUGO][0] and "If you do not agree, tell me" in heard[HUGO][0]
    assert (await states(town), await open_questions(town, HUGO)) == (["waiting_host"], [])
    [reply] = (await town.text(HUGO, "1"))[HUGO]
    assert "has permission for" in reply
    assert await decisions(town) == [("given", "Gloria")]


async def test_first_yes_then_no_and_the_no_holds(town: Town) -> None:
    await second_guardian(town)
    await asks(town)
    await town.text(GLORIA, "1")
    await later(town, minutes=5)
    heard = await town.text(HUGO, "2")
    assert "Ana will not go" in heard[HUGO][0]
    assert "no permission" in heard[ANA][0] and "No hay permiso" in heard[GLORIA][0]
    assert "can't come after all" in heard[BEN][0]
    assert (await states(town), await standing(town)) == (["refused"], ["Hugo"])
    assert await decisions(town) == [("given", "Gloria"), ("refused", "Hugo")]
    heard = await town.text(BEN, "1")
    assert await states(town) == ["refused"]


async def test_first_no_then_yes_and_the_no_holds(town: Town) -> None:
    await second_guardian(town)
    await asks(town)
    heard = await town.text(HUGO, "2")
    assert "No hay permiso para Ana" in heard[GLORIA][0]
    await later(town, minutes=5)
    heard = await town.text(GLORIA, "1")
    assert "ya se cerró" in heard[GLORIA][0]
    assert (await states(town), await decisions(town)) == (["refused"], [("refused", "Hugo")])


async def test_two_noes_are_lifted_one_by_one(town: Town) -> None:
    await second_guardian(town)
    await asks(town)
    await town.text(HUGO, "2")
    await later(town, minutes=5)
    await town.text(GLORIA, "2")
    assert await standing(town) == ["Hugo", "Gloria"]
    async with town.database.session() as session:
        from placements.cause import Cause
        from tests.stories.consent.family import NURSING

        mine = await bookings.lift_refusal(
            session,
            student_id=ANA_ID,
            opportunity_id=NURSING,
            person_id=GLORIA_ID,
            cause=Cause("message", "lift", GLORIA_ID, GLORIA),
        )
        assert mine.ok
    heard = await town.settle()
    assert ANA not in heard and await standing(town) == ["Hugo"]
    heard = await lift(town)
    assert "again" in heard[ANA][0] and await standing(town) == []


async def test_a_no_after_everybody_agreed_ends_it(town: Town) -> None:
    await second_guardian(town)
    await confirmed(town)
    await later(town, minutes=5)
    await town.text(HUGO, "Ana can't go to the hospital")
    heard = await town.text(HUGO, "1")
    assert {ANA, BEN, GLORIA} <= set(heard)
    assert (await states(town), await standing(town)) == (["refused"], ["Hugo"])


async def test_a_barred_guardian_is_not_asked_not_told_and_not_heard(town: Town) -> None:
    heard = await asks(town, TYLER)
    assert heard[ROBIN][-1].endswith("1. Yes\n2. No") and GARY not in heard
    heard = await town.text(GARY, "tyler can not go, i refuse")
    assert "Tyler" not in heard[GARY][-1] and TYLER not in heard and ROBIN not in heard
    await town.text(GARY, "2")
    assert (await states(town), await standing(town)) == (["waiting_consent"], [])
    heard = await town.text(ROBIN, "1")
    heard |= await town.text(BEN, "1")
    assert GARY not in heard and await states(town) == ["confirmed"]


async def test_a_court_order_after_the_yes_asks_the_others_again(town: Town) -> None:
    await second_guardian(town)
    await confirmed(town)
    async with town.database.session() as session:
        barred = await bookings.bar_guardian(
            session, student_id=ANA_ID, guardian_id=GLORIA_ID, cause=by_cora()
        )
        assert barred.ok
    heard = await town.settle()
    assert heard[HUGO][-1].endswith("1. Yes\n2. No") and GLORIA not in heard
    assert "asking everyone again" in heard[ANA][0] and "ask you again" in heard[BEN][0]
    assert await states(town) == ["waiting_consent"]
    await later(town, seconds=10)
    heard = await town.text(HUGO, "1")
    assert heard[BEN][-1].endswith("1. Yes\n2. No") and GLORIA not in heard


async def test_two_parents_on_one_phone_are_asked_once(town: Town) -> None:
    await second_guardian(town, phone=GLORIA)
    heard = await asks(town)
    assert sum(text.endswith("2. No") for text in heard[GLORIA]) == 1
    assert len(await open_questions(town, GLORIA)) == 1
    await town.text(GLORIA, "1")
    assert await states(town) == ["waiting_host"]
