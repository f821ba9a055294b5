"""Where the safety rules are silent, the classifier may only raise: page when sure, say how to stop, change nothing."""

from typing import Any

import pytest
from sqlalchemy import text

from conversations.turns.deeds.alarm import SURE
from conversations.turns.engine import EngineReply, EngineRequest
from tests.stories.consent.family import confirmed
from tests.support.town import ANA, CORA, Town

pytestmark = pytest.mark.engine


class _Says:
    """An engine that understands one thing."""

    def __init__(self, need: str, confidence: float) -> None:
        self._need, self._confidence = need, confidence

    async def turn(self, request: EngineRequest) -> EngineReply:
        return EngineReply(
            replies=[{"do": {"verb": "fallback"}}],
            dialogue=None,
            need=self._need,
            confidence=self._confidence,
        )


async def _heard(town: Town, need: str, confidence: float) -> Any:
    conversations: Any = town._conversations
    conversations._engine = _Says(need, confidence)
    return await town.text(ANA, "something no rule knows")


@pytest.mark.parametrize(("need", "words"), [("crisis", "988"), ("report_unsafe", "take it seriously")])
async def test_when_sure_a_person_is_called(town: Town, need: str, words: str) -> None:
    heard = await _heard(town, need, SURE)
    assert words in heard[ANA][0]
    assert any("URGENT" in body for body in heard[CORA])
    assert (await town.cases())[0] == need


async def test_a_report_that_only_the_classifier_hears_holds_the_host(town: Town) -> None:
    await confirmed(town)
    await _heard(town, "report_unsafe", SURE)
    assert set(await town.cases()) == {"report_unsafe", "host_frozen"}
    [(name,)] = await town.rows(
        "select p.name from placements.partner_freezes f join placements.partners p on p.id = f.partner_id"
    )
    assert name == "Mercy Hospital"


@pytest.mark.parametrize("need", ["crisis", "report_unsafe", "opt_out", "wrong_number"])
async def test_when_not_sure_it_asks_back(town: Town, need: str) -> None:
    heard = await _heard(town, need, SURE - 0.1)
    assert CORA not in heard and await town.cases() == []
    assert "988" not in heard[ANA][0]


@pytest.mark.parametrize("need", ["opt_out", "wrong_number"])
async def test_a_doubtful_stop_is_told_how_and_changes_nothing(town: Town, need: str) -> None:
    heard = await _heard(town, need, 0.95)
    assert "text STOP" in heard[ANA][0]
    async with town.database.session() as session:
        assert (
            await session.scalar(text("select count(*) from conversations.basis where kind = 'opt_out'")) == 0
        )
