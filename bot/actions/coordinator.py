"""What a coordinator may ask by text: what waits for her, and who is booked."""

import re
from collections.abc import Sequence
from datetime import datetime, time, timedelta

from bot.actions.base import Context, Payload, say
from conversations.cases.about import case_about
from conversations.cases.waiting import open_cases_for
from conversations.lists import slot_vars
from placements.queries.bookings import bookings_between
from placements.queries.people import PersonView, person

SHOWN = 5
_CASES = re.compile(
    r"\b(cases?|casos?|what'?s\s+waiting|what\s+is\s+waiting|waiting|pending|pendientes?|to\s?do|queue|"
    r"needs?\s+me|que\s+me\s+toca|qu[eé]\s+(?:hay|falta|queda))\b",
    re.IGNORECASE,
)
_BOOKED = re.compile(
    r"\b(booked|bookings?|who(?:'s| is)?\s+(?:coming|going|out|visiting)|visits?|schedule|"
    r"reservas?|reservad[oa]s?|qui[eé]n(?:es)?\s+(?:va|van|viene|vienen|tiene|sale)|visitas?|horario)\b",
    re.IGNORECASE,
)


async def coordinator_answer(context: Context) -> Sequence[Payload] | None:
    """The open cases or the visits that a coordinator asks for; None where she asks for something else."""
    if context.role != "coordinator" or context.person_id is None or context.unconfirmed:
        return None
    known = await person(context.session, context.person_id)
    if known is None:
        return None
    if _BOOKED.search(context.text):
        return await _visits(context, known)
    return await _cases(context, known) if _CASES.search(context.text) else None


async def _cases(context: Context, coordinator: PersonView) -> Sequence[Payload]:
    found = await open_cases_for(context.session, coordinator)
    if not found:
        return [say("coordinator.no_cases")]
    lines = [
        say("coordinator.case", number=each.number, about=(await case_about(context.session, each)).as_json())
        for each in found[:SHOWN]
    ]
    return [say("coordinator.cases", count=len(found)), *lines, *_more(len(found))]


async def _visits(context: Context, coordinator: PersonView) -> Sequence[Payload]:
    since, until = _span(context)
    schools = [r.school_id for r in coordinator.roles if r.role == "coordinator" and r.school_id is not None]
    everywhere = any(r.role == "coordinator" and r.school_id is None for r in coordinator.roles)
    found = await bookings_between(context.session, since, until, None if everywhere else schools)
    days = {"since": _day(context, since), "deadline": _day(context, until - timedelta(seconds=1))}
    if not found:
        return [say("coordinator.no_visits", **days)]
    lines = [
        say(f"coordinator.visit_{each.state}", student=each.student_first_name, **slot_vars(each.slot))
        for each in found[:SHOWN]
    ]
    return [say("coordinator.visits", **days), *lines, *_more(len(found))]


def _span(context: Context) -> tuple[datetime, datetime]:
    """The days that the text names, else from today to the end of next week's Sunday.

    A date that can be read in two ways asks for both.
    """
    zone = context.policy.timezone
    today = context.now.astimezone(zone).date()
    read = [*context.values("date"), *context.unsure("date")]
    days = [part for value in read for part in value.split("/") if part[:1].isdigit()]
    first, last = (min(days), max(days)) if days else (None, None)
    since = datetime.combine(datetime.fromisoformat(first).date() if first else today, time.min, zone)
    end = datetime.fromisoformat(last).date() if last else today + timedelta(days=13 - today.weekday())
    return since, datetime.combine(end + timedelta(days=1), time.min, zone)


def _day(context: Context, at: datetime) -> dict[str, str]:
    return {"at": at.isoformat(), "tz": context.policy.timezone.key, "only": "day"}


def _more(count: int) -> list[Payload]:
    return [say("coordinator.more", left=count - SHOWN)] if count > SHOWN else []
