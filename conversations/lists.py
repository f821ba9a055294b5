"""Lists that a person can pick from, made from what the placement database says now."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from conversations.prompts import Ask, Option, yes_no
from conversations.texts import Say
from conversations.turns.context import Answer
from placements.queries.bookings import BookingView
from placements.queries.catalogue import Found, SlotQuery, SlotView, find_slots

DAY_BEGINS, DAY_ENDS = "00:00:00", "23:59:00"  # of hours that are open at one end: "after 2", "before noon"
LISTED = 4  # choices that a phone shows without scrolling


def when(slot: SlotView, only: str | None = None) -> dict[str, Any]:
    """A slot's time as a value for a text."""
    moment = {"at": slot.starts_at.isoformat(), "until": slot.ends_at.isoformat(), "tz": slot.timezone}
    return moment | ({"only": only} if only else {})


def slot_vars(slot: SlotView) -> dict[str, Any]:
    """What every text about a slot may name."""
    return {
        "title": dict(slot.title),
        "partner": slot.partner_name,
        "when": when(slot),
        "day": when(slot, "day"),
        "time": when(slot, "time"),
        "address": slot.address,
        "city": slot.city,
        "ask_for": dict(slot.ask_for),
        "what": dict(slot.what_you_do),
        "bring": dict(slot.bring),
        "left": slot.places_left,
        "activity": dict(slot.activity_label),
    }


def slot_label(slot: SlotView) -> dict[str, Any]:
    """One line for one slot in a list."""
    return {"say": "find.slot", "vars": slot_vars(slot)}


def slot_time(slot: SlotView) -> dict[str, Any]:
    """One line for one slot in a list of the same visit at several times."""
    return {"say": "find.time", "vars": {"when": when(slot)}}


def query_of(data: Mapping[str, Any], student_id: UUID | None) -> SlotQuery:
    """The query of a deed or an action's arguments; dates are ISO days."""
    return SlotQuery(
        activity=data.get("activity"),
        clusters=list(data.get("clusters") or ()),
        occupations=list(data.get("occupations") or ()),
        student_id=student_id,
        limit=LISTED,
        partner_id=UUID(data["partner_id"]) if data.get("partner_id") else None,
        date_from=date.fromisoformat(data["date_from"]) if data.get("date_from") else None,
        date_to=date.fromisoformat(data["date_to"]) if data.get("date_to") else None,
        weekdays=frozenset(data.get("weekdays") or ()),
        time_from=time.fromisoformat(data["time_from"]) if data.get("time_from") else None,
        time_to=time.fromisoformat(data["time_to"]) if data.get("time_to") else None,
        moving=UUID(data["moving"]) if data.get("moving") else None,
    )


async def slots_to_book(
    session: AsyncSession,
    query: Mapping[str, Any],
    *,
    student_id: UUID | None,
    now: datetime,
    zone: str = "UTC",
    verb: str = "book",
    extra: Mapping[str, Any] | None = None,
) -> Answer:
    """What is open for this wish, as choices; else the nearest thing and "tell me when": never a dead end.

    zone: names the days that were asked for where no slot is found that could.
    """
    found = await find_slots(session, query_of(query, student_id), now)
    moving = verb == "reschedule"
    again = {"verb": "find", "query": dict(query)}
    slots = found.exact or found.alternatives
    asked = when_asked(query, slots[0].timezone if slots else zone)
    missed = [Say("find.nothing_then", asked)] if asked and found.relaxed not in _SAYS_WHEN else []
    if not slots and moving:
        return Answer(says=[*missed, Say("reschedule.nothing")])
    if not slots:
        return Answer(
            says=missed,
            ask=Ask(
                kind="tell_when",
                say=Say("find.nothing"),
                yes_no=True,
                again=again,
                options=yes_no({"verb": "tell_when", "query": dict(query)}, {"verb": "no_thanks"}),
            ),
        )
    alike = bool(found.exact) and len({(s.opportunity_id, s.partner_name) for s in slots[:LISTED]}) == 1
    say = Say(_heading(found, alike=alike, moving=moving, dated=bool(asked)), slot_vars(slots[0]) | asked)
    label = slot_time if alike else slot_label
    options = [
        Option(label(s), {"verb": verb, "slot": str(s.slot_id), **(extra or {})}) for s in slots[:LISTED]
    ]
    options.append(_none_of(query, moving=moving))
    return Answer(
        says=[] if found.exact else missed,
        ask=Ask(
            kind="choose_slot",
            say=say,
            options=options,
            again={"verb": "ask_reschedule", **(extra or {})} if moving else again,
        ),
    )


