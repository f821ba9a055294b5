from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from placements.rules.deadlines import Timing, answer_by, at_local, day_before, halfway, request_cap
from placements.rules.packs import load_holidays
from placements.rules.school_days import Calendar

ZONE = ZoneInfo("America/New_York")
SCHOOL = Calendar(ZONE, holidays=load_holidays("us_federal"))
TIMING = Timing(48, 48, time(17), time(17), 168)


def local(*when: int) -> datetime:
    return datetime(*when, tzinfo=ZONE)  # type: ignore[arg-type,misc]


def test_the_cap_is_five_in_the_afternoon_of_the_school_day_before() -> None:
    # An ordinary week, then over Thanksgiving, then over the change to summer time.
    assert request_cap(local(2026, 11, 24, 9), SCHOOL, TIMING) == local(2026, 11, 23, 17)
    assert request_cap(local(2026, 11, 27, 13), SCHOOL, TIMING) == local(2026, 11, 25, 17)
    assert request_cap(local(2027, 3, 15, 9), SCHOOL, TIMING) == local(2027, 3, 12, 17)


def test_the_reminder_keeps_the_wall_clock_over_the_change() -> None:
    before = day_before(local(2027, 3, 13, 9), SCHOOL, TIMING)
    after = day_before(local(2027, 3, 15, 9), SCHOOL, TIMING)
    assert (before, after) == (
        datetime(2027, 3, 12, 22, tzinfo=UTC),
        datetime(2027, 3, 14, 21, tzinfo=UTC),
    )


def test_an_answer_has_two_days_but_never_longer_than_the_cap() -> None:
    asked = local(2027, 3, 1, 10)
    assert answer_by(asked, 48, local(2027, 3, 8, 17)) == local(2027, 3, 3, 10)
    assert answer_by(asked, 48, local(2027, 3, 2, 17)) == local(2027, 3, 2, 17)
    assert halfway(asked, local(2027, 3, 3, 10)) == local(2027, 3, 2, 10)


def test_forty_eight_hours_are_elapsed_hours() -> None:
    asked = local(2027, 3, 13, 10)
    assert answer_by(asked, 48, local(2027, 4, 1)) == local(2027, 3, 15, 11)


@given(
    st.dates(date(2026, 1, 1), date(2028, 12, 31)),
    st.times(),
    st.timedeltas(timedelta(0), timedelta(days=20)),
)
def test_reminder_and_deadline_are_in_order(day: date, clock: time, earlier: timedelta) -> None:
    starts_at = at_local(day, clock, ZONE)
    cap = request_cap(starts_at, SCHOOL, TIMING)
    assert cap < starts_at
    assert SCHOOL.is_school_day(cap.astimezone(ZONE).date())
    asked = cap - earlier
    deadline = answer_by(asked, 48, cap)
    assert asked <= halfway(asked, deadline) <= deadline <= cap
    assert day_before(starts_at, SCHOOL, TIMING).astimezone(ZONE).time() == time(17)
