"""A person is talked to in every way there is, and erased; then every cell of the database is looked through."""

import asyncio
import json
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text

from conversations.privacy.erasure import NotNow, erase
from footbridge.commands import Refused
from footbridge.commands import erase as erase_commands
from footbridge.settings import Settings
from placements.cause import Cause
from placements.queries.finding import find_people
from tests.stories.consent.family import NORA, confirmed, later, second_champion, states
from tests.support.dump import cells, holding
from tests.support.town import ANA, BEN, CORA, GLORIA, LUIS, STRANGER, Town

pytestmark = pytest.mark.engine

ZEPHYRINE = "+13055550177"
OF_HERS = ("zephyrine", "quackenbush", "5550177", "555-0177", "zq@example.org", "90817263", "2010-07-19")
HER_WORDS = (
    "ornithopters",
    "a purple velociraptor",
    "my gran mildred",
)


async def rename(town: Town) -> None:
    """Ana becomes somebody whose name, number and words are nobody else's."""
    async with town.database.session() as session:
        for statement in (
            "update placements.people set first_name = 'Zephyrine', last_name = 'Quackenbush',"
            " birth_date = '2010-07-19' where first_name = 'Ana'",
            "update placements.contact_points set value = :new where value = :old",
            "update placements.students set student_number = '90817263' where student_number = '100201'",
            "insert into placements.contact_points (id, person_id, kind, value, how, valid_from)"
            " select gen_random_uuid(), id, 'email', 'zq@example.org', 'school', now()"
            " from placements.people where first_name = 'Zephyrine'",
        ):
            values = {"new": ZEPHYRINE, "old": ANA} if ":new" in statement else {}
            await session.execute(text(statement), values)


async def a_busy_week(town: Town) -> None:
    """Booking, permission, host, questions, a friend who names her, a case, a number typed, an opt-out."""
    await rename(town)
    await town.text(ZEPHYRINE, "any shadows for nursing?")
    await town.text(ZEPHYRINE, "1")
    await town.text(ZEPHYRINE, "1")
    await town.text(GLORIA, "1")
    await town.text(BEN, "1")
    await town.text(ZEPHYRINE, "do they have ornithopters at the hospital?")
    await town.text(ZEPHYRINE, "can i talk to a real person about a purple velociraptor")
    await town.text(ZEPHYRINE, "my gran mildred says call 305-555-0177")
    await town.text(LUIS, "hola")
    await town.text(LUIS, "is zephyrine going too?")
    await town.text(GLORIA, "how is Zephyrine Quackenbush doing?")
    await town.text(STRANGER, "this is for Zephyrine, number 305.555.0177")
    await town.text(GLORIA, "any news about zéphyrine?")
    await town.text(ZEPHYRINE, "what are my bookings?")
    await town.text(ZEPHYRINE, "STOP")


async def test_after_an_erasure_nothing_of_the_person_is_left_in_any_cell(
    town: Town, settings: Settings
) -> None:
    await a_busy_week(town)
    async with town.database.session() as session:
        before = {where for where, _ in await holding(session, *OF_HERS, *HER_WORDS)}
    assert {
        "conversations.inbound.body",
        "conversations.outbound.body",
        "placements.people.first_name",
    } <= before
    said = await erase_commands.erase_one(settings, "90817263", confirm=lambda _question: True)
    await town.settle()
    async with town.database.session() as session:
        assert await holding(session, *OF_HERS, *HER_WORDS) == []
    assert "Kept:" in said and "salted hash" in said and "never texted again" in said
    assert "by hand" not in said
    at_carrier = await town.phones.texts()
    assert [t for t in at_carrier if ZEPHYRINE in (t.to, t.from_number)] == []
    named = [t.body for t in at_carrier if any(w in t.body.lower() for w in (*OF_HERS, *HER_WORDS))]
    assert named == []


