"""The one renderer: names of texts and values in, words in a person's language out.

A value is a string or number, or one of
`{"en": ..., "es": ...}` (a label), `{"at": ISO, "tz": zone}` with `"until": ISO` or `"only": "day"|"time"` (a moment),
`{"and": [values]}` (an enumeration), `{"say": key, "vars": {...}}` (another text).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from conversations.texts.catalogue import catalogue

Edits = Mapping[tuple[str, str], str]  # (key, language) -> a coordinator's wording

INTRODUCTION = "intro.first"
_DAYS = {
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
    "es": ("lun", "mar", "mié", "jue", "vie", "sáb", "dom"),
}
_MONTHS = {
    "en": ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
    "es": ("ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic"),
}
_AND = {"en": "and", "es": "y"}


@dataclass(frozen=True)
class Say:
    """The name of a text and the values it needs; what an action returns instead of words."""

    key: str
    vars: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return {"say": self.key, "vars": dict(self.vars)}

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> "Say":
        return cls(data["say"], data.get("vars") or {})


def render(says: Sequence[Say], language: str, edits: Edits | None = None) -> str:
    """The words of `says`, one below the other, set off from who we are. Raises KeyError for an unknown text or a
    missing value."""
    introduced = bool(says) and says[0].key == INTRODUCTION
    parts = [part for part in (_word(say, language, edits or {}) for say in says) if part]
    return "\n\n".join([parts[0], "\n".join(parts[1:])]) if introduced and parts[1:] else "\n".join(parts)


def _word(say: Say, language: str, edits: Edits) -> str:
    template = edits.get((say.key, language)) or catalogue()[say.key][language]
    return template.format_map({name: value(v, language, edits) for name, v in say.vars.items()})


def value(item: Any, language: str, edits: Edits | None = None) -> str:
    """One value in words."""
    if not isinstance(item, Mapping):
        return str(item)
    if "at" in item:
        return _moment(item, language)
    if "and" in item:
        return _enumerate([value(part, language, edits) for part in item["and"]], language)
    if "say" in item:
        return _word(Say.of(item), language, edits or {})
    return str(item[language])


def _enumerate(parts: Sequence[str], language: str) -> str:
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} {_AND[language]} {parts[-1]}"


def _moment(item: Mapping[str, Any], language: str) -> str:
    zone = ZoneInfo(item["tz"])
    start = datetime.fromisoformat(item["at"]).astimezone(zone)
    if item.get("only") == "day":
        return _day(start, language)
    hours = _clock(start)
    if until := item.get("until"):
        hours += f"-{_clock(datetime.fromisoformat(until).astimezone(zone))}"
    return hours if item.get("only") == "time" else f"{_day(start, language)}, {hours}"


def _day(at: datetime, language: str) -> str:
    weekday, month = _DAYS[language][at.weekday()], _MONTHS[language][at.month - 1]
    return f"{weekday}, {month} {at.day}" if language == "en" else f"{weekday} {at.day} {month}"


def _clock(at: datetime) -> str:
    return f"{at.hour % 12 or 12}:{at.minute:02} {'AM' if at.hour < 12 else 'PM'}"
