"""Signing from the terminal, and who is told what nobody has signed."""

import asyncio
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from conversations.cases.answers import keys
from footbridge.cli import app
from footbridge.commands import Refused
from footbridge.commands import answers as answers_commands
from footbridge.readiness import warnings
from footbridge.settings import Settings


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return Settings.load(
        FOOTBRIDGE_HOME=tmp_path,
        DATABASE_URL=database_url.replace("+psycopg", ""),
        FOOTBRIDGE_DEMO="0",
        FOOTBRIDGE_ONCALL="+13055550109",
        FOOTBRIDGE_HELP_CONTACT="Cora Diaz, Lincoln High",
    )


async def states(settings: Settings) -> set[tuple[str, str]]:
    rows = json.loads(await answers_commands.answers_list(settings, as_json=True))
    return {(row["state"], row["signed_by"] or "") for row in rows}


async def test_they_are_listed_shown_and_signed(settings: Settings) -> None:
    assert await states(settings) == {("unsigned", "")}
    assert "10 of 10 are not signed" in await answers_commands.answers_list(settings, as_json=False)
    shown = await answers_commands.answers_show(settings, "crisis.abuse", as_json=False)
    assert "This is not your fault" in shown and "No es tu culpa" in shown
    keys = sorted({r["key"] for r in json.loads(await answers_commands.answers_list(settings, as_json=True))})
    said = await answers_commands.answers_sign(settings, keys[:1], language="es", by="Dr. May Lin")
    assert said.count("signed by Dr. May Lin") == 1
    await answers_commands.answers_sign(settings, keys, language=None, by="Dr. May Lin")
    assert await states(settings) == {("signed", "Dr. May Lin")}


async def test_what_cannot_be_signed_is_refused_in_a_line(settings: Settings) -> None:
    with pytest.raises(Refused, match=r"no answer crisis\.other; there are crisis\.danger_now"):
        await answers_commands.answers_sign(settings, ["crisis.other"], language=None, by="May Lin")
    with pytest.raises(Refused, match="--by takes"):
        await answers_commands.answers_sign(settings, ["crisis.abuse"], language=None, by=" ")
    with pytest.raises(Refused, match="--language takes"):
        await answers_commands.answers_sign(settings, ["crisis.abuse"], language="fr", by="May Lin")


def test_a_start_for_real_people_names_what_is_missing(settings: Settings) -> None:
    said = "\n".join(warnings(settings, settings.database_url or ""))
    assert "crisis.abuse (es)" in said and "FOOTBRIDGE_DISTRICT_CONTACT is not set" in said


def check(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> tuple[int, list[str]]:
    """What `footbridge check` says on standard error, the content being without fault."""
    monkeypatch.setattr("footbridge.check.findings", list)
    monkeypatch.setattr(Settings, "load", classmethod(lambda cls: settings))
    done = CliRunner().invoke(app, ["check"])
    return done.exit_code, done.stderr.splitlines()


def test_check_warns_of_each_that_is_not_signed_and_says_how_to_sign(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    status, warned = check(settings, monkeypatch)
    assert status == 0 and len(warned) == 2 * len(keys())
    [line] = [line for line in warned if line.startswith("warning: crisis.abuse (es): signed by nobody")]
    assert "footbridge answers sign crisis.abuse --language es --by" in line
    asyncio.run(answers_commands.answers_sign(settings, keys(), language=None, by="Dr. May Lin"))
    assert check(settings, monkeypatch) == (0, [])
    other = settings.model_copy(update={"help_contact": "Dev Shah, Lincoln High"})
    _, warned = check(other, monkeypatch)
    assert warned and all("changed since it was signed" in line for line in warned)


def test_check_starts_no_database_to_see_who_signed(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    nowhere = settings.model_copy(update={"database_url": None, "home": tmp_path / "none"})
    status, warned = check(nowhere, monkeypatch)
    assert status == 0 and len(warned) == 1 and "no database runs" in warned[0]
    assert not (tmp_path / "none").exists()
    away = settings.model_copy(update={"database_url": "postgresql://nobody@127.0.0.1:9/none"})
    status, warned = check(away, monkeypatch)
    assert status == 0 and "cannot be looked up" in warned[0]
