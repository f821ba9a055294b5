"""Where the safety rules are silent, the classifier may only raise: page when sure, say how to stop, change nothing."""

from typing import Any

import pytest
from sqlalchemy import text

from conversations.turns.engine import EngineReply, EngineRequest
from conversations.turns.heard import BARS, heard
from tests.stories.consent.family import confirmed
from tests.support.town import ANA, CORA, Town

pytestmark = pytest.mark.engine


class _Says:
    """An engine that understands one thing."""

    def __init__(self, need: str, confidence: float, second: str = "greet") -> None:
        self._need, self._confidence, self._second = need, confidence, second
        self.asked: list[str | None] = []

    async def turn(self, request: EngineRequest) -> EngineReply:
        self.asked.append(request.need)
        if request.need is not None:
            return EngineReply(
                replies=[{"say": "turn.picture"}], dialogue=None, need=request.need, confidence=1
            )
        ranking = [[self._need, self._confidence], [self._second, 1 - self._confidence]]
        return EngineReply(
            replies=[{"do": {"verb": "fallback"}}],
            dialogue=None,
            need=self._need,
            confidence=self._confidence,
            ranking=ranking,
        )


async def _heard(town: Town, need: str, confidence: float) -> Any:
    conversations: Any = town._conversations
    conversations._engine = _Says(need, confidence)
    return await town.text(ANA, "something no rule knows")


@pytest.mark.parametrize(("need", "words"), [("crisis", "988"), ("report_unsafe", "take it seriously")])
async def test_when_sure_a_person_is_called(town: Town, need: str, words: str) -> None:
    got = await _heard(town, need, BARS[need])
    assert words in got[ANA][0]
    assert any("URGENT" in body for body in got[CORA])
    assert (await town.cases())[0] == need


async def test_a_report_that_only_the_classifier_hears_holds_the_host(town: Town) -> None:
    await confirmed(town)
    await _heard(town, "report_unsafe", BARS["report_unsafe"])
    assert set(await town.cases()) == {"report_unsafe", "host_frozen"}
    [(name,)] = await town.rows(
        "select p.name from placements.partner_freezes f join placements.partners p on p.id = f.partner_id"
    )
    assert name == "Mercy Hospital"


@pytest.mark.parametrize("need", ["crisis", "report_unsafe"])
async def test_when_not_sure_it_asks_back(town: Town, need: str) -> None:
    got = await _heard(town, need, BARS[need] - 0.1)
    assert CORA not in got and await town.cases() == []
    assert "988" not in got[ANA][0]
    assert await town.rows("select understood ->> 'need' from conversations.inbound") == [("out_of_scope",)]


@pytest.mark.parametrize("need", ["opt_out", "wrong_number"])
async def test_when_not_sure_of_a_stop_the_next_need_is_acted_on(town: Town, need: str) -> None:
    engine = _Says(need, BARS[need] - 0.1)
    conversations: Any = town._conversations
    conversations._engine = engine
    got = await town.text(ANA, "something no rule knows")
    assert engine.asked == [None, "greet"]
    assert "text STOP" not in got[ANA][0] and await town.cases() == []
    assert await town.rows("select understood ->> 'need' from conversations.inbound") == [("greet",)]


@pytest.mark.parametrize(
    ("need", "confidence", "ranking", "expected"),
    [
        ("book", 0.2, [["book", 0.2], ["greet", 0.1]], ("book", 0.2)),
        ("opt_out", 0.95, [["opt_out", 0.95], ["book", 0.05]], ("opt_out", 0.95)),
        ("opt_out", 0.6, [["opt_out", 0.6], ["book", 0.3], ["greet", 0.1]], ("book", 0.3)),
        (
            "opt_out",
            0.6,
            [["opt_out", 0.6], ["crisis", 0.2], ["book", 0.15], ["greet", 0.05]],
            ("book", 0.15),
        ),
        ("opt_out", 0.6, [["opt_out", 0.6], ["opt_in", 0.1], ["book", 0.3]], ("book", 0.3)),
        ("opt_out", 0.6, [["opt_out", 0.6], ["book", 0.1], ["greet", 0.1]], ("out_of_scope", 0.4)),
        ("crisis", 0.6, [["crisis", 0.6], ["book", 0.4]], ("out_of_scope", 0.4)),
    ],
)
def test_heard(need: str, confidence: float, ranking: list[list[Any]], expected: tuple[str, float]) -> None:
    found, sure = heard(need, confidence, ranking)
    assert (found, round(sure, 6)) == expected


@pytest.mark.parametrize("need", ["opt_out", "wrong_number"])
async def test_a_doubtful_stop_is_told_how_and_changes_nothing(town: Town, need: str) -> None:
    got = await _heard(town, need, BARS[need])
    assert "text STOP" in got[ANA][0]
    async with town.database.session() as session:
        assert (
            await session.scalar(text("select count(*) from conversations.basis where kind = 'opt_out'")) == 0
        )
