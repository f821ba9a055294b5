from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from footbridge.demo import demo_id
from placements.models import (
    AuditEntry,
    Booking,
    BookingEvent,
    Consent,
    ContactPoint,
    GuardianLink,
    Place,
    Slot,
    SlotStatus,
    Student,
)
from placements.queries import bookings as queries
from placements.queries import catalogue
from placements.rules.bookings import HOLDING, TRANSITIONS, BookingState
from placements.services import bookings
from placements.services.bookings import Booked, NotBooked, Outcome
from tests.placements.given import (
    ANA,
    BEN,
    CORA,
    DANA,
    DEV,
    GARY,
    GLORIA,
    ISAIAH,
    LEO,
    LUIS,
    MARCUS,
    MARTA,
    MORNING,
    NADIA,
    NURSING,
    PHONES,
    RAY,
    THURSDAY,
    TUESDAY,
    TYLER,
    booked,
    by_clock,
    by_console,
    by_text,
    confirmed,
    consented,
    request,
    set_clock,
    state,
    told,
)

CAP = datetime(2027, 3, 8, 22, tzinfo=UTC)  # Monday at 17:00, the school day before Tuesday's slot


async def test_a_request_holds_a_place_and_asks_the_guardian_first(session: AsyncSession) -> None:
    result = await request(session, ANA)
    assert isinstance(result, Booked)
    assert (result.state, result.waiting_for) == (BookingState.WAITING_CONSENT, "guardian")
    assert await told(session) == [("consent_asked", {GLORIA})]
    slot = await catalogue.slot(session, TUESDAY)
    assert slot is not None
    assert slot.places_left == 1


async def test_the_whole_way_to_confirmed(session: AsyncSession) -> None:
    booking_id = await confirmed(session)
    rows = await session.execute(select(BookingEvent).order_by(BookingEvent.id))
    steps = [(each.from_state, each.to_state, each.actor_id) for each in rows.scalars()]
    assert steps == [
        (None, BookingState.REQUESTED, ANA),
        (BookingState.REQUESTED, BookingState.WAITING_CONSENT, ANA),
        (BookingState.WAITING_CONSENT, BookingState.WAITING_HOST, GLORIA),
        (BookingState.WAITING_HOST, BookingState.CONFIRMED, BEN),
    ]
    assert await told(session) == [
        ("consent_asked", {GLORIA}),
        ("host_asked", {BEN}),
        ("consent_given", {ANA}),
        ("booking_confirmed", {ANA, GLORIA}),
    ]
    consent = (await session.execute(select(Consent))).scalar_one()
    assert (consent.booking_id, consent.person_id, consent.number, consent.wording) == (
        booking_id,
        GLORIA,
        PHONES[GLORIA],
        "1. Sí",
    )


async def test_the_same_message_twice_is_one_booking(session: AsyncSession) -> None:
    cause = by_text(ANA)
    first = await bookings.request_booking(session, student_id=ANA, slot_id=TUESDAY, cause=cause)
    again = await bookings.request_booking(session, student_id=ANA, slot_id=TUESDAY, cause=cause)
    assert first == again
    assert len(await told(session)) == 1
    other = await bookings.request_booking(session, student_id=ANA, slot_id=TUESDAY, cause=by_text(ANA))
    assert other == NotBooked("already")


async def test_deadlines_are_two_days_or_the_cap(session: AsyncSession) -> None:
    booking_id = await booked(session)
    booking = await session.get_one(Booking, booking_id)
    assert booking.deadline is not None
    assert booking.remind_at is not None
    assert abs(booking.deadline - (MORNING + timedelta(hours=48))) < timedelta(minutes=5)
    assert abs(booking.remind_at - (MORNING + timedelta(hours=24))) < timedelta(minutes=5)
    await set_clock(session, CAP - timedelta(hours=4))
    second = await session.get_one(Booking, await booked(session, LUIS))
    assert second.deadline == CAP
    assert second.remind_at is not None
    assert abs(second.remind_at - (CAP - timedelta(hours=2))) < timedelta(minutes=5)


