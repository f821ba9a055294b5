"""The day of a visit, and what has to be arranged quietly: late, sick, there, access needs."""

import re
from collections.abc import Sequence
from typing import Any

from bot.actions.base import Context, Payload, Planned, Tools, do, make, say

_SICK = re.compile(
    r"\b(sick|(?:am|feel|feeling|i'?m|really|so) ill|fever|flu|covid|throwing up|"
    r"threw up|puk\w+|not feeling (?:well|good)|don'?t feel (?:good|well)|"
    r"stomach|headache|enferm[oa]|mal[ao]? del? \w+|me siento mal|fiebre|gripe|v[oó]mit\w*|no me siento bien)\b",
    re.IGNORECASE,
)
_LEAVING = re.compile(
    r"\b(leaving|heading (?:home|back|out)|just left|we left|saliendo|ya sal[ií]|ya nos vamos)\b",
    re.IGNORECASE,
)
_MINUTES = re.compile(r"\b(\d{1,3})\s*(?:m|min|mins|minutes?|minutos?|minutitos)\b", re.IGNORECASE)
_LATE = {"en": "time not said", "es": "no dijo cuánto"}


def actions(tools: Tools) -> Sequence[Planned]:
    return make(
        tools, {"running_late": _running_late, "check_in": _check_in, "accommodation": _accommodation}
    )


async def _running_late(context: Context) -> Sequence[Payload]:
    if _SICK.search(context.text):
        return [do("tell_the_day", event="student_sick")]
    return [do("tell_the_day", event="student_late", facts={"late": _late(context)})]


def _late(context: Context) -> dict[str, str]:
    read = context.first("minutes")
    found = _MINUTES.search(context.text)
    minutes = read if read and read.isdigit() else found.group(1) if found else None
    return {"en": f"about {minutes} minutes", "es": f"unos {minutes} minutos"} if minutes else _LATE


async def _check_in(context: Context) -> Sequence[Payload]:
    """There: passed on. Leaving is the family's and the host's to see, so that is only taken note of."""
    if _LEAVING.search(context.text):
        return [say("info.noted_leaving")]
    return [do("tell_the_day", event="student_here")]


async def _accommodation(context: Context) -> Sequence[Payload]:
    """A case of its own kind; the host hears nothing from us."""
    told: dict[str, Any] = {"contact": context.policy.help_contact}
    return [do("case", kind="accommodation"), say("info.accommodation", **told)]
