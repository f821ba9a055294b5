import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from channels.sms.twilio import TwilioCarrier
from conversations.carrier import Fault, SendFailed
from conversations.ledger.gate import Cause
from conversations.ledger.sender import RETRIES, Sender
from conversations.models import Lane, MessageClass, OutState
from footbridge.phones.faults import Trouble
from tests.conversations.given import CORA, OTHER, STRANGER, Desk
from tests.support.twilio_stand_in import TwilioStandIn

MakeSender = Callable[..., Sender]


async def bodies(phones: TwilioStandIn, to: str = "") -> list[str]:
    return [text.body for text in await phones.sent(to)]


async def test_a_text_goes_out_and_what_the_carrier_says_is_kept(
    desk: Desk, sender: Sender, phones: TwilioStandIn
) -> None:
    message_id = await desk.write(STRANGER, "hello")
    assert await sender.flush() == 1
    [sent] = await phones.sent()
    row = await desk.outbound(message_id)
    assert (sent.to, sent.body) == (STRANGER, "hello")
    assert (row.state, row.carrier_id, row.attempts) == (OutState.ACCEPTED, sent.sid, 1)
    assert row.handed_at is not None and row.sent_at is not None
    assert await sender.flush() == 0


async def test_nothing_goes_before_its_time(desk: Desk, sender: Sender, phones: TwilioStandIn) -> None:
    await desk.write(STRANGER, "late", message_class=MessageClass.CAUSED)
    await desk.run("update conversations.outbound set due_at = due_at + interval '1 hour'")
    assert await sender.flush() == 0
    await desk.later(timedelta(hours=1, seconds=1))
    assert await sender.flush() == 1


async def test_urgent_first_then_replies_then_the_rest(
    desk: Desk, sender: Sender, phones: TwilioStandIn
) -> None:
    for lane in (Lane.OTHER, Lane.REPLY, Lane.URGENT, Lane.OTHER, Lane.URGENT):
        await desk.write(f"+1305555{150 + len(await desk.outbox()):04}", str(lane), lane=lane)
    await sender.flush()
    assert await bodies(phones) == ["urgent", "urgent", "reply", "other", "other"]


async def test_texts_to_one_number_keep_their_order_whatever_their_lane(
    desk: Desk, sender: Sender, phones: TwilioStandIn
) -> None:
    for body, lane in (("1", Lane.OTHER), ("2", Lane.REPLY), ("3", Lane.OTHER), ("4", Lane.REPLY)):
        await desk.write(STRANGER, body, lane=lane)
    await sender.flush()
    assert await bodies(phones) == ["1", "2", "3", "4"]


async def test_the_order_holds_for_two_senders_and_while_one_waits_to_be_tried_again(
    desk: Desk, make_sender: MakeSender, phones: TwilioStandIn
) -> None:
    await phones.plan(Trouble.UNAVAILABLE_503, number=STRANGER)
    for n in range(6):
        await desk.write(STRANGER, str(n))
        await desk.write(OTHER, str(n))
    senders = [make_sender(), make_sender()]

    async def everything() -> None:
        await asyncio.gather(*(sender.flush() for sender in senders))

    await everything()
    assert await bodies(phones, STRANGER) == []  # the first was refused: nothing overtakes it
    await desk.later(RETRIES[0])
    for _ in range(12):
        await everything()
    for number in (STRANGER, OTHER):
        assert await bodies(phones, number) == ["0", "1", "2", "3", "4", "5"]


async def test_what_is_urgent_overtakes_what_is_on_its_way_to_the_same_number(
    desk: Desk, make_sender: MakeSender, phones: TwilioStandIn
) -> None:
    await phones.plan(Trouble.UNAVAILABLE_503)
    await desk.write(STRANGER, "reply")
    sender = make_sender()
    await sender.flush()
    await desk.write(STRANGER, "988", lane=Lane.URGENT)
    await desk.write(STRANGER, "after")
    await sender.flush()
    assert await bodies(phones) == ["988"]


async def test_two_senders_share_one_rate_and_what_is_urgent_does_not_wait_for_it(
    desk: Desk, make_sender: MakeSender, phones: TwilioStandIn
) -> None:
    numbers = [f"+1305555{150 + n:04}" for n in range(6)]
    for number in numbers:
        await desk.write(number, "x")
    for number in numbers[:3]:
        await desk.write(number, "urgent", lane=Lane.URGENT)
    await asyncio.gather(*(make_sender(10).flush() for _ in range(2)))
    sent = await phones.sent()
    assert [s.body for s in sent] == ["urgent"] * 3 + ["x"] * 6
    claimed = [
        row[0]
        for row in await desk.rows(
            "select extract(epoch from handed_at)::float from conversations.outbound"
            " where body = 'x' order by handed_at"
        )
    ]
    assert claimed[-1] - claimed[0] >= 0.45  # six texts at ten a second


