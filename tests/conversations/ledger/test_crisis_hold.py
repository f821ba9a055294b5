"""The 72 hours after a crisis text: who gets what, what waits, and what goes out of it afterwards."""

from datetime import timedelta
from uuid import UUID

import pytest

from conversations.due import DueWork
from conversations.ledger.sender import Sender
from conversations.models import Lane, MessageClass, OutState
from conversations.policy import CRISIS_HOLD
from placements.services import bookings
from tests.conversations.given import ANA, GLORIA, NOW, STRANGER, ZONE, Desk
from tests.placements import given
from tests.support.twilio_stand_in import TwilioStandIn

HOUR = timedelta(hours=1)


@pytest.fixture
def due(desk: Desk) -> DueWork:
    return DueWork(desk.database, desk.policy)


@pytest.fixture
def desk(district: Desk) -> Desk:
    """Everything here is about people whom the school knows."""
    return district


async def confirmed(desk: Desk) -> UUID:
    async with desk.database.session() as session:
        return await given.confirmed(session)


async def put_off(desk: Desk, booking: UUID, starts_in: timedelta) -> None:
    """The visit of a booking begins so long after now."""
    await desk.run(
        "update placements.slots set starts_at = :at, ends_at = :at + interval '3 hours'"
        " where id = (select slot_id from placements.bookings where id = :b)",
        at=NOW + starts_in,
        b=booking,
    )


async def fates(desk: Desk, to: str) -> list[tuple[str, str | None]]:
    """What became of everything but the answers to their own texts."""
    return [
        (str(o.state), o.why_suppressed)
        for o in await desk.outbox(to)
        if o.reply_to is None and o.cause_kind != "page"
    ]


async def bodies(phones: TwilioStandIn, to: str) -> list[str]:
    return [each.body for each in await phones.sent(to)]


@pytest.mark.parametrize("word", ["HELP", "AYUDA", "info"])
@pytest.mark.parametrize(
    ("crisis", "kind"), [("my stepdad touches me", "abuse"), ("i want to kill myself", "self_harm")]
)
async def test_help_gets_the_answer_to_what_was_said_and_a_person(
    desk: Desk, word: str, crisis: str, kind: str
) -> None:
    await desk.text(STRANGER, crisis)
    await desk.later(71 * HOUR)
    await desk.text(STRANGER, word)
    assert [o.texts for o in await desk.outbox(STRANGER)] == [[f"crisis.{kind}"]] * 2
    assert [c.facts["kind"] for c in await desk.cases()] == [kind, "asked_again"]
    assert len(await desk.rows("select id from conversations.page")) == 2
    await desk.later(2 * HOUR)
    await desk.text(STRANGER, word)
    assert [o.texts for o in await desk.outbox(STRANGER)][2:] == [["keyword.help"]]


async def test_also_from_a_number_that_opted_out_and_whoever_answers_keywords(desk: Desk) -> None:
    await desk.text(STRANGER, "i want to kill myself")
    await desk.text(STRANGER, "leave me alone, no more texts")
    await desk.text(STRANGER, "HELP", answered_by_carrier="HELP")
    assert [o.texts for o in await desk.outbox(STRANGER)][-1] == ["crisis.self_harm"]
    assert [o.state for o in await desk.outbox(STRANGER)][-1] == OutState.QUEUED


async def test_the_hours_count_from_the_last_crisis_text(desk: Desk) -> None:
    await desk.text(ANA, "i want to die")
    again = await desk.later(70 * HOUR)
    await desk.text(ANA, "i still want to die")
    address = await desk.address(ANA)
    assert address is not None and address.crisis_until is not None
    assert abs(address.crisis_until - again - CRISIS_HOLD) < timedelta(minutes=1)


async def test_what_waited_goes_at_an_hour_at_which_it_may(
    desk: Desk, sender: Sender, phones: TwilioStandIn
) -> None:
    await desk.later(16 * HOUR)  # 2:00 at night
    for message_class in (MessageClass.CAUSED, MessageClass.MANY):
        await desk.write(ANA, f"{message_class}, written before", message_class=message_class)
    await desk.text(ANA, "i want to die")
    for message_class in (MessageClass.CAUSED, MessageClass.MANY):
        await desk.write(ANA, f"{message_class}, written after", message_class=message_class)
    due = {
        o.body: o.due_at.astimezone(ZONE).strftime("%a %H:%M")
        for o in await desk.outbox(ANA)
        if not o.reply_to
    }
    assert due == {
        "caused, written before": "Fri 08:00",
        "caused, written after": "Fri 08:00",
        "many, written before": "Fri 09:00",
        "many, written after": "Fri 09:00",
    }
    await desk.later(72 * HOUR)
    await sender.flush()
    assert len(await bodies(phones, ANA)) == 1  # the answer
    await desk.later(8 * HOUR)
    await sender.flush()
    assert len(await bodies(phones, ANA)) == 5


async def test_a_reply_goes_and_so_does_what_concerns_the_day(
    desk: Desk, sender: Sender, phones: TwilioStandIn
) -> None:
    await desk.text(ANA, "i want to die")
    for lane, message_class in ((Lane.REPLY, MessageClass.REPLY), (Lane.OTHER, MessageClass.DAY)):
        await desk.write(ANA, message_class, lane=lane, message_class=message_class)
    await sender.flush()
    assert sorted((await bodies(phones, ANA))[1:]) == ["day", "reply"]


