"""When an answer is due, when it is asked for again, and when everyone is reminded of the day.

All arguments and results are aware datetimes; results are UTC. Hours are elapsed hours, so that two days
over a clock change are still 48; "17:00" is always the school's wall clock.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from placements.rules.school_days import Calendar


@dataclass(frozen=True)
class Timing:
    """The deadlines of a rule pack."""

    consent_hours: int
    host_hours: int
    cap_time: time  # on the school day before the slot
    day_before_time: time  # on the day before the slot
    form_hours: int  # for permission on a signed form


def at_local(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """The instant at which the wall clock of `zone` shows `clock` on `day`, in UTC."""
    return datetime.combine(day, clock, tzinfo=zone).astimezone(UTC)


def request_cap(starts_at: datetime, calendar: Calendar, timing: Timing) -> datetime:
    """The last instant at which anything about a slot can still be answered by text."""
    day = calendar.school_day_before(starts_at.astimezone(calendar.zone).date())
    return at_local(day, timing.cap_time, calendar.zone)


def answer_by(asked_at: datetime, hours: int, cap: datetime) -> datetime:
    """When an answer asked for at `asked_at` is due: after `hours`, but never later than the cap."""
    # Arithmetic within one zone would count hours of the wall clock.
    return min(asked_at.astimezone(UTC) + timedelta(hours=hours), cap.astimezone(UTC))


def halfway(asked_at: datetime, deadline: datetime) -> datetime:
    """When the question is asked once more."""
    asked = asked_at.astimezone(UTC)
    return asked + (deadline.astimezone(UTC) - asked) / 2


def day_before(starts_at: datetime, calendar: Calendar, timing: Timing) -> datetime:
    """When everyone concerned is reminded: in the afternoon of the day before, so never too early."""
    day = starts_at.astimezone(calendar.zone).date() - timedelta(days=1)
    return at_local(day, timing.day_before_time, calendar.zone)