@pytest.mark.parametrize("trouble", [Trouble.UNAVAILABLE_503, Trouble.TOO_MANY_429])
async def test_a_refusal_for_now_is_tried_again_on_schedule_and_then_a_person_sees_to_it(
    desk: Desk, sender: Sender, phones: TwilioStandIn, trouble: Trouble
) -> None:
    await phones.plan(trouble, times=99, number=STRANGER)
    message_id = await desk.write(STRANGER, "hello", lane=Lane.URGENT)
    for tries, wait in enumerate(RETRIES, 1):
        assert await sender.flush() == 1
        row = await desk.outbound(message_id)
        assert (row.state, row.attempts) == (OutState.QUEUED, tries)
        assert await sender.flush() == 0  # not before its time
        await desk.later(wait)
    await sender.flush()
    row = await desk.outbound(message_id)
    assert (row.state, row.attempts) == (OutState.FAILED, len(RETRIES) + 1)
    assert [(c.kind, c.record_id) for c in await desk.cases()] == [("send_failed", message_id)]
    assert await bodies(phones, STRANGER) == []


async def test_a_carrier_that_is_back_gets_it_once(desk: Desk, sender: Sender, phones: TwilioStandIn) -> None:
    await phones.plan(Trouble.TOO_MANY_429, times=2)
    message_id = await desk.write(STRANGER, "hello")
    for wait in RETRIES[:2]:
        await sender.flush()
        await desk.later(wait)
    await sender.flush()
    assert await bodies(phones) == ["hello"]
    assert (await desk.outbound(message_id)).state == OutState.ACCEPTED


@pytest.mark.parametrize(
    "trouble",
    [Trouble.HANG_ACCEPTED, Trouble.DROP_ACCEPTED, Trouble.GARBAGE_ACCEPTED, Trouble.ERROR_500_ACCEPTED],
)
async def test_what_was_accepted_without_our_knowing_is_found_on_the_list_and_never_sent_twice(
    desk: Desk, sender: Sender, phones: TwilioStandIn, trouble: Trouble
) -> None:
    await phones.plan(trouble, seconds=2)
    message_id = await desk.write(STRANGER, "hello")
    await sender.flush()
    assert (await desk.outbound(message_id)).state == OutState.SENDING
    assert await sender.settle() == 0  # too early to look
    await desk.claimed_ago(5)
    assert await sender.settle() == 1
    [sent] = await phones.sent()
    row = await desk.outbound(message_id)
    assert row.carrier_id == sent.sid and row.state not in (OutState.SENDING, OutState.QUEUED)
    assert await sender.flush() == 0 and await sender.settle() == 0
    assert await bodies(phones) == ["hello"]


@pytest.mark.parametrize("trouble", [Trouble.HANG, Trouble.DROP, Trouble.ERROR_500])
async def test_what_the_list_does_not_hold_twice_is_sent_again_once(
    desk: Desk, sender: Sender, phones: TwilioStandIn, trouble: Trouble
) -> None:
    await phones.plan(trouble, seconds=2)
    message_id = await desk.write(STRANGER, "hello")
    await sender.flush()
    await desk.claimed_ago(5)
    assert await sender.settle() == 0  # once is not enough
    assert await sender.settle() == 0  # and the second look comes later
    await desk.claimed_ago(13)
    assert await sender.settle() == 1
    assert await sender.flush() == 1
    assert await bodies(phones) == ["hello"]
    row = await desk.outbound(message_id)
    assert (row.state, row.attempts) == (OutState.ACCEPTED, 2)


async def test_a_process_that_died_before_handing_over(
    desk: Desk, make_sender: MakeSender, phones: TwilioStandIn
) -> None:
    await desk.write(STRANGER, "hello")
    assert await make_sender()._claim() is not None  # and dies
    other = make_sender()
    assert await other.flush() == 0
    for seconds in (5, 13):
        await desk.claimed_ago(seconds)
        await other.settle()
    assert await other.flush() == 1
    assert await bodies(phones) == ["hello"]


