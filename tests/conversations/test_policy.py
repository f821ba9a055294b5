from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.models import MessageClass
from conversations.policy import Policy, school_year
from tests.conversations.given import POLICY, ZONE

PLACES = [
    ZoneInfo(name)
    for name in ("America/New_York", "America/Los_Angeles", "Pacific/Honolulu", "Europe/Madrid")
]


def local(text: str, fold: int = 0) -> datetime:
    """A moment by Miami's clock, as UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=ZONE, fold=fold).astimezone(UTC)


@pytest.mark.parametrize(
    ("message_class", "wanted", "goes"),
    [
        (MessageClass.CAUSED, "2027-02-01T19:59:59", "2027-02-01T19:59:59"),
        (MessageClass.CAUSED, "2027-02-01T20:00", "2027-02-02T08:00"),
        (MessageClass.CAUSED, "2027-02-01T23:59", "2027-02-02T08:00"),
        (MessageClass.CAUSED, "2027-02-02T00:00", "2027-02-02T08:00"),
        (MessageClass.CAUSED, "2027-02-02T07:59:59", "2027-02-02T08:00"),
        (MessageClass.CAUSED, "2027-02-02T08:00", "2027-02-02T08:00"),
        (MessageClass.CAUSED, "2027-03-13T21:00", "2027-03-14T08:00"),  # clocks go forward that night
        (MessageClass.CAUSED, "2027-11-06T21:00", "2027-11-07T08:00"),  # and back that one
        (MessageClass.CAUSED, "2026-12-31T22:00", "2027-01-01T08:00"),
        (MessageClass.DAY, "2027-02-02T05:29:59", "2027-02-02T05:30"),
        (MessageClass.DAY, "2027-02-02T05:30", "2027-02-02T05:30"),
        (MessageClass.DAY, "2027-02-02T23:59", "2027-02-02T23:59"),
        (MessageClass.DAY, "2027-02-02T00:00", "2027-02-02T05:30"),
        (MessageClass.DAY, "2027-03-14T00:30", "2027-03-14T05:30"),
        (MessageClass.DAY, "2027-11-07T00:30", "2027-11-07T05:30"),
        (MessageClass.MANY, "2027-02-02T08:59", "2027-02-02T09:00"),
        (MessageClass.MANY, "2027-02-02T09:00", "2027-02-02T09:00"),
        (MessageClass.MANY, "2027-02-02T18:59:59", "2027-02-02T18:59:59"),
        (MessageClass.MANY, "2027-02-02T19:00", "2027-02-03T09:00"),
        (MessageClass.REPLY, "2027-02-02T03:00", "2027-02-02T03:00"),
        (MessageClass.CRISIS, "2027-02-02T03:00", "2027-02-02T03:00"),
        (MessageClass.PAGE, "2027-02-02T03:00", "2027-02-02T03:00"),
    ],
)
def test_when_a_message_may_go(message_class: MessageClass, wanted: str, goes: str) -> None:
    assert POLICY.earliest(message_class, local(wanted), ZONE) == local(goes)


@pytest.mark.parametrize("hour", range(24))
def test_equal_times_mean_that_no_hour_is_quiet(hour: int) -> None:
    policy = replace(POLICY, quiet=(time(8), time(8)))
    at = datetime(2027, 2, 1, hour, tzinfo=UTC)
    assert policy.earliest(MessageClass.CAUSED, at, ZONE) == at


def test_quiet_hours_within_one_day() -> None:
    policy = replace(POLICY, quiet=(time(13), time(15)))
    assert policy.earliest(MessageClass.CAUSED, local("2027-02-01T14:00"), ZONE) == local("2027-02-01T15:00")
    assert policy.earliest(MessageClass.CAUSED, local("2027-02-01T12:59"), ZONE) == local("2027-02-01T12:59")
    assert policy.earliest(MessageClass.CAUSED, local("2027-02-01T23:30"), ZONE) == local("2027-02-01T23:30")


def test_hours_are_those_of_the_place_and_not_of_the_installation() -> None:
    at = local("2027-02-01T09:00")
    honolulu = ZoneInfo("Pacific/Honolulu")  # 4:00 there
    assert POLICY.earliest(MessageClass.CAUSED, at, honolulu) == datetime(2027, 2, 1, 8, tzinfo=honolulu)


def test_an_opening_in_the_hour_that_comes_twice_is_never_before_what_was_wanted() -> None:
    policy = replace(POLICY, quiet=(time(20), time(1, 30)))
    for fold in (0, 1):
        wanted = local("2027-11-07T01:15", fold)
        assert policy.earliest(MessageClass.CAUSED, wanted, ZONE) == local("2027-11-07T01:30", fold)


moments = st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC)).map(
    lambda at: at.replace(microsecond=0)
)
half_hours = st.integers(0, 47).map(lambda n: time(n // 2, 30 * (n % 2)))


def inside(policy: Policy, message_class: MessageClass, at: datetime, zone: ZoneInfo) -> bool:
    clock = at.astimezone(zone).time()
    start, end = {
        MessageClass.DAY: (time(5, 30), time(0)),
        MessageClass.MANY: (time(9), time(19)),
        MessageClass.CAUSED: (policy.quiet[1], policy.quiet[0]),
    }[message_class]
    if start == end:
        return True
    return start <= clock < end if start < end else clock >= start or clock < end


@given(
    wanted=moments,
    zone=st.sampled_from(PLACES),
    quiet=st.tuples(half_hours, half_hours),
    message_class=st.sampled_from([MessageClass.DAY, MessageClass.MANY, MessageClass.CAUSED]),
)
def test_never_early_always_inside_and_never_more_than_a_day_late(
    wanted: datetime, zone: ZoneInfo, quiet: tuple[time, time], message_class: MessageClass
) -> None:
    policy = replace(POLICY, quiet=quiet)
    goes = policy.earliest(message_class, wanted, zone)
    assert wanted <= goes <= wanted + timedelta(hours=25)
    # An opening within the hour that the spring change leaves out is at the first moment there is.
    left_out = goes.astimezone(zone).hour == 3 and policy.quiet[1].hour == 2
    assert left_out or inside(policy, message_class, goes, zone)


@given(
    wanted=moments,
    message_class=st.sampled_from([MessageClass.REPLY, MessageClass.CRISIS, MessageClass.PAGE]),
)
def test_what_cannot_wait_does_not(wanted: datetime, message_class: MessageClass) -> None:
    assert POLICY.earliest(message_class, wanted, ZONE) == wanted


@pytest.mark.parametrize(
    ("at", "year"),
    [
        ("2026-07-31T23:59", "2025-26"),
        ("2026-08-01T00:00", "2026-27"),
        ("2027-01-01T00:00", "2026-27"),
        ("2027-07-31T12:00", "2026-27"),
        ("2099-08-01T00:00", "2099-00"),
    ],
)
def test_the_school_year_begins_in_august(at: str, year: str) -> None:
    assert school_year(datetime.fromisoformat(at).replace(tzinfo=UTC)) == year


def test_where_there_is_no_room_the_contact_is_a_name() -> None:
    assert POLICY.contact_name == "Cora Diaz"
