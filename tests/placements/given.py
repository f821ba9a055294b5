"""The demo's people on one fixed morning, and the short words that the tests use for them."""

import itertools
from datetime import UTC, date, datetime
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from footbridge.demo import demo_id
from placements.cause import Cause
from placements.models import Booking, Notice
from placements.rules.bookings import BookingState
from placements.services import bookings
from placements.services.bookings import Booked, NotBooked

TODAY = date(2027, 3, 1)  # a Monday; summer time begins on the 14th
MORNING = datetime(2027, 3, 1, 15, tzinfo=UTC)  # 10:00 in Miami

ANA, LEO, LUIS, DANA = (demo_id(key) for key in ("ana", "leo", "luis", "dana"))
GLORIA, MARTA, SAM = (demo_id(key) for key in ("gloria", "marta", "sam"))
BEN, RAY, CORA, DEV, NADIA = (demo_id(key) for key in ("ben", "ray", "cora", "dev", "nadia"))
MARCUS = demo_id("marcus")  # 18 years old
TYLER, ROBIN, GARY = (demo_id(key) for key in ("tyler", "robin", "gary"))  # Gary is barred
ISAIAH = demo_id("isaiah")  # the only guardian has no phone
PHONES = {
    ANA: "+13055550101",
    GLORIA: "+13055550102",
    BEN: "+13055550103",
    LUIS: "+13055550104",
    MARTA: "+13055550105",
    LEO: "+13055550106",
    SAM: "+13055550107",
    RAY: "+13055550108",
    CORA: "+13055550109",
    DEV: "+13055550110",
    MARCUS: "+17865550108",
    TYLER: "+17865550113",
    ROBIN: "+16455550113",
    GARY: "+16455550150",
    ISAIAH: "+17865550135",
}
NURSING = demo_id("mercy-nursing")
TUESDAY, THURSDAY = demo_id("slot mercy-nursing 1"), demo_id("slot mercy-nursing 2")

_numbers = itertools.count(1)


async def set_clock(session: AsyncSession, at: datetime) -> None:
    """Set the installation's clock to any time, also one gone by: the tests live in March 2027."""
    await session.execute(
        text(
            "insert into placements.clock (id, ahead) values (1, :at - clock_timestamp())"
            " on conflict (id) do update set ahead = excluded.ahead"
        ),
        {"at": at},
    )


def by_text(person: UUID, phone: str | None = None) -> Cause:
    """A new message of this person, from their own number unless another is given."""
    return Cause("message", f"m{next(_numbers)}", person, phone or PHONES[person])


def by_console(person: UUID) -> Cause:
    """A coordinator's click."""
    return Cause("console", f"c{next(_numbers)}", person)


def by_clock() -> Cause:
    """Due work."""
    return Cause("due", f"d{next(_numbers)}")


async def request(session: AsyncSession, student: UUID, slot: UUID = TUESDAY) -> Booked | NotBooked:
    return await bookings.request_booking(session, student_id=student, slot_id=slot, cause=by_text(student))


async def booked(session: AsyncSession, student: UUID = ANA, slot: UUID = TUESDAY) -> UUID:
    """A booking that waits for the guardian (or, for an adult, for the host)."""
    result = await request(session, student, slot)
    assert isinstance(result, Booked), result
    return result.booking_id


async def consented(session: AsyncSession, student: UUID = ANA, slot: UUID = TUESDAY) -> UUID:
    """A booking that waits for the host."""
    booking_id = await booked(session, student, slot)
    guardian = {ANA: GLORIA, LEO: GLORIA, LUIS: MARTA}[student]
    outcome = await bookings.give_consent(
        session, booking_id=booking_id, guardian_id=guardian, cause=by_text(guardian), wording="1. Sí"
    )
    assert outcome.ok, outcome
    return booking_id


async def confirmed(session: AsyncSession, student: UUID = ANA, slot: UUID = TUESDAY) -> UUID:
    """A booking that everybody agreed to."""
    booking_id = await consented(session, student, slot)
    outcome = await bookings.accept_request(
        session, booking_id=booking_id, champion_id=BEN, cause=by_text(BEN)
    )
    assert outcome.ok, outcome
    return booking_id


async def state(session: AsyncSession, booking_id: UUID) -> BookingState:
    return (await session.execute(select(Booking.state).where(Booking.id == booking_id))).scalar_one()


async def told(session: AsyncSession) -> list[tuple[str, set[UUID]]]:
    """Every notice so far: its event and its audience."""
    rows = await session.execute(select(Notice).order_by(Notice.position))
    return [(each.event, {UUID(person) for person in each.audience}) for each in rows.scalars()]
