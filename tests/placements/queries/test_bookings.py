from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from footbridge.demo import demo_id
from placements.queries import bookings
from placements.rules.bookings import BookingState
from placements.services import bookings as services
from tests.placements.given import (
    ANA,
    BEN,
    GARY,
    GLORIA,
    LEO,
    LUIS,
    MARCUS,
    MARTA,
    RAY,
    THURSDAY,
    TYLER,
    booked,
    by_text,
    confirmed,
    consented,
    set_clock,
)


async def test_what_a_booking_shows(session: AsyncSession) -> None:
    booking_id = await booked(session)
    view = await bookings.booking(session, booking_id)
    assert view is not None
    assert (view.state, view.waiting_for, view.consent) == (
        BookingState.WAITING_CONSENT,
        "guardian",
        "asked",
    )
    assert (view.student_first_name, view.grade, view.school_name) == ("Ana", 11, "Lincoln High School")
    assert view.slot.partner_name == "Mercy Hospital"
    assert view.waiting_since is not None
    assert view.deadline is not None
    assert view.waiting_since < view.deadline
    assert "Torres" not in repr(view)
    assert "+1305" not in repr(view)
    assert await bookings.booking(session, demo_id("nothing")) is None


async def test_what_became_of_the_permission(session: AsyncSession) -> None:
    async def consent(booking_id: object) -> str:
        view = await bookings.booking(session, booking_id)  # type: ignore[arg-type]
        assert view is not None
        return view.consent

    given = await confirmed(session)
    assert await consent(given) == "given"
    assert await consent(await booked(session, MARCUS)) == "not_needed"
    await services.revoke_consent(
        session, booking_id=given, guardian_id=GLORIA, cause=by_text(GLORIA), wording="2. No"
    )
    assert await consent(given) == "refused"
    dropped = await booked(session, LUIS)
    await services.cancel_booking(
        session, booking_id=dropped, person_id=LUIS, role="student", cause=by_text(LUIS)
    )
    assert await consent(dropped) == "none"


async def test_a_students_own_bookings(session: AsyncSession) -> None:
    first, second = await confirmed(session), await booked(session, ANA, THURSDAY)
    await services.cancel_booking(
        session, booking_id=second, person_id=ANA, role="student", cause=by_text(ANA)
    )
    assert [view.id for view in await bookings.bookings_of(session, ANA, open_only=True)] == [first]
    assert [view.id for view in await bookings.bookings_of(session, ANA, open_only=False)] == [first, second]
    await set_clock(session, datetime(2027, 3, 9, 17, 1, tzinfo=UTC))
    assert await bookings.bookings_of(session, ANA, open_only=True) == []
    assert await bookings.bookings_of(session, LUIS, open_only=False) == []


async def test_what_waits_for_a_host(session: AsyncSession) -> None:
    await booked(session, TYLER)
    later, earlier = await consented(session, LUIS, THURSDAY), await consented(session, ANA)
    done = await confirmed(session, LEO, THURSDAY)
    assert [view.id for view in await bookings.requests_for_host(session, BEN)] == [later, earlier]
    assert [view.id for view in await bookings.bookings_at_host(session, BEN)] == [done]
    assert await bookings.requests_for_host(session, RAY) == []
    assert await bookings.bookings_at_host(session, RAY) == []


async def test_what_waits_for_a_guardian(session: AsyncSession) -> None:
    first, second = await booked(session, ANA, THURSDAY), await booked(session, LEO)
    await booked(session, TYLER, THURSDAY)
    waiting = await bookings.bookings_waiting_for_guardian(session, GLORIA)
    assert [(view.id, view.student_first_name) for view in waiting] == [(first, "Ana"), (second, "Leo")]
    assert await bookings.bookings_waiting_for_guardian(session, GARY) == []  # barred
    assert await bookings.bookings_waiting_for_guardian(session, MARTA) == []
