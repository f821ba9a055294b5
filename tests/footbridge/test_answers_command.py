"""Signing from the terminal, and who is told what nobody has signed."""

import json
from pathlib import Path

import pytest

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
