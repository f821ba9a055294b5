"""Two people at the same instant, on two real connections that both commit."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from footbridge.demo import demo_id
from placements.cause import Cause
from placements.database import Database
from placements.models import Booking, BookingEvent, Effect, Notice, Place, Slot, SlotStatus
from placements.rules.bookings import HOLDING, BookingState
from placements.services import bookings
from placements.services.bookings import Booked, NotBooked, Outcome
from tests.placements.conftest import load_demo
from tests.placements.given import ANA, BEN, GLORIA, LUIS, NURSING, THURSDAY, TUESDAY, by_text

pytestmark = pytest.mark.slow

ROUNDS = 100


@pytest.fixture
async def shared(database_url: str) -> AsyncIterator[Database]:
    await load_demo(database_url)
    database = Database(database_url)
    yield database
    await database.close()


async def one_place_slots(database: Database, count: int) -> list[UUID]:
    """Slots of one place each, on times that overlap with no other."""
    async with database.session() as session:
        first = await session.get_one(Slot, TUESDAY)
        ids = [demo_id(f"race {number}") for number in range(count)]
        for number, slot_id in enumerate(ids, start=1):
            session.add(
                Slot(
                    id=slot_id,
                    opportunity_id=NURSING,
                    starts_at=first.starts_at + timedelta(days=7 * number),
                    ends_at=first.ends_at + timedelta(days=7 * number),
                    timezone=first.timezone,
                    status=SlotStatus.OPEN,
                )
            )
        await session.flush()
        session.add_all(Place(slot_id=slot_id, place_no=1) for slot_id in ids)
    return ids


async def take(
    database: Database, student: UUID, slot: UUID, cause: Cause, gate: asyncio.Barrier
) -> Booked | NotBooked:
    async with database.session() as session:
        await session.execute(text("select 1"))  # the transaction is open before the gate
        await gate.wait()
        return await bookings.request_booking(session, student_id=student, slot_id=slot, cause=cause)


async def test_the_last_place_goes_to_exactly_one_of_two_students(shared: Database) -> None:
    for slot in await one_place_slots(shared, ROUNDS):
        gate = asyncio.Barrier(2)
        results = await asyncio.gather(
            take(shared, ANA, slot, by_text(ANA), gate), take(shared, LUIS, slot, by_text(LUIS), gate)
        )
        assert sorted(type(result).__name__ for result in results) == ["Booked", "NotBooked"]
        assert NotBooked("full") in results
    async with shared.session() as session:
        held = await session.execute(
            select(Booking.slot_id, func.count()).where(Booking.state.in_(HOLDING)).group_by(Booking.slot_id)
        )
        assert [count for _, count in held] == [1] * ROUNDS


async def test_two_places_at_the_same_instant_go_to_both(shared: Database) -> None:
    slots = await one_place_slots(shared, 15)
    async with shared.session() as session:
        session.add_all(Place(slot_id=slot, place_no=2) for slot in slots)
    for slot in slots:
        gate = asyncio.Barrier(2)
        results = await asyncio.gather(
            take(shared, ANA, slot, by_text(ANA), gate), take(shared, LUIS, slot, by_text(LUIS), gate)
        )
        assert [type(result).__name__ for result in results] == ["Booked", "Booked"]


async def test_the_same_message_handled_twice_at_once_has_one_effect(shared: Database) -> None:
    for slot in await one_place_slots(shared, 10):
        cause, gate = by_text(ANA), asyncio.Barrier(2)
        first, second = await asyncio.gather(*(take(shared, ANA, slot, cause, gate) for _ in range(2)))
        assert isinstance(first, Booked)
        assert first == second
    async with shared.session() as session:
        assert await session.scalar(select(func.count()).select_from(Booking)) == 10
        assert await session.scalar(select(func.count()).select_from(Notice)) == 10
        assert await session.scalar(select(func.count()).select_from(Effect)) == 10


async def test_one_student_cannot_be_in_two_places(shared: Database) -> None:
    async with shared.session() as session:
        nursing = await session.get_one(Slot, TUESDAY)
        rival = await session.get_one(Slot, demo_id("slot aquarium-shadow 1"))
        rival.starts_at, rival.ends_at = nursing.starts_at, nursing.ends_at
    for _ in range(10):
        gate = asyncio.Barrier(2)
        results = await asyncio.gather(
            *(take(shared, ANA, slot, by_text(ANA), gate) for slot in (nursing.id, rival.id))
        )
        assert NotBooked("overlap") in results
        (winner,) = [result for result in results if isinstance(result, Booked)]
        async with shared.session() as session:
            await bookings.cancel_booking(
                session, booking_id=winner.booking_id, person_id=ANA, role="student", cause=by_text(ANA)
            )


async def test_a_no_and_a_yes_at_the_same_instant_never_confirm(shared: Database) -> None:
    """The host accepts while the guardian takes permission back: whoever is first, it ends refused."""
    for slot in await one_place_slots(shared, 15):
        async with shared.session() as session:
            result = await bookings.request_booking(session, student_id=ANA, slot_id=slot, cause=by_text(ANA))
            assert isinstance(result, Booked)
            booking_id = result.booking_id
            await bookings.give_consent(
                session, booking_id=booking_id, guardian_id=GLORIA, cause=by_text(GLORIA), wording="1. Sí"
            )
        gate = asyncio.Barrier(2)

        async def accept(booking_id: UUID = booking_id, gate: asyncio.Barrier = gate) -> Outcome:
            async with shared.session() as session:
                await gate.wait()
                return await bookings.accept_request(
                    session, booking_id=booking_id, champion_id=BEN, cause=by_text(BEN)
                )

        async def revoke(booking_id: UUID = booking_id, gate: asyncio.Barrier = gate) -> Outcome:
            async with shared.session() as session:
                await gate.wait()
                return await bookings.revoke_consent(
                    session,
                    booking_id=booking_id,
                    guardian_id=GLORIA,
                    cause=by_text(GLORIA),
                    wording="2. No",
                )

        _, revoked = await asyncio.gather(accept(), revoke())
        assert revoked == Outcome(True, "refused")
        async with shared.session() as session:
            assert (await session.get_one(Booking, booking_id)).state is BookingState.REFUSED
            await bookings.lift_refusal(
                session, student_id=ANA, opportunity_id=NURSING, person_id=GLORIA, cause=by_text(GLORIA)
            )


async def test_moves_in_opposite_directions_do_not_wait_for_each_other(shared: Database) -> None:
    """Ana moves from Tuesday to Thursday while Luis moves from Thursday to Tuesday."""
    booked = {}
    for student, slot in ((ANA, TUESDAY), (LUIS, THURSDAY)):
        async with shared.session() as session:
            result = await bookings.request_booking(
                session, student_id=student, slot_id=slot, cause=by_text(student)
            )
            assert isinstance(result, Booked)
            booked[student] = result.booking_id
    targets = {ANA: THURSDAY, LUIS: TUESDAY}
    for _ in range(10):
        gate = asyncio.Barrier(2)

        async def move(student: UUID, gate: asyncio.Barrier = gate) -> None:
            async with shared.session() as session:
                await gate.wait()
                result = await bookings.reschedule_booking(
                    session, booking_id=booked[student], slot_id=targets[student], cause=by_text(student)
                )
            assert isinstance(result, Booked)
            booked[student] = result.booking_id
            targets[student] = TUESDAY if targets[student] == THURSDAY else THURSDAY

        await asyncio.wait_for(asyncio.gather(move(ANA), move(LUIS)), timeout=20)


async def test_the_index_alone_refuses_a_second_holder(shared: Database) -> None:
    async with shared.session() as session:
        result = await bookings.request_booking(session, student_id=ANA, slot_id=TUESDAY, cause=by_text(ANA))
        assert isinstance(result, Booked)
    with pytest.raises(IntegrityError, match="uq_bookings_place"):
        async with shared.session() as session:
            await session.execute(
                text(
                    "insert into placements.bookings (id, student_id, slot_id, opportunity_id, place_no,"
                    " state, state_since, requested_at, plan_since, needs_consent, needs_host, day_before_at,"
                    " host_asked)"
                    " select gen_random_uuid(), :luis, slot_id, opportunity_id, place_no, 'requested',"
                    " state_since, requested_at, plan_since, needs_consent, needs_host, day_before_at, false"
                    " from placements.bookings"
                ),
                {"luis": LUIS},
            )


async def test_an_error_undoes_the_whole_transaction(shared: Database) -> None:
    with pytest.raises(DBAPIError):
        async with shared.session() as session:
            await bookings.request_booking(session, student_id=ANA, slot_id=TUESDAY, cause=by_text(ANA))
            await session.execute(text("select 1 / 0"))
    async with shared.session() as session:
        for table in (Booking, BookingEvent, Notice, Effect):
            assert await session.scalar(select(func.count()).select_from(table)) == 0
