"""What a guardian may hear: the open bookings of their own children, and nothing else."""

import re
from collections.abc import Sequence

from bot.actions.base import Context, Payload, do, say
from conversations.lists import slot_vars
from placements.queries.bookings import BookingView, bookings_of
from placements.queries.people import has_only_adults, students_of_guardian


async def children_bookings(context: Context) -> list[BookingView]:
    """The open bookings of the sender's children."""
    if context.person_id is None or "guardian" not in context.roles:
        return []
    children = await students_of_guardian(context.session, context.person_id)
    return [b for child in children for b in await bookings_of(context.session, child.id, open_only=True)]


def visits_meant(context: Context, held: Sequence[BookingView]) -> Sequence[BookingView]:
    """Those of the child that is named; else the one that the open question is about; else all."""
    words = set(re.findall(r"\w+", context.text.lower()))
    asked = {deed.get("booking") for deed in context.options}
    named = [b for b in held if b.student_first_name.lower() in words]
    return named or [b for b in held if str(b.id) in asked] or held


_ABOUT_THE_VISIT = re.compile(
    r"\b(where|when|what (?:time|day|date|place)|who|with whom|which|address|visits?|booked|schedul\w*|plan\w*|going|"
    r"shadow|far|d[oó]nde|cu[aá]ndo|hora|d[ií]a|fecha|qui[eé]n(?:es)?|direcci[oó]n|visitas?|horario|va|ir|reserva\w*|"
    r"lugar|programad[oa])\b",
    re.IGNORECASE,
)


async def guardian_info(context: Context) -> Sequence[Payload]:
    """Where, when and with whom; who this is, for somebody who is nobody's guardian here."""
    held = visits_meant(context, await children_bookings(context))
    if held:
        return [say("schedule.child", student=b.student_first_name, **slot_vars(b.slot)) for b in held[:3]]
    if context.person_id is not None and "guardian" in context.roles:
        if await has_only_adults(context.session, context.person_id):
            return [say("people.child_is_adult", contact=context.policy.contact_name)]
        if _ABOUT_THE_VISIT.search(context.text):
            return [say("schedule.child_nothing")]
        return [do("unanswered"), say("info.not_known", contact=context.policy.help_contact)]
    return [say("info.who_i_am", program=context.policy.program, contact=context.policy.contact_name)]
