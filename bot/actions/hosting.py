"""What hosts decide. Words alone decide nothing: the turn asks for the number."""

from collections.abc import Sequence

from bot.actions.base import Context, Payload, Planned, Tools, answer, choose, do, make, say
from conversations.lists import bookings_to_pick
from placements.queries.bookings import bookings_at_host

_ASKED = "host_request"


def actions(tools: Tools) -> Sequence[Planned]:
    return make(
        tools, {"accept_student": _accept, "decline_student": _decline, "host_cannot_today": _decline}
    )


async def _accept(context: Context) -> Sequence[Payload]:
    return [choose(1)] if context.pending == _ASKED else [say("host.nothing_waiting"), {"resume": True}]


async def _decline(context: Context) -> Sequence[Payload]:
    if context.pending == _ASKED:
        return [choose(2)]
    return await _cannot(context)


async def _cannot(context: Context) -> Sequence[Payload]:
    """Call off a visit that was accepted; the visits of the days named, where days are named."""
    if context.person_id is None or "employer" not in context.roles:
        return [say("host.nothing_waiting"), {"resume": True}]
    every = await bookings_at_host(context.session, context.person_id)
    held = [b for b in every if b.slot.local_start.date().isoformat() in context.values("date")] or every
    if not held:
        return [say("host.nothing_waiting"), {"resume": True}]
    if len(held) > 1:
        return answer(bookings_to_pick(held, "ask_cancel", "choose_booking", "cancel.which"))
    return [do("ask_cancel", booking=str(held[0].id))]
