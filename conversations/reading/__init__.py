"""What a text says besides its need: language, dates and times, amounts, choices, names and the words of the trade.

`read` is pure: it looks at the text, the moment, the school's calendar and a vocabulary, and at nothing else.
"""

import re
from datetime import datetime

from conversations.reading.amounts import Amounts
from conversations.reading.clock import Clock, later_today, part_of_day, settle_parts, times_of_days
from conversations.reading.dates import read_days, relate_days
from conversations.reading.days import Moment, looks
from conversations.reading.denials import settle_denied_times
from conversations.reading.language import detect_language
from conversations.reading.model import ENTITY_KEYS, Found, Reading, SchoolCalendar
from conversations.reading.names import read_names
from conversations.reading.terms import Vocabulary, load_vocabulary, read_terms
from conversations.reading.text import Line
from conversations.reading.whereabouts import (
    read_addresses,
    read_capital_places,
    read_colleges,
    read_companies,
)

__all__ = ["Found", "Reading", "SchoolCalendar", "Vocabulary", "load_vocabulary", "read"]

_PROPER = frozenset(("employer", "school"))
_COMMON = frozenset(ENTITY_KEYS) - _PROPER
_EXPECTED = {
    "option": ("option", "choose", "choice", "slot", "pick"),
    "time": ("time", "hora_"),
    "date": ("date", "when", "day"),
    "name": ("name",),
    **{key: (key,) for key in ("hours", "minutes", "count", "rating", "grade", "age")},
}


def expected(pending: str | None) -> frozenset[str]:
    """The entity keys that an open question asks for, by its name: `log_hours.hours` asks for hours."""
    if not pending:
        return frozenset()
    last = (
        pending.lower()
        .replace("log_hours", "log")
        .replace("my_hours", "my")
        .replace("verify_hours", "verify")
    )
    return frozenset(key for key, hints in _EXPECTED.items() if any(hint in last for hint in hints))


def read(
    text: str,
    *,
    at: datetime,
    calendar: SchoolCalendar,
    vocabulary: Vocabulary,
    language: str | None = None,
    pending: str | None = None,
) -> Reading:
    """Read one text.

    at: when it was written (with a time zone; without one it is taken as the school's own).
    language: the conversation's, kept where the text itself is no evidence.
    pending: name of the open question, so that a bare "2" is read as what was asked for.
    """
    here = at.astimezone(calendar.timezone) if at.tzinfo else at.replace(tzinfo=calendar.timezone)
    spoken, sure = detect_language(text, language)
    line = Line(text)
    expects = expected(pending)
    amounts = Amounts(line, expects)
    found = [*amounts.mask(), *read_addresses(line), *amounts.streets(), *_capitals(line)]
    part = part_of_day(line.string)
    found += read_terms(line, vocabulary, _PROPER)
    found += amounts.with_units()
    found += read_companies(line)
    found += read_colleges(line)
    found += read_terms(line, vocabulary, _COMMON)
    found += read_capital_places(line)
    found += amounts.chosen()
    back, ahead, cued = looks(line.string)
    back = back or bool(pending and "log" in pending)
    now = Moment(here.date(), calendar, spoken, back, ahead and not back, cued)
    dates = list(read_days(line, now))
    found += relate_days(line, now, dates)
    clock = Clock(line, calendar, here, "time" in expects, part)
    found += settle_parts([*times_of_days(dates), *clock.read()])
    found = settle_denied_times(line, later_today(found, here))
    found += amounts.after_dates()
    taken = [(item.start, item.end) for item in found]
    found += read_names(line, taken, "name" in expects)
    return _reading(spoken, sure, sorted(found, key=lambda item: item.start), vocabulary)


_IT = re.compile(r"(?<!\w)(?:IT|I\.T\.)(?!\w)")


def _capitals(line: Line) -> list[Found]:
    """ "IT", which only its capitals tell from "it"."""
    if line.text.isupper() and len(line.text) > 3:
        return []
    found = []
    for match in _IT.finditer(line.text):
        index = next((i for i, t in enumerate(line.tokens) if t.start == match.start()), None)
        if index is not None and line.tokens[index].end == match.end():
            line.take(index, index, "CLUSTER")
            found.append(
                Found("cluster", match.start(), match.end(), match.group(), "information-technology")
            )
    return found


def _reading(language: str, sure: bool, found: list[Found], vocabulary: Vocabulary) -> Reading:
    entities: dict[str, list[str]] = {}
    values: dict[str, list[str]] = {}
    ambiguous: dict[str, list[str]] = {}
    for item in found:
        if item.key not in ENTITY_KEYS:
            continue
        entities.setdefault(item.key, []).append(item.text)
        if item.value is not None:
            _add(values, item.key, item.value)
            if item.key in ("occupation", "pathway") and item.value in vocabulary.clusters_of:
                _add(values, "cluster", vocabulary.clusters_of[item.value])
        elif item.readings:
            for reading in item.readings:
                _add(ambiguous, item.key, reading)
    return Reading(language, sure, entities, values, ambiguous, tuple(found))


def _add(table: dict[str, list[str]], key: str, value: str) -> None:
    if value not in table.setdefault(key, []):
        table[key].append(value)