async def test_after_the_cap_it_is_too_late(session: AsyncSession) -> None:
    await set_clock(session, CAP)
    assert await request(session, ANA) == NotBooked("too_late")
    assert isinstance(await request(session, ANA, THURSDAY), Booked)


async def test_a_full_slot(session: AsyncSession) -> None:
    await booked(session, ANA)
    await booked(session, LUIS)
    assert await request(session, LEO) == NotBooked("full")


async def test_times_that_overlap_and_times_that_touch(session: AsyncSession) -> None:
    await booked(session, ANA)
    slot = await session.get_one(Slot, TUESDAY)
    for number, (start, end) in enumerate([(2, 5), (3, 5)]):
        other = Slot(
            id=demo_id(f"other {number}"),
            opportunity_id=demo_id("aquarium-shadow"),
            starts_at=slot.starts_at + timedelta(hours=start),
            ends_at=slot.starts_at + timedelta(hours=end),
            timezone=slot.timezone,
            status=SlotStatus.OPEN,
        )
        session.add(other)
        await session.flush()
        session.add(Place(slot_id=other.id, place_no=1))
        await session.flush()
    assert await request(session, ANA, demo_id("other 0")) == NotBooked("overlap")
    assert isinstance(await request(session, ANA, demo_id("other 1")), Booked)


async def test_rules_are_named(session: AsyncSession) -> None:
    result = await request(session, LEO, demo_id("slot flagler-shadow 1"))
    assert result == NotBooked("not_eligible", ["hazard_construction_site:16"])


async def test_a_number_that_was_only_typed_cannot_book(session: AsyncSession) -> None:
    stranger = by_text(ANA, "+13055550199")
    result = await bookings.request_booking(session, student_id=ANA, slot_id=TUESDAY, cause=stranger)
    assert result == NotBooked("not_verified")
    unlinked = await bookings.request_booking(
        session, student_id=DANA, slot_id=TUESDAY, cause=by_text(DANA, "+13055550198")
    )
    assert unlinked == NotBooked("not_verified")
    by_coordinator = await bookings.request_booking(
        session, student_id=DANA, slot_id=TUESDAY, cause=by_console(NADIA)
    )
    assert isinstance(by_coordinator, Booked)


async def test_what_is_closed_or_over_or_unknown(session: AsyncSession) -> None:
    assert await request(session, ANA, demo_id("no such slot")) == NotBooked("closed")
    slot = await session.get_one(Slot, TUESDAY)
    slot.status = SlotStatus.CLOSED
    assert await request(session, ANA) == NotBooked("closed")
    await set_clock(session, datetime(2027, 3, 11, 19, tzinfo=UTC))
    assert await request(session, ANA, THURSDAY) == NotBooked("closed")


async def test_an_adult_consents_alone_and_the_family_is_not_told(session: AsyncSession) -> None:
    result = await request(session, MARCUS)
    assert isinstance(result, Booked)
    assert (result.state, result.waiting_for) == (BookingState.WAITING_HOST, "host")
    denise = demo_id("denise")
    refused = await bookings.refuse_consent(
        session,
        booking_id=result.booking_id,
        guardian_id=denise,
        cause=by_text(denise, "+16455550108"),
        wording="2. No",
    )
    assert (refused.ok, refused.reason) == (False, "adult")
    await bookings.accept_request(session, booking_id=result.booking_id, champion_id=BEN, cause=by_text(BEN))
    assert await told(session) == [("host_asked", {BEN}), ("booking_confirmed", {MARCUS})]


