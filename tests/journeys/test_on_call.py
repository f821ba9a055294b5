"""A crisis in two languages, from the text to the person who takes it, and what happens while nobody does."""

import json
import re
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from footbridge.commands import Refused
from footbridge.commands import cases as cases_commands
from footbridge.commands import drill as drill_commands
from footbridge.phones.faults import Trouble
from footbridge.settings import DEMO_DISTRICT_CONTACT, Settings
from tests.support.engine import EngineProcess
from tests.support.town import ANA, CORA, DEV, GLORIA, TODAY, ZONE, Town, make_town

pytestmark = pytest.mark.engine
OFFICE = DEMO_DISTRICT_CONTACT
MORNING = datetime(TODAY.year, TODAY.month, TODAY.day, 10, tzinfo=ZONE)


@pytest.fixture
async def town(database_url: str, engine: EngineProcess) -> AsyncIterator[Town]:
    """The demo district with a district contact."""
    async with make_town(database_url, engine, district_contact=OFFICE) as made:
        yield made


@pytest.fixture
def settings(town: Town, tmp_path: Path) -> Settings:
    url = town.database.engine.url.render_as_string(hide_password=False)
    return Settings.load(
        FOOTBRIDGE_HOME=tmp_path, DATABASE_URL=url.replace("+psycopg", ""), FOOTBRIDGE_DEMO="1"
    )


async def code_of(town: Town) -> str:
    return str(
        (await town.rows("select code from conversations.page order by started_at desc limit 1"))[0][0]
    )


async def shown(settings: Settings, number: int) -> list[str]:
    case = json.loads(await cases_commands.cases_show(settings, number, as_json=True))
    return [f"{moment['what']}: {moment['whom']}" for moment in case["log"]]


@pytest.mark.parametrize(
    ("who", "words", "answered", "line"),
    [
        (ANA, "i dont want to be alive anymore", "call or text 988", "self-harm"),
        (GLORIA, "mi hija dice que se quiere matar", "988", "worry about a friend"),
        (GLORIA, "me quiero morir", "AYUDA al 988", "self-harm"),
    ],
)
async def test_answered_called_taken_and_on_record(
    town: Town, settings: Settings, who: str, words: str, answered: str, line: str
) -> None:
    heard = await town.text(who, words)
    assert len(heard[who]) == 1 and answered in heard[who][0]
    [page] = [body for body in heard[CORA] if body.startswith("URGENT")]
    assert line in page and words not in page
    heard = await town.text(CORA, await code_of(town))
    assert words in heard[CORA][0] and who in heard[CORA][0]
    log = await shown(settings, 1)
    expected = [
        f"text received: {who}",
        f"answer handed to the carrier: {who}",
        f"page 1 handed to the carrier: Cora Diaz ({CORA})",
    ]
    assert [each for each in log if each in expected] == expected
    assert any(re.fullmatch(r"page_acknowledged: \d+ s: Cora Diaz", each) for each in log)
    human = await cases_commands.cases_show(settings, 1, as_json=False)
    assert words in human and "page_acknowledged" in human


async def test_while_nobody_answers_it_goes_down_the_chain_and_never_falls_quiet(
    town: Town, settings: Settings
) -> None:
    await town.text(ANA, "i want to kill myself")
    heard = await town.move_to(MORNING + timedelta(hours=6))
    rows = await town.rows("select step, number, at from conversations.page_call order by id")
    minutes = {step: round((at - MORNING).total_seconds() / 60) for step, _, at in rows}
    assert [(minutes[step], number) for step, number, _ in rows[:6]] == [
        (0, CORA),
        (5, CORA),
        (10, DEV),
        (15, DEV),
        (20, OFFICE),
        (25, OFFICE),
    ]
    everybody = sorted({step for step, _, _ in rows} - set(range(1, 7)))
    assert [{number for s, number, _ in rows if s == step} for step in everybody] == [
        {CORA, DEV, OFFICE}
    ] * len(everybody)
    assert [minutes[step] for step in everybody] == [30, 45, 60, 75, 90, 105, 120, 180, 240, 300, 360][
        : len(everybody)
    ]
    assert len(everybody) >= 10
    for phone, calls in ((CORA, 1), (DEV, 2), (OFFICE, 2)):  # the first one was before
        urgent = [body for body in heard[phone] if body.startswith("URGENT")]
        assert len(urgent) == calls + len(everybody)
    log = await shown(settings, 1)
    assert "nobody_answered: Footbridge" in log
    heard = await town.text(OFFICE, await code_of(town))
    assert "is yours" in heard[OFFICE][0]
    assert all(f"{OFFICE} has it" in heard[phone][0] for phone in (CORA, DEV))
    heard = await town.move_to(MORNING + timedelta(hours=12))
    assert not any(body.startswith("URGENT") for bodies in heard.values() for body in bodies)


