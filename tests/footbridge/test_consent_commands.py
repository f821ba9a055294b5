"""Forms, refusals, court orders and hosts on hold, from a terminal."""

import json
from datetime import date, datetime
from pathlib import Path
from uuid import UUID

import pytest

from footbridge.commands import Refused
from footbridge.commands import cases as cases_commands
from footbridge.commands import consent as consent_commands
from footbridge.commands import partners as partners_commands
from footbridge.commands import plans as plan_commands
from footbridge.commands.consent import Paper
from footbridge.settings import Settings
from tests.stories.consent.family import ISAIAH, NORA, asks, confirmed, second_champion, states
from tests.support.town import ANA, BEN, GLORIA, Town

pytestmark = pytest.mark.engine
CORA = "cora@demo.example"


@pytest.fixture
def settings(town: Town, tmp_path: Path) -> Settings:
    url = town.database.engine.url.render_as_string(hide_password=False)
    return Settings.load(
        FOOTBRIDGE_HOME=tmp_path, DATABASE_URL=url.replace("+psycopg", ""), FOOTBRIDGE_DEMO="1"
    )


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    file = tmp_path / "form.pdf"
    file.write_bytes(b"%PDF signed")
    return file


async def test_a_form_is_taken_in_shown_and_handed_out(
    town: Town, settings: Settings, scan: Path, tmp_path: Path
) -> None:
    await asks(town, ISAIAH)
    with pytest.raises(Refused, match="coordinator of the student's school"):
        await consent_commands.consent_record(settings, "100251", Paper(scan, date(2027, 1, 30), CORA))
    told = await consent_commands.consent_record(
        settings, "100251", Paper(scan, date(2027, 1, 30), "nadia@demo.example")
    )
    assert "Mercy Hospital" in told and "waiting host" in told
    heard = await town.settle()
    assert heard[BEN][-1].endswith("1. Yes\n2. No")
    shown = json.loads(await consent_commands.consent_show(settings, "100251", as_json=True))
    [decision] = shown["decisions"]
    assert (decision["decision"], decision["person"]) == ("given", "Lorraine Carter")
    assert decision["form"]["signed_on"] == "2027-01-30"
    out = tmp_path / "copy.pdf"
    await consent_commands.consent_file(settings, UUID(decision["form"]["id"]), out)
    assert out.read_bytes() == b"%PDF signed" and out.stat().st_mode & 0o077 == 0


async def test_what_is_no_form_is_refused(town: Town, settings: Settings, tmp_path: Path, scan: Path) -> None:
    (tmp_path / "empty").touch()
    for file in (tmp_path / "empty", tmp_path / "nowhere"):
        with pytest.raises(Refused):
            await consent_commands.consent_record(settings, "100201", Paper(file, date(2027, 1, 30), CORA))
    with pytest.raises(Refused, match="waits for permission"):
        await consent_commands.consent_record(settings, "100201", Paper(scan, date(2027, 1, 30), CORA))


async def test_late_only_where_a_coordinator_says_so(town: Town, settings: Settings, scan: Path) -> None:
    await asks(town)
    await town.move_to(datetime(2027, 2, 8, 18))
    assert await states(town) == ["expired"]
    paper = Paper(scan, date(2027, 2, 8), CORA)
    with pytest.raises(Refused, match="waits for permission"):
        await consent_commands.consent_record(settings, "100201", paper)
    await consent_commands.consent_record(settings, "100201", Paper(scan, date(2027, 2, 8), CORA, late=True))
    assert await states(town) == ["expired", "waiting_host"]


async def test_a_no_is_lifted(town: Town, settings: Settings) -> None:
    await asks(town)
    await town.text(GLORIA, "2")
    with pytest.raises(Refused, match="no refusal stands"):
        await consent_commands.consent_lift(settings, "100201", by=CORA, partner="Sunrise")
    with pytest.raises(Refused, match="coordinator"):
        await consent_commands.consent_lift(settings, "100201", by="Ben Ortiz", partner=None)
    assert "Mercy Hospital" in await consent_commands.consent_lift(settings, "100201", by=CORA, partner=None)
    heard = await town.settle()
    assert "again" in heard[ANA][0]