@pytest.mark.parametrize(
    ("guardian", "phone", "reason"),
    [
        (GLORIA, PHONES[ANA], "students_number"),
        (GLORIA, "+13055550177", "number_not_linked"),
        (MARTA, PHONES[MARTA], "not_guardian"),
        (ANA, PHONES[ANA], "not_guardian"),
        (BEN, PHONES[BEN], "not_guardian"),
    ],
)
async def test_consent_of_the_wrong_person_or_number(
    session: AsyncSession, guardian: object, phone: str, reason: str
) -> None:
    booking_id = await booked(session)
    outcome = await bookings.give_consent(
        session,
        booking_id=booking_id,
        guardian_id=guardian,  # type: ignore[arg-type]
        cause=by_text(guardian, phone),  # type: ignore[arg-type]
        wording="1. Yes",
    )
    assert outcome == Outcome(False, "waiting_consent", reason)
    assert (await session.execute(select(Consent))).all() == []


async def test_a_guardian_who_shares_the_students_phone_cannot_consent_from_it(session: AsyncSession) -> None:
    await session.execute(
        update(ContactPoint).where(ContactPoint.person_id == GLORIA).values(value=PHONES[ANA])
    )
    booking_id = await booked(session)
    assert await told(session) == [("consent_unreachable", {CORA})]
    outcome = await bookings.give_consent(
        session,
        booking_id=booking_id,
        guardian_id=GLORIA,
        cause=by_text(GLORIA, PHONES[ANA]),
        wording="1. Sí",
    )
    assert outcome.reason == "students_number"


async def test_a_number_typed_for_a_guardian_counts_for_nothing(session: AsyncSession) -> None:
    await session.execute(
        update(ContactPoint).where(ContactPoint.person_id == GLORIA).values(how="self_said")
    )
    booking_id = await booked(session)
    assert await told(session) == [("consent_unreachable", {CORA})]
    outcome = await bookings.give_consent(
        session, booking_id=booking_id, guardian_id=GLORIA, cause=by_text(GLORIA), wording="1. Sí"
    )
    assert outcome.reason == "number_not_linked"


async def test_a_barred_guardian_is_neither_asked_nor_heard(session: AsyncSession) -> None:
    booking_id = await booked(session, TYLER)
    assert await told(session) == [("consent_asked", {demo_id("robin")})]
    for verb in (bookings.give_consent, bookings.refuse_consent, bookings.revoke_consent):
        outcome = await verb(
            session, booking_id=booking_id, guardian_id=GARY, cause=by_text(GARY), wording="1. Yes"
        )
        assert outcome.reason == "barred"
    cancelled = await bookings.cancel_booking(
        session, booking_id=booking_id, person_id=GARY, role="guardian", cause=by_text(GARY)
    )
    assert cancelled.reason == "not_yours"
    assert await state(session, booking_id) is BookingState.WAITING_CONSENT


async def test_a_coordinator_may_record_a_guardians_permission_on_paper(session: AsyncSession) -> None:
    booking_id = await booked(session, ISAIAH)
    assert await told(session) == [("consent_unreachable", {NADIA})]
    outcome = await bookings.give_consent(
        session,
        booking_id=booking_id,
        guardian_id=demo_id("lorraine"),
        cause=by_console(NADIA),
        wording="paper form",
    )
    assert (outcome.ok, outcome.state) == (True, "waiting_host")


async def test_a_refusal_ends_it_and_holds_until_lifted(session: AsyncSession) -> None:
    first, second = await consented(session), await booked(session, ANA, THURSDAY)
    outcome = await bookings.refuse_consent(
        session, booking_id=second, guardian_id=GLORIA, cause=by_text(GLORIA), wording="2. No"
    )
    assert outcome == Outcome(True, "refused")
    assert await state(session, first) is await state(session, second) is BookingState.REFUSED
    assert (await told(session))[-3:] == [
        ("consent_refused", {ANA, CORA}),
        ("booking_cancelled", {BEN}),
        ("consent_refused", {ANA, CORA}),
    ]
    accepted = await bookings.accept_request(session, booking_id=first, champion_id=BEN, cause=by_text(BEN))
    assert accepted.reason == "closed"
    assert await request(session, ANA, THURSDAY) == NotBooked("refused_before")
    assert isinstance(await request(session, LEO), Booked)  # another child, another answer
    lifted = await bookings.lift_refusal(
        session, student_id=ANA, opportunity_id=NURSING, person_id=GLORIA, cause=by_text(GLORIA)
    )
    assert lifted.ok
    assert isinstance(await request(session, ANA, THURSDAY), Booked)


