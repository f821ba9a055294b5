"""Tests that need Rasa in the same process run in the engine's own Python, by unittest."""

import re
from pathlib import Path

import pytest

from tests.bot.engine.conftest import engine

pytestmark = pytest.mark.engine


def test_inside_the_engine(toy_model: Path) -> None:
    ran = engine(
        "-m",
        "unittest",
        "discover",
        "-t",
        ".",
        "-s",
        "tests/bot/engine/inside",
        "-p",
        "check_*.py",
        TOY_MODEL=str(toy_model),
    )
    assert ran.returncode == 0, ran.stderr
    counted = re.search(r"Ran (\d+) tests", ran.stderr)
    assert counted is not None and int(counted[1]) >= 20
