"""Dates and times as texted, in both languages, at several moments."""

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from conversations.reading import Reading, SchoolCalendar, Vocabulary, read
from tests.conversations.reading.conftest import EASTERN, SPOKEN_AT

TABLE: dict[str, list[dict[str, Any]]] = yaml.safe_load(
    (Path(__file__).parent / "said_days.yml").read_text(encoding="utf-8")
)
ROWS = [row for rows in TABLE.values() for row in rows]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["text"])
def test_table(row: dict[str, Any], calendar: SchoolCalendar, vocabulary: Vocabulary) -> None:
    got = read(row["text"], at=SPOKEN_AT, calendar=calendar, vocabulary=vocabulary)
    assert got.values.get("date", []) == row.get("date", [])
    assert got.values.get("time", []) == row.get("time", [])
    assert got.ambiguous.get("date", []) == row.get("ask", [])


MOMENTS: dict[str, list[dict[str, Any]]] = yaml.safe_load(
    (Path(__file__).parent / "said_at_other_moments.yml").read_text(encoding="utf-8")
)


@pytest.mark.parametrize(
    ("at", "row"),
    [(at, row) for at, rows in MOMENTS.items() for row in rows],
    ids=lambda value: value["text"] if isinstance(value, dict) else value[:10],
)
def test_table_of_other_moments(
    at: str, row: dict[str, Any], calendar: SchoolCalendar, vocabulary: Vocabulary
) -> None:
    got = _read(row["text"], at, calendar, vocabulary)
    assert got.values.get("date", []) == row.get("date", [])
    assert got.values.get("time", []) == row.get("time", [])
    assert got.ambiguous.get("date", []) == row.get("ask", [])


def _read(
    text: str,
    at: str,
    calendar: SchoolCalendar,
    vocabulary: Vocabulary,
    language: str | None = None,
    pending: str | None = None,
) -> Reading:
    moment = datetime.fromisoformat(at).replace(tzinfo=EASTERN)
    return read(text, at=moment, calendar=calendar, vocabulary=vocabulary, language=language, pending=pending)


# 2026-11-22 is a Sunday.
SURE = [
    ("2026-11-22T09:00", "next week", "2026-11-23/2026-11-29"),
    ("2026-11-22T09:00", "this tues", "2026-11-24"),
    ("2026-11-22T09:00", "this fri 4-6pm", "2026-11-27"),
    ("2026-11-22T09:00", "tuesday", "2026-11-24"),
    ("2026-11-22T09:00", "in 2 weeks", "2026-12-06"),
    ("2026-11-22T09:00", "last thurs", "2026-11-19"),
    ("2026-11-22T09:00", "tmrw at 330", "2026-11-23"),
    ("2026-11-22T09:00", "el martes que viene", "2026-11-24"),
    ("2026-11-22T09:00", "el proximo martes", "2026-11-24"),
    ("2026-11-22T09:00", "la proxima semana", "2026-11-23/2026-11-29"),
    ("2026-11-23T08:00", "next tues", "2026-12-01"),
    ("2026-11-25T08:00", "next tues", "2026-12-01"),
    ("2026-11-27T08:00", "next tues", "2026-12-01"),
    ("2026-11-28T08:00", "next tues", "2026-12-01"),
    ("2026-11-20T08:00", "next monday", "2026-11-23"),
    ("2026-11-20T08:00", "this monday", "2026-11-23"),
    ("2026-11-28T08:00", "tomorrow", "2026-11-29"),
    ("2026-12-31T08:00", "tomorrow", "2027-01-01"),
    ("2026-12-31T08:00", "dec 31", "2026-12-31"),
    ("2026-12-30T08:00", "jan 4", "2027-01-04"),
    ("2026-12-30T08:00", "next month", "2027-01-01/2027-01-31"),
    ("2027-02-27T08:00", "the 31st", "2027-03-31"),
    ("2027-01-31T08:00", "in a month", "2027-02-28"),
    ("2028-02-01T08:00", "feb 29", "2028-02-29"),
    ("2026-11-24T23:30", "tomorrow", "2026-11-25"),
    ("2026-11-24T00:10", "today", "2026-11-24"),
    ("2026-11-24T16:00", "tuesday at 3", "2026-12-01"),
    ("2027-03-05T09:00", "3/4/27", "2027-03-04"),
    ("2027-03-08T09:00", "i did 3 hours on 3/4", "2027-03-04"),
    ("2027-03-08T09:00", "hice 3 horas el viernes", "2027-03-05"),
    ("2027-03-08T09:00", "after spring break", "2027-03-29"),
]


