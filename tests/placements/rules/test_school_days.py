from datetime import date
from zoneinfo import ZoneInfo

import pytest

from placements.rules.packs import load_holidays
from placements.rules.school_days import Calendar, HolidayRule, holidays_of

ZONE = ZoneInfo("America/New_York")
FEDERAL = load_holidays("us_federal")
SCHOOL = Calendar(ZONE, closures=[(date(2026, 12, 23), date(2027, 1, 2))], holidays=FEDERAL)


def test_the_federal_holidays_of_a_school_year() -> None:
    # As published by the Office of Personnel Management for 2026 and 2027.
    assert sorted(holidays_of(FEDERAL, 2026)) == [
        date(2026, 1, 1),
        date(2026, 1, 19),
        date(2026, 2, 16),
        date(2026, 5, 25),
        date(2026, 6, 19),
        date(2026, 7, 3),  # the 4th is a Saturday
        date(2026, 9, 7),
        date(2026, 10, 12),
        date(2026, 11, 11),
        date(2026, 11, 26),
        date(2026, 12, 25),
    ]
    assert sorted(holidays_of(FEDERAL, 2027)) == [
        date(2027, 1, 1),
        date(2027, 1, 18),
        date(2027, 2, 15),
        date(2027, 5, 31),
        date(2027, 6, 18),  # the 19th is a Saturday
        date(2027, 7, 5),  # the 4th is a Sunday
        date(2027, 9, 6),
        date(2027, 10, 11),
        date(2027, 11, 11),
        date(2027, 11, 25),
        date(2027, 12, 24),  # the 25th is a Saturday
    ]


def test_new_years_day_of_the_next_year_may_be_kept_in_december() -> None:
    assert not SCHOOL.is_school_day(date(2027, 12, 31))  # 1 January 2028 is a Saturday


@pytest.mark.parametrize(
    ("day", "open_"),
    [
        (date(2026, 11, 23), True),
        (date(2026, 11, 26), False),  # Thanksgiving
        (date(2026, 11, 28), False),  # a Saturday
        (date(2026, 12, 23), False),  # first day of the closure
        (date(2027, 1, 2), False),  # last day of the closure
        (date(2027, 1, 4), True),
    ],
)
def test_school_days(day: date, open_: bool) -> None:
    assert SCHOOL.is_school_day(day) is open_


def test_steps_skip_what_is_closed() -> None:
    assert SCHOOL.school_day_before(date(2026, 11, 27)) == date(2026, 11, 25)
    assert SCHOOL.school_day_before(date(2026, 11, 30)) == date(2026, 11, 27)
    assert SCHOOL.school_day_before(date(2027, 1, 4)) == date(2026, 12, 22)
    assert SCHOOL.school_day_from(date(2026, 11, 26)) == date(2026, 11, 27)
    assert SCHOOL.school_day_from(date(2026, 11, 24)) == date(2026, 11, 24)
    assert SCHOOL.school_days_after(date(2026, 11, 24), 2) == date(2026, 11, 27)


def test_a_calendar_without_school_days_says_so() -> None:
    with pytest.raises(ValueError, match="no school day"):
        Calendar(ZONE, weekdays=frozenset()).school_day_before(date(2027, 3, 1))


def test_a_holiday_rule_needs_enough_to_go_by() -> None:
    with pytest.raises(ValueError, match="Founders"):
        holidays_of([HolidayRule("Founders", month=5)], 2027)


def test_the_last_weekday_of_december() -> None:
    rule = HolidayRule("Last Friday", month=12, weekday=5, week=-1)
    assert list(holidays_of([rule], 2027)) == [date(2027, 12, 31)]