async def test_who_may_lift_a_refusal(session: AsyncSession) -> None:
    booking_id = await booked(session)
    await bookings.refuse_consent(
        session, booking_id=booking_id, guardian_id=GLORIA, cause=by_text(GLORIA), wording="2. No"
    )

    async def lift(person: object, cause: object) -> str | None:
        outcome = await bookings.lift_refusal(
            session,
            student_id=ANA,
            opportunity_id=NURSING,
            person_id=person,  # type: ignore[arg-type]
            cause=cause,  # type: ignore[arg-type]
        )
        return "ok" if outcome.ok else outcome.reason

    assert await lift(ANA, by_text(ANA)) == "not_yours"
    assert await lift(MARTA, by_text(MARTA)) == "not_yours"
    assert await lift(NADIA, by_console(NADIA)) == "not_yours"  # of the other school
    assert await lift(DEV, by_console(DEV)) == "ok"
    assert await lift(CORA, by_console(CORA)) == "none"


async def test_permission_taken_back_ends_a_confirmed_booking(session: AsyncSession) -> None:
    booking_id = await confirmed(session)
    outcome = await bookings.revoke_consent(
        session, booking_id=booking_id, guardian_id=GLORIA, cause=by_text(GLORIA), wording="2. No"
    )
    assert outcome == Outcome(True, "refused")
    assert (await told(session))[-2:] == [("consent_refused", {ANA, CORA}), ("booking_cancelled", {BEN})]
    assert await request(session, ANA, THURSDAY) == NotBooked("refused_before")


async def test_the_host_declines(session: AsyncSession) -> None:
    booking_id = await consented(session)
    outcome = await bookings.decline_request(
        session, booking_id=booking_id, champion_id=BEN, cause=by_text(BEN)
    )
    assert outcome == Outcome(True, "declined")
    assert (await told(session))[-1] == ("host_declined", {ANA, GLORIA})
    assert isinstance(await request(session, LEO), Booked)


async def test_whose_request_it_is_to_answer(session: AsyncSession) -> None:
    waiting = await booked(session)
    early = await bookings.accept_request(session, booking_id=waiting, champion_id=BEN, cause=by_text(BEN))
    assert early == Outcome(False, "waiting_consent", "not_waiting")
    asked = await consented(session, LUIS)
    other = await bookings.accept_request(session, booking_id=asked, champion_id=RAY, cause=by_text(RAY))
    assert other == Outcome(False, "waiting_host", "not_yours")
    unknown = await bookings.accept_request(
        session, booking_id=demo_id("nothing"), champion_id=BEN, cause=by_text(BEN)
    )
    assert unknown == Outcome(False, None, "unknown")
    await bookings.accept_request(session, booking_id=asked, champion_id=BEN, cause=by_text(BEN))
    again = await bookings.accept_request(session, booking_id=asked, champion_id=BEN, cause=by_text(BEN))
    assert again == Outcome(False, "confirmed", "already")


async def test_answers_that_come_too_late_expire_the_booking(session: AsyncSession) -> None:
    waiting, asked = await booked(session, ANA), await consented(session, LUIS)
    await set_clock(session, MORNING + timedelta(hours=49))
    consent = await bookings.give_consent(
        session, booking_id=waiting, guardian_id=GLORIA, cause=by_text(GLORIA), wording="1. Sí"
    )
    assert consent == Outcome(False, "expired", "too_late")
    accept = await bookings.accept_request(session, booking_id=asked, champion_id=BEN, cause=by_text(BEN))
    assert accept == Outcome(False, "expired", "too_late")
    assert (await told(session))[-2:] == [
        ("booking_expired", {ANA}),  # Gloria, who has just answered, is told by the reply
        ("booking_expired", {LUIS}),
    ]


