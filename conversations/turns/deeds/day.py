"""Deeds of the day itself: late, sick, there."""

from collections.abc import Mapping
from typing import Any

from conversations.lists import slot_vars
from conversations.models import Prompt
from conversations.texts import Say
from conversations.turns.context import Answer, Turn
from conversations.turns.deeds.booking import ask_cancel
from placements.queries.bookings import bookings_of
from placements.services.day import tell_of_the_day, visit_at_hand


async def tell_the_day(turn: Turn, deed: Mapping[str, Any], prompt: Prompt | None) -> Answer:
    """Pass on that the student is late, sick or there; if no visit is at hand nobody is told, and that is said."""
    event, facts = deed["event"], dict(deed.get("facts") or {})
    if turn.person is None:
        return Answer(says=[Say("day.nothing")], resume=True)
    held = await visit_at_hand(turn.session, turn.person.id, turn.now)
    if held is None:
        later = await bookings_of(turn.session, turn.person.id, open_only=True)
        says = [Say("day.not_yet", slot_vars(later[0].slot))] if later else [Say("day.nothing")]
        return Answer(says=says, resume=True)
    await tell_of_the_day(turn.session, booking_id=held.id, event=event, facts=facts, cause=turn.cause())
    told = Answer(
        says=[Say(f"day.{event}", {**slot_vars(held.slot), **facts, "contact": turn.policy.contact_name})]
    )
    if event != "student_sick":
        told.resume = True
        return told
    asked = await ask_cancel(turn, {"booking": str(held.id)}, None)
    return Answer(says=[*told.says, *asked.says], ask=asked.ask)