async def test_the_others_hear_neutrally_that_the_visit_is_off(town: Town, settings: Settings) -> None:
    await rename(town)
    for who, words in ((ZEPHYRINE, "any shadows for nursing?"), (ZEPHYRINE, "1"), (ZEPHYRINE, "1")):
        await town.text(who, words)
    await town.text(GLORIA, "1")
    await town.text(BEN, "1")
    [(state,)] = await town.rows("select state from placements.bookings")
    assert state == "confirmed"
    await erase_commands.erase_one(settings, "Zephyrine Quackenbush", confirm=lambda _question: True)
    heard = await town.settle()
    assert ZEPHYRINE not in heard
    assert len(heard[BEN]) == len(heard[GLORIA]) == 1
    assert "A student" in heard[BEN][0] and "Un estudiante" in heard[GLORIA][0]
    assert "zephyrine" not in json.dumps(heard).lower()
    [(state, why)] = await town.rows("select state, ended_why from placements.bookings")
    assert (state, why) == ("cancelled", "erased")


async def test_what_belongs_to_others_stays(town: Town, settings: Settings) -> None:
    await a_busy_week(town)
    await erase_commands.erase_one(settings, ZEPHYRINE, confirm=lambda _question: True)
    async with town.database.session() as session:
        kept = [value for _, value in await cells(session)]
    assert any("Gloria" in value for value in kept) and any(
        "is [erased] going too?" in value for value in kept
    )
    [(wording, number, decision)] = await town.rows(
        "select wording, number, decision from placements.consents"
    )
    assert (wording, number, decision) == ("", None, "given")


async def test_a_number_that_opted_out_stays_so_after_it_was_erased(town: Town, settings: Settings) -> None:
    await a_busy_week(town)
    await erase_commands.erase_one(settings, "90817263", confirm=lambda _question: True)
    await town.settle()
    assert ZEPHYRINE not in await town.text(ZEPHYRINE, "any shadows?")
    assert await town.silence("any shadows?") == "opted_out"
    heard = await town.text(ZEPHYRINE, "START")
    assert len(heard[ZEPHYRINE]) == 1
    assert ZEPHYRINE in await town.text(ZEPHYRINE, "hello")


async def test_an_erased_number_is_not_read_again_from_the_carriers_list(
    town: Town, settings: Settings
) -> None:
    await a_busy_week(town)
    [(texts,)] = await town.rows("select count(*) from conversations.inbound")
    await erase_commands.erase_one(settings, "90817263", confirm=lambda _question: True)
    await town.settle()
    from conversations.ledger.reconcile import take_in_missing

    since = datetime.now().astimezone() - timedelta(hours=1)
    assert (
        await take_in_missing(town.database, town.carrier, town.policy, real_now=since + timedelta(hours=1))
        == 0
    )
    assert await town.rows("select count(*) from conversations.inbound") == [(texts,)]


async def test_nobody_is_erased_while_their_safety_is_open(town: Town, settings: Settings) -> None:
    await town.text(ANA, "i want to kill myself")
    with pytest.raises(Refused, match="safety is open"):
        await erase_commands.erase_one(settings, "100201", confirm=lambda _question: True)
    assert await town.rows("select 1 from placements.people where first_name = 'Ana'")


async def test_an_unclear_name_is_refused_with_a_list_and_without_a_yes_nothing_happens(
    town: Town, settings: Settings
) -> None:
    with pytest.raises(Refused, match="may be 3 people") as refused:
        await erase_commands.erase_one(settings, "torres", confirm=lambda _question: True)
    assert "Ana Torres" in str(refused.value) and "+1305" not in str(refused.value)
    with pytest.raises(Refused, match="nobody here"):
        await erase_commands.erase_one(settings, "Nobody Known", confirm=lambda _question: True)
    with pytest.raises(Refused, match="nothing was erased"):
        await erase_commands.erase_one(settings, "Ana Torres", confirm=lambda _question: False)


