"""Words older than the district keeps them go, here and at the carrier, however often a process dies on the way."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from conversations.privacy import at_carrier, retention
from conversations.privacy.at_carrier import CarrierEraser
from placements import clock
from tests.support.dump import holding
from tests.support.town import ANA, GLORIA, Town

pytestmark = pytest.mark.engine

WORDS = "can a person call me about ornithopters"  # is passed on: the text, its answer, and one to the coordinator


async def later(town: Town, days: int) -> None:
    async with town.database.session() as session:
        await clock.move_to(session, await clock.now(session) + timedelta(days=days))


async def age(town: Town, days: int) -> None:
    """Everything so far was that many days ago."""
    async with town.database.session() as session:
        for table, columns in (
            ("inbound", ("received_at", "handled_at")),
            ("outbound", ("created_at", "due_at", "sent_at", "handed_at", "state_at")),
            ("prompt", ("created_at", "closed_at")),
            ("address", ("created_at",)),
            ('"case"', ("opened_at", "closed_at")),
        ):
            sets = ", ".join(f"{c} = {c} - make_interval(days => {days})" for c in columns)
            await session.execute(text(f"update conversations.{table} set {sets}"))
        await session.execute(text("delete from conversations.done where key like 'retention:%'"))


async def test_old_words_are_emptied_here_and_at_the_carrier_and_young_ones_stay(town: Town) -> None:
    await town.text(ANA, f"{WORDS}?", pictures=1)
    await town.text(ANA, "can i talk to a real person")
    await age(town, 401)
    await town.text(GLORIA, "hola")
    await town.settle()
    async with town.database.session() as session:
        assert [w for w, _ in await holding(session, WORDS)] == []
    assert await town.rows("select count(*) from conversations.inbound where body = ''") == [(2,)]
    assert ("hola",) in await town.rows("select body from conversations.inbound")
    at_phone_company = await town.phones.texts()
    assert [t.body for t in at_phone_company if t.from_number == ANA or t.to == ANA] == [""] * 4
    assert [t for t in at_phone_company if t.from_number == GLORIA and t.body == "hola"]
    states = await town.rows("select distinct what, state from conversations.carrier_erasure")
    assert states == [("body", "done")]
    assert await town.rows("select count(*) from conversations.inbound where pictures > 0") == [(1,)]


async def test_texts_of_an_open_safety_case_stay_until_it_is_closed(town: Town) -> None:
    await town.text(ANA, WORDS)
    [(conversation,)] = await town.rows("select conversation_id from conversations.inbound")
    async with town.database.session() as session:
        await session.execute(
            text(
                'insert into conversations."case" (id, kind, severity, state, opened_at, conversation_id, dedupe,'
                " facts)"
                " values (gen_random_uuid(), 'crisis', 'urgent', 'open', now(), :conversation, 'c', '{}')"
            ),
            {"conversation": conversation},
        )
    await age(town, 401)
    await town.settle()
    assert (WORDS,) in await town.rows("select body from conversations.inbound")
    async with town.database.session() as session:
        await session.execute(text("update conversations.\"case\" set state = 'closed', closed_at = now()"))
        await session.execute(text("delete from conversations.done"))
    await town.settle()
    assert (WORDS,) not in await town.rows("select body from conversations.inbound")


async def test_it_runs_once_a_day_and_the_clock_knows_when(town: Town) -> None:
    await town.text(ANA, WORDS)
    assert await retention.Retention(town.database, town.policy).run() == 0
    async with town.database.session() as session:
        now = await clock.now(session)
        due = await retention.next_due_at(session, town.policy, now, now + timedelta(days=500))
        soon = await retention.next_due_at(session, town.policy, now, now + timedelta(days=390))
    assert soon is None and due is not None
    local = due.astimezone(town.policy.timezone)
    assert (local.hour, local.minute) == (3, 30)
    assert timedelta(days=400) < due - now <= timedelta(days=401)


async def test_a_carrier_that_is_away_is_asked_again_and_the_outcome_is_kept(town: Town) -> None:
    await town.text(ANA, WORDS)
    await age(town, 401)

    class Away:
        def __init__(self) -> None:
            self.asked: list[str] = []

        async def erase_body(self, carrier_id: str) -> None:
            from conversations.carrier import Fault, SendFailed

            self.asked.append(carrier_id)
            raise SendFailed(Fault.RETRY, "20503")

        erase_pictures = erase_message = erase_body

    await retention.Retention(town.database, town.policy).run()
    away = Away()
    eraser = CarrierEraser(town.database, away, town.policy)
    assert await eraser.flush() == 3 == len(away.asked)
    rows = await town.rows(
        "select state, attempts, error_code, next_try_at is not null from conversations.carrier_erasure"
    )
    assert rows == [("waiting", 1, "20503", True)] * 3
    await later(town, 1)
    await town.settle()
    assert await town.rows("select distinct state, error_code from conversations.carrier_erasure") == [
        ("done", None)
    ]


async def test_a_process_that_dies_with_a_claim_leaves_it_to_the_next(town: Town) -> None:
    await town.text(ANA, WORDS)
    await age(town, 401)
    await retention.Retention(town.database, town.policy).run()
    async with town.database.session() as session:
        await session.execute(
            text("update conversations.carrier_erasure set claimed_real = now(), attempts = 1")
        )
    eraser = CarrierEraser(town.database, town.carrier, town.policy)
    assert await eraser.flush() == 0
    async with town.database.session() as session:
        await session.execute(
            text("update conversations.carrier_erasure set claimed_real = now() - interval '61 seconds'")
        )
        assert await at_carrier.left(session, await clock.now(session))
    assert await eraser.flush() == 3


async def test_a_carrier_that_never_lets_go_becomes_a_case(town: Town) -> None:
    async with town.database.session() as session:
        await at_carrier.ask(session, [("SM1", False)], what=at_carrier.WORDS, now=await clock.now(session))
        await session.execute(text("update conversations.carrier_erasure set attempts = :n"), {"n": 11})

    class Stubborn:
        async def erase_body(self, carrier_id: str) -> None:
            from conversations.carrier import Fault, SendFailed

            raise SendFailed(Fault.OURS, "20003")

        erase_pictures = erase_message = erase_body

    await CarrierEraser(town.database, Stubborn(), town.policy).flush()
    assert await town.rows("select state, error_code from conversations.carrier_erasure") == [
        ("failed", "20003")
    ]
    assert await town.cases() == ["carrier_keeps"]