@pytest.mark.parametrize(("at", "text", "expected"), SURE, ids=lambda value: str(value))
def test_sure(at: str, text: str, expected: str, calendar: SchoolCalendar, vocabulary: Vocabulary) -> None:
    got = _read(text, at, calendar, vocabulary)
    assert got.values.get("date") == [expected]
    assert not got.ambiguous


ASKED = [
    ("2026-11-22T09:00", "next tues", ["2026-11-24", "2026-12-01"]),
    ("2026-11-23T09:00", "next friday", ["2026-12-04", "2026-11-27"]),
    ("2026-11-26T09:00", "thursday", ["2026-11-26", "2026-12-03"]),
    ("2026-11-26T09:00", "el jueves", ["2026-11-26", "2026-12-03"]),
    ("2026-11-26T09:00", "i worked thursday", ["2026-11-26", "2026-11-19"]),
    ("2026-11-23T09:00", "el proximo viernes", ["2026-11-27", "2026-12-04"]),
    ("2026-11-20T09:00", "last thursday", ["2026-11-19", "2026-11-12"]),
    ("2026-12-01T09:00", "friday the 13th", ["2026-12-13", "2026-12-04"]),
    ("2026-12-01T09:00", "tuesday dec 2", ["2026-12-02", "2026-12-01"]),
    ("2027-03-08T09:00", "3/4", ["2027-03-04", "2028-03-04"]),
    ("2026-11-24T09:00", "puede ser el 4/12", ["2027-04-12", "2026-12-04"]),
]


@pytest.mark.parametrize(("at", "text", "expected"), ASKED, ids=lambda value: str(value))
def test_asked_back(
    at: str, text: str, expected: list[str], calendar: SchoolCalendar, vocabulary: Vocabulary
) -> None:
    got = _read(text, at, calendar, vocabulary)
    assert "date" not in got.values
    assert got.ambiguous["date"] == expected


def test_spans_are_literal(calendar: SchoolCalendar, vocabulary: Vocabulary) -> None:
    got = _read("Can we do NEXT Tues, after school?", "2026-11-25T09:00", calendar, vocabulary)
    assert got.entities["date"] == ["NEXT Tues"]
    assert got.entities["time"] == ["after school"]


def test_the_school_names_the_zone(calendar: SchoolCalendar, vocabulary: Vocabulary) -> None:
    late_utc = datetime.fromisoformat("2026-11-25T03:30:00+00:00")
    got = read("today", at=late_utc, calendar=calendar, vocabulary=vocabulary)
    assert got.values["date"] == ["2026-11-24"]


@pytest.mark.parametrize(
    ("at", "expected"), [("2027-03-13T22:00", "2027-03-14"), ("2026-10-31T22:00", "2026-11-01")]
)
def test_clock_changes_move_nothing(
    at: str, expected: str, calendar: SchoolCalendar, vocabulary: Vocabulary
) -> None:
    got = _read("tomorrow at 2", at, calendar, vocabulary)
    assert got.values == {"date": [expected], "time": ["14:00"]}


def test_spring_break_only_from_the_calendar(vocabulary: Vocabulary) -> None:
    got = read("over spring break", at=SPOKEN_AT, calendar=SchoolCalendar(EASTERN), vocabulary=vocabulary)
    assert got.entities["date"] == ["spring break"]
    assert "date" not in got.values


def test_bells_are_the_schools(vocabulary: Vocabulary) -> None:
    from datetime import time

    late = SchoolCalendar(EASTERN, first_bell=time(8, 30), last_bell=time(15, 40))
    got = read("after school", at=SPOKEN_AT, calendar=late, vocabulary=vocabulary)
    assert got.values["time"] == ["15:40/18:00"]


@pytest.mark.parametrize(
    ("text", "pending", "key", "value"),
    [
        ("3", "offer_time", "time", "15:00"),
        ("9 to 12", "offer_time", "time", "09:00/12:00"),
        ("3", "offer_count", "count", "3"),
        ("3", "choose_option", "option", "3"),
        ("3", None, "option", "3"),
        ("2", "log_hours.hours", "hours", "2"),
        ("tuesday", "log_hours.date", "date", "2026-11-24"),
    ],
)
def test_the_open_question_settles_bare_numbers(
    text: str, pending: str | None, key: str, value: str, calendar: SchoolCalendar, vocabulary: Vocabulary
) -> None:
    got = _read(text, "2026-11-25T09:00", calendar, vocabulary, pending=pending)
    assert got.values == {key: [value]}
