import asyncio
from dataclasses import replace
from datetime import timedelta

from conversations.ledger.receive import underage_digest
from conversations.models import InState, Lane, MessageClass, OutState
from tests.conversations.given import ANA, CORA, NOW, OTHER, STRANGER, Desk


async def jobs(desk: Desk) -> int:
    [(found,)] = await desk.rows("select count(*) from procrastinate.procrastinate_jobs")
    return int(found)


async def test_a_text_is_stored_with_why_we_may_answer_it_and_wakes_a_worker(desk: Desk) -> None:
    message_id = await desk.text(STRANGER, "hello", pictures=2)
    [inbound] = await desk.inbox()
    assert (inbound.id, inbound.body, inbound.pictures, inbound.state) == (
        message_id,
        "hello",
        2,
        InState.WAITING,
    )
    assert await desk.bases(STRANGER) == [("basis", "texted_first")]
    [(task, queue, asked)] = await desk.rows(
        "select task_name, queue_name, args->>'conversation_id' from procrastinate.procrastinate_jobs"
    )
    assert (task, queue, asked) == ("handle_conversation", "turns", str(inbound.conversation_id))


async def test_the_school_holds_a_persons_number(district: Desk) -> None:
    await district.text(ANA, "hello")
    await district.text(ANA, "hello again")
    assert await district.bases(ANA) == [("basis", "school")]


async def test_five_at_once_are_one(desk: Desk) -> None:
    ids = await asyncio.gather(*(desk.text(STRANGER, "STOP", sid="SM1") for _ in range(5)))
    assert len([each for each in ids if each is not None]) == 1
    assert len(await desk.inbox()) == 1
    assert len(await desk.outbox()) == 1
    assert await desk.bases(STRANGER) == [("basis", "texted_first"), ("opt_out", "keyword")]


async def test_two_people_at_once_are_two(desk: Desk) -> None:
    texts = [desk.text(who, "hi", sid=f"SM{who}{n}") for who in (STRANGER, OTHER) for n in range(3)]
    assert None not in await asyncio.gather(*texts)
    assert len(await desk.inbox()) == 6


async def test_the_same_id_at_another_carrier_is_another_text(desk: Desk) -> None:
    await desk.text(STRANGER, "hi", sid="SM1")
    await desk.run("update conversations.inbound set carrier = 'another'")
    assert await desk.text(STRANGER, "hi", sid="SM1") is not None


async def test_nul_is_taken_out(desk: Desk) -> None:
    await desk.text(STRANGER, "he\x00llo\x00")
    assert [each.body for each in await desk.inbox()] == ["hello"]


async def test_who_is_opted_out_hears_nothing(desk: Desk) -> None:
    await desk.text(STRANGER, "STOP")
    before = await jobs(desk)
    await desk.text(STRANGER, "when is my visit?")
    [_, later] = await desk.inbox()
    assert (later.state, later.silence) == (InState.DONE, "opted_out")
    assert len(await desk.outbox()) == 1
    assert await jobs(desk) == before


async def test_stop_is_answered_once_and_start_lifts_it(desk: Desk) -> None:
    for body in ("STOP", "stop", "START"):
        await desk.text(STRANGER, body)
    assert [o.texts for o in await desk.outbox()] == [["keyword.stopped"], ["keyword.welcome_back"]]
    assert [i.silence for i in await desk.inbox()] == [None, "opted_out", None]
    address = await desk.address(STRANGER)
    assert address is not None and address.opted_out_at is None
    await desk.text(STRANGER, "hello")
    assert (await desk.inbox())[-1].state == InState.WAITING


async def test_what_the_carrier_answers_we_do_not(desk: Desk) -> None:
    await desk.text(STRANGER, "STOP", answered_by_carrier="STOP")
    await desk.text(OTHER, "STOP", policy=replace(desk.policy, app_answers_keywords=False))
    assert await desk.outbox() == []
    assert {i.silence for i in await desk.inbox()} == {"answered_by_carrier"}
    for number in (STRANGER, OTHER):
        address = await desk.address(number)
        assert address is not None and address.opted_out_at is not None


