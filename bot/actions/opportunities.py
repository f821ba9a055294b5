"""Finding, asking about and choosing opportunities."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from bot.actions.base import Context, Payload, Planned, Tools, answer, choose, do, make, say
from bot.actions.family import guardian_info
from conversations.lists import DAY_BEGINS, DAY_ENDS, day_var, query_of, slot_vars, slots_to_book, when_asked
from conversations.prompts import Ask, Option, yes_no
from conversations.texts import Say
from conversations.turns.asks import ask_json
from conversations.turns.context import Answer
from placements.queries.bookings import bookings_of
from placements.queries.catalogue import SlotView, find_slots, slot

_ANY_ACTIVITY = "other"
BROWSED = 4
_AROUND, _ANY_DAY = timedelta(hours=1), date(2000, 1, 1)
_FROM_THEN = re.compile(
    r"\b(?:after|past|from|since|not before|despu[eé]s de|a partir de|desde)\s+(?:las?\s+)?$"
)
_UNTIL_THEN = re.compile(r"\b(?:before|b4|by|until|till?|later than|antes de|hasta)\s+(?:las?\s+)?$")
_ABOUT = ("activity", "clusters", "occupations", "partner_id")  # what is wanted, apart from when


def actions(tools: Tools) -> Sequence[Planned]:
    return make(
        tools,
        {
            "find_opportunity": find,
            "opportunity_details": details,
            "book": _book,
            "express_interest": _interest,
            "join_waitlist": _waitlist,
        },
    )


def wish(context: Context) -> dict[str, Any]:
    """The text's wish as a query: activity, field, employer, days, time of day."""
    dates = context.values("date")
    days = [part for value in dates for part in value.split("/") if not value.startswith("R/")]
    weekly = [date.fromisoformat(value.split("/")[1]) for value in dates if value.startswith("R/")]
    since, until = _time_of_day(context)
    activity = context.first("activity")
    return {
        "activity": activity if activity != _ANY_ACTIVITY else None,
        "clusters": context.values("cluster"),
        "occupations": context.values("occupation"),
        "partner_id": context.first("employer"),
        "date_from": min(days) if days else None,
        "date_to": max(days) if days else None,
        "weekdays": sorted({day.weekday() for day in weekly}),
        "time_from": since,
        "time_to": until,
    }


def _time_of_day(context: Context) -> tuple[str | None, str | None]:
    """The span of the day that a text names ("the afternoon"); a bare hour stands for an hour around it.

    "after 2" is from then on, "before 2" until then.
    """
    said = context.first("time")
    if said is None:
        return None, None
    if "/" in said:
        since, until = said.split("/")
        return since, until
    before = _before_time(context)
    if _FROM_THEN.search(before):
        return f"{said}:00", DAY_ENDS
    if _UNTIL_THEN.search(before):
        return DAY_BEGINS, f"{said}:00"
    hour = datetime.combine(_ANY_DAY, time.fromisoformat(said))
    first, last = datetime.combine(_ANY_DAY, time.min), datetime.combine(_ANY_DAY, time.max)
    return max(hour - _AROUND, first).time().isoformat(), min(hour + _AROUND, last).time().isoformat()


def _before_time(context: Context) -> str:
    """The words before the time that was read first."""
    heard = (context.metadata.get("entities") or {}).get("time") or [""]
    return context.text[: max(context.text.find(heard[0]), 0)].lower()


def _narrowed(context: Context, listed: Sequence[date]) -> dict[str, Any]:
    """The open list's wish with what the text adds: "thursday?" means the Thursday that the list shows, if it does."""
    added, kept = wish(context), dict(context.listed_for)
    since, until = added["date_from"], added["date_to"]
    if since and since == until and date.fromisoformat(since) not in listed:
        weekday = date.fromisoformat(since).weekday()
        if weekday in {day.weekday() for day in listed}:
            added |= {"date_from": None, "date_to": None, "weekdays": [weekday]}
    if any(added[key] for key in _ABOUT):
        kept = {key: value for key, value in kept.items() if key not in _ABOUT}
    if added["date_from"] or added["weekdays"] or not _shows(kept, listed):
        kept |= {"date_from": None, "date_to": None, "weekdays": []}
    return {**added, **kept, **{key: value for key, value in added.items() if value}}