async def test_a_barred_guardians_question_is_withdrawn(town: Town, settings: Settings) -> None:
    await asks(town)
    assert "barred" in await consent_commands.consent_bar(settings, "100201", "Gloria", by=CORA)
    [(questions,)] = await town.rows(
        "select count(*) from conversations.prompt where state = 'open' and kind = 'consent'"
    )
    assert questions == 0
    await town.text(GLORIA, "1")
    assert await states(town) == ["waiting_consent"]


async def test_a_host_is_held_listed_decided_about_and_cleared(town: Town, settings: Settings) -> None:
    await confirmed(town)
    await town.text(
        ANA, "the manager at mercy hospital keeps asking for my number and pictures, it feels unsafe"
    )
    assert "Mercy Hospital" in await partners_commands.partners_held(settings, as_json=False)
    rows = json.loads(await cases_commands.cases_list(settings, everything=False, as_json=True))
    number = next(row["number"] for row in rows if row["kind"] == "host_frozen")
    shown = await cases_commands.cases_show(settings, number, as_json=False)
    assert "Ana T.: Job shadow in nursing, Mercy Hospital" in shown
    full = json.loads(await cases_commands.cases_show(settings, number, as_json=True))
    [visit] = full["facts"]["bookings"]
    await partners_commands.partners_call_off(settings, UUID(visit), by=CORA)
    heard = await town.settle()
    assert "is off" in heard[ANA][-1] and await states(town) == ["cancelled"]
    with pytest.raises(Refused, match="coordinator"):
        await partners_commands.partners_clear(settings, "mercy", by="Ben Ortiz")
    assert await partners_commands.partners_clear(settings, "mercy", by=CORA) == "Mercy Hospital goes on"
    with pytest.raises(Refused, match="not on hold"):
        await partners_commands.partners_clear(settings, "mercy", by=CORA)
    assert await partners_commands.partners_held(settings, as_json=False) == "no host is on hold"


async def test_a_hosts_offers_are_shown_and_changed(town: Town, settings: Settings) -> None:
    await confirmed(town)
    await second_champion(town)
    shown = json.loads(await plan_commands.partners_show(settings, "mercy", as_json=True))
    assert sorted(shown["people"]) == ["Ben Ortiz", "Nora Lane"]
    [look] = await town.rows("select what from placements.looks where what = 'partners show' limit 1")
    [nursing] = [each for each in shown["offers"] if "nursing" in each["title"]]
    assert nursing["person"] == "Ben Ortiz" and look
    slot = next(each["id"] for each in nursing["times"] if each["when"].startswith("2027-02-09"))
    with pytest.raises(Refused, match="only a coordinator"):
        await plan_commands.change_champion(settings, "mercy", "Nora", offer=None, by="Ben Ortiz")
    with pytest.raises(Refused, match="Ben Ortiz"):
        await plan_commands.change_champion(settings, "mercy", "Gloria", offer=None, by=CORA)
    told = await plan_commands.change_champion(settings, "mercy", "Nora", offer="nursing", by=CORA)
    assert told.endswith("asked again: 1") and await states(town) == ["waiting_consent"]
    heard = await town.settle()
    assert heard[GLORIA][-1].endswith("1. Sí\n2. No") and NORA not in heard
    told = await plan_commands.change_time(
        settings, UUID(slot), datetime(2027, 2, 9, 10), datetime(2027, 2, 9, 12), by=CORA
    )
    assert "2027-02-09 10:00 to 12:00" in told and told.endswith("asked again: 1")
    with pytest.raises(Refused, match="begins in the future"):
        await plan_commands.change_time(
            settings, UUID(slot), datetime(2027, 2, 9, 12), datetime(2027, 2, 9, 10), by=CORA
        )
    site = shown["sites"][0]["site"].split(",")[0]
    told = await plan_commands.change_place(settings, "mercy", site, offer=None, by=CORA)
    assert told.endswith("asked again: 0"), "it was there before"
    with pytest.raises(Refused, match="no site"):
        await plan_commands.change_place(settings, "mercy", "the moon", offer=None, by=CORA)
