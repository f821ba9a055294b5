"""Texts while every part is killed in turn: nothing is lost, doubled or unsettled, and it ends as without kills."""

import asyncio
import os
import random
import time
from collections import Counter
from pathlib import Path

import pytest

from footbridge.postgres import EmbeddedPostgres
from tests.support.installation import Installation, installation
from tests.support.town import ANA, BEN, GLORIA

pytestmark = [pytest.mark.engine, pytest.mark.slow, pytest.mark.timeout(900)]

STRANGERS = 19
SCRIPT = (  # ten texts; a stranger's whole way to a question answered, with an interruption and a change of language
    "hi",
    "not telling you",
    "march 2009",
    "1",
    "any job shadows for nursing?",
    "who is this?",
    "espanol por favor",
    "que es una pasantia?",
    "english please",
    "thank you",
)
JOURNEY = (  # and one booking from search to cancellation: who texts what, and what every phone has got by then
    (ANA, "any shadows for nursing?", {ANA: 1}),
    (ANA, "1", {ANA: 2, GLORIA: 2}),
    (GLORIA, "1", {ANA: 3, GLORIA: 3, BEN: 2}),
    (BEN, "1", {ANA: 4, GLORIA: 4, BEN: 3}),
    (ANA, "when is my shadow?", {ANA: 5}),
    (BEN, "who is coming?", {BEN: 4}),
    (GLORIA, "gracias", {GLORIA: 5}),
    (ANA, "i cant go anymore", {ANA: 6}),
    (ANA, "1", {ANA: 7, GLORIA: 6, BEN: 5}),
    (ANA, "thank you", {ANA: 8}),
)
PARTS = ("worker", "engine", "gateway", "postgres", "supervisor")
ROUNDS = int(os.environ.get("FOOTBRIDGE_SOAK_ROUNDS", "2"))
PATIENCE = 300.0  # seconds for one answer, kills and a slow machine included


def _phone(n: int) -> str:
    return f"+1305555{150 + n:04}"


async def _converse(place: Installation, n: int, pace: random.Random) -> None:
    for step, body in enumerate(SCRIPT):
        await place.deliver(_phone(n), body, f"SM{n:016x}{step:016x}")
        await _answered(place, _phone(n), step + 1)
        await asyncio.sleep(pace.uniform(0, 0.2))


async def _book(place: Installation) -> None:
    for step, (who, body, heard) in enumerate(JOURNEY):
        await place.deliver(who, body, f"SM{0xB00C:016x}{step:016x}")
        for phone, texts in heard.items():
            await _answered(place, phone, texts)


async def _answered(place: Installation, phone: str, texts: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while len(await place.phones.sent(phone)) < texts:
        assert time.monotonic() < deadline, f"{phone} has not got text {texts}"
        await asyncio.sleep(0.25)


async def _kill_in_turn(place: Installation) -> Counter[str]:
    """Two rounds of SIGKILL through all parts, the next one as soon as everything is up, or a little later."""
    pace = random.Random(7)
    killed: Counter[str] = Counter()
    for part in PARTS * ROUNDS:
        await asyncio.sleep(pace.uniform(0.5, 2.5))
        place.kill(part)
        killed[part] += 1
        if part == "supervisor":
            assert place.process is not None
            await place.process.wait()
            await place.start()
        await place.ready()
    return killed


async def _run(home: Path, *, kills: bool) -> tuple[list[list[str]], list[tuple[object, ...]], Counter[str]]:
    async with installation(home) as place:
        async with asyncio.TaskGroup() as all_at_once:
            killer = all_at_once.create_task(_kill_in_turn(place)) if kills else None
            all_at_once.create_task(_book(place))
            for n in range(STRANGERS):
                all_at_once.create_task(_converse(place, n, random.Random(n)))
        killed = killer.result() if killer else Counter()
        await place.ready()
        await place.phones.settled(quiet=2.0)
        said = [[text.body for text in await place.phones.sent(_phone(n))] for n in range(STRANGERS)]
        said += [sorted(text.body for text in await place.phones.sent(phone)) for phone in (ANA, BEN, GLORIA)]
        rows = place.rows(
            "select a.value, i.body, i.state, i.understood->>'need', o.texts, o.body from conversations.inbound i"
            " join conversations.address a on a.id = i.address_id"
            " left join conversations.outbound o on o.reply_to = i.id where a.value like '+13055550%%'"
            " order by a.value, i.seq"
        )
        unsettled = place.rows(
            "select count(*) from conversations.outbound where state in ('queued', 'sending')"
        )
        assert unsettled == [(0,)]
        assert _told_too_much(home) == []
        return said, [(*row[:4], str(row[4]), row[5]) for row in rows], killed


def _told_too_much(home: Path) -> list[str]:
    """Log files of any part in which a number, a name or a text stands."""
    secrets = [
        "5550101",
        "Gloria",
        "Ortiz",
        "Whitlock",
        "shadows for nursing",
        "pasantia",
        "march 2009",
        "Da permiso",
    ]
    return [
        f"{path.name}: {secret}"
        for path in (*home.glob("logs/*"), home / "serve.out", EmbeddedPostgres(home).log_file)
        for secret in secrets
        if path.is_file() and secret in path.read_text(errors="replace")
    ]


async def test_nothing_is_lost_or_doubled_whatever_dies(tmp_path_factory: pytest.TempPathFactory) -> None:
    quiet_said, quiet_rows, _ = await _run(tmp_path_factory.mktemp("quiet"), kills=False)
    said, rows, killed = await _run(tmp_path_factory.mktemp("killed"), kills=True)
    print(f"killed: {dict(killed)}; texts: {sum(map(len, said))}")
    assert [len(texts) for texts in quiet_said] == [len(SCRIPT)] * STRANGERS + [8, 5, 6]
    assert said == quiet_said
    assert rows == quiet_rows
