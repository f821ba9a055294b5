"""What holds for every text, however strange."""

import time
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conversations.reading import Reading, read
from conversations.reading.answers import OUT_OF_RANGE, plain_answer
from conversations.reading.model import ENTITY_KEYS
from tests.conversations.reading.conftest import CALENDAR, EASTERN, SPOKEN_AT, vocabulary_of_lincoln

VOCABULARY = vocabulary_of_lincoln()
PIECES = st.sampled_from(
    """
    next this last el la proximo martes tues 3 4 12 15 / - : . , pm am at a las de hours hrs
    students kids min mañana tomorrow tmrw mercy hospital lincoln nurse shadow january dec 1st 2nd
    the week semana after before until hasta option # grade 11th im my name is Ana 305 555 0123
    every cada and or y 👍 ñ \u0301 \x00 $ % half media past to in en dos two one una out of rate 4/4
    31 30 0 00 99 2026 9999 month day thanksgiving break by eod noon sun sat mar may 3:30 25:99
    """.split(" ")
)
TEXTS = st.one_of(
    st.text(max_size=1600),
    st.lists(PIECES, max_size=60).map(" ".join),
    st.lists(PIECES, max_size=30).map("".join),
)
MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2030, 12, 31)).map(
    lambda at: at.replace(tzinfo=EASTERN)
)


def _read(text: str, at: datetime = SPOKEN_AT) -> Reading:
    return read(text, at=at, calendar=CALENDAR, vocabulary=VOCABULARY)


@settings(max_examples=400, deadline=None)
@given(text=TEXTS, at=MOMENTS)
def test_no_text_raises_and_spans_are_literal(text: str, at: datetime) -> None:
    got = _read(text, at)
    assert got.language in ("en", "es")
    assert set(got.entities) <= set(ENTITY_KEYS)
    for item in got.found:
        assert text[item.start : item.end] == item.text
        assert item.text
    for value in got.values.get("date", []):
        _check_date(value)
    for value in got.values.get("time", []):
        for part in value.split("/"):
            assert datetime.strptime(part, "%H:%M")


def _check_date(value: str) -> None:
    if value.startswith("R/"):
        _, first, period = value.split("/")
        assert date.fromisoformat(first)
        assert period in ("P1W", "P2W")
        return
    ends = [date.fromisoformat(part) for part in value.split("/")]
    assert len(ends) in (1, 2)
    assert ends == sorted(ends)


@settings(max_examples=200, deadline=None)
@given(text=TEXTS)
def test_reading_twice_is_reading_once(text: str) -> None:
    assert _read(text) == _read(text)


DAYS = st.dates(date(2026, 11, 25), date(2027, 9, 20))
ENGLISH_MONTHS = (
    "january february march april may june july august september october november december".split()
)
SPANISH_MONTHS = (
    "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre".split()
)


@settings(max_examples=200, deadline=None)
@given(day=DAYS)
def test_a_date_written_out_comes_back(day: date) -> None:
    forms = [
        f"{ENGLISH_MONTHS[day.month - 1]} {day.day}",
        f"{ENGLISH_MONTHS[day.month - 1][:3]} {day.day}",
        f"can i come {day:%A} {day.month}/{day.day}",
        f"{day.month}/{day.day}/{day.year}",
        f"el {day.day} de {SPANISH_MONTHS[day.month - 1]}",
        day.isoformat(),
    ]
    for form in forms:
        assert _read(form).values.get("date") == [day.isoformat()], form


@settings(max_examples=100, deadline=None)
@given(hour=st.integers(0, 23), minute=st.integers(0, 59))
def test_a_time_written_out_comes_back(hour: int, minute: int) -> None:
    half = "am" if hour < 12 else "pm"
    said = f"{hour % 12 or 12}:{minute:02d} {half}"
    assert _read(f"tomorrow at {said}").values["time"] == [f"{hour:02d}:{minute:02d}"]


@settings(max_examples=100, deadline=None)
@given(at=MOMENTS, weekday=st.integers(0, 6))
def test_a_weekday_is_never_another(at: datetime, weekday: int) -> None:
    english = "monday tuesday wednesday thursday friday saturday sunday".split()[weekday]
    spanish = "lunes martes miercoles jueves viernes sabado domingo".split()[weekday]
    for said in (english, f"next {english}", f"this {english}", f"last {english}", f"el {spanish} que viene"):
        got = _read(said, at)
        for value in got.values.get("date", []) + got.ambiguous.get("date", []):
            day = date.fromisoformat(value)
            assert day.weekday() == weekday
            assert abs(day - at.date()) <= timedelta(days=14)


@settings(max_examples=300, deadline=None)
@given(text=TEXTS, options=st.integers(1, 9), yes_no=st.booleans())
def test_a_plain_answer_is_an_offered_one(text: str, options: int, yes_no: bool) -> None:
    got = plain_answer(text, options=options, yes_no=yes_no)
    assert got is None or got == OUT_OF_RANGE or 1 <= got <= max(options, 2 if yes_no else 1)


@pytest.mark.parametrize(
    "text", ["", " ", "\x00", "👍🏽" * 400, "9" * 1600, "a-" * 800, "1/" * 800, "next " * 320, "3 to " * 320]
)
def test_hard_texts_are_read_in_time(text: str) -> None:
    _read(text)
    start = time.perf_counter()
    _read(text)
    assert time.perf_counter() - start < 0.5


def test_an_ordinary_text_takes_under_ten_milliseconds() -> None:
    texts = [
        "any shadows for nursing next week near me",
        "el jueves a las 3 puedo ir al hospital?",
        "i did 3 hrs at mrcy hospitl",
    ]
    for text in texts:
        _read(text)
    start = time.perf_counter()
    for _ in range(20):
        for text in texts:
            _read(text)
    assert (time.perf_counter() - start) / 60 < 0.010
