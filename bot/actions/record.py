"""What the records say of a student: visits done and their hours, and the next step."""

import re
from collections.abc import Sequence
from datetime import timedelta

from bot.actions.base import Context, Payload, Planned, Tools, do, make, say
from conversations.lists import slot_vars
from placements.queries.bookings import BookingView, bookings_of
from placements.rules.bookings import BookingState

_ASKS_NEXT = re.compile(
    r"\b(what(?:'s| is)?|que|qu[eé]|q|where|how|c[oó]mo)\b.*\b(next|now|after this|start|begin|sigue|siguiente|"
    r"ahora|despu[eé]s|empiezo|empezar|hago|debo|should)\b",
    re.IGNORECASE,
)
_PLANS = re.compile(
    r"\b(i'?m\s+(?:going|gonna|enlist\w*|join\w*)|i\s+(?:want|plan|decided|signed)|my plan|voy a|quiero|planeo|"
    r"mi plan|me voy|pienso)\b",
    re.IGNORECASE,
)


def actions(tools: Tools) -> Sequence[Planned]:
    return make(tools, {"my_hours": _hours, "next_plan": _plan})


async def _hours(context: Context) -> Sequence[Payload]:
    """Hours of visits that somebody said the student came to; past ones that nobody spoke of wait."""
    if context.role != "student" or context.person_id is None:
        return [say("record.not_a_student", contact=context.policy.contact_name)]
    if context.unconfirmed:
        return [say("schedule.unconfirmed")]
    every = await bookings_of(context.session, context.person_id, open_only=False)
    done = [b for b in every if b.state is BookingState.ATTENDED]
    waiting = [b for b in every if b.state is BookingState.CONFIRMED and b.slot.ends_at <= context.now]
    says = [_done(done)]
    if waiting:
        says.append(say("record.waiting", count=len(waiting), hours=_sum(waiting)))
    return [*says, say("record.needed", contact=context.policy.contact_name)]


def _done(done: Sequence[BookingView]) -> Payload:
    if not done:
        return say("record.none")
    return say("record.hours", count=len(done), hours=_sum(done))


def _sum(visits: Sequence[BookingView]) -> str:
    """Hours of visits as planned, with a half where there is one."""
    length = sum((b.slot.ends_at - b.slot.starts_at for b in visits), timedelta())
    return f"{length.total_seconds() / 3600:.1f}".removesuffix(".0")


async def _plan(context: Context) -> Sequence[Payload]:
    """One next step for who asks for it; a plan for after school that somebody tells goes to a person."""
    if _ASKS_NEXT.search(context.text) and not _PLANS.search(context.text):
        return await next_step(context)
    matter = {"say": "matter.next_plan", "vars": {}}
    return [
        do("case", kind="not_yet", matter=matter),
        say("info.person_told", contact=context.policy.help_contact),
    ]


async def next_step(context: Context) -> Sequence[Payload]:
    """The one next step that follows from a student's own bookings."""
    if context.role != "student" or context.person_id is None or context.unconfirmed:
        return [say("record.step_first")]
    every = await bookings_of(context.session, context.person_id, open_only=False)
    coming = [b for b in every if b.state in WAITS and b.slot.ends_at > context.now]
    if coming:
        return [say(f"record.step_{coming[0].state}", **slot_vars(coming[0].slot))]
    return [
        say(
            "record.step_after"
            if any(b.state is BookingState.ATTENDED for b in every)
            else "record.step_first"
        )
    ]


WAITS = (BookingState.WAITING_CONSENT, BookingState.WAITING_HOST, BookingState.CONFIRMED)
"""States of a booking that is still to come."""
