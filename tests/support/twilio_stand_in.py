"""A stand-in for Twilio, for tests that run the product from outside.

It keeps everything in memory, speaks Twilio's REST wire, posts signed status callbacks, refuses texts to a
number that said STOP (21610; one confirmation passes), and can be told to fail
(`footbridge.phones.faults.Trouble`).

In the test's own process:

    async with stand_in(base_url="http://127.0.0.1:8080") as twilio:
        env = twilio.environment()                  # TWILIO_* settings for the product
        answer = await twilio.post_inbound("+13055550101", "hi")        # answer.status == 200
        [text] = await twilio.wait_for("+13055550101", 1)               # what the person got, oldest first
        await twilio.plan(Trouble.HANG_ACCEPTED, seconds=20)

As a process of its own, which survives whatever is killed beside it:

    async with stand_in_process(base_url=...) as twilio: ...            # the same methods

`post_inbound` records the text (so that it is on the carrier's list) and posts the signed webhook from the
test, as often as asked: with the same `sid` it is the same text. Nothing here posts an incoming text by
itself.
"""

import argparse
import asyncio
import contextlib
import os
import secrets
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import aiohttp
from aiohttp import web

from channels.sms.signature import HEADER, sign
from footbridge.phones.carrier import SIMULATOR, make_carrier
from footbridge.phones.faults import Trouble
from footbridge.phones.simulator import CarrierConfig
from footbridge.phones.store import INBOUND, Filter, MemoryStore, Text

ACCOUNT_SID = "AC" + "0f" * 16
AUTH_TOKEN = "stand-in-token-of-the-tests"
OUR_NUMBER = "+13055550100"


@dataclass(frozen=True)
class SentText:
    """One text on the stand-in's list, oldest first by `seq`; `at` is real time, UTC."""

    seq: int
    sid: str
    direction: str
    from_number: str
    to: str
    body: str
    status: str
    error_code: int | None
    segments: int
    at: datetime
    callback: str


@dataclass(frozen=True)
class Answer:
    """What the product answered to a webhook."""

    status: int
    text: str
    content_type: str


class TwilioStandIn:
    """The handle a test holds. `base_url` is the product's PUBLIC_BASE_URL and may be set later."""

    def __init__(self, api_base_url: str, base_url: str, session: aiohttp.ClientSession) -> None:
        self.api_base_url = api_base_url
        self.base_url = base_url
        self._session = session

    def environment(self) -> dict[str, str]:
        """The settings that point the product here."""
        return {
            "TWILIO_ACCOUNT_SID": ACCOUNT_SID,
            "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
            "TWILIO_FROM_NUMBER": OUR_NUMBER,
            "TWILIO_API_BASE_URL": self.api_base_url,
        }

    async def texts(self) -> list[SentText]:
        """Every text of either direction, oldest first."""
        async with self._session.get(f"{self.api_base_url}/control/texts") as answer:
            rows: list[dict[str, Any]] = await answer.json()
        return [SentText(**{**row, "at": datetime.fromisoformat(row["at"])}) for row in rows]

    async def sent(self, to: str = "") -> list[SentText]:
        """What the product has sent (to one number), oldest first."""
        return [text for text in await self.texts() if text.direction != INBOUND and to in ("", text.to)]

    async def wait_for(self, to: str, number: int, *, seconds: float = 30.0) -> list[SentText]:
        """The first `number` texts to a phone as soon as they are there. Raises TimeoutError, saying what
        is."""
        found: list[SentText] = []
        try:
            async with asyncio.timeout(seconds):
                while len(found := await self.sent(to)) < number:
                    await asyncio.sleep(0.05)
        except TimeoutError:
            there = [text.body for text in found]
            raise TimeoutError(f"{len(there)} of {number} texts to {to} after {seconds} s: {there}") from None
        return found[:number]

    async def settled(self, *, quiet: float = 1.0, seconds: float = 60.0) -> list[SentText]:
        """Every text sent, once nothing new came for `quiet` seconds and all are in a final state."""
        async with asyncio.timeout(seconds):
            before: list[tuple[str, str]] = []
            while True:
                sent = await self.sent()
                now = [(text.sid, text.status) for text in sent]
                if now == before and all(text.status not in ("queued", "sent") for text in sent):
                    return sent
                before = now
                await asyncio.sleep(quiet)

    async def post_inbound(
        self,
        from_number: str,
        body: str | None,
        *,
        sid: str = "",
        pictures: int = 0,
        signature: str | None = None,
        record: bool = True,
        **fields: str,
    ) -> Answer:
        """Posts one incoming text as Twilio does. `body=None` leaves the field out; `signature` overrides the
        right one; further form fields (OptOutType="STOP") are added and signed. Connection errors are
        raised."""
        sid = sid or ("MM" if pictures else "SM") + secrets.token_hex(16)
        if record:
            row = {"from": from_number, "body": body or "", "sid": sid, "pictures": str(pictures)}
            await self._control("inbound", row)
        form = {
            "MessageSid": sid,
            "SmsMessageSid": sid,
            "SmsSid": sid,
            "AccountSid": ACCOUNT_SID,
            "From": from_number,
            "To": OUR_NUMBER,
            "NumMedia": str(pictures),
            "NumSegments": "1",
            "SmsStatus": "received",
            "ApiVersion": "2010-04-01",
            **({} if body is None else {"Body": body}),
            **fields,
        }
        return await self.post_signed("/sms/inbound", form, signature=signature)

    async def post_signed(self, path: str, form: dict[str, str], *, signature: str | None = None) -> Answer:
        """Posts any form to the product with Twilio's signature over it."""
        url = self.base_url.rstrip("/") + path
        signed = sign(AUTH_TOKEN, url, form) if signature is None else signature
        headers = {HEADER: signed} if signed else {}
        async with self._session.post(url, data=form, headers=headers) as answer:
            return Answer(answer.status, await answer.text(), answer.content_type)

    async def plan(
        self, trouble: Trouble, *, times: int = 1, number: str = "", code: int = 0, seconds: float = 30.0
    ) -> None:
        """The next `times` requests that it fits (to `number`) meet this trouble."""
        plan = {"trouble": trouble.value, "times": times, "number": number, "code": code, "seconds": seconds}
        await self._control("plan", plan)

    async def hold(self) -> None:
        """Send requests wait, unanswered, until `release`; then they are accepted, whoever has given up."""
        await self._control("hold", {})

    async def release(self) -> None:
        await self._control("release", {})

    async def reset(self) -> None:
        """Forgets every text, opt-out and plan."""
        await self._control("reset", {})

    async def _control(self, what: str, body: dict[str, Any]) -> None:
        async with self._session.post(f"{self.api_base_url}/control/{what}", json=body) as answer:
            answer.raise_for_status()