@pytest.mark.parametrize(
    ("person", "role", "hears"),
    [
        (ANA, "student", {BEN, GLORIA}),
        (GLORIA, "guardian", {BEN, ANA}),
        (BEN, "employer", {ANA, GLORIA}),
        (CORA, "coordinator", {ANA, BEN, GLORIA}),
        (DEV, "coordinator", {ANA, BEN, GLORIA}),
    ],
)
async def test_everyone_else_hears_of_a_cancellation(
    session: AsyncSession, person: object, role: str, hears: set[object]
) -> None:
    booking_id = await confirmed(session)
    outcome = await bookings.cancel_booking(
        session,
        booking_id=booking_id,
        person_id=person,  # type: ignore[arg-type]
        role=role,
        cause=by_text(person),  # type: ignore[arg-type]
    )
    assert outcome == Outcome(True, "cancelled")
    assert (await told(session))[-1] == ("booking_cancelled", hears)
    slot = await catalogue.slot(session, TUESDAY)
    assert slot is not None
    assert slot.places_left == 2


async def test_a_host_who_was_not_asked_hears_nothing(session: AsyncSession) -> None:
    booking_id = await booked(session)
    await bookings.cancel_booking(
        session, booking_id=booking_id, person_id=ANA, role="student", cause=by_text(ANA)
    )
    assert (await told(session))[-1] == ("booking_cancelled", {GLORIA})


@pytest.mark.parametrize(
    ("person", "role"),
    [
        (LUIS, "student"),
        (MARTA, "guardian"),
        (RAY, "employer"),
        (NADIA, "coordinator"),
        (GLORIA, "coordinator"),
    ],
)
async def test_strangers_cannot_cancel(session: AsyncSession, person: object, role: str) -> None:
    booking_id = await booked(session)
    outcome = await bookings.cancel_booking(
        session,
        booking_id=booking_id,
        person_id=person,  # type: ignore[arg-type]
        role=role,
        cause=by_console(person),  # type: ignore[arg-type]
    )
    assert outcome == Outcome(False, "waiting_consent", "not_yours")


async def test_what_is_over_cannot_be_cancelled(session: AsyncSession) -> None:
    booking_id = await confirmed(session)
    await set_clock(session, datetime(2027, 3, 9, 18, tzinfo=UTC))
    outcome = await bookings.cancel_booking(
        session, booking_id=booking_id, person_id=ANA, role="student", cause=by_text(ANA)
    )
    assert outcome == Outcome(False, "confirmed", "past")


async def test_moving_takes_the_new_place_first_and_asks_again(session: AsyncSession) -> None:
    old = await confirmed(session)
    result = await bookings.reschedule_booking(session, booking_id=old, slot_id=THURSDAY, cause=by_text(ANA))
    assert isinstance(result, Booked)
    assert result.state is BookingState.WAITING_CONSENT
    assert await state(session, old) is BookingState.CANCELLED
    assert (await told(session))[-2:] == [
        ("booking_rescheduled", {BEN, GLORIA}),
        ("consent_asked", {GLORIA}),
    ]
    moved = await session.get_one(Booking, result.booking_id)
    assert moved.moved_from == old


async def test_a_move_that_fails_leaves_everything_as_it_was(session: AsyncSession) -> None:
    old = await confirmed(session)
    await booked(session, LUIS, THURSDAY)
    await booked(session, LEO, THURSDAY)
    before = await told(session)
    full = await bookings.reschedule_booking(session, booking_id=old, slot_id=THURSDAY, cause=by_text(ANA))
    same = await bookings.reschedule_booking(session, booking_id=old, slot_id=TUESDAY, cause=by_text(ANA))
    assert (full, same) == (NotBooked("full"), NotBooked("already"))
    assert await state(session, old) is BookingState.CONFIRMED
    assert await told(session) == before