def _shows(wanted: Mapping[str, Any], listed: Sequence[date]) -> bool:
    """Whether the list holds a day that was asked for; false where it shows other days for want of that one."""
    since, until = wanted.get("date_from"), wanted.get("date_to")
    return not since or any(since <= day.isoformat() <= (until or since) for day in listed)


def _adds(context: Context) -> bool:
    """Whether a text says anything of what is wanted, be it a day that has to be asked back."""
    return any(wish(context).values()) or bool(_readings(context))


async def look_again(context: Context) -> Sequence[Payload] | None:
    """The open list again, narrowed by what a text that asks for nothing else adds; None where it adds nothing."""
    if context.pending == "which_day" and (context.values("date") or context.unsure("date")):
        return await find(context)
    if context.pending not in ("choose_slot", "tell_when") or not _adds(context):
        return None
    views = [await slot(context.session, UUID(deed["slot"])) for deed in _slots(context)]
    return await find(context, _narrowed(context, [view.local_start.date() for view in views if view]))


async def find(context: Context, wanted: Mapping[str, Any] | None = None) -> Sequence[Payload]:
    wanted = wanted or wish(context)
    if _books_nothing(context):
        return await _browse(context, wanted)
    if ask := _which_day(context, wanted):
        return answer(Answer(ask=ask))
    found = await slots_to_book(
        context.session,
        wanted,
        student_id=_student(context),
        now=context.now,
        zone=context.policy.timezone.key,
    )
    return [*unclear_day(context), *answer(found)]


def _books_nothing(context: Context) -> bool:
    """Whether the sender is known and no student: such a person may look, and is offered no number to book."""
    return context.role in ("employer", "guardian", "coordinator") and "student" not in context.roles


async def _browse(context: Context, wanted: Mapping[str, Any]) -> Sequence[Payload]:
    if context.role == "coordinator" and not any(wanted.values()):
        return [say("turn.cannot_coordinator")]
    found = await find_slots(context.session, query_of(wanted, None), context.now)
    slots = (found.exact or found.alternatives)[:BROWSED]
    asked = when_asked(wanted, context.policy.timezone.key)
    if not slots:
        return [*([say("find.nothing_then", **asked)] if asked else []), say("find.nothing_to_browse")]
    heading = [say("find.browse_then", **asked) if asked and found.exact else say("find.browse")]
    if asked and not found.exact:
        heading = [say("find.nothing_then", **asked), *heading]
    return [
        *unclear_day(context),
        *heading,
        *(say("find.slot", **slot_vars(each)) for each in slots),
        {"resume": True},
    ]


def _readings(context: Context) -> list[str]:
    """What the days of a text may be, where one of them can be read in two ways; empty where all are clear."""
    unsure = context.unsure("date")
    return sorted({*unsure, *(v for v in context.values("date") if not v.startswith("R/"))}) if unsure else []


def _which_day(context: Context, wanted: Mapping[str, Any]) -> Ask | None:
    """The readings of a date that can mean two days ("next friday"), to choose from; None where it is clear."""
    return which_day(context, {"verb": "find", "query": dict(wanted)})


def which_day(context: Context, deed: Mapping[str, Any]) -> Ask | None:
    """The readings of a date that can mean two days, each with the deed whose query it goes into."""
    days = _readings(context)
    if not 2 <= len(days) <= BROWSED:
        return None
    options = []
    for day in days:
        first, _, last = day.partition("/")
        query = {**deed["query"], "date_from": first, "date_to": last or first}
        options.append(Option(_day_label(context, first, last), {**deed, "query": query}))
    return Ask(kind="which_day", say=Say("find.which_day"), options=options)


def _day_label(context: Context, first: str, last: str) -> dict[str, Any]:
    zone = context.policy.timezone.key
    if not last:
        return {"say": "find.time", "vars": {"when": day_var(first, zone)}}
    return {"say": "find.days", "vars": {"since": day_var(first, zone), "deadline": day_var(last, zone)}}


def unclear_day(context: Context) -> Sequence[Payload]:
    """A word for a day that was heard and could not be settled, so that nobody takes the list for its answer."""
    heard = (context.metadata.get("entities") or {}).get("date")
    return (
        [say("find.unclear_day")]
        if heard and not context.values("date") and not context.unsure("date")
        else []
    )


