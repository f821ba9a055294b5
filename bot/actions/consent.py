"""What guardians decide. Words alone decide nothing: the turn asks for the number."""

from collections.abc import Sequence

from bot.actions.base import Context, Payload, Planned, Tools, answer, choose, do, make, say
from bot.actions.family import children_bookings
from conversations.lists import bookings_to_pick
from conversations.turns.words import is_question

_ASKED = "consent"


def actions(tools: Tools) -> Sequence[Planned]:
    return make(tools, {"give_consent": _give, "refuse_consent": _refuse})


async def _give(context: Context) -> Sequence[Payload]:
    if context.pending == _ASKED:
        return [choose(1)]
    if "guardian" in context.roles and context.person_id is not None:
        return [do("ask_lift")]
    return await _not_theirs(context)


async def _refuse(context: Context) -> Sequence[Payload]:
    if context.pending == _ASKED:
        return [choose(2)]
    if "guardian" not in context.roles or context.person_id is None:
        return await _not_theirs(context)
    held = await children_bookings(context)
    if not held:
        return [say("consent.nothing_to_decide"), {"resume": True}]
    if len(held) > 1:
        return answer(bookings_to_pick(held, "ask_take_back", "choose_booking", "cancel.which"))
    return [do("ask_take_back", booking=str(held[0].id))]


async def _not_theirs(context: Context) -> Sequence[Payload]:
    """Nobody's permission; a question about permissions is no answer to one."""
    if is_question(context.text):
        return [
            do("unanswered"),
            say("info.not_known", contact=context.policy.help_contact),
            {"resume": True},
        ]
    return [do("consent_not_yours")]
