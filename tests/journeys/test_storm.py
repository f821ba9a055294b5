"""A crisis text at two in the morning, in the middle of a send to 2,000 people, with everything down but the database.

A supervisor that is killed restarts nothing, so that what the test kills stays down. The gateway then comes back alone.
"""

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import aiohttp
import psycopg
import pytest

from footbridge.postgres import EmbeddedPostgres, plain
from footbridge.settings import DEMO_DISTRICT_CONTACT, PROJECT_ROOT
from tests.support.installation import Installation, installation
from tests.support.mail_server import MailServer, mail_server
from tests.support.town import ANA, CORA, DEV

pytestmark = [pytest.mark.engine, pytest.mark.slow]

PEOPLE = 2000
WORDS = "i cant do this anymore i want to kill myself"
ZONE = ZoneInfo("America/New_York")
WITHIN = 5.0  # seconds from the gateway being up to the answer
TO_MANY = """
with number as (select n, '+1786555' || lpad(n::text, 4, '0') as value from generate_series(1, %(people)s) n),
address as (
    insert into conversations.address (id, channel, value, created_at, purge)
    select gen_random_uuid(), 'sms', value, %(now)s, false from number
    on conflict (channel, value) do nothing returning id
), basis as (
    insert into conversations.basis (address_id, at, kind, bar, source, scope, wording)
    select id, %(now)s, 'basis', '', 'school', 'placements', '' from address
), conversation as (
    insert into conversations.conversation (id, address_id, status, misses)
    select gen_random_uuid(), id, 'bot', 0 from address returning id, address_id
)
insert into conversations.outbound (id, address_id, conversation_id, lane, message_class, texts, body, segments,
    cause_kind, cause_ref, dedupe, created_at, due_at, state, attempts, absences)
select gen_random_uuid(), address_id, id, 'other', 'caused', '["notice.test"]', 'Tomorrow school starts at ten.', 1,
    'notice', 'storm', 'storm:' || id, %(now)s, %(now)s, 'queued', 0, 0 from conversation
"""


def change(place: Installation, statement: str, **values: object) -> None:
    with psycopg.connect(plain(EmbeddedPostgres(place.home).url), autocommit=True) as connection:
        connection.execute(statement, values)


def set_clock(place: Installation, at: datetime) -> None:
    change(
        place,
        "insert into placements.clock (id, ahead) values (1, %(at)s - clock_timestamp())"
        " on conflict (id) do update set ahead = excluded.ahead",
        at=at,
    )


@asynccontextmanager
async def gateway_alone(place: Installation) -> AsyncIterator[float]:
    """The gateway and nothing else; yields the moment (monotonic) at which it first answered."""
    environment = {**place.environment, "PUBLIC_BASE_URL": place.base_url}
    output = await asyncio.to_thread(open, place.home / "gateway.out", "ab")
    with output:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "footbridge",
            "serve",
            "--only",
            "gateway",
            cwd=PROJECT_ROOT,
            env=environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    try:
        yield await _up(place)
    finally:
        process.terminate()
        await process.wait()


async def _up(place: Installation) -> float:
    deadline = time.monotonic() + 30
    async with aiohttp.ClientSession() as http:
        while time.monotonic() < deadline:
            try:
                async with http.get(f"{place.base_url}/healthz") as answer:
                    if answer.status == 200:
                        return time.monotonic()
            except aiohttp.ClientError:
                await asyncio.sleep(0.02)
    raise TimeoutError("the gateway did not come up")


async def _heard(place: Installation, phone: str, start: str, number: int = 1) -> float:
    """When a phone had its `number`-th text that starts so (monotonic)."""
    deadline = time.monotonic() + 20
    while sum(text.body.startswith(start) for text in await place.phones.sent(phone)) < number:
        assert time.monotonic() < deadline, f"{phone} has heard {await place.phones.sent(phone)}"
        await asyncio.sleep(0.02)
    return time.monotonic()


async def _command(place: Installation, *words: str) -> str:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "footbridge",
        *words,
        cwd=PROJECT_ROOT,
        env=place.environment,
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await process.communicate()
    return out.decode()


@asynccontextmanager
async def unwatched(home: Path, post: MailServer) -> AsyncIterator[Installation]:
    """An installation whose supervisor the test kills: its database is stopped at the end all the same."""
    mail = {"SMTP_URL": post.url, "FOOTBRIDGE_MAIL_FROM": "bridge@demo.example"}
    async with installation(home, FOOTBRIDGE_MESSAGES_PER_SECOND="1", **mail) as place:
        try:
            yield place
        finally:
            if place.process is not None and place.process.returncode is None:
                place.kill("supervisor")
            for part in ("engine", "worker", "gateway"):
                place.kill(part)
            await asyncio.to_thread(EmbeddedPostgres(home).stop, timeout=4.0)


async def test_answered_and_escalated_with_only_the_gateway_up(tmp_path: Path) -> None:
    async with mail_server() as post, unwatched(tmp_path, post) as place:
        night = (datetime.now(ZONE) + timedelta(days=1)).replace(hour=2, minute=0, second=0, microsecond=0)
        set_clock(place, night)
        change(place, TO_MANY, people=PEOPLE, now=night)
        began = time.monotonic()
        while len(sent := await place.phones.sent()) < 4:
            assert time.monotonic() - began < 30
            await asyncio.sleep(0.1)
        rate = len(sent) / (time.monotonic() - began)
        place.kill("supervisor")
        assert place.process is not None
        await place.process.wait()
        for part in ("engine", "worker", "gateway"):
            place.kill(part)
        await asyncio.sleep(1)
        waiting = place.rows("select count(*) from conversations.outbound where state = 'queued'")[0][0]
        carrier = asyncio.create_task(place.deliver(ANA, WORDS, "SM" + "c" * 32))
        await asyncio.sleep(2)
        assert not carrier.done(), "the gateway is down, and the carrier tries again"

        async with gateway_alone(place) as up:
            answered = await _heard(place, ANA, "I'm a computer") - up
            paged = await _heard(place, CORA, "URGENT") - up
            await carrier
            assert answered < WITHIN
            for minutes, phone, calls in (
                (6, CORA, 2),
                (12, DEV, 1),
                (18, DEV, 2),
                (24, DEMO_DISTRICT_CONTACT, 1),
                (30, DEMO_DISTRICT_CONTACT, 2),
                (36, CORA, 3),  # everybody
            ):
                set_clock(place, night + timedelta(minutes=minutes))
                await _heard(place, phone, "URGENT", calls)
            still = place.rows("select count(*) from conversations.outbound where state = 'queued'")[0][0]
            log = await _command(place, "cases", "show", "1")
            body = next(text.body for text in await place.phones.sent(DEV) if text.body.startswith("URGENT"))
            await place.deliver(DEV, body.split("Text back ")[1][:3], "SM" + "d" * 32)
            await _heard(place, DEV, "Thank you, case 1 is yours")
            await _heard(place, CORA, "Case 1: Dev Shah has it")
        for part in (
            "text received",
            "answer handed",
            "page 1 handed",
            "page 3",
            "page 5",
            "nobody_answered",
        ):
            assert part in log, log
        assert waiting > PEOPLE - 60 and still >= waiting - 1, (
            "the send waits for the worker and loses nothing"
        )
        [(ends,)] = place.rows("select count(*) from conversations.inbound where body = %s", WORDS)
        assert ends == 1
        print(
            f"send to {PEOPLE} at {rate:.2f} a second, {waiting} still to go, engine, worker and gateway killed;"
            f" gateway up, then answered after {answered:.2f} s, paged after {paged:.2f} s\n{log}"
        )