async def details(context: Context) -> Sequence[Payload]:
    """Tell about one visit. One that is not on the open list comes with the offer to book it; several are listed."""
    if context.pending == "which_day" and context.values("date"):
        return await find(context)
    found = await _by_its_number(context) or await _meant(context)
    if not found and context.role == "guardian":
        return await guardian_info(context)
    if not found:
        return await find(context) if _adds(context) else [say("detail.which")]
    told = say("detail.slot", **slot_vars(found[0]))
    named = any(wish(context).values())
    known = not named or any(deed["slot"] == str(found[0].slot_id) for deed in _slots(context))
    if known or _books_nothing(context) or context.pending not in (None, "choose_slot", "which_day"):
        return [told]
    return await find(context) if len(found) > 1 else [told, {"ask": ask_json(_book_it(found[0]))}]


def _book_it(found: SlotView) -> Ask:
    return Ask(
        kind="book_it",
        say=Say("detail.book_it"),
        yes_no=True,
        options=yes_no({"verb": "book", "slot": str(found.slot_id)}, {"verb": "no_thanks"}),
    )


async def _book(context: Context) -> Sequence[Payload]:
    option = context.first("option")
    if option and option.isdigit() and context.options:
        return [choose(int(option))]
    if context.pending == "choose_slot" and not _adds(context):
        return [choose(1)] if len(_slots(context)) == 1 else [say("turn.pick_number")]
    return await find(context)


async def _interest(context: Context) -> Sequence[Payload]:
    query = wish(context)
    found = await find_slots(context.session, query_of(query, _student(context)), context.now)
    if found.exact:
        return await find(context)
    if not any(query.values()):
        return [_about_what()]
    return [do("tell_when", query=query)]


def _about_what() -> Payload:
    """Asks what somebody wants to hear of, where neither the text nor an open list says it: nothing is kept."""
    return say("find.about_what")


async def _by_its_number(context: Context) -> list[SlotView]:
    """With a list open, the visit whose number is the only one in the text, or whose day of the month it is."""
    number = _lone_number(context.text)
    if context.pending != "choose_slot" or number is None:
        return []
    views = [await slot(context.session, UUID(deed["slot"])) for deed in _slots(context)]
    listed = [view for view in views if view is not None]
    if 1 <= int(number) <= len(listed):
        return [listed[int(number) - 1]]
    return [view for view in listed if view.local_start.day == int(number)]


async def _waitlist(context: Context) -> Sequence[Payload]:
    """A place in line for what is full; what has places left is shown instead."""
    listed = _slots(context)
    query = wish(context) if any(wish(context).values()) or not listed else dict(context.listed_for)
    if not listed and not any(query.values()):
        return [_about_what()]
    found = await find_slots(context.session, query_of(query, _student(context)), context.now)
    if found.exact and any(query.values()):
        return await find(context, query)
    return [do("wait_in_line", query=query)]


async def _meant(context: Context) -> list[SlotView]:
    """What a question is about: the option named, what fits the words best, or the first one listed."""
    listed = _slots(context)
    option = context.first("option") or _lone_number(context.text)
    named = listed[int(option) - 1 : int(option)] if option and option.isdigit() and int(option) > 0 else []
    if not named and any(wish(context).values()):
        found = await find_slots(context.session, query_of(wish(context), _student(context)), context.now)
        return found.exact
    views = [await slot(context.session, UUID(deed["slot"])) for deed in (named or listed)[:1]]
    return [view for view in views if view is not None] or await _booked(context)


async def visits_in_view(context: Context) -> list[SlotView]:
    """What "it" is: the first visit of the open list, else where the sender goes next."""
    views = [await slot(context.session, UUID(deed["slot"])) for deed in _slots(context)[:1]]
    return [view for view in views if view is not None] or await _booked(context)


def _lone_number(text: str) -> str | None:
    """The only number in a text ("más del 2"), where a list is what it can point to."""
    numbers = re.findall(r"(?<![\w/:.])\d(?![\w/:.])", text)
    return str(numbers[0]) if len(numbers) == 1 else None


async def _booked(context: Context) -> list[SlotView]:
    """Where the sender goes next, as a student."""
    student = _student(context)
    if student is None or context.unconfirmed:
        return []
    held = await bookings_of(context.session, student, open_only=True)
    return [each.slot for each in held[:1]]


def _slots(context: Context) -> list[Mapping[str, Any]]:
    return [deed for deed in context.options if "slot" in deed]


def _student(context: Context) -> UUID | None:
    return context.person_id if "student" in context.roles else None
