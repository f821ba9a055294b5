import asyncio
from datetime import timedelta

from conversations.due import DueWork, next_due_at, nothing_left
from conversations.models import MessageClass
from placements import clock
from tests.conversations.given import CORA, GLORIA, NOW, STRANGER, Desk
from tests.placements import given


async def left(desk: Desk) -> bool:
    async with desk.database.session() as session:
        return not await nothing_left(session)


async def next_due(desk: Desk, within: timedelta = timedelta(days=30)) -> object:
    async with desk.database.session() as session:
        now = await clock.now(session)
        return await next_due_at(session, now, now + within)


async def test_with_nothing_to_do(desk: Desk) -> None:
    assert await DueWork(desk.database, desk.policy).run() == 0
    assert await next_due(desk) is None
    assert not await left(desk)


async def test_what_waits_to_be_answered_sent_or_settled_is_left(desk: Desk) -> None:
    await desk.text(STRANGER, "hello")
    assert await left(desk)
    await desk.run("update conversations.inbound set state = 'done'")
    assert not await left(desk)
    await desk.write(STRANGER, "hi")
    assert await left(desk)
    await desk.run("update conversations.outbound set state = 'sending'")
    assert await left(desk)
    await desk.run("update conversations.outbound set state = 'sent'")
    assert not await left(desk)


async def test_what_is_not_due_yet_is_not_left_but_next(desk: Desk) -> None:
    await desk.write(STRANGER, "hi", message_class=MessageClass.CAUSED, wanted_at=NOW + timedelta(hours=3))
    assert not await left(desk)
    assert await next_due(desk) == NOW + timedelta(hours=3)
    assert await next_due(desk, timedelta(hours=2)) is None
    await desk.run("update conversations.outbound set next_try_at = :at", at=NOW + timedelta(hours=4))
    assert await next_due(desk) == NOW + timedelta(hours=4)


async def test_an_unanswered_page_is_repeated_at_its_time_once(desk: Desk) -> None:
    await desk.text(STRANGER, "i want to die")
    work = [DueWork(desk.database, desk.policy) for _ in range(3)]

    async def pages() -> int:
        return len([o for o in await desk.outbox(CORA) if o.cause_kind == "page"])

    assert [each for each in await asyncio.gather(*(w.run() for w in work)) if each] == []
    await desk.later(timedelta(minutes=5, seconds=1))
    await asyncio.gather(*(w.run() for w in work))
    assert await pages() == 2


async def test_a_guardian_is_reminded_and_the_question_ends_each_once(district: Desk) -> None:
    async with district.database.session() as session:
        await given.booked(session)
    work = DueWork(district.database, district.policy)
    await work.run()
    seen = []
    while (at := await next_due(district, timedelta(days=6))) is not None:
        async with district.database.session() as session:
            await clock.move_to(session, at)  # type: ignore[arg-type]
        await asyncio.gather(work.run(), DueWork(district.database, district.policy).run())
        seen.append(at)
        assert len(seen) < 20
    keys = [texts[0] for texts in [o.texts for o in await district.outbox(GLORIA)]]
    assert keys.count("notice.consent_reminder_guardian") == 1
    assert keys.count("notice.booking_expired_guardian") == 1
    assert await district.rows("select state from placements.bookings") == [("expired",)]
    assert await district.rows("select state from conversations.prompt where kind = 'consent'") == [
        ("withdrawn",)
    ]


async def test_marks_of_children_go_when_their_day_is_over(desk: Desk) -> None:
    for digest, hours in (("a", 1), ("b", 3)):
        await desk.run(
            "insert into conversations.underage (digest, until) values (:d, :u)",
            d=digest,
            u=NOW + timedelta(hours=hours),
        )
    await desk.later(timedelta(hours=2))
    await DueWork(desk.database, desk.policy).run()
    assert await desk.rows("select digest from conversations.underage") == [("b",)]