async def test_a_crisis_text_is_answered_at_once_and_paged_before_anything_else(desk: Desk) -> None:
    await desk.text(STRANGER, "i want to die")
    [answer] = await desk.outbox(STRANGER)
    assert (answer.lane, answer.message_class, answer.texts) == (
        Lane.URGENT,
        MessageClass.CRISIS,
        ["crisis.self_harm"],
    )
    pages = [o for o in await desk.outbox(CORA) if o.cause_kind == "page"]
    assert [p.state for p in pages] == [OutState.QUEUED]
    [inbound] = await desk.inbox()
    assert inbound.state == InState.DONE and await jobs(desk) == 0
    assert [c.kind for c in await desk.cases()] == ["crisis"]


async def test_crisis_comes_before_the_opt_out_which_then_stands(desk: Desk) -> None:
    await desk.text(STRANGER, "stop texting me, i want to die")
    [answer] = await desk.outbox(STRANGER)
    assert answer.texts == ["crisis.self_harm", "crisis.also_stopped"]
    assert answer.state == OutState.QUEUED
    await desk.text(STRANGER, "hello?")
    assert len(await desk.outbox(STRANGER)) == 1


async def test_who_is_opted_out_and_in_crisis_gets_the_crisis_text(desk: Desk) -> None:
    await desk.text(STRANGER, "STOP")
    await desk.text(STRANGER, "i want to kill myself")
    assert [o.state for o in await desk.outbox(STRANGER)] == [OutState.QUEUED] * 2
    address = await desk.address(STRANGER)
    assert address is not None and address.opted_out_at is not None


async def test_a_stop_takes_back_what_has_not_gone(desk: Desk) -> None:
    waiting = await desk.write(STRANGER, "about your visit")
    await desk.text(STRANGER, "STOP")
    row = await desk.outbound(waiting)
    assert (row.state, row.why_suppressed) == (OutState.SUPPRESSED, "opted_out")


async def mark(desk: Desk, number: str) -> None:
    await desk.run(
        "insert into conversations.underage (digest, until) values (:d, :u)",
        d=underage_digest(number, desk.policy.salt),
        u=NOW + timedelta(days=1),
    )


async def test_of_a_child_nothing_is_kept_but_a_cry_for_help(desk: Desk) -> None:
    await mark(desk, STRANGER)
    for body in ("please", "STOP", "i'm 14 really"):
        assert await desk.text(STRANGER, body) is None
    assert await desk.inbox() == [] and await desk.address(STRANGER) is None
    assert await desk.text(STRANGER, "i want to die") is not None
    assert [o.texts for o in await desk.outbox(STRANGER)] == [["crisis.self_harm"]]
    assert await desk.text(OTHER, "please") is not None


async def test_the_mark_ends_after_a_day(desk: Desk) -> None:
    await mark(desk, STRANGER)
    await desk.later(timedelta(hours=25))
    assert await desk.text(STRANGER, "hello") is not None


async def test_what_a_child_wrote_is_not_taken_in_when_the_mark_has_ended(desk: Desk) -> None:
    await mark(desk, STRANGER)
    await desk.later(timedelta(hours=20))
    texts = [desk.text(STRANGER, "please", sid="SMchild") for _ in range(3)]
    assert await asyncio.gather(*texts) == [None] * 3
    await desk.later(timedelta(hours=5))
    assert await desk.text(STRANGER, "please", sid="SMchild") is None
    assert await desk.text(STRANGER, "hello", sid="SMnew") is not None


def test_a_mark_says_nothing_of_the_number_and_differs_by_installation() -> None:
    assert STRANGER[-7:] not in underage_digest(STRANGER, "salt")
    assert underage_digest(STRANGER, "salt") != underage_digest(STRANGER, "pepper")
    assert underage_digest(STRANGER, "salt") != underage_digest(OTHER, "salt")


async def test_what_the_carrier_has_answered_is_recorded_and_never_answered_by_us(desk: Desk) -> None:
    await desk.text(STRANGER, "YES", answered_by_carrier="START")
    await desk.text(STRANGER, "info please", answered_by_carrier="HELP")
    assert [i.state for i in await desk.inbox()] == [InState.DONE, InState.DONE]
    assert {i.silence for i in await desk.inbox()} == {"answered_by_carrier"}
    assert await jobs(desk) == 0


async def test_a_number_that_texts_takes_texts_again(desk: Desk) -> None:
    """A phone that was off (30003) is marked as dead; its own text shows that it is not."""
    await desk.text(STRANGER, "hello")
    await desk.run("update conversations.address set dead_at = now()")
    await desk.text(STRANGER, "STOP")
    assert [(each.state, each.why_suppressed) for each in await desk.outbox(STRANGER)] == [
        (OutState.QUEUED, None)
    ]
