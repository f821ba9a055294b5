"""Whatever people do, in whatever order: a refusal that nobody lifted never ends in a confirmed booking."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import NullPool, func, select
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

from placements import clock
from placements.models import Booking, BookingEvent, Consent, Decision, Refusal
from placements.queries.bookings import due_bookings
from placements.rules.bookings import HOLDING, TRANSITIONS, BookingState
from placements.services import bookings
from tests.placements.given import (
    ANA,
    BEN,
    CORA,
    GLORIA,
    LEO,
    NURSING,
    THURSDAY,
    TUESDAY,
    by_clock,
    by_console,
    by_text,
    request,
    set_clock,
)

Deed = Callable[[AsyncSession, UUID, list[UUID]], Awaitable[object]]
pytestmark = pytest.mark.slow


def _on_each(
    act: Callable[[AsyncSession, UUID], Awaitable[object]],
) -> Deed:
    async def deed(session: AsyncSession, _student: UUID, mine: list[UUID]) -> None:
        for booking_id in mine:
            await act(session, booking_id)

    return deed


async def _lift(session: AsyncSession, student: UUID, person: UUID) -> object:
    cause = by_text(person) if person == GLORIA else by_console(person)
    return await bookings.lift_refusal(
        session, student_id=student, opportunity_id=NURSING, person_id=person, cause=cause
    )


async def _hours_pass(session: AsyncSession, _student: UUID, _mine: list[UUID]) -> None:
    later = await clock.now(session) + timedelta(hours=30)
    await set_clock(session, later)
    for item in await due_bookings(session, later):
        await bookings.do_due(session, item=item, cause=by_clock())


DEEDS: dict[str, Deed] = {
    "ask for Tuesday": lambda s, student, _: request(s, student, TUESDAY),
    "ask for Thursday": lambda s, student, _: request(s, student, THURSDAY),
    "consent": _on_each(
        lambda s, b: bookings.give_consent(
            s, booking_id=b, guardian_id=GLORIA, cause=by_text(GLORIA), wording="1"
        )
    ),
    "refuse": _on_each(
        lambda s, b: bookings.refuse_consent(
            s, booking_id=b, guardian_id=GLORIA, cause=by_text(GLORIA), wording="2"
        )
    ),
    "revoke": _on_each(
        lambda s, b: bookings.revoke_consent(
            s, booking_id=b, guardian_id=GLORIA, cause=by_text(GLORIA), wording="2"
        )
    ),
    "accept": _on_each(
        lambda s, b: bookings.accept_request(s, booking_id=b, champion_id=BEN, cause=by_text(BEN))
    ),
    "decline": _on_each(
        lambda s, b: bookings.decline_request(s, booking_id=b, champion_id=BEN, cause=by_text(BEN))
    ),
    "call off": _on_each(
        lambda s, b: bookings.cancel_booking(
            s, booking_id=b, person_id=CORA, role="coordinator", cause=by_console(CORA)
        )
    ),
    "move to Thursday": _on_each(
        lambda s, b: bookings.reschedule_booking(s, booking_id=b, slot_id=THURSDAY, cause=by_console(CORA))
    ),
    "lift as guardian": lambda s, student, _: _lift(s, student, GLORIA),
    "lift as coordinator": lambda s, student, _: _lift(s, student, CORA),
    "thirty hours pass": _hours_pass,
}


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(st.tuples(st.sampled_from([ANA, LEO]), st.sampled_from(sorted(DEEDS))), min_size=3, max_size=10)
)
def test_no_order_of_deeds_breaks_a_promise(demo_url: str, story: list[tuple[UUID, str]]) -> None:
    asyncio.run(_play(demo_url, story))


async def test_the_short_way_round_a_refusal_is_closed(session: AsyncSession) -> None:
    """Refused, asked again, consented, accepted: without lifting it there is nothing to consent to."""
    for deed in ("ask for Tuesday", "refuse", "ask for Thursday", "consent", "accept"):
        await _do(session, ANA, deed)
    await _check(session)
    states = (await session.execute(select(Booking.state))).scalars().all()
    assert states == [BookingState.REFUSED]
    for deed in ("lift as guardian", "ask for Thursday", "consent", "accept"):
        await _do(session, ANA, deed)
    await _check(session)
    assert BookingState.CONFIRMED in (await session.execute(select(Booking.state))).scalars().all()


async def _play(url: str, story: list[tuple[UUID, str]]) -> None:
    engine = create_async_engine(url, poolclass=NullPool)
    async with engine.connect() as connection:
        transaction = await connection.begin()
        async with AsyncSession(connection, expire_on_commit=False) as session:
            for student, deed in story:
                await _do(session, student, deed)
                await _check(session)
        await transaction.rollback()
    await engine.dispose()


async def _do(session: AsyncSession, student: UUID, deed: str) -> None:
    mine = select(Booking.id).where(Booking.student_id == student).order_by(Booking.id)
    await DEEDS[deed](session, student, list((await session.execute(mine)).scalars()))


async def _check(session: AsyncSession) -> None:
    for booking in (await session.execute(select(Booking))).scalars().all():
        if booking.state is BookingState.CONFIRMED:
            assert await _unlifted(session, booking) == 0
            assert await _last_decision(session, booking) is Decision.GIVEN
        steps = (
            (
                await session.execute(
                    select(BookingEvent)
                    .where(BookingEvent.booking_id == booking.id)
                    .order_by(BookingEvent.id)
                )
            )
            .scalars()
            .all()
        )
        assert (steps[0].from_state, steps[0].to_state) == (None, BookingState.REQUESTED)
        assert steps[-1].to_state is booking.state
        for before, after in itertools.pairwise(steps):
            assert after.from_state is before.to_state
            assert after.to_state in TRANSITIONS[before.to_state]
    held = await session.execute(
        select(Booking.slot_id, Booking.place_no, func.count())
        .where(Booking.state.in_(HOLDING))
        .group_by(Booking.slot_id, Booking.place_no)
    )
    assert all(count == 1 for _, _, count in held)


async def _unlifted(session: AsyncSession, booking: Booking) -> int:
    standing = select(func.count()).select_from(Refusal)
    return (
        await session.execute(
            standing.where(
                Refusal.student_id == booking.student_id,
                Refusal.opportunity_id == booking.opportunity_id,
                Refusal.lifted_at.is_(None),
                Refusal.at <= booking.state_since,  # a no to another day leaves what was confirmed before
            )
        )
    ).scalar_one()


async def _last_decision(session: AsyncSession, booking: Booking) -> Decision | None:
    latest = select(Consent.decision).where(Consent.booking_id == booking.id)
    return await session.scalar(latest.order_by(Consent.id.desc()).limit(1))
