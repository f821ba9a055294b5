"""A host's deeds."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from conversations.lists import slot_vars
from conversations.models import Prompt
from conversations.prompts import withdraw_for_record
from conversations.texts import Say
from conversations.turns.context import Answer, Turn
from conversations.turns.passing_on import pass_on
from placements.queries.bookings import booking
from placements.services import bookings


async def accept(turn: Turn, deed: Mapping[str, Any], prompt: Prompt | None) -> Answer:
    """The host takes the student: confirmed, and both sides are told."""
    return await _decide(turn, deed, yes=True)


async def decline(turn: Turn, deed: Mapping[str, Any], prompt: Prompt | None) -> Answer:
    """The host cannot: the student is told kindly and offered other choices."""
    return await _decide(turn, deed, yes=False)


async def _decide(turn: Turn, deed: Mapping[str, Any], *, yes: bool) -> Answer:
    booking_id = UUID(deed["booking"])
    if turn.person is None:
        return Answer(says=[Say("turn.already_settled")])
    verb = bookings.accept_request if yes else bookings.decline_request
    outcome = await verb(turn.session, booking_id=booking_id, champion_id=turn.person.id, cause=turn.cause())
    held = await booking(turn.session, booking_id)
    if outcome.reason == "on_hold" and held is not None:
        await pass_on(turn, "host_answer_held", record_id=booking_id, person_id=held.student_id)
        return Answer(says=[Say("host.on_hold", slot_vars(held.slot))])
    if not outcome.ok or held is None:
        turn.step("host_answer_not_counted", reason=outcome.reason)
        return Answer(says=[Say("turn.already_settled")])
    await withdraw_for_record(turn.session, booking_id, turn.now)
    facts = slot_vars(held.slot) | {"student": held.student_first_name}
    return Answer(says=[Say("host.accepted" if yes else "host.declined", facts)])
