"""The inspection copy, and the record of everybody who has looked."""

import json
import re
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
import typer
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from footbridge.cli import app
from footbridge.commands import Refused, look_as
from footbridge.commands import cases as cases_commands
from footbridge.commands import consent as consent_commands
from footbridge.commands import erase as erase_commands
from footbridge.commands import export as export_commands
from footbridge.commands import people as people_commands
from footbridge.commands import proof as proof_commands
from footbridge.commands import why as why_commands
from footbridge.settings import Settings
from tests.support.town import ANA, BEN, GLORIA, LUIS, Town

pytestmark = pytest.mark.engine

FOLDER = Path(cases_commands.__file__).parent

# Commands that show a person's record or words: each notes the look, under its own name.
SHOW = {
    "cases list", "cases show", "why", "export learner", "erase", "people show", "consent show", "consent file",
    "proof", "partners show",
}  # fmt: skip
# Commands that show nobody's: they act, or print counts, settings, texts of ours and names of files.
SHOW_NOBODY = {
    "serve", "train", "settings", "understand", "clock", "tick", "check", "drill", "demo reset", "backup", "restore",
    "opt-in", "cases reply", "cases close", "people link", "people unlink", "people confirm", "people lift",
    "consent record", "consent lift", "consent bar", "partners held", "partners freeze", "partners clear",
    "partners call-off", "partners change-champion", "partners change-place", "partners change-time",
    "answers list", "answers show", "answers sign",
    "bench heldout", "bench understanding", "questions", "texts list", "texts show", "texts edit", "texts reset",
}  # fmt: skip