async def test_a_process_that_died_after_handing_over(
    desk: Desk, make_sender: MakeSender, phones: TwilioStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    message_id = await desk.write(STRANGER, "hello")
    dying = make_sender()

    async def die(*_: Any) -> None:
        raise asyncio.CancelledError

    monkeypatch.setattr(dying, "_accepted", die)
    with pytest.raises(asyncio.CancelledError):
        await dying.flush()
    other = make_sender()
    await desk.claimed_ago(5)
    assert await other.settle() == 1
    assert await other.flush() == 0
    assert (await desk.outbound(message_id)).carrier_id == (await phones.sent())[0].sid
    assert await bodies(phones) == ["hello"]


async def two_in_flight(desk: Desk, sender: Sender, phones: TwilioStandIn) -> list[Any]:
    """Two texts with the same words to one number, both accepted, neither known to be."""
    await phones.plan(Trouble.DROP_ACCEPTED, times=2)
    both = [await desk.write(CORA, "URGENT. Text back 123", lane=Lane.URGENT) for _ in range(2)]
    assert await sender.flush() == 2
    await desk.claimed_ago(5)
    return both


async def test_two_texts_with_the_same_words_are_two_rows_of_the_carriers(
    desk: Desk, sender: Sender, phones: TwilioStandIn
) -> None:
    both = await two_in_flight(desk, sender, phones)
    assert await sender.settle() == 2
    found = {(await desk.outbound(each)).carrier_id for each in both}
    assert found == {text.sid for text in await phones.sent()}
    assert await sender.flush() == 0


async def test_also_when_two_processes_look_them_up_at_the_same_moment(
    desk: Desk,
    make_sender: MakeSender,
    carrier: TwilioCarrier,
    phones: TwilioStandIn,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    both = await two_in_flight(desk, make_sender(), phones)
    real, looked = carrier.list_sent, asyncio.Event()

    async def slowly(**asked: Any) -> Any:
        listed = await real(**asked)
        looked.set()
        await asyncio.sleep(0.1)
        return listed

    monkeypatch.setattr(carrier, "list_sent", slowly)
    one, two = make_sender(), make_sender()
    real_now = (await desk.rows("select now()"))[0][0]
    await asyncio.gather(one._settle_one(both[0], real_now), two._settle_one(both[1], real_now))
    found = [(await desk.outbound(each)).carrier_id for each in both]
    assert sorted(map(str, found)) == sorted(text.sid for text in await phones.sent())


async def test_a_carrier_whose_clock_is_behind_ours_is_still_believed(
    desk: Desk, sender: Sender, carrier: TwilioCarrier, phones: TwilioStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    await phones.plan(Trouble.DROP_ACCEPTED)
    await desk.write(STRANGER, "hello")
    await sender.flush()
    real = carrier.list_sent

    async def behind(*, to: str, since: Any) -> Any:
        return await real(to=to, since=since + timedelta(seconds=20))

    monkeypatch.setattr(carrier, "list_sent", behind)
    await desk.claimed_ago(5)
    assert await sender.settle() == 1
    assert await bodies(phones) == ["hello"]


async def test_a_list_that_cannot_be_read_becomes_a_case_and_nothing_is_sent_again(
    desk: Desk, sender: Sender, carrier: TwilioCarrier, phones: TwilioStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    await phones.plan(Trouble.DROP)
    message_id = await desk.write(STRANGER, "hello")
    await sender.flush()

    async def unreadable(**_: Any) -> Any:
        raise SendFailed(Fault.RETRY)

    monkeypatch.setattr(carrier, "list_sent", unreadable)
    await desk.claimed_ago(30)
    assert await sender.settle() == 0
    assert (await desk.outbound(message_id)).state == OutState.SENDING
    await desk.claimed_ago(51)
    assert await sender.settle() == 1
    row = await desk.outbound(message_id)
    assert (row.state, row.error_code) == (OutState.FAILED, "unsettled")
    assert [c.kind for c in await desk.cases()] == ["send_unsettled"]
    assert await sender.flush() <= 1  # the coordinator's notice of the case
    assert await bodies(phones, STRANGER) == []


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ("opted_out_at = now()", "opted_out"),
        ("carrier_barred_at = now()", "carrier_bar"),
        ("dead_at = now()", "dead_number"),
    ],
)
async def test_what_came_between_writing_and_sending(
    desk: Desk, sender: Sender, phones: TwilioStandIn, change: str, why: str
) -> None:
    message_id = await desk.write(STRANGER, "hello")
    crisis = await desk.write(
        STRANGER, "988", lane=Lane.URGENT, message_class=MessageClass.CRISIS, texts=["crisis.self_harm"]
    )
    farewell = await desk.write(STRANGER, "bye", lane=Lane.URGENT, texts=["keyword.stopped"])
    await desk.run(f"update conversations.address set {change}")
    await sender.flush()
    row = await desk.outbound(message_id)
    assert (row.state, row.why_suppressed) == (OutState.SUPPRESSED, why)
    assert await bodies(phones) == ["988", "bye"]
    assert [(await desk.outbound(each)).state for each in (crisis, farewell)] == [OutState.ACCEPTED] * 2


async def test_the_carriers_own_opt_out_is_recorded_and_the_rest_is_not_sent(
    desk: Desk, sender: Sender, phones: TwilioStandIn
) -> None:
    await phones.plan(Trouble.REFUSED, code=21610)
    first, second = [await desk.write(STRANGER, body) for body in ("one", "two")]
    await sender.flush()
    assert (await desk.outbound(first)).state == OutState.FAILED
    assert (await desk.outbound(second)).why_suppressed == "carrier_bar"
    address = await desk.address(STRANGER)
    assert address is not None and address.opted_out_at is None and address.carrier_barred_at is not None
    assert [c.kind for c in await desk.cases()] == ["must_text_start"]
    assert ("opt_out", "carrier") in await desk.bases(STRANGER)
    assert await bodies(phones, STRANGER) == []


async def test_a_number_that_takes_no_texts_is_not_tried_again(
    desk: Desk, sender: Sender, phones: TwilioStandIn
) -> None:
    await phones.plan(Trouble.REFUSED, code=21614)
    first, second = [await desk.write(STRANGER, body) for body in ("one", "two")]
    await sender.flush()
    assert (await desk.outbound(first)).state == OutState.FAILED
    assert (await desk.outbound(second)).why_suppressed == "dead_number"


async def test_no_case_about_a_case(desk: Desk, sender: Sender, phones: TwilioStandIn) -> None:
    await phones.plan(Trouble.REFUSED, code=21614, times=9)
    for kind in ("case", "page"):
        await desk.write(CORA, kind, cause=Cause(kind, "1"), lane=Lane.URGENT)
    await sender.flush()
    assert await desk.cases() == []


async def a_childs_last_word(desk: Desk) -> None:
    await desk.text(STRANGER, "05/2016")
    await desk.write(STRANGER, "bye", basis=False)
    await desk.run("update conversations.address set purge = true")


async def nothing_kept(desk: Desk) -> bool:
    return await desk.address(STRANGER) is None and await desk.inbox() == [] and await desk.outbox() == []


async def test_a_child_is_forgotten_once_the_last_word_is_out(
    desk: Desk, sender: Sender, phones: TwilioStandIn
) -> None:
    await a_childs_last_word(desk)
    await sender.flush()
    assert await bodies(phones) == ["bye"]
    assert await nothing_kept(desk)


async def test_also_when_the_last_word_cannot_be_sent(
    desk: Desk, sender: Sender, phones: TwilioStandIn
) -> None:
    await phones.plan(Trouble.REFUSED, code=21614)
    await a_childs_last_word(desk)
    await sender.flush()
    assert (await desk.address(STRANGER)) is None and await desk.inbox() == []


async def test_also_when_the_last_word_may_not_be_sent(desk: Desk, sender: Sender) -> None:
    await a_childs_last_word(desk)
    await desk.run("update conversations.address set carrier_barred_at = now()")
    await sender.flush()
    assert await nothing_kept(desk)


async def test_also_when_nobody_knows_whether_it_was_sent(
    desk: Desk, sender: Sender, carrier: TwilioCarrier, phones: TwilioStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    await phones.plan(Trouble.DROP)
    await a_childs_last_word(desk)
    await sender.flush()

    async def unreadable(**_: Any) -> Any:
        raise SendFailed(Fault.RETRY)

    monkeypatch.setattr(carrier, "list_sent", unreadable)
    await desk.claimed_ago(51)
    assert await sender.settle() == 1
    assert (await desk.address(STRANGER)) is None and await desk.inbox() == []


async def test_running_it_sends_what_is_written_and_settles_what_is_not_known(
    desk: Desk, sender: Sender, phones: TwilioStandIn
) -> None:
    wake = asyncio.Event()
    running = asyncio.create_task(sender.run(wake))
    try:
        await desk.write(STRANGER, "one")
        wake.set()
        await phones.wait_for(STRANGER, 1, seconds=5)
        await desk.write(STRANGER, "two")  # nobody wakes it
        await phones.wait_for(STRANGER, 2, seconds=5)
    finally:
        running.cancel()
        await asyncio.gather(running, *sender._running, return_exceptions=True)
