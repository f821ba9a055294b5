"""The held-out safety texts give the same answer through `understand --batch` and through the signed webhook.

A sample of them each time; all with FOOTBRIDGE_ALL_TEXTS=1 (`make soak`). Nothing is said of which answer is right:
`bench.heldout` measures that.
"""

import io
import json
import os
import random
from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import text

from bench import heldout
from footbridge import understanding
from tests.support.town import ANA, Town

pytestmark = [pytest.mark.engine, pytest.mark.timeout(900)]

SAMPLE = 150
OF_THE_ENGINE = 60
ALL = os.environ.get("FOOTBRIDGE_ALL_TEXTS") == "1"
Row = dict[str, Any]


def _texts(sample: int) -> list[Row]:
    """Texts with a letter in them: an empty one is answered before any reading."""
    rows = [
        row for name in ("safety", "optout") for file in heldout.files(name) for row in heldout.load(file)
    ]
    unique = {row["text"]: dict(row, id=n) for n, row in enumerate(rows)}
    every = list(unique.values())
    return every if ALL else random.Random(20261122).sample(every, min(sample, len(every)))


def _understood(rows: Sequence[Row]) -> list[Row]:
    asked = b"".join(json.dumps(row).encode() + b"\n" for row in rows)
    out = io.StringIO()
    understanding.batch(io.BytesIO(asked), out)
    return [json.loads(line) for line in out.getvalue().splitlines()]


async def test_what_the_rules_decide_is_stored_with_the_text(town: Town) -> None:
    rows = _texts(SAMPLE)
    numbers = {f"+1786555{n:04}": row for n, row in enumerate(rows)}
    for number, row in numbers.items():
        answer = await town.phones.post_inbound(number, row["text"])
        assert 200 <= answer.status < 300
    query = "select a.value, i.safety from conversations.inbound i join conversations.address a on a.id = i.address_id"
    stored = {number: safety for number, safety in await town.rows(query) if number in numbers}
    batch = _understood([{"id": n, "text": r["text"], "role": r["role"]} for n, r in numbers.items()])
    by_rule = {a["id"]: (a["need"], a["kind"]) for a in batch if "rule" in a}
    assert {n: (s["need"], s["kind"]) for n, s in stored.items() if s} == by_rule
    assert len(stored) == len(rows) and by_rule


async def test_what_the_rules_leave_is_understood_alike(town: Town) -> None:
    """One student's texts, each with no question open, so that nothing but its words can make a difference."""
    rows = [{"id": n, "text": r["text"], "role": "student"} for n, r in enumerate(_texts(OF_THE_ENGINE))]
    silent = [(r["text"], a) for r, a in zip(rows, _understood(rows), strict=True) if "rule" not in a]
    compared = 0
    for body, answer in silent:
        await town.text(ANA, body)
        [(understood, cases)] = await town.rows(
            "select i.understood, (select count(*) from conversations.page) from conversations.inbound i"
            " where i.body = :body order by i.seq desc limit 1",
            body=body,
        )
        await _forget(town)
        if understood is None:
            continue  # a phone number, a condition, a sign: settled by the turn itself
        compared += 1
        assert understood["need"] == answer["need"], body
        assert understood["confidence"] == pytest.approx(answer["confidence"], abs=2e-3)
        assert (cases > 0) == (answer["need"] in ("crisis", "report_unsafe"))
    assert compared > 0.8 * len(silent)


async def _forget(town: Town) -> None:
    """No open question, no dialogue, no page: the next text stands alone."""
    async with town.database.session() as session:
        for statement in (
            "update conversations.prompt set state = 'expired' where state = 'open'",
            "update conversations.conversation set dialogue = null, misses = 0",
            "delete from conversations.page",
        ):
            await session.execute(text(statement))
        await session.commit()