async def test_moving_within_the_same_hours_is_no_overlap(session: AsyncSession) -> None:
    old = await booked(session)
    slot = await session.get_one(Slot, TUESDAY)
    later = Slot(
        id=demo_id("half an hour later"),
        opportunity_id=NURSING,
        starts_at=slot.starts_at + timedelta(minutes=30),
        ends_at=slot.ends_at + timedelta(minutes=30),
        timezone=slot.timezone,
        status=SlotStatus.OPEN,
    )
    session.add(later)
    await session.flush()
    session.add(Place(slot_id=later.id, place_no=1))
    await session.flush()
    result = await bookings.reschedule_booking(session, booking_id=old, slot_id=later.id, cause=by_text(ANA))
    assert isinstance(result, Booked)


async def test_a_closed_booking_cannot_be_moved(session: AsyncSession) -> None:
    old = await booked(session)
    await bookings.cancel_booking(session, booking_id=old, person_id=ANA, role="student", cause=by_text(ANA))
    result = await bookings.reschedule_booking(session, booking_id=old, slot_id=THURSDAY, cause=by_text(ANA))
    assert result == NotBooked("closed")


async def test_a_silent_guardian_is_nudged_once(session: AsyncSession) -> None:
    booking_id = await booked(session)

    async def nudge() -> str:
        return await bookings.nudge_guardian(session, booking_id=booking_id, cause=by_text(ANA))

    assert [await nudge(), await nudge()] == ["sent", "already"]
    assert (await told(session))[-1] == ("consent_reminder", {GLORIA})
    await bookings.give_consent(
        session, booking_id=booking_id, guardian_id=GLORIA, cause=by_text(GLORIA), wording="1. Sí"
    )
    assert await nudge() == "not_waiting"
    lonely = await booked(session, ISAIAH)
    assert await bookings.nudge_guardian(session, booking_id=lonely, cause=by_text(ISAIAH)) == "unreachable"


async def test_attendance_is_said_once_the_slot_has_begun(session: AsyncSession) -> None:
    booking_id = await confirmed(session)

    async def came(attended: bool) -> Outcome:
        return await bookings.record_attendance(
            session, booking_id=booking_id, attended=attended, cause=by_text(BEN)
        )

    assert (await came(True)).reason == "too_early"
    await set_clock(session, datetime(2027, 3, 9, 14, 30, tzinfo=UTC))
    assert await came(False) == Outcome(True, "no_show")
    assert await came(True) == Outcome(True, "attended")
    assert (await came(True)).reason == "already"


async def test_due_work_of_a_silent_guardian(session: AsyncSession) -> None:
    booking_id = await booked(session)
    half, end = MORNING + timedelta(hours=24), MORNING + timedelta(hours=48)
    assert await queries.due_bookings(session, half - timedelta(minutes=5)) == []
    next_at = await queries.next_due_at(session, MORNING, end + timedelta(days=1))
    assert next_at is not None
    assert abs(next_at - half) < timedelta(minutes=5)

    await set_clock(session, half + timedelta(minutes=5))
    due = await queries.due_bookings(session, half + timedelta(minutes=5))
    assert [item.kind for item in due] == ["consent_reminder"]
    assert [await bookings.do_due(session, item=due[0], cause=by_clock()) for _ in range(2)] == [True, False]
    assert await queries.due_bookings(session, half + timedelta(minutes=5)) == []

    await set_clock(session, end + timedelta(minutes=5))
    due = await queries.due_bookings(session, end + timedelta(minutes=5))
    assert [item.kind for item in due] == ["expire"]
    assert [await bookings.do_due(session, item=due[0], cause=by_clock()) for _ in range(2)] == [True, False]
    assert await state(session, booking_id) is BookingState.EXPIRED
    assert (await told(session))[-2:] == [
        ("consent_reminder", {GLORIA}),
        ("booking_expired", {ANA, GLORIA}),
    ]
    assert await queries.next_due_at(session, end, end + timedelta(days=30)) is None


