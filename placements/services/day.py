"""What a student texts on the way to a visit: the host and the coordinator hear of it."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from placements.cause import Cause
from placements.queries.bookings import BookingView, bookings_of
from placements.rules.bookings import BookingState
from placements.services.booking_steps import Outcome, Scene, coordinator, host_of, no, notify, on_booking

AHEAD = timedelta(hours=24)
EVENTS = frozenset({"student_late", "student_sick", "student_here"})


async def visit_at_hand(session: AsyncSession, student_id: UUID, now: Any) -> BookingView | None:
    """The student's confirmed visit that goes on or begins within a day; None if there is none."""
    held = await bookings_of(session, student_id, open_only=True)
    near = [b for b in held if b.state is BookingState.CONFIRMED and b.slot.starts_at - now <= AHEAD]
    return near[0] if near else None


async def tell_of_the_day(
    session: AsyncSession, *, booking_id: UUID, event: str, facts: dict[str, Any], cause: Cause
) -> Outcome:
    """Tell the host and the coordinator that the student is late, sick or there. Reasons why not: unknown, closed.

    `facts` holds what the texts name (`late`: a label in both languages). Nothing else changes. Raises ValueError for
    an event that is none of `EVENTS`.
    """
    if event not in EVENTS:
        raise ValueError(event)

    async def do(scene: Scene) -> Outcome:
        if scene.booking.state is not BookingState.CONFIRMED:
            return no(scene, "closed")
        await notify(scene, event, {**await host_of(scene), **await coordinator(scene)}, **facts)
        return Outcome(True, scene.booking.state.value)

    return await on_booking(session, f"tell_of_the_day:{event}", booking_id, cause, do)