@contextlib.asynccontextmanager
async def stand_in(base_url: str = "http://127.0.0.1:1", port: int = 0) -> AsyncIterator[TwilioStandIn]:
    """A stand-in on a free port of this process."""
    runner = await _serve(port)
    try:
        async with aiohttp.ClientSession() as session:
            yield TwilioStandIn(f"http://127.0.0.1:{runner.addresses[0][1]}", base_url, session)
    finally:
        await runner.cleanup()


@contextlib.asynccontextmanager
async def stand_in_process(base_url: str = "http://127.0.0.1:1") -> AsyncIterator[TwilioStandIn]:
    """A stand-in in a process and session of its own."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        __name__ if __name__ != "__main__" else "tests.support.twilio_stand_in",
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(entry for entry in sys.path if entry)},
    )
    try:
        assert process.stdout is not None
        line = await asyncio.wait_for(process.stdout.readline(), 20)
        async with aiohttp.ClientSession() as session:
            yield TwilioStandIn(f"http://127.0.0.1:{int(line)}", base_url, session)
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def _serve(port: int) -> web.AppRunner:
    config = CarrierConfig(
        base_url="http://127.0.0.1:1",
        account_sid=ACCOUNT_SID,
        auth_token=AUTH_TOKEN,
        our_number=OUR_NUMBER,
        delays=(0.02, 0.02),
    )
    app = make_carrier(config, store=MemoryStore())
    app.add_routes(
        [
            web.get("/control/texts", _texts),
            web.post("/control/inbound", _inbound),
            web.post("/control/plan", _plan),
            web.post("/control/hold", _hold),
            web.post("/control/release", _release),
            web.post("/control/reset", _reset),
        ]
    )
    runner = web.AppRunner(app, shutdown_timeout=0.2)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    return runner


async def _texts(request: web.Request) -> web.Response:
    rows = await request.app[SIMULATOR].store.list(Filter(), 100_000)
    return web.json_response([_row(text) for text in reversed(rows)])


def _row(text: Text) -> dict[str, Any]:
    names = ("seq", "sid", "direction", "from_number", "to", "body", "status", "error_code", "segments")
    row = {name: getattr(text, name) for name in names}
    return {**row, "at": text.created_at.isoformat(), "callback": text.callback}


async def _inbound(request: web.Request) -> web.Response:
    row = await request.json()
    simulator = request.app[SIMULATOR]
    if await simulator.store.get(row["sid"]) is None:
        pictures = int(row["pictures"])
        await simulator.type(row["from"], row["body"], pictures=pictures, sid=row["sid"], pass_on=False)
    return web.json_response({})


async def _plan(request: web.Request) -> web.Response:
    plan = await request.json()
    request.app[SIMULATOR].faults.plan(Trouble(plan.pop("trouble")), **plan)
    return web.json_response({})


async def _hold(request: web.Request) -> web.Response:
    request.app[SIMULATOR].faults.hold()
    return web.json_response({})


async def _release(request: web.Request) -> web.Response:
    request.app[SIMULATOR].faults.release()
    return web.json_response({})


async def _reset(request: web.Request) -> web.Response:
    request.app[SIMULATOR].faults.clear()
    await request.app[SIMULATOR].store.clear()
    return web.json_response({})


async def _run(port: int) -> None:
    runner = await _serve(port)
    print(runner.addresses[0][1], flush=True)
    try:
        await asyncio.Event().wait()
    finally:
        await runner.cleanup()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="A stand-in for Twilio; prints the port it listens on.")
    parser.add_argument("--port", type=int, default=0)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_run(parser.parse_args().port))