async def test_after_a_long_silence_a_question_is_expired_and_not_asked_again(session: AsyncSession) -> None:
    await booked(session)
    late = MORNING + timedelta(days=3)
    assert [item.kind for item in await queries.due_bookings(session, late)] == ["expire"]


async def test_due_work_of_a_silent_host(session: AsyncSession) -> None:
    booking_id = await consented(session)
    await set_clock(session, MORNING + timedelta(hours=25))
    due = await queries.due_bookings(session, MORNING + timedelta(hours=25))
    assert [item.kind for item in due] == ["host_reminder"]
    assert await bookings.do_due(session, item=due[0], cause=by_clock())
    await set_clock(session, MORNING + timedelta(hours=49))
    not_yet = await bookings.expire(session, booking_id=await booked(session, LUIS), cause=by_clock())
    assert not_yet.reason == "not_due"
    expired = await bookings.expire(session, booking_id=booking_id, cause=by_clock())
    assert expired == Outcome(True, "expired")
    events = await told(session)
    assert ("host_reminder", {BEN}) in events
    assert events[-1] == ("booking_expired", {ANA, BEN})


async def test_everyone_is_reminded_at_five_on_the_day_before(session: AsyncSession) -> None:
    tuesday, thursday = await confirmed(session), await confirmed(session, LUIS, THURSDAY)
    after_change = demo_id("slot flagler-shadow 1")  # Wednesday 17 March, after the clock change
    marcus = await booked(session, MARCUS, after_change)
    wendell = demo_id("wendell")
    await bookings.accept_request(
        session, booking_id=marcus, champion_id=wendell, cause=by_text(wendell, "+17865550156")
    )
    due = await queries.due_bookings(session, datetime(2027, 3, 16, 21, tzinfo=UTC))
    assert [item.kind for item in due] == ["booking_reminder"]  # the others' days are over
    moments = [
        (tuesday, datetime(2027, 3, 8, 22, tzinfo=UTC)),
        (thursday, datetime(2027, 3, 10, 22, tzinfo=UTC)),
        (marcus, datetime(2027, 3, 16, 21, tzinfo=UTC)),
    ]
    for booking_id, at in moments:
        await set_clock(session, at)
        due = await queries.due_bookings(session, at)
        assert [(item.booking_id, item.kind, item.due_at) for item in due] == [
            (booking_id, "booking_reminder", at)
        ]
        assert await bookings.do_due(session, item=due[0], cause=by_clock())
        assert await queries.due_bookings(session, at + timedelta(hours=1)) == []
    assert [audience for event, audience in await told(session) if event == "booking_reminder"] == [
        {ANA, GLORIA, BEN},
        {LUIS, MARTA, BEN},
        {MARCUS, wendell},
    ]


async def test_a_reminder_of_what_was_called_off_is_not_sent(session: AsyncSession) -> None:
    booking_id = await confirmed(session)
    at = datetime(2027, 3, 8, 22, tzinfo=UTC)
    await set_clock(session, at)
    (item,) = await queries.due_bookings(session, at)
    await bookings.cancel_booking(
        session, booking_id=booking_id, person_id=ANA, role="student", cause=by_text(ANA)
    )
    assert not await bookings.do_due(session, item=item, cause=by_clock())
    assert await queries.due_bookings(session, at) == []


async def test_what_is_confirmed_after_the_hour_of_the_reminder_needs_none(session: AsyncSession) -> None:
    """A pack may let hosts answer later in the day than the reminder goes out."""
    booking_id = await confirmed(session)
    await session.execute(
        update(Booking).where(Booking.id == booking_id).values(day_before_at=MORNING - timedelta(hours=1))
    )
    assert await queries.due_bookings(session, MORNING + timedelta(hours=1)) == []
    item = queries.DueItem("booking_reminder", booking_id, MORNING)
    assert not await bookings.do_due(session, item=item, cause=by_clock())


async def test_a_student_who_left_cannot_book(session: AsyncSession) -> None:
    await session.execute(update(Student).where(Student.person_id == ANA).values(valid_until=MORNING))
    assert await request(session, ANA) == NotBooked("closed")


