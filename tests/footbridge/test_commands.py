"""Cases, the reason for a message, and the clock from a terminal."""

import json
from pathlib import Path

import pytest

from footbridge.commands import Refused
from footbridge.commands import cases as cases_commands
from footbridge.commands import why as why_commands
from footbridge.settings import Settings
from tests.support.town import ANA, Town

pytestmark = pytest.mark.engine


@pytest.fixture
def settings(town: Town, tmp_path: Path) -> Settings:
    url = town.database.engine.url.render_as_string(hide_password=False)
    return Settings.load(
        FOOTBRIDGE_HOME=tmp_path, DATABASE_URL=url.replace("+psycopg", ""), FOOTBRIDGE_DEMO="1"
    )


async def test_a_case_is_listed_shown_answered_and_closed(town: Town, settings: Settings) -> None:
    await town.text(ANA, "can i talk to a real person")
    [row] = json.loads(await cases_commands.cases_list(settings, everything=False, as_json=True))
    assert (row["kind"], row["person"]) == ("talk_to_person", "Ana Torres")
    shown = json.loads(await cases_commands.cases_show(settings, row["number"], as_json=True))
    assert shown["words"] == "can i talk to a real person"
    await cases_commands.cases_reply(settings, row["number"], "Hi Ana, Ms. Diaz here. Come by room 12.")
    heard = await town.settle()
    assert heard[ANA][0].endswith("Hi Ana, Ms. Diaz here. Come by room 12.")
    await cases_commands.cases_close(settings, row["number"], "talked")
    assert (
        await cases_commands.cases_list(settings, everything=False, as_json=False)
        == "nothing waits for a person"
    )
    [(status,)] = await town.rows(
        "select status from conversations.conversation c join conversations.address a"
        " on a.id = c.address_id where a.value = :ana",
        ana=ANA,
    )
    assert status == "returned"


async def test_a_case_of_somebody_who_stopped_our_texts_cannot_be_answered_by_text(
    town: Town, settings: Settings
) -> None:
    await town.text(ANA, "can i talk to a real person")
    await town.text(ANA, "STOP")
    [row] = json.loads(await cases_commands.cases_list(settings, everything=False, as_json=True))
    with pytest.raises(Refused, match="call instead"):
        await cases_commands.cases_reply(settings, row["number"], "Hi Ana")
    assert ANA not in await town.settle()


async def test_why_tells_what_was_understood_decided_and_done(town: Town, settings: Settings) -> None:
    await town.phones.post_inbound(ANA, "any shadows for nursing?", sid="SM" + "5" * 32)
    await town.settle()
    story = json.loads(await why_commands.why(settings, "SM" + "5" * 32, as_json=True))
    assert story["understood"]["need"] == "find_opportunity"
    assert "action_find_opportunity" in json.dumps(story["steps"])
    [reply] = story["replies"]
    assert reply["asked"] == "choose_slot" and reply["state"] in ("accepted", "sent", "delivered")
    text = await why_commands.why(settings, story["message"], as_json=False)
    assert "find_opportunity" in text


async def test_an_unknown_case_or_message_is_refused(town: Town, settings: Settings) -> None:
    with pytest.raises(Refused, match="no case 77"):
        await cases_commands.cases_show(settings, 77, as_json=False)
    with pytest.raises(Refused, match="no message"):
        await why_commands.why(settings, "SMnothing", as_json=False)
