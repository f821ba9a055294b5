"""What a text was read as: the vocabulary and calendar it was read with, and the result."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from types import MappingProxyType
from zoneinfo import ZoneInfo

ENTITY_KEYS = (
    "activity",
    "occupation",
    "cluster",
    "pathway",
    "employer",
    "place",
    "school",
    "date",
    "time",
    "option",
    "grade",
    "age",
    "count",
    "hours",
    "minutes",
    "rating",
    "name",
    "event",
    "language",
)
"""The keys of `Reading.entities`, `values` and `ambiguous`."""

_NOTHING: Mapping[str, tuple[date, date]] = MappingProxyType({})


@dataclass(frozen=True)
class SchoolCalendar:
    """Days and bells of one school, in the school's own time zone.

    `closed` lists weekdays without school; Saturdays and Sundays need not be listed.
    `breaks` names longer closures (`thanksgiving_break`, `winter_break`, `spring_break`) by first
    and last day; a break that is not named is looked for as a run of closed days.
    """

    timezone: ZoneInfo
    closed: frozenset[date] = frozenset()
    first_bell: time = time(7, 20)
    last_bell: time = time(14, 20)
    breaks: Mapping[str, tuple[date, date]] = field(default_factory=lambda: _NOTHING)

    def is_school_day(self, day: date) -> bool:
        """True for a weekday that is neither listed as closed nor inside a named break."""
        if day.weekday() > 4 or day in self.closed:
            return False
        return not any(first <= day <= last for first, last in self.breaks.values())

    def next_school_day(self, after: date) -> date:
        """The first school day later than `after`; `after` + 1 when a year holds none."""
        for ahead in range(1, 367):
            day = after + timedelta(days=ahead)
            if self.is_school_day(day):
                return day
        return after + timedelta(days=1)


@dataclass(frozen=True)
class Found:
    """One stretch of the text that was read.

    `value` is None where nothing, or more than one thing, can be meant; `readings` then holds what
    the person should be asked to choose from (empty: nothing sensible to offer).
    `start` and `end` index the text as given. Key `phone` appears here only.
    """

    key: str
    start: int
    end: int
    text: str
    value: str | None
    readings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reading:
    """Everything read from one text.

    entities: literal spans of the text by key, in reading order, repeats kept.
    values: what they were read as, without repeats: a date is `2026-12-01`, a span of days
        `2026-12-01/2026-12-05` (both ends included), a repeated one `R/2026-12-01/P1W`; a time is
        `15:00` or `09:00/12:00`, local to the school. A span without a sure value has none, so the
        lists are parallel only where every span was sure: `found` pairs each span with its value.
    ambiguous: by key, the readings to offer back, most likely first.
    """

    language: str
    language_sure: bool
    entities: dict[str, list[str]]
    values: dict[str, list[str]]
    ambiguous: dict[str, list[str]]
    found: tuple[Found, ...] = ()
