"""A worker that dies between the engine's answer and the commit: the text is answered once, as if nothing was."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from conversations.turns.engine import Engine, EngineAway, EngineReply, EngineRequest
from tests.support.town import ANA, GLORIA, Town

pytestmark = pytest.mark.engine


class _Interrupted:
    """The real engine, but something happens to us right after it has answered."""

    def __init__(self, engine: Engine, what: Callable[[], BaseException], times: int) -> None:
        self._engine, self._what, self.left = engine, what, times

    async def turn(self, request: EngineRequest) -> EngineReply:
        reply = await self._engine.turn(request)
        if self.left:
            self.left -= 1
            raise self._what()
        return reply


async def _deliver(town: Town, body: str) -> None:
    assert (await town.phones.post_inbound(ANA, body)).status == 200


async def test_death_between_answer_and_commit(town: Town) -> None:
    conversations: Any = town._conversations
    real = conversations._engine
    await town.text(ANA, "any shadows for nursing?")
    conversations._engine = _Interrupted(real, asyncio.CancelledError, 1)
    await _deliver(town, "sign me up for the first one")
    [waiting] = await conversations.waiting()
    with pytest.raises(asyncio.CancelledError):
        await conversations.drain(waiting)
    assert await town.rows("select 1 from placements.bookings") == []
    heard = await town.settle()
    assert len(heard[ANA]) == 1 and "Your place is held" in heard[ANA][0]
    assert len(heard[GLORIA]) == 2  # who we are, and the question
    assert len(await town.rows("select 1 from placements.bookings")) == 1


async def test_an_engine_that_keeps_failing_becomes_an_apology_and_a_case(town: Town) -> None:
    conversations: Any = town._conversations
    real = conversations._engine
    conversations._engine = _Interrupted(real, lambda: RuntimeError("broken"), 99)
    await _deliver(town, "any shadows for nursing?")
    for _ in range(3):
        await town.rows("update conversations.inbound set next_try_at = null returning 1")
        for each in await conversations.waiting():
            await conversations.drain(each)
    heard = await town.settle()
    assert len(heard[ANA]) == 1 and "could not answer" in heard[ANA][0]
    assert await town.cases() == ["not_answered"]
    conversations._engine = real
    assert len((await town.text(ANA, "any shadows for nursing?"))[ANA]) == 1


async def test_an_engine_that_is_away_costs_no_try(town: Town) -> None:
    conversations: Any = town._conversations
    conversations._engine = _Interrupted(conversations._engine, lambda: EngineAway("gone"), 5)
    await _deliver(town, "any shadows for nursing?")
    for _ in range(5):
        await town.rows("update conversations.inbound set next_try_at = null returning 1")
        for each in await conversations.waiting():
            await conversations.drain(each)
    [(attempts,)] = await town.rows("select attempts from conversations.inbound")
    assert attempts == 0
    await town.rows("update conversations.inbound set next_try_at = null returning 1")
    assert "Mercy Hospital" in (await town.settle())[ANA][0]
