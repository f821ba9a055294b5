"""What actions that answer from the knowledge share: the words, and what a question is about."""

import re
from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from bot.actions.base import Context, Payload, say
from bot.actions.family import children_bookings
from bot.actions.schedule import own_bookings
from knowledge import pick, plain_text
from placements.models import ActivityType
from placements.queries.bookings import BookingView
from placements.queries.catalogue import slot

_UNNAMED = "other"
# Words too common to be read as an activity everywhere; in a question about activities they are one.
_SHORT_NAMES = {
    "clinica": "clinical",
    "clinicas": "clinical",
    "clinico": "clinical",
    "fair": "career_fair",
    "feria": "career_fair",
}
_TOUR = "worksite_tour"
_VISIT_TO_A_WORKSHOP = re.compile(r"\b(?:visitas?|visitar|recorridos?)\b.*\btaller(?:es)?\b", re.IGNORECASE)
_SHORT = 7  # words; a longer question says what it is about
_EVENT, _EVENTS = "career_event", {"career-fair": "career_fair"}
_BOTH = ("en", "es")


def know(context: Context, key: str, **vars: Any) -> Payload:
    """An answer by its id. Every answer may name who helps at school, and how to reach them."""
    policy = context.policy
    return say(f"know.{key}", contact=policy.contact_name, reach=policy.help_contact, **vars)


def best(
    context: Context, need: str, activities: Collection[str] = (), clusters: Collection[str] = ()
) -> str | None:
    """The id of the answer that fits the text best."""
    found = pick(need, context.text, role=context.role, activities=activities, clusters=clusters)
    return found.key if found else None


def asked_activities(context: Context) -> list[str]:
    """The activities that the text names; a named event is one of its kind."""
    named = [code for code in context.values("activity") if code != _UNNAMED]
    events = [_EVENTS.get(event, _EVENT) for event in context.values("event")]
    words = plain_text(context.text).split()
    short = [code for word, code in _SHORT_NAMES.items() if word in words]
    found = list(dict.fromkeys([*named, *events, *short]))
    return [_TOUR] if found == [_EVENT] and _VISIT_TO_A_WORKSHOP.search(context.text) else found


async def named_or_listed(context: Context) -> list[str]:
    """The activities that a text names, else the one kind that the open list shows."""
    if named := asked_activities(context):
        return named
    listed = [UUID(deed["slot"]) for deed in context.options if "slot" in deed]
    kinds = {view.activity for view in [await slot(context.session, each) for each in listed] if view}
    return list(kinds) if len(kinds) == 1 else []


async def subject(context: Context) -> list[str]:
    """The activities that a question is about: named or listed, else, for a short "is it paid?", what is booked."""
    if (found := await named_or_listed(context)) or len(context.text.split()) > _SHORT:
        return found
    return [view.slot.activity for view in await bookings_meant(context)][:1]


async def bookings_meant(context: Context) -> list[BookingView]:
    """The sender's or their children's open bookings that the text may be about, soonest first."""
    held = await (children_bookings(context) if context.role == "guardian" else own_bookings(context))
    employers, kinds = context.values("employer"), asked_activities(context)
    at_named = [view for view in held if str(view.slot.partner_id) in employers] if employers else held
    return [view for view in at_named if not kinds or view.slot.activity in kinds]


async def activity(context: Context, code: str) -> ActivityType | None:
    """An activity type as the district calls it."""
    return await context.session.get(ActivityType, code)


def title(label: Mapping[str, str]) -> Mapping[str, str]:
    """A label at the beginning of a sentence."""
    return {language: label[language][:1].upper() + label[language][1:] for language in _BOTH}


def without_stop(words: Mapping[str, str]) -> Mapping[str, str]:
    """Words for the middle of a sentence."""
    return {language: words[language].rstrip(". ") for language in _BOTH}
