import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from footbridge.demo import demo_id
from placements.models import Interest
from placements.services import bookings, interests
from tests.placements.given import (
    ANA,
    LEO,
    LUIS,
    MARCUS,
    TUESDAY,
    booked,
    by_console,
    by_text,
    told,
)

NURSING_SHADOW = {"clusters": ["health-science"], "activity": "job_shadow"}


async def save(session: AsyncSession, student: object, **wish: object) -> object:
    return await interests.save_interest(
        session,
        student_id=student,  # type: ignore[arg-type]
        cause=by_console(student),  # type: ignore[arg-type]
        **(NURSING_SHADOW | wish),  # type: ignore[arg-type]
    )


async def test_the_same_wish_twice_is_one(session: AsyncSession) -> None:
    assert await save(session, LEO) == await save(session, LEO)
    assert await session.scalar(select(func.count()).select_from(Interest)) == 1
    with pytest.raises(ValueError, match="skydiving"):
        await save(session, LEO, activity="skydiving")


async def test_a_place_that_comes_free_is_told_once_to_whom_it_suits(session: AsyncSession) -> None:
    first, _ = await booked(session, ANA), await booked(session, LUIS)
    await save(session, ANA)  # has just given the place back
    await save(session, LEO)
    await save(session, MARCUS, clusters=["finance"])
    await save(session, demo_id("noah"), activity="internship")
    await save(session, demo_id("mia"), clusters=[], activity=None)
    await save(session, demo_id("priya"), clusters=["registered-nurse"], activity=None)
    await bookings.cancel_booking(
        session, booking_id=first, person_id=ANA, role="student", cause=by_text(ANA)
    )
    opened = [audience for event, audience in await told(session) if event == "interest_opened"]
    assert opened == [{LEO}, {demo_id("mia")}, {demo_id("priya")}]
    again = await interests.tell_interested(
        session, slot_id=TUESDAY, places=1, cause=by_console(ANA), leave_out=ANA
    )
    assert again == 0


async def test_a_place_in_a_slot_that_was_not_full_is_no_news(session: AsyncSession) -> None:
    booking_id = await booked(session, ANA)
    await save(session, LEO)
    await bookings.cancel_booking(
        session, booking_id=booking_id, person_id=ANA, role="student", cause=by_text(ANA)
    )
    assert "interest_opened" not in [event for event, _ in await told(session)]


async def test_not_more_are_told_than_the_pack_says(session: AsyncSession) -> None:
    for key in ("mia", "noah", "sofia", "jaden", "camila"):
        await save(session, demo_id(key))
    assert await interests.tell_interested(session, slot_id=TUESDAY, places=1, cause=by_console(ANA)) == 3
    assert await interests.tell_interested(session, slot_id=TUESDAY, places=0, cause=by_console(ANA)) == 0
