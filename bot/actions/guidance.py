"""Getting ready: what to wear and bring, pay, credit, the way there, resumes, interviews, and hosting."""

from collections.abc import Sequence
from uuid import UUID

from bot.actions.base import Context, Payload, Plan, Planned, Tools, make
from bot.actions.know import asked_activities, best, bookings_meant, know, subject, without_stop
from conversations.lists import slot_vars
from knowledge import answers, clauses, mentions, pick
from placements.queries.catalogue import SlotQuery, find_slots

_OF_THE_DAY = frozenset(("preparation", "preparation_wear", "preparation_bring"))


def actions(tools: Tools) -> Sequence[Planned]:
    plans: dict[str, Plan] = {
        "ask_preparation": _preparation,
        "ask_pay": _pay,
        "ask_credit": _credit,
        "directions": _directions,
        "resume_help": _resume_help,
        "interview_help": _interview_help,
        "ask_employer_info": _employer_info,
    }
    return make(tools, plans)


async def _preparation(context: Context) -> Sequence[Payload]:
    asked = asked_activities(context)
    key = best(context, "ask_preparation", asked) or "preparation"
    held = await bookings_meant(context)
    if held and (key in _OF_THE_DAY or not answers()[key].words):
        facts = {**slot_vars(held[0].slot), "bring": without_stop(held[0].slot.bring)}
        named = "preparation_child" if context.role == "guardian" else "preparation_booked"
        return [know(context, named, student=held[0].student_first_name, **facts)]
    return [know(context, key)]


async def _pay(context: Context) -> Sequence[Payload]:
    if context.role == "employer":
        return [know(context, "employer_pay")]
    return [know(context, best(context, "ask_pay", await subject(context)) or "pay")]


async def _credit(context: Context) -> Sequence[Payload]:
    return [know(context, best(context, "ask_credit", await subject(context)) or "credit")]


async def _directions(context: Context) -> Sequence[Payload]:
    ride = [know(context, "directions_ride")] if mentions("directions_ride", context.text) else []
    for held in (await bookings_meant(context))[:1]:
        key = "directions_child" if context.role == "guardian" else "directions_booked"
        return [know(context, key, student=held.student_first_name, **slot_vars(held.slot)), *ride]
    if (place := context.first("employer")) is not None:
        found = await find_slots(context.session, SlotQuery(partner_id=UUID(place), limit=1), context.now)
        if found.exact:
            return [know(context, "directions_place", **slot_vars(found.exact[0])), *ride]
    return [know(context, "directions_none" if context.role == "student" else "directions_none_other"), *ride]


async def _resume_help(context: Context) -> Sequence[Payload]:
    return [know(context, best(context, "resume_help") or "resume_help")]


async def _interview_help(context: Context) -> Sequence[Payload]:
    return [know(context, best(context, "interview_help") or "interview_help")]


async def _employer_info(context: Context) -> Sequence[Payload]:
    """What hosting takes; where a text asks two things, both."""
    kinds = asked_activities(context)
    whole = best(context, "ask_employer_info", kinds) or "employer_info"
    parts = [
        pick("ask_employer_info", part, role=context.role, activities=kinds) for part in clauses(context.text)
    ]
    asked = [each.key for each in parts if each is not None and each.words]
    return [
        know(context, key) for key in list(dict.fromkeys([*asked, whole]))[: max(1, min(2, len(set(asked))))]
    ]
