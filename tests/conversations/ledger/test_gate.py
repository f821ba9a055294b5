import asyncio
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from conversations.ledger.gate import Cause
from conversations.models import Lane, MessageClass, OutState
from conversations.policy import CRISIS_HOLD
from tests.conversations.given import ANA, NOW, STRANGER, ZONE, Desk


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE).astimezone(UTC)


async def suppressed(desk: Desk, why: str, **more: object) -> None:
    row = await desk.outbound(await desk.write(STRANGER, "hi", **more))  # type: ignore[arg-type]
    assert (row.state, row.why_suppressed) == ((OutState.SUPPRESSED, why) if why else (OutState.QUEUED, None))


async def test_no_cause_no_message(desk: Desk) -> None:
    with pytest.raises(ValueError, match="cause"):
        await desk.write(STRANGER, "hi", cause=Cause("notice", ""))
    assert await desk.outbox() == []


async def test_no_basis_no_message(desk: Desk) -> None:
    await suppressed(desk, "no_basis", basis=False)
    await suppressed(desk, "")


async def test_a_number_on_file_is_a_basis_and_is_written_down_once(district: Desk) -> None:
    for body in ("one", "two"):
        row = await district.outbound(await district.write(ANA, body, basis=False))
        assert row.state == OutState.QUEUED
    assert await district.bases(ANA) == [("basis", "school")]


@pytest.mark.parametrize(
    ("column", "why"),
    [("opted_out_at", "opted_out"), ("carrier_barred_at", "carrier_bar"), ("dead_at", "dead_number")],
)
async def test_bars(desk: Desk, column: str, why: str) -> None:
    await desk.write(STRANGER, "before")
    await desk.run(f"update conversations.address set {column} = now()")
    await suppressed(desk, why)
    page = "" if why == "dead_number" else why  # a page is tried all the same: the phone may have been off
    await suppressed(desk, page, message_class=MessageClass.PAGE, lane=Lane.URGENT)
    await suppressed(desk, "", message_class=MessageClass.CRISIS, basis=False)


@pytest.mark.parametrize(
    ("lane", "cause", "texts", "passes"),
    [
        (Lane.URGENT, "inbound", ["keyword.stopped"], True),
        (Lane.URGENT, "inbound", ["keyword.stopped_wrong_number"], True),
        (Lane.URGENT, "inbound", ["keyword.help"], False),
        (Lane.URGENT, "notice", ["keyword.stopped"], False),
        (Lane.OTHER, "inbound", ["keyword.stopped"], False),
    ],
)
async def test_only_the_farewell_passes_an_opt_out(
    desk: Desk, lane: Lane, cause: str, texts: list[str], passes: bool
) -> None:
    await desk.write(STRANGER, "before")
    await desk.run("update conversations.address set opted_out_at = now()")
    await suppressed(
        desk, "" if passes else "opted_out", lane=lane, cause=Cause(cause, "1"), texts=texts, dedupe="bye"
    )
    assert (
        await desk.write(STRANGER, "bye", lane=lane, cause=Cause(cause, "1"), texts=texts, dedupe="bye")
        is None
    )


async def test_a_farewell_does_not_reach_a_dead_number(desk: Desk) -> None:
    await desk.write(STRANGER, "before")
    await desk.run("update conversations.address set opted_out_at = now(), dead_at = now()")
    await suppressed(
        desk, "dead_number", lane=Lane.URGENT, cause=Cause("inbound", "1"), texts=["keyword.stopped"]
    )


async def test_one_message_a_cause_however_many_write_it_at_once(desk: Desk) -> None:
    await desk.write(STRANGER, "before")
    made = await asyncio.gather(*(desk.write(STRANGER, "hi", dedupe="same", basis=False) for _ in range(5)))
    assert len([each for each in made if each is not None]) == 1
    assert [o.body for o in await desk.outbox()] == ["before", "hi"]


async def test_one_reply_a_text(desk: Desk) -> None:
    text = await desk.text(STRANGER, "hello")
    assert await desk.write(STRANGER, "one", reply_to=text) is not None
    assert await desk.write(STRANGER, "two", reply_to=text) is None


@pytest.mark.parametrize(
    ("message_class", "wanted", "due"),
    [
        (MessageClass.CAUSED, "2027-02-01T21:00", "2027-02-02T08:00"),
        (MessageClass.CAUSED, "2027-02-01T19:00", "2027-02-01T19:00"),
        (MessageClass.MANY, "2027-02-01T19:00", "2027-02-02T09:00"),
        (MessageClass.DAY, "2027-02-02T04:00", "2027-02-02T05:30"),
        (MessageClass.REPLY, "2027-02-02T03:00", "2027-02-02T03:00"),
        (MessageClass.PAGE, "2027-02-02T03:00", "2027-02-02T03:00"),
    ],
)
async def test_it_goes_when_its_class_may(
    desk: Desk, message_class: MessageClass, wanted: str, due: str
) -> None:
    row = await desk.outbound(
        await desk.write(STRANGER, "hi", message_class=message_class, wanted_at=local(wanted))
    )
    assert row.due_at == local(due)


async def test_hours_by_the_schools_clock_where_it_has_one(desk: Desk) -> None:
    wanted = local("2027-02-01T21:00")  # 20:00 in Chicago, 18:00 in Los Angeles
    for zone, due in (
        ("America/Los_Angeles", wanted),
        ("America/Chicago", datetime(2027, 2, 2, 14, tzinfo=UTC)),
    ):
        row = await desk.outbound(
            await desk.write(
                STRANGER, "hi", message_class=MessageClass.CAUSED, wanted_at=wanted, zone=ZoneInfo(zone)
            )
        )
        assert row.due_at == due


async def test_after_a_crisis_what_can_wait_waits(desk: Desk) -> None:
    already = await desk.write(STRANGER, "reminder", message_class=MessageClass.CAUSED)
    await desk.text(STRANGER, "i want to die")
    until = NOW + CRISIS_HOLD
    for message_id in (
        already,
        await desk.write(STRANGER, "reminder", message_class=MessageClass.CAUSED),
        await desk.write(STRANGER, "news", message_class=MessageClass.MANY),
    ):
        assert (await desk.outbound(message_id)).due_at >= until
    for now in (MessageClass.REPLY, MessageClass.DAY, MessageClass.CRISIS):
        row = await desk.outbound(await desk.write(STRANGER, "now", message_class=now))
        assert row.due_at < NOW + timedelta(minutes=1)


async def test_length_and_cause_are_on_record(desk: Desk) -> None:
    row = await desk.outbound(await desk.write(STRANGER, "á" * 71, cause=Cause("case", "7")))
    assert (row.segments, row.cause_kind, row.cause_ref) == (2, "case", "7")