_SAYS_WHEN = ("none", "date", "time")
"""What was given up for a list whose heading says the days and hours that were asked for."""


def _heading(found: Found, *, alike: bool, moving: bool, dated: bool) -> str:
    """The text above a list; where days or hours were asked for, one that says them back as they were read."""
    if not found.exact:
        return "find.instead_date" if found.relaxed in _SAYS_WHEN else f"find.instead_{found.relaxed}"
    key = "reschedule.results" if moving else "find.results_alike" if alike else "find.results"
    return f"{key}_then" if dated else key


def when_asked(query: Mapping[str, Any], zone: str) -> dict[str, Any]:
    """The days and hours that were asked for, as they were read; empty where none were."""
    days = _days_asked(query, zone)
    hours = _hours_asked(query, "find.and_" if days else "find.")
    if days and hours:
        return {"asked": {"say": "find.on_day_at", "vars": {"since": days, "deadline": hours}}}
    return {"asked": days or hours} if days or hours else {}


def _days_asked(query: Mapping[str, Any], zone: str) -> dict[str, Any]:
    first, last = query.get("date_from"), query.get("date_to")
    if first:
        days = [day_var(day, zone) for day in (first, last or first)]
        key = "find.on_day" if days[0] == days[1] else "find.on_days"
        return {"say": key, "vars": {"since": days[0], "deadline": days[1]}}
    weekly = [{"say": f"find.weekday_{day}", "vars": {}} for day in query.get("weekdays") or ()]
    return {"say": "find.weekly", "vars": {"since": {"and": weekly}}} if weekly else {}


def day_var(day: str, zone: str) -> dict[str, str]:
    """An ISO day as a value for a text."""
    return {"at": f"{day}T12:00:00+00:00", "tz": zone, "only": "day"}


def _hours_asked(query: Mapping[str, Any], keys: str) -> dict[str, Any]:
    since, until = query.get("time_from"), query.get("time_to")
    if not since or not until:
        return {}
    first, last = ({"at": f"2000-01-01T{each}+00:00", "tz": "UTC", "only": "time"} for each in (since, until))
    if until == DAY_ENDS:
        return {"say": f"{keys}from_hour", "vars": {"since": first}}
    if since == DAY_BEGINS:
        return {"say": f"{keys}until_hour", "vars": {"deadline": last}}
    return {"say": f"{keys}at_hours", "vars": {"since": first, "deadline": last}}


def _none_of(query: Mapping[str, Any], *, moving: bool) -> Option:
    """The last line of a list: be told of more, or leave a booking where it is."""
    if moving:
        return Option({"say": "reschedule.keep", "vars": {}}, {"verb": "keep", "booking": query["moving"]})
    return Option({"say": "find.tell_me_when", "vars": {}}, {"verb": "tell_when", "query": dict(query)})


def bookings_to_pick(bookings: Sequence[BookingView], verb: str, kind: str, key: str) -> Answer:
    """Which of several bookings is meant."""
    options = [Option(slot_label(b.slot), {"verb": verb, "booking": str(b.id)}) for b in bookings[:LISTED]]
    return Answer(ask=Ask(kind=kind, say=Say(key), options=options))
