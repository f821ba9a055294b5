"""What is booked, what it waits for, and changing it."""

from collections.abc import Sequence
from uuid import UUID

from bot.actions.base import Context, Payload, Planned, Tools, answer, do, make, say
from bot.actions.family import children_bookings, guardian_info
from bot.actions.opportunities import unclear_day, which_day, wish
from conversations.lists import bookings_to_pick, slot_vars
from conversations.prompts import Ask, yes_no
from conversations.texts import Say
from conversations.turns.context import Answer
from placements.queries.bookings import BookingView, bookings_at_host, bookings_of, requests_for_host
from placements.queries.partners import is_on_hold
from placements.queries.people import reachable_guardians

_NOTHING_TO_CANCEL = {"employer": "schedule.nobody_coming", "guardian": "schedule.child_nothing"}
_WHEN = ("date_from", "date_to", "weekdays", "time_from", "time_to")  # of a wish, what moves a booking
_ENDED = ("expired", "declined", "refused", "cancelled")


def actions(tools: Tools) -> Sequence[Planned]:
    return make(
        tools,
        {
            "my_schedule": _schedule,
            "ask_status": _status,
            "reschedule": _reschedule,
            "cancel_booking": _cancel,
            "ask_who_is_coming": _coming,
            "ask_guardian_info": guardian_info,
        },
    )


async def own_bookings(context: Context) -> list[BookingView]:
    """The sender's own open bookings, as a student."""
    if context.person_id is None or "student" not in context.roles:
        return []
    return await bookings_of(context.session, context.person_id, open_only=True)


async def _schedule(context: Context) -> Sequence[Payload]:
    if context.role == "employer":
        return await _coming(context)
    if context.role == "guardian":
        return await guardian_info(context)
    if context.unconfirmed:
        return [say("schedule.unconfirmed")]
    held = await own_bookings(context)
    if not held:
        return [say("schedule.nothing")]
    return [say(f"schedule.{b.state}", **slot_vars(b.slot)) for b in held[:3]]


async def _coming(context: Context) -> Sequence[Payload]:
    if context.person_id is None or "employer" not in context.roles:
        return [say("schedule.nobody_coming")]
    held = await bookings_at_host(context.session, context.person_id)
    if not held:
        return [] if context.pending == "host_request" else [say("schedule.nobody_coming")]
    return [
        say("schedule.coming", student=b.student_first_name, grade=b.grade, **slot_vars(b.slot))
        for b in held[:4]
    ]


async def _status(context: Context) -> Sequence[Payload]:
    if context.role == "employer" and context.person_id is not None:
        waiting = await requests_for_host(context.session, context.person_id)
        return [{"resume": True}] if waiting and context.pending == "host_request" else await _coming(context)
    if context.role == "guardian":
        return [*await guardian_info(context), {"resume": True}]
    if context.unconfirmed:
        return [say("schedule.unconfirmed"), {"resume": True}]
    held = await own_bookings(context)
    if not held and context.pending == "choose_slot":
        return [say("status.nothing_yet"), {"resume": True}]
    if not held:
        return [*await _ended(context), {"resume": True}]
    can_ask = bool(await reachable_guardians(context.session, held[0].student_id))
    waits = {b.id for b in held if await is_on_hold(context.session, b.slot.partner_id)}
    says = [Say(_status_key(b, can_ask, b.id in waits), _status_vars(b)) for b in held[:2]]
    asked = [b for b in held if b.state == "waiting_consent" and b.id not in waits and not b.nudged]
    silent = asked[0] if can_ask and asked else None
    ask = _nudge(silent) if silent and context.pending is None else None
    return [*answer(Answer(says=says, ask=ask)), {"resume": True}]


def _status_key(held: BookingView, can_ask: bool, on_hold: bool) -> str:
    if on_hold:
        return "status.on_hold"
    if held.state == "waiting_consent" and held.needs_form:
        return "status.waiting_form"
    return "status.no_guardian" if held.state == "waiting_consent" and not can_ask else f"status.{held.state}"


async def _ended(context: Context) -> Sequence[Payload]:
    """What became of the latest booking, where none is open and its day is still to come."""
    if context.person_id is None or "student" not in context.roles:
        return [say("status.nothing")]
    every = await bookings_of(context.session, context.person_id, open_only=False)
    ended = [b for b in every if b.state in _ENDED and b.slot.starts_at > context.now]
    if not ended:
        return [say("status.nothing")]
    last = max(ended, key=lambda b: b.requested_at)
    return [say(f"status.ended_{last.state}", **slot_vars(last.slot))]


def _status_vars(held: BookingView) -> dict[str, object]:
    zone = held.slot.timezone
    facts: dict[str, object] = slot_vars(held.slot)
    for name, at in (("since", held.waiting_since), ("deadline", held.deadline)):
        facts[name] = {"at": at.isoformat(), "tz": zone} if at else ""
    return facts


def _nudge(held: BookingView) -> Ask:
    return Ask(
        kind="nudge",
        say=Say("status.nudge"),
        yes_no=True,
        record_id=held.id,
        options=yes_no({"verb": "nudge", "booking": str(held.id)}, {"verb": "no_thanks"}),
    )


async def _reschedule(context: Context) -> Sequence[Payload]:
    if context.unconfirmed:
        return [say("schedule.unconfirmed")]
    held = _narrowed(context, await own_bookings(context))
    if not held:
        return [say("cancel.nothing"), {"resume": True}]
    if len(held) > 1:
        return answer(bookings_to_pick(held, "ask_reschedule", "choose_booking", "reschedule.which"))
    query = {key: value for key, value in wish(context).items() if key in _WHEN and value}
    deed = {"verb": "ask_reschedule", "booking": str(held[0].id), "query": query}
    if ask := which_day(context, deed):
        return answer(Answer(ask=ask))
    return [*unclear_day(context), {"do": deed}]


async def _cancel(context: Context) -> Sequence[Payload]:
    if context.unconfirmed:
        return [say("schedule.unconfirmed")]
    held = await _cancellable(context)
    verb = "ask_take_back" if context.role == "guardian" else "ask_cancel"
    if not held:
        return [say(_NOTHING_TO_CANCEL.get(context.role, "cancel.nothing")), {"resume": True}]
    if len(held) > 1:
        return answer(bookings_to_pick(held, verb, "choose_booking", "cancel.which"))
    return [do(verb, booking=str(held[0].id))]


async def _cancellable(context: Context) -> list[BookingView]:
    if context.role == "employer" and context.person_id is not None:
        return await bookings_at_host(context.session, context.person_id)
    if context.role == "guardian":
        return await children_bookings(context)
    return _narrowed(context, await own_bookings(context))


def _narrowed(context: Context, held: list[BookingView]) -> list[BookingView]:
    """Those at the employer that was named, if one was and it fits."""
    named = context.first("employer")
    at = [b for b in held if named and b.slot.partner_id == UUID(named)]
    return at or held