async def test_a_guardian_who_no_longer_is_one(session: AsyncSession) -> None:
    booking_id = await booked(session)
    await session.execute(
        update(GuardianLink).where(GuardianLink.guardian_id == GLORIA).values(valid_until=MORNING)
    )
    outcome = await bookings.give_consent(
        session, booking_id=booking_id, guardian_id=GLORIA, cause=by_text(GLORIA), wording="1. Sí"
    )
    assert outcome.reason == "not_guardian"


async def test_the_audit_trail_names_nobody(session: AsyncSession) -> None:
    await confirmed(session)
    rows = (await session.execute(select(AuditEntry.data, AuditEntry.verb))).all()
    assert {"booking_requested", "booking_confirmed"} <= {verb for _, verb in rows}
    words = " ".join(str(data) for data, _ in rows)
    for name in ("Ana", "Torres", "Gloria", "Ben", "+1305"):
        assert name not in words


@pytest.mark.parametrize("table", ["audit", "booking_events", "consents"])
async def test_what_was_said_cannot_be_unsaid(session: AsyncSession, table: str) -> None:
    await confirmed(session)
    for statement in (f"delete from placements.{table}", f"update placements.{table} set cause_ref = ''"):
        with pytest.raises(DBAPIError, match="only ever added"):
            async with session.begin_nested():
                await session.execute(text(statement))


async def test_the_database_knows_the_same_ways_as_the_rules(session: AsyncSession) -> None:
    booking_id = await booked(session)
    await session.execute(text("update placements.bookings set needs_consent = false"))

    async def put(value: BookingState) -> None:
        async with session.begin_nested():
            await session.execute(
                text("update placements.bookings set state = :state where id = :id"),
                {"state": value.value, "id": booking_id},
            )

    for before in BookingState:
        allowed = set()
        for after in set(BookingState) - {before}:
            await session.execute(text("alter table placements.bookings disable trigger guard"))
            await put(before)
            await session.execute(text("alter table placements.bookings enable trigger guard"))
            try:
                await put(after)
            except DBAPIError:
                continue
            allowed.add(after)
        assert allowed == TRANSITIONS[before], before


async def test_the_database_itself_confirms_nothing_that_was_refused(session: AsyncSession) -> None:
    booking_id = await consented(session)
    await session.execute(
        text(
            "insert into placements.refusals (id, student_id, opportunity_id, person_id, at)"
            " values (gen_random_uuid(), :student, :opportunity, :guardian, now())"
        ),
        {"student": ANA, "opportunity": NURSING, "guardian": GLORIA},
    )
    accepted = await bookings.accept_request(
        session, booking_id=booking_id, champion_id=BEN, cause=by_text(BEN)
    )
    assert accepted.reason == "refused_before"
    with pytest.raises(DBAPIError, match="a guardian has refused this"):
        await session.execute(text("update placements.bookings set state = 'confirmed'"))


async def test_what_holds_a_place_is_what_the_index_says(session: AsyncSession) -> None:
    definition = await session.scalar(
        text("select indexdef from pg_indexes where indexname = 'uq_bookings_place'")
    )
    assert definition is not None
    assert {state for state in BookingState if f"'{state}'" in definition} == HOLDING


async def test_a_refusal_leaves_what_was_confirmed_before(session: AsyncSession) -> None:
    first = await consented(session)
    await bookings.accept_request(session, booking_id=first, champion_id=BEN, cause=by_text(BEN))
    second = await booked(session, ANA, THURSDAY)
    await bookings.refuse_consent(
        session, booking_id=second, guardian_id=GLORIA, cause=by_text(GLORIA), wording="2. No"
    )
    assert (await state(session, first), await state(session, second)) == (
        BookingState.CONFIRMED,
        BookingState.REFUSED,
    )
    assert (await told(session))[-1] == ("consent_refused", {ANA, CORA})