async def test_what_was_being_written_when_the_crisis_text_came_waits_too(
    desk: Desk, sender: Sender, phones: TwilioStandIn
) -> None:
    message = await desk.write(ANA, "news", message_class=MessageClass.CAUSED)
    await desk.run(
        "update conversations.address set crisis_until = :u where value = :n", u=NOW + 72 * HOUR, n=ANA
    )
    await sender.flush()
    assert (await desk.outbound(message)).state == OutState.QUEUED
    assert (await desk.outbound(message)).due_at == NOW + 72 * HOUR
    assert await bodies(phones, ANA) == []


async def test_a_reminder_of_a_visit_that_is_over_does_not_go_out(
    desk: Desk, due: DueWork, sender: Sender, phones: TwilioStandIn
) -> None:
    booking = await confirmed(desk)
    await due.run()
    await sender.flush()
    heard = len(await bodies(phones, ANA))
    await put_off(desk, booking, 26 * HOUR)
    await desk.run(
        "update placements.bookings set day_before_at = :at, state_since = :before where id = :b",
        at=NOW + 4 * HOUR,
        before=NOW - HOUR,
        b=booking,
    )
    await desk.later(HOUR)
    await desk.text(ANA, "i want to die")
    await desk.later(4 * HOUR)
    await due.run()
    reminder = (await desk.outbox(ANA))[-1]
    assert "notice.booking_reminder_student" in reminder.texts and reminder.state == OutState.QUEUED
    assert [c.kind for c in await desk.cases()] == ["crisis", "cannot_reach"]  # a person passes it on
    await desk.later(80 * HOUR)
    await sender.flush()
    row = await desk.outbound(reminder.id)
    assert (row.state, row.why_suppressed) == (OutState.SUPPRESSED, "passed")
    assert len(await bodies(phones, ANA)) == heard + 1  # the crisis answer


async def test_news_that_was_overtaken_does_not_go_out_and_what_overtook_it_does(
    desk: Desk, due: DueWork, sender: Sender, phones: TwilioStandIn
) -> None:
    await desk.text(ANA, "i want to die")
    booking = await confirmed(desk)
    await due.run()
    async with desk.database.session() as session:
        await bookings.cancel_booking(
            session, booking_id=booking, person_id=given.BEN, role="employer", cause=given.by_text(given.BEN)
        )
    await due.run()
    await desk.later(80 * HOUR)
    await due.run()
    await sender.flush()
    texts = [
        (o.texts[0], str(o.state), o.why_suppressed)
        for o in await desk.outbox(ANA)
        if o.cause_kind == "notice"
    ]
    assert ("notice.booking_confirmed_student", "suppressed", "settled") in texts
    assert next(t for t in texts if t[0] == "notice.booking_cancelled_student")[1] == "accepted"
    assert not any("confirmed" in body.lower() for body in await bodies(phones, ANA))


async def test_a_question_that_the_hold_outlasts_becomes_a_case_and_is_never_asked(
    desk: Desk, due: DueWork, sender: Sender, phones: TwilioStandIn
) -> None:
    await desk.text(GLORIA, "me quiero morir")
    async with desk.database.session() as session:
        await given.booked(session)
    await due.run()
    assert "permission_waits" in [c.kind for c in await desk.cases()]
    assert {fate for fate in await fates(desk, GLORIA)} == {("queued", None)}
    await desk.later(90 * HOUR)
    await due.run()
    await sender.flush()
    asked = [o for o in await desk.outbox(GLORIA) if "consent.ask" in " ".join(o.texts) or o.prompt_id]
    assert asked and {(o.state, o.why_suppressed) for o in asked} <= {
        (OutState.SUPPRESSED, "passed"),
        (OutState.SUPPRESSED, "settled"),
    }
    assert not any("1. S" in body for body in await bodies(phones, GLORIA))


async def test_who_was_not_introduced_after_all_is_introduced_later(
    desk: Desk, due: DueWork, sender: Sender, phones: TwilioStandIn
) -> None:
    await desk.text(GLORIA, "me quiero morir")
    async with desk.database.session() as session:
        await given.booked(session)
    await due.run()
    await desk.later(90 * HOUR)
    await due.run()
    await sender.flush()
    address = await desk.address(GLORIA)
    assert address is not None
    introduced = [
        o for o in await desk.outbox(GLORIA) if "intro.notice" in o.texts and o.state == OutState.ACCEPTED
    ]
    assert bool(introduced) == (address.introduced_for is not None)


async def test_hours_that_a_message_waits_for_anyway_make_it_stale_as_well(
    desk: Desk, due: DueWork, sender: Sender
) -> None:
    """A question of the evening that is withdrawn before the morning is not asked in the morning."""
    await desk.later(11 * HOUR)  # 21:00
    async with desk.database.session() as session:
        booking = await given.booked(session)
    await due.run()
    async with desk.database.session() as session:
        await bookings.cancel_booking(
            session, booking_id=booking, person_id=given.ANA, role="student", cause=given.by_text(given.ANA)
        )
    await due.run()
    await desk.later(12 * HOUR)
    await sender.flush()
    question = next(o for o in await desk.outbox(GLORIA) if o.prompt_id)
    assert (question.state, question.why_suppressed) == (OutState.SUPPRESSED, "settled")