@pytest.fixture
def settings(town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("FOOTBRIDGE_HASH_SALT", "salt")
    url = town.database.engine.url.render_as_string(hide_password=False)
    look_as("cora@demo.example", "a parent asked")
    return Settings.load(
        FOOTBRIDGE_HOME=tmp_path, DATABASE_URL=url.replace("+psycopg", ""), FOOTBRIDGE_DEMO="1"
    )


def commands() -> set[str]:
    """Every command of the surface, by its full name."""
    root = typer.main.get_command(app)
    found = set()
    for name, command in root.commands.items():  # type: ignore[attr-defined]
        children = getattr(command, "commands", None)
        found |= {f"{name} {child}" for child in children} if children else {name}
    return found


def test_every_command_is_said_to_show_a_record_or_not() -> None:
    assert commands() == SHOW | SHOW_NOBODY, (
        "say here whether the new command shows a person's record or words; if it does, note the look and test it"
    )


@pytest.mark.parametrize("command", sorted(SHOW))
def test_each_of_those_notes_its_look(command: str) -> None:
    sources = "".join(path.read_text() for path in sorted(FOLDER.glob("*.py")))
    assert re.search(rf'what\s*=\s*f?\(?"{command}|what = "{command}', sources)


async def looks(town: Town) -> list[tuple[Any, ...]]:
    return await town.rows(
        "select p.first_name, l.who, l.what, l.why from placements.looks l"
        " join placements.people p on p.id = l.person_id order by l.id"
    )


async def _list(settings: Settings, town: Town) -> str:
    return await cases_commands.cases_list(settings, everything=False, as_json=True)


async def _show(settings: Settings, town: Town) -> str:
    return await cases_commands.cases_show(settings, 1, as_json=True)


async def _why(settings: Settings, town: Town) -> str:
    [(message,)] = await town.rows("select id from conversations.inbound")
    return await why_commands.why(settings, str(message), as_json=True)


async def _export(settings: Settings, town: Town) -> str:
    return await export_commands.export_learner(settings, "100201", form="json", with_safety=False)


async def _people(settings: Settings, town: Town) -> str:
    return await people_commands.people_show(settings, "100201", as_json=True)


async def _proof(settings: Settings, town: Town) -> str:
    return await proof_commands.proof(settings, ANA, as_json=True)


async def _consents(settings: Settings, town: Town) -> str:
    return await consent_commands.consent_show(settings, "100201", as_json=True)


Command = Callable[[Settings, Town], Coroutine[Any, Any, str]]


@pytest.mark.parametrize(
    ("command", "what"),
    [
        (_list, "cases list"),
        (_show, "cases show 1"),
        (_why, "why "),
        (_export, "export learner"),
        (_people, "people show"),
        (_consents, "consent show"),
        (_proof, "proof"),
    ],
)
async def test_a_command_that_shows_a_record_writes_down_who_looked(
    town: Town, settings: Settings, command: Command, what: str
) -> None:
    await town.text(ANA, "can i talk to a real person")
    await command(settings, town)
    [(whose, who, seen, why)] = await looks(town)
    assert (whose, who, why) == ("Ana", "cora@demo.example", "a parent asked")
    assert seen.startswith(what)


async def test_erasing_is_a_look_too_and_a_refused_one_shows_nothing(town: Town, settings: Settings) -> None:
    with pytest.raises(Refused):
        await erase_commands.erase_one(settings, "100201", confirm=lambda _question: False)
    assert await looks(town) == []
    await erase_commands.erase_one(settings, "100201", confirm=lambda _question: True)
    assert [(what) for _, _, what, _ in await looks(town)] == ["erase"]


async def test_a_look_is_neither_changed_nor_deleted(town: Town, settings: Settings) -> None:
    await _export(settings, town)
    for statement in ("update placements.looks set who = 'nobody'", "delete from placements.looks"):
        with pytest.raises(DBAPIError, match="only ever added"):
            async with town.database.session() as session:
                await session.execute(text(statement))


async def test_the_copy_holds_everything_about_the_student_and_no_contact_of_others(
    town: Town, settings: Settings
) -> None:
    for who, words in ((ANA, "any shadows for nursing?"), (ANA, "1"), (ANA, "1"), (GLORIA, "1"), (BEN, "1")):
        await town.text(who, words)
    await town.text(ANA, "my mom says call 305-555-0102 or mail gloria@example.org")
    await town.text(LUIS, "hola")
    copy = await _export(settings, town)
    record = json.loads(copy)
    assert record["student"] | {"birth_date": None} == {
        "first_name": "Ana", "last_name": "Torres", "birth_date": None, "language": "en", "student_number": "100201",
        "grade": 11, "school": "Lincoln High School", "academy": record["student"]["academy"],
        "at_school_from": record["student"]["at_school_from"], "until": None,
    }  # fmt: skip
    assert ANA in [each["value"] for each in record["numbers_and_addresses"]]
    assert [(g["first_name"], g["may_decide"]) for g in record["guardians"]] == [("Gloria", True)]
    [booking] = record["bookings"]
    assert (booking["where"], booking["state"], booking["hours"]) == ("Mercy Hospital", "confirmed", 3.0)
    assert [step["state"] for step in booking["steps"]][-1] == "confirmed"
    [permission] = record["permissions"]
    assert (permission["decision"], permission["by"], permission["number_ends_in"]) == (
        "given",
        "Gloria",
        "0102",
    )
    words = [message["words"] for message in record["messages"]]
    assert "any shadows for nursing?" in words and "hola" not in words
    assert {m["way"] for m in record["messages"]} == {"from the student", "to the student"}
    assert record["messages_about_the_student"]
    assert [look["what"] for look in record["who_has_looked"]] == ["export learner"]
    for crossed in ("5550102", "555-0102", "5550103", "555-0103", "gloria@example.org", "Ortiz"):
        assert crossed not in copy
    page = await export_commands.export_learner(settings, "100201", form="html", with_safety=False)
    assert "<h1>Record of Ana Torres</h1>" in page and "Mercy Hospital" in page and "Gloria" in page
    assert "any shadows for nursing?" in page


async def test_what_was_said_in_a_safety_matter_is_left_out_unless_asked_for(
    town: Town, settings: Settings
) -> None:
    await town.text(ANA, "my stepdad hits me")
    await town.text(ANA, "any shadows for nursing?")
    await cases_commands.cases_show(settings, 1, as_json=True)
    copy = await _export(settings, town)
    assert "stepdad" not in copy and "crisis" not in copy and "cases show 1" not in copy
    assert "any shadows for nursing?" in copy
    whole = await export_commands.export_learner(settings, "100201", form="json", with_safety=True)
    assert "stepdad" in whole and "cases show 1" in whole


async def test_somebody_who_is_no_student_has_no_copy(town: Town, settings: Settings) -> None:
    with pytest.raises(Refused, match="no student"):
        await export_commands.export_learner(settings, "Ben Ortiz", form="json", with_safety=False)
