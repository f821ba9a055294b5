"""Which forms and permissions: what is still missing for an open booking, else what there is in general."""

import re
from collections.abc import Sequence

from bot.actions.base import Context, Payload, Planned, Tools, make
from bot.actions.eligibility import district_pack
from bot.actions.know import asked_activities, best, bookings_meant, know
from conversations.lists import slot_vars
from knowledge import answers
from placements.models import Student
from placements.queries.bookings import BookingView
from placements.queries.catalogue import forms_on_file
from placements.queries.schools import pack_of
from placements.rules.packs import RulePack

_LISTED = 2
# A question about where it stands, whatever else it names.
_STANDING = re.compile(
    r"\b(miss(?:ing)?|still need|did (?:u|you|they|my|she|he)|have (?:u|you) (?:got|received)|turned in|complete|"
    r"all set|signed (?:it|yet|already)|on file|waiting on|falta|faltan|pendiente|ya firm[oó]|recibi\w*|complet\w*)\b",
    re.IGNORECASE,
)


def actions(tools: Tools) -> Sequence[Planned]:
    return make(tools, {"ask_paperwork": _paperwork})


async def _paperwork(context: Context) -> Sequence[Payload]:
    key = best(context, "ask_paperwork", asked_activities(context)) or "paperwork"
    standing = _STANDING.search(context.text) is not None
    if key == "paperwork_health" and (needed := await _needed(context)):
        return needed
    if answers()[key].words and not standing:
        return [know(context, key)]
    told: list[Payload] = []
    for held in (await bookings_meant(context))[:_LISTED]:
        told += await _missing(context, held)
    return told or [know(context, key)]


async def _needed(context: Context) -> list[Payload]:
    """The forms that the rules ask for before an activity that the text names."""
    pack = await district_pack(context)
    codes = asked_activities(context)
    forms = [form for code in codes for form in pack.activity(code).forms]
    told = [
        know(context, "paperwork_form_needed", rule=_words_of(pack, form)) for form in dict.fromkeys(forms)
    ]
    return told


async def _missing(context: Context, held: BookingView) -> Sequence[Payload]:
    """What is on record and what is not for one booking."""
    whose = "child" if context.role == "guardian" else "consent"
    facts = slot_vars(held.slot)
    told = [know(context, f"paperwork_{whose}_{held.consent}", student=held.student_first_name, **facts)]
    student = await context.session.get(Student, held.student_id)
    if student is None:
        return told
    on_file = await forms_on_file(context.session, held.student_id, context.now)
    pack = pack_of(student.school)
    absent = [form for form in pack.activity(held.slot.activity).forms if form not in on_file]
    for form in absent:
        told.append(know(context, "paperwork_form_missing", rule=_words_of(pack, form)))
    return told


def _words_of(pack: RulePack, form: str) -> dict[str, str]:
    return {language: pack.wording(f"form:{form}", language) for language in ("en", "es")}
