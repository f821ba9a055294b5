"""A coordinator is erased: who was called, mailed, who signed and closed, and who looks after things from then on."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import text

from conversations import mail
from conversations.mail import OutgoingMail
from conversations.privacy.erasure import NotNow, erase
from footbridge.commands import Refused, look_as
from footbridge.commands import answers as answers_commands
from footbridge.commands import cases as cases_commands
from footbridge.commands import erase as erase_commands
from footbridge.commands import texts as text_commands
from footbridge.settings import Settings
from placements.cause import Cause
from placements.queries.finding import find_people
from tests.conversations.privacy.conftest import settings_of
from tests.support.dump import holding
from tests.support.engine import EngineProcess
from tests.support.town import ANA, CORA, DEV, GLORIA, Town, make_town

pytestmark = pytest.mark.engine

MAIL = "cora@demo.example"
OF_HERS = ("cora diaz", "diaz, cora", MAIL, "3055550109", "305-555-0109")


class Server:
    """Takes every mail."""

    async def send(self, mail: OutgoingMail) -> None:
        assert "@" in mail.to


@pytest.fixture
async def town(
    database_url: str, engine: EngineProcess, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Town]:
    """As everywhere, but pages go by mail too."""
    monkeypatch.setattr(mail, "LOOK_EVERY", 0.05)
    async with make_town(database_url, engine, sends_mail=True) as made:
        mailing = asyncio.create_task(mail.Mailer(made.database, Server()).run())
        yield made
        mailing.cancel()
        await asyncio.gather(mailing, return_exceptions=True)


@pytest.fixture
def settings(town: Town, tmp_path: Path) -> Settings:
    return settings_of(town, tmp_path)


async def code(town: Town) -> str:
    [(found,)] = await town.rows("select code from conversations.page")
    return str(found)


async def put_off(town: Town) -> None:
    """The mail server was away: what it should have had waits for another try."""
    async with town.database.session() as session:
        await session.execute(
            text(
                "update conversations.mail set state = 'queued', next_try_at = now() + interval '9 years',"
                " claimed_real = null"
            )
        )


async def a_term_of_work(town: Town, settings: Settings) -> None:
    """A page that she takes, a case of hers, a signature, a wording, and texts that name her."""
    await town.text(ANA, "i want to kill myself")
    await town.text(CORA, f"{await code(town)} got it")
    look_as(MAIL, "on duty")
    await cases_commands.cases_show(settings, 1, as_json=False)
    await cases_commands.cases_close(settings, 1, "talked to her")
    await answers_commands.answers_sign(
        settings, ["crisis.abuse"], language=None, by="Cora Diaz, coordinator"
    )
    await text_commands.texts_edit(settings, "info.thanks", "en", "Any time!", "Cora Diaz")
    await town.text(GLORIA, "HELP")
    await town.text(GLORIA, "is Cora Diaz there? her number is (305) 555-0109")


async def test_nothing_of_a_coordinator_is_left_in_any_cell(town: Town, settings: Settings) -> None:
    await a_term_of_work(town, settings)
    async with town.database.session() as session:
        before = {where for where, _ in await holding(session, *OF_HERS)}
    assert {
        "conversations.mail.to_address",
        "conversations.mail.dedupe",
        "conversations.outbound.dedupe",
        "conversations.page_call.number",
        "conversations.page.acknowledged_by",
        "conversations.signed_answer.signed_by",
        "conversations.signed_answer.wording",
        "conversations.text_edit.by",
        "conversations.case_note.by",
        "placements.looks.who",
    } <= before
    said = await erase_commands.erase_one(settings, "Cora Diaz", confirm=lambda _question: True)
    await town.settle()
    async with town.database.session() as session:
        assert await holding(session, *OF_HERS) == []
    assert "by hand" not in said


async def test_what_the_settings_still_say_of_a_coordinator_is_named(town: Town, settings: Settings) -> None:
    said = await erase_commands.erase_one(settings, "Cora Diaz", confirm=lambda _question: True)
    [line] = [line for line in said.splitlines() if "settings" in line]
    assert "FOOTBRIDGE_ONCALL" in line and "FOOTBRIDGE_HELP_CONTACT" in line
    assert "FOOTBRIDGE_DISTRICT_CONTACT" not in line
    said = await erase_commands.erase_one(settings, "100201", confirm=lambda _question: True)
    assert "settings" not in said


async def test_cases_go_to_the_coordinator_who_is_left(town: Town, settings: Settings) -> None:
    await town.text(ANA, "can i talk to a real person")
    await erase_commands.erase_one(settings, "Cora Diaz", confirm=lambda _question: True)
    assert await town.cases() == ["talk_to_person"], "what waits goes on waiting"
    heard = await town.text(GLORIA, "quiero hablar con una persona")
    assert CORA not in heard and any("Gloria" in each for each in heard[DEV])


async def test_nobody_is_erased_who_was_called_for_a_case_that_is_open(
    town: Town, settings: Settings
) -> None:
    await town.text(ANA, "i want to kill myself")
    with pytest.raises(Refused, match="called for case 1"):
        await erase_commands.erase_one(settings, "Cora Diaz", confirm=lambda _question: True)
    await town.text(CORA, await code(town))
    with pytest.raises(Refused, match="called for case 1"):
        await erase_commands.erase_one(settings, "Cora Diaz", confirm=lambda _question: True)
    await cases_commands.cases_close(settings, 1, "")
    await erase_commands.erase_one(settings, "Cora Diaz", confirm=lambda _question: True)


async def test_a_mail_that_waits_does_not_go_and_one_on_its_way_is_waited_for(
    town: Town, settings: Settings
) -> None:
    await town.text(ANA, "i want to kill myself")
    await cases_commands.cases_close(settings, 1, "")
    mails = "select to_address, state from conversations.mail order by seq"
    assert set(await town.rows(mails)) == {(MAIL, "sent")}
    async with town.database.session() as session:
        await session.execute(text("update conversations.mail set state = 'sending', claimed_real = now()"))
        [found] = await find_people(session, "Cora Diaz")
        with pytest.raises(NotNow, match="on its way"):
            await erase(session, person_id=found.id, policy=town.policy, cause=Cause("system", "erase:1"))
    await put_off(town)
    await erase_commands.erase_one(settings, "Cora Diaz", confirm=lambda _question: True)
    assert set(await town.rows(mails)) == {("[erased]", "suppressed")}


async def test_mails_of_a_case_about_an_erased_student_are_emptied(town: Town, settings: Settings) -> None:
    await town.text(ANA, "i want to kill myself")
    await cases_commands.cases_close(settings, 1, "")
    await put_off(town)
    await erase_commands.erase_one(settings, "100201", confirm=lambda _question: True)
    rows = await town.rows("select distinct to_address, subject, body, state from conversations.mail")
    assert rows == [(MAIL, "", "", "suppressed")]
