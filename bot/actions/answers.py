"""Answers in other words than the number, and what was not understood."""

from collections.abc import Sequence

from bot.actions.base import Context, Payload, Planned, Tools, choose, do, make, say
from bot.actions.opportunities import look_again

_OWN_LISTS = ("choose_slot", "choose_booking", "which_day", "tell_when")


def actions(tools: Tools) -> Sequence[Planned]:
    return make(
        tools,
        {
            "affirm": _affirm,
            "deny": _deny,
            "choose_option": _choose,
            "give_details": _details,
            "fallback": _fallback,
            "out_of_scope": _fallback,
        },
    )


async def _affirm(context: Context) -> Sequence[Payload]:
    if context.asks_yes_no:
        return [choose(1)]
    if context.pending:
        return [say("turn.pick_number"), *([] if context.pending in _OWN_LISTS else [{"resume": True}])]
    return [say("info.ok")]


async def _deny(context: Context) -> Sequence[Payload]:
    if context.asks_yes_no:
        return [choose(2)]
    if context.pending in _OWN_LISTS:
        return [do("drop")]
    return [{"resume": True}] if context.pending else [say("turn.no_problem")]


async def _choose(context: Context) -> Sequence[Payload]:
    option = context.first("option") or context.first("count")
    if option and option.isdigit() and 1 <= int(option) <= len(context.options):
        return [choose(int(option))]
    return [say("turn.nothing_open")] if not context.pending else [do("fallback")]


async def _details(context: Context) -> Sequence[Payload]:
    """A bare day narrows the open list; a name that nothing was waiting for is heard, and no failure."""
    if (found := await look_again(context)) is not None:
        return found
    return [do("fallback")] if context.pending else [do("add_to_case")]


async def _fallback(context: Context) -> Sequence[Payload]:
    if context.values("date") and (found := await look_again(context)) is not None:
        return found
    return [do("fallback")]