async def test_somebody_on_call_who_texted_stop_is_passed_over_at_once(
    town: Town, settings: Settings
) -> None:
    await town.text(CORA, "STOP")
    heard = await town.text(ANA, "i want to kill myself")
    assert any(body.startswith("URGENT") for body in heard[DEV])
    assert CORA not in heard
    assert any("takes no texts" in body for body in heard[DEV])
    assert f"page 1 skipped: Cora Diaz ({CORA})" in await shown(settings, 1)


async def test_a_page_that_the_carrier_cannot_deliver_calls_the_next_at_once(town: Town) -> None:
    await town.phones.plan(Trouble.REFUSED, number=CORA, code=21614, times=5)
    heard = await town.text(ANA, "i want to kill myself")
    assert any(body.startswith("URGENT") for body in heard[DEV])


async def test_a_drill_calls_the_real_people_and_touches_nobody_else(town: Town, settings: Settings) -> None:
    said = await drill_commands.drill(settings, by="Cora Diaz")
    assert "Cora Diaz, Dev Shah" in said
    heard = await town.settle()
    assert set(heard) == {CORA} and heard[CORA][0].startswith("DRILL, not real.")
    with pytest.raises(Refused, match="is going on"):
        await drill_commands.drill(settings, by="Cora Diaz")
    heard = await town.move_to(MORNING + timedelta(minutes=11))
    assert all(body.startswith("DRILL") for bodies in heard.values() for body in bodies)
    assert set(heard) == {CORA, DEV}
    heard = await town.text(DEV, await code_of(town))
    assert heard[DEV][0].startswith("DRILL: thank you")
    assert heard[CORA] == [heard[CORA][0]] and "Dev Shah answered" in heard[CORA][0]
    report = json.loads(await drill_commands.report(settings, None, as_json=True))
    assert (report["outcome"], report["acknowledged_by"]) == ("acknowledged", "Dev Shah")
    assert 650 < report["seconds"] < 670
    assert "acknowledged by Dev Shah" in await drill_commands.report(settings, None, as_json=False)
    assert await town.cases() == []
    people = await town.rows("select 1 from conversations.case_note where by = 'Ana'")
    assert people == [] and await town.move_to(MORNING + timedelta(hours=5)) == {}


async def test_a_drill_that_nobody_answers_ends_and_says_so(town: Town, settings: Settings) -> None:
    await drill_commands.drill(settings, by="Cora Diaz")
    heard = await town.move_to(MORNING + timedelta(hours=3))
    assert {phone: len(bodies) for phone, bodies in heard.items()} == {
        CORA: 3,
        DEV: 3,
        OFFICE: 3,
    }  # two calls, and the end
    assert all("it is over" in bodies[-1] for bodies in heard.values())
    assert "NOBODY" in await drill_commands.report(settings, None, as_json=False)


async def test_a_drill_is_ended_by_hand(town: Town, settings: Settings) -> None:
    await drill_commands.drill(settings, by="Cora Diaz")
    await town.settle()
    await drill_commands.end(settings, by="Cora Diaz")
    assert "it is over" in (await town.settle())[CORA][0]
    assert await town.move_to(MORNING + timedelta(hours=1)) == {}
    with pytest.raises(Refused, match="no drill"):
        await drill_commands.end(settings, by="Cora Diaz")
    with pytest.raises(Refused, match="no drill 77"):
        await drill_commands.report(settings, 77, as_json=False)


async def test_a_real_crisis_during_a_drill_is_not_mixed_up(town: Town, settings: Settings) -> None:
    await drill_commands.drill(settings, by="Cora Diaz")
    await town.settle()
    drill_code = await code_of(town)
    await town.text(ANA, "i want to kill myself")
    await town.text(CORA, drill_code)
    rows = await town.rows(
        "select c.kind, p.acknowledged_at is not null from conversations.page p"
        ' join conversations."case" c on c.id = p.case_id order by c.number'
    )
    assert rows == [("drill", True), ("crisis", False)]
