"""Training twice gives the same answers, and the quick reader gives those of the served engine."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.bot.engine.conftest import PROJECT, PYTHON, Actions, Served, engine

pytestmark = pytest.mark.engine

TEXTS = [
    "do they pay",
    "sign me up pls",
    "yes",
    "nah",
    "who won the game last nite",
    "tuesdy",
    "/book",
    "hola",
    "👍",
]


def parse(model: Path, texts: list[str], **context: str) -> list[dict[str, Any]]:
    asked = "\n".join(json.dumps({"id": i, "text": t, **context}) for i, t in enumerate(texts))
    ran = subprocess.run(
        [str(PYTHON), "-m", "bot.engine.parse", "--model", str(model)],
        cwd=PROJECT,
        input=asked,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ran.returncode == 0, ran.stderr
    return [json.loads(line) for line in ran.stdout.splitlines()]


def test_training_twice_gives_the_same_answers(toy_model: Path, train_toy: Any) -> None:
    again = train_toy("again")
    first = parse(toy_model, TEXTS)
    assert [answer["id"] for answer in first] == list(range(len(TEXTS)))
    assert parse(again, TEXTS) == first


def test_the_quick_reader_answers_what_the_engine_answers(
    toy_model: Path, served: Served, actions: Actions
) -> None:
    actions.statuses["action_break"] = 200
    for text, quick in zip(TEXTS, parse(toy_model, TEXTS, role="guardian", pending="consent"), strict=True):
        slow = served.turn(text, role="guardian", pending="consent")["understood"]
        assert slow["need"] == quick["need"]
        assert abs(slow["confidence"] - quick["confidence"]) < 1e-5


def test_a_missing_model_is_said_in_one_line(tmp_path: Path) -> None:
    for module in (("bot.engine.parse",), ("bot.engine.serve", "--port", "1")):
        ran = engine("-m", *module, "--model", str(tmp_path / "none.tar.gz"), FOOTBRIDGE_ENGINE_TOKEN="t")
        assert ran.returncode == 2
        assert len(ran.stderr.strip().splitlines()) == 1


def test_without_a_token_the_engine_does_not_start(toy_model: Path) -> None:
    ran = engine(
        "-m", "bot.engine.serve", "--port", "1", "--model", str(toy_model), FOOTBRIDGE_ENGINE_TOKEN=""
    )
    assert ran.returncode == 2
    assert "FOOTBRIDGE_ENGINE_TOKEN" in ran.stderr
