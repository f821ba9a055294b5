"""The proof for one number, and lifting our own bar from a terminal."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from channels.sms.twilio import TwilioAccount, TwilioCarrier
from conversations.ledger.sender import Sender
from conversations.models import Lane, MessageClass
from footbridge.commands import Refused
from footbridge.commands import proof as commands
from footbridge.settings import Settings
from tests.conversations.given import ANA, STRANGER, Desk, open_desk
from tests.support.twilio_stand_in import ACCOUNT_SID, AUTH_TOKEN, OUR_NUMBER, stand_in


@pytest.fixture
async def desk(database_url: str) -> AsyncIterator[Desk]:
    async with open_desk(database_url, people=True) as opened:
        yield opened


@pytest.fixture
def settings(desk: Desk, tmp_path: Path) -> Settings:
    url = desk.database.engine.url.render_as_string(hide_password=False)
    return Settings.load(
        FOOTBRIDGE_HOME=tmp_path, DATABASE_URL=url.replace("+psycopg", ""), FOOTBRIDGE_DEMO="1"
    )


@pytest.fixture
async def sender(desk: Desk) -> AsyncIterator[Sender]:
    async with stand_in() as phones:
        account = TwilioAccount(
            ACCOUNT_SID,
            AUTH_TOKEN,
            "http://127.0.0.1:1",
            from_number=OUR_NUMBER,
            api_base_url=phones.api_base_url,
        )
        carrier = TwilioCarrier(account)
        yield Sender(desk.database, carrier, desk.policy, per_second=1000)
        await carrier.close()


async def a_life(desk: Desk, sender: Sender) -> None:
    """Texted, stopped, texted all the same, in crisis, back again."""
    await desk.write(ANA, "your visit", basis=False)
    await sender.flush()
    await desk.later(timedelta(hours=1))
    queued = await desk.write(
        ANA, "a reminder", lane=Lane.OTHER, message_class=MessageClass.CAUSED, basis=False
    )
    assert queued
    await desk.text(ANA, "leave me alone, no more texts")
    await desk.write(ANA, "news", basis=False)
    await sender.flush()
    await desk.later(timedelta(hours=1))
    await desk.text(ANA, "i want to kill myself")
    await sender.flush()
    await desk.later(timedelta(hours=1))
    await desk.text(ANA, "START")
    await sender.flush()


async def as_json(settings: Settings, number: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(await commands.proof(settings, number, as_json=True))
    return found


async def test_the_whole_ledger_of_a_number(desk: Desk, settings: Settings, sender: Sender) -> None:
    await a_life(desk, sender)
    proof = await as_json(settings, "305-555-0101")
    assert proof["number"] == ANA and proof["kept"] is True
    assert [(e["kind"], e["source"], e["bar"], e["words"]) for e in proof["entries"]] == [
        ("basis", "school", "", "number on file at the school"),
        ("opt_out", "words", "ours", "leave me alone, no more texts"),
        ("opt_in", "keyword", "both", "START"),
    ]
    assert [bool(e["message"] and e["carrier_id"]) for e in proof["entries"]] == [False, True, True]
    [silence] = proof["silences"]
    assert silence["end"] is not None
    assert [(s["texts"], s["allowed"]) for s in silence["sent"]] == [
        (["keyword.stopped"], "confirmation"),
        (["crisis.self_harm"], "crisis answer"),
    ]
    assert all(s["carrier_id"] for s in silence["sent"])
    assert [(s["why"], s["cause"]) for s in silence["suppressed"]] == [("opted_out", "person tests")] * 2


async def test_in_plain_words(desk: Desk, settings: Settings, sender: Sender) -> None:
    await a_life(desk, sender)
    told = await commands.proof(settings, ANA, as_json=False)
    for line in (
        "No bar stands.",
        "May be texted: the school holds this number",
        'OPT-OUT: in plain words texted from this phone; raised: our own bar; words: "leave me alone, no more texts"',
        "OPT-IN: by a keyword texted from this phone",
        "held back: 2",
        "the number had opted out",
        "nothing was handed to the phone carrier but confirmations and answers to crisis texts",
    ):
        assert line in told
    assert "NOT ALLOWED" not in told and "ATTENTION" not in told


async def test_what_should_not_have_gone_is_said_so(desk: Desk, settings: Settings, sender: Sender) -> None:
    """Rows as no code of ours leaves them: the proof is of what happened, not of what we meant."""
    await a_life(desk, sender)
    await desk.run(
        "update conversations.outbound set handed_at = (select at + interval '1 minute' from conversations.basis"
        " where kind = 'opt_out') where body = 'your visit'"
    )
    proof = await as_json(settings, ANA)
    assert proof["kept"] is False
    assert "NOT ALLOWED" in await commands.proof(settings, ANA, as_json=False)
    await desk.run("update conversations.outbound set handed_at = handed_at - interval '2 days'")
    assert "before anything on record allowed them" in await commands.proof(settings, ANA, as_json=False)


async def test_two_bars_are_two_silences(desk: Desk, settings: Settings) -> None:
    await desk.text(STRANGER, "STOP")
    await desk.later(timedelta(hours=1))
    await desk.text(STRANGER, "please text me again")
    proof = await as_json(settings, STRANGER)
    assert [(s["bar"], s["end"] is None) for s in proof["silences"]] == [("ours", False), ("carrier", True)]
    assert "only START from that phone lifts this" in await commands.proof(settings, STRANGER, as_json=False)


async def test_a_number_of_which_nothing_is_known(settings: Settings) -> None:
    for number in ("+13055559999", "hello"):
        with pytest.raises(Refused):
            await commands.proof(settings, number, as_json=False)


async def test_our_own_bar_is_lifted_on_the_words_of_a_person(desk: Desk, settings: Settings) -> None:
    await desk.text(ANA, "ALTO")
    with pytest.raises(Refused, match="who asked"):
        await commands.opt_in(settings, ANA, "ok")
    said = await commands.opt_in(settings, ANA, "Ana asked Ms. Diaz in person on 3 February")
    assert said == "our own bar is lifted; texts may go to this number"
    await desk.text(ANA, "STOP")
    said = await commands.opt_in(settings, ANA, "Ana asked Ms. Diaz in person on 4 February")
    assert "the person has to text START" in said and "case" in said
