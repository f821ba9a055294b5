"""Which days are school days: weekdays, less closures, less the holidays of a rule pack."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class HolidayRule:
    """One holiday, the same every year: a fixed date, or the n-th weekday of a month.

    `week` counts from 1, or is -1 for the last. `weekday` is ISO, Monday 1. A fixed date that falls on a
    Saturday is kept on the Friday before and one on a Sunday on the Monday after (5 U.S.C. 6103(b)).
    """

    name: str
    month: int
    day: int | None = None
    weekday: int | None = None
    week: int | None = None


@dataclass(frozen=True)
class Calendar:
    """One school's calendar. `closures` are first and last days, both included."""

    zone: ZoneInfo
    weekdays: frozenset[int] = frozenset({1, 2, 3, 4, 5})
    closures: Sequence[tuple[date, date]] = ()
    holidays: Sequence[HolidayRule] = field(default=())

    def is_school_day(self, day: date) -> bool:
        """Whether pupils are in school on `day`."""
        if day.isoweekday() not in self.weekdays:
            return False
        if any(first <= day <= last for first, last in self.closures):
            return False
        # A holiday of next January may be kept on 31 December.
        return all(day not in holidays_of(self.holidays, year) for year in (day.year, day.year + 1))

    def school_day_before(self, day: date) -> date:
        """The last school day earlier than `day`. Raises ValueError if there is none within a year."""
        return self._step(day, -1)

    def school_day_from(self, day: date) -> date:
        """`day` itself if it is a school day, else the next one."""
        return day if self.is_school_day(day) else self._step(day, 1)

    def school_days_after(self, day: date, count: int) -> date:
        """The `count`-th school day after `day`."""
        for _ in range(count):
            day = self._step(day, 1)
        return day

    def _step(self, day: date, direction: int) -> date:
        for distance in range(1, 367):
            other = day + timedelta(days=direction * distance)
            if self.is_school_day(other):
                return other
        raise ValueError(f"no school day within a year of {day.isoformat()}")


def holidays_of(rules: Sequence[HolidayRule], year: int) -> Mapping[date, str]:
    """The days on which the holidays of `year` are kept, with their names."""
    return {_kept_on(rule, year): rule.name for rule in rules}


def _kept_on(rule: HolidayRule, year: int) -> date:
    if rule.day is not None:
        day = date(year, rule.month, rule.day)
        return day + timedelta(days={6: -1, 7: 1}.get(day.isoweekday(), 0))
    if rule.weekday is None or rule.week is None:
        raise ValueError(f"{rule.name}: a holiday needs a day, or a weekday and a week")
    if rule.week > 0:
        first = date(year, rule.month, 1)
        return first + timedelta(days=(rule.weekday - first.isoweekday()) % 7 + 7 * (rule.week - 1))
    last = date(year + rule.month // 12, rule.month % 12 + 1, 1) - timedelta(days=1)
    return last - timedelta(days=(last.isoweekday() - rule.weekday) % 7)
