import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer, unused_port

from conversations.turns.engine import EngineAway, EngineFailed, EngineReply, EngineRequest, HttpEngine

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]
REQUEST = EngineRequest(
    conversation="c", message="m", text="hi", dialogue={"events": []}, context={"role": "student"}
)
FULL = {
    "replies": [{"custom": {"say": "turn.hello"}}, {"do": {"verb": "keep"}}],
    "dialogue": {"events": [1]},
    "understood": {"need": "greet", "confidence": 0.9, "ranking": [["greet", 0.9]]},
    "actions": ["action_greet"],
}


class Fake:
    """A small engine; `answer` is what it does with a turn, `well` whether it says that it is alive."""

    def __init__(self) -> None:
        self.answer: Answer = self._full
        self.well = True
        self.asked: list[tuple[object, str]] = []

    async def _full(self, _request: web.Request) -> web.StreamResponse:
        return web.json_response(FULL)

    async def turn(self, request: web.Request) -> web.StreamResponse:
        self.asked.append((await request.json(), request.headers["Authorization"]))
        return await self.answer(request)

    async def alive(self, _request: web.Request) -> web.StreamResponse:
        if not self.well:
            await asyncio.sleep(5)
        return web.json_response({"status": "ok"})


@pytest.fixture
def fake() -> Fake:
    return Fake()


@pytest.fixture
async def engine(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[HttpEngine]:
    monkeypatch.setattr("conversations.turns.engine.TURN_BUDGET", 0.2)
    app = web.Application()
    app.router.add_post("/webhooks/turn/turn", fake.turn)
    app.router.add_get("/webhooks/turn/", fake.alive)
    server = TestServer(app)
    await server.start_server(shutdown_timeout=0.1)
    async with aiohttp.ClientSession() as http:
        yield HttpEngine(str(server.make_url("/")), "secret", http)
    await server.close()


def replies(body: object) -> Answer:
    async def answer(_request: web.Request) -> web.StreamResponse:
        return web.json_response(body)

    return answer


def fails(status: int) -> Answer:
    async def answer(_request: web.Request) -> web.StreamResponse:
        return web.json_response(FULL, status=status)

    return answer


async def hangs(_request: web.Request) -> web.StreamResponse:
    await asyncio.sleep(5)
    raise AssertionError("nobody waits so long")


async def hangs_up(request: web.Request) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def dies_while_answering(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Length": "1000", "Content-Type": "application/json"})
    await response.prepare(request)
    await response.write(b'{"replies": [')
    assert request.transport is not None
    request.transport.close()
    return response


async def test_a_text_and_the_dialogue_go_in_and_payloads_and_the_dialogue_come_out(
    engine: HttpEngine, fake: Fake
) -> None:
    reply = await engine.turn(REQUEST)
    assert reply == EngineReply(
        replies=[{"say": "turn.hello"}, {"do": {"verb": "keep"}}],
        dialogue={"events": [1]},
        need="greet",
        confidence=0.9,
        ranking=[["greet", 0.9]],
        actions=["action_greet"],
    )
    assert fake.asked == [
        (
            {
                "conversation": "c",
                "message": "m",
                "text": "hi",
                "need": None,
                "dialogue": {"events": []},
                "context": {"role": "student"},
            },
            "Bearer secret",
        )
    ]


async def test_a_reply_that_says_nothing_of_what_was_understood(engine: HttpEngine, fake: Fake) -> None:
    fake.answer = replies({"replies": [{"say": "turn.hello"}], "understood": None})
    reply = await engine.turn(REQUEST)
    assert (reply.need, reply.confidence, reply.dialogue) == ("out_of_scope", 0.0, None)


@pytest.mark.parametrize(
    "answer",
    [
        fails(500),
        fails(503),
        fails(401),
        replies({**FULL, "replies": []}),
        replies({}),
        replies({"replies": None}),
    ],
)
async def test_an_engine_that_answers_with_a_failure_or_with_nothing_has_failed(
    engine: HttpEngine, fake: Fake, answer: Answer
) -> None:
    fake.answer = answer
    with pytest.raises(EngineFailed):
        await engine.turn(REQUEST)


async def test_a_text_that_a_well_engine_does_not_finish_has_failed(engine: HttpEngine, fake: Fake) -> None:
    fake.answer = hangs
    with pytest.raises(EngineFailed, match="time out"):
        await engine.turn(REQUEST)


async def test_an_engine_that_says_nothing_at_all_is_away(
    engine: HttpEngine, fake: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake.answer = hangs
    http = engine._http
    real = http.get
    monkeypatch.setattr(http, "get", lambda url, timeout: real(url, timeout=aiohttp.ClientTimeout(total=0.1)))
    fake.well = False
    with pytest.raises(EngineAway, match="time out"):
        await engine.turn(REQUEST)


@pytest.mark.parametrize("answer", [hangs_up, dies_while_answering])
async def test_an_engine_that_dies_meanwhile_is_away(engine: HttpEngine, fake: Fake, answer: Answer) -> None:
    fake.answer = answer
    with pytest.raises(EngineAway):
        await engine.turn(REQUEST)


async def test_where_nobody_listens_the_engine_is_away() -> None:
    async with aiohttp.ClientSession() as http:
        with pytest.raises(EngineAway):
            await HttpEngine(f"http://127.0.0.1:{unused_port()}", "secret", http).turn(REQUEST)