async def test_a_host_is_erased_and_the_student_hears_that_the_visit_is_off(
    town: Town, settings: Settings
) -> None:
    for who, words in ((ANA, "any shadows for nursing?"), (ANA, "1"), (ANA, "1"), (GLORIA, "1"), (BEN, "1")):
        await town.text(who, words)
    await erase_commands.erase_one(settings, "Ben Ortiz", confirm=lambda _question: True)
    heard = await town.settle()
    assert heard[ANA] and heard[GLORIA] and BEN not in heard
    async with town.database.session() as session:
        assert await holding(session, "Ortiz", "13055550103", "305-555-0103") == []
    assert await town.rows("select distinct state from placements.bookings") == [("cancelled",)]


async def test_where_another_host_is_left_everyone_is_asked_again(town: Town, settings: Settings) -> None:
    """The permission was for a visit with somebody else; whoever it is now reads no name before the family's yes."""
    await confirmed(town)
    await second_champion(town)
    await erase_commands.erase_one(settings, "Ben Ortiz", confirm=lambda _question: True)
    heard = await town.settle()
    assert await states(town) == ["waiting_consent"]
    assert "plan" in heard[ANA][0] and heard[GLORIA][-1].endswith("1. Sí\n2. No")
    assert BEN not in heard and NORA not in heard
    await later(town, seconds=10)
    heard = await town.text(GLORIA, "1")
    assert heard[NORA][-1].endswith("1. Yes\n2. No") and "Torres" not in heard[NORA][-1]
    await later(town, seconds=10)
    await town.text(NORA, "1")
    assert await states(town) == ["confirmed"]


async def test_a_guardian_is_erased_and_the_child_stays(town: Town, settings: Settings) -> None:
    for who, words in ((ANA, "any shadows for nursing?"), (ANA, "1"), (ANA, "1")):
        await town.text(who, words)
    await erase_commands.erase_one(settings, "Gloria Torres", confirm=lambda _question: True)
    heard = await town.settle()
    assert GLORIA not in heard
    async with town.database.session() as session:
        assert await holding(session, "Gloria", "13055550102", "305-555-0102") == []
    assert await town.rows("select last_name from placements.people where first_name = 'Ana'") == [
        ("Torres",)
    ]
    assert "Ana" in heard[CORA][0], "the coordinator hears that now nobody can be asked"


async def test_an_erasure_that_fails_leaves_everything_as_it_was(town: Town) -> None:
    await a_busy_week(town)
    async with town.database.session() as session:
        before = sorted(await cells(session))
        [found] = await find_people(session, "90817263")
    with pytest.raises(RuntimeError, match="power"):
        async with town.database.session() as session:
            await erase(session, person_id=found.id, policy=town.policy, cause=Cause("system", "erase:1"))
            raise RuntimeError("the power went")
    async with town.database.session() as session:
        assert sorted(await cells(session)) == before


async def test_a_text_that_comes_in_while_its_number_is_erased_is_a_strangers(town: Town) -> None:
    await town.text(ANA, "hello")
    async with town.database.session() as session:
        [found] = await find_people(session, "100201")
        await erase(session, person_id=found.id, policy=town.policy, cause=Cause("system", "erase:1"))
        posted = asyncio.create_task(town.phones.post_inbound(ANA, "any ornithopters?"))
        await asyncio.sleep(0.5)
        assert not posted.done()
    await posted
    await town.settle()
    [(value,)] = await town.rows(
        "select a.value from conversations.inbound i join conversations.address a on a.id = i.address_id"
        " where i.body like '%ornithopters%'"
    )
    assert value == ANA
    [(erased,)] = await town.rows("select count(*) from conversations.address where value like 'erased:%'")
    assert erased == 1


async def test_a_text_on_its_way_is_waited_for(town: Town) -> None:
    await town.text(ANA, "hello")
    async with town.database.session() as session:
        await session.execute(
            text("update conversations.outbound set state = 'sending', claimed_real = now()")
        )
        [found] = await find_people(session, "100201")
        with pytest.raises(NotNow, match="on its way"):
            await erase(session, person_id=found.id, policy=town.policy, cause=Cause("system", "erase:1"))
        await session.rollback()
