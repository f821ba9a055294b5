"""What an installation decides about its conversations; the wiring fills it from the settings."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from conversations.models import MessageClass
from placements.rules.school_year import school_year

__all__ = ["CRISIS_HOLD", "DAY_STARTS", "MANY_FROM", "MANY_UNTIL", "Policy", "school_year"]

DAY_STARTS = time(5, 30)
MANY_FROM, MANY_UNTIL = time(9), time(19)
CRISIS_HOLD = timedelta(hours=72)


@dataclass(frozen=True)
class Policy:
    """`quiet` is the pair (from, until) of local times; equal times mean that no hour is quiet."""

    program: str
    help_contact: str
    timezone: ZoneInfo
    quiet: tuple[time, time]
    app_answers_keywords: bool
    oncall: Sequence[str]
    salt: str
    retention_days: int = 400
    district_contact: str = ""  # the number that is called when everybody on call was silent
    oncall_mail: Sequence[str] = ()  # addresses that get every page by mail
    sends_mail: bool = False
    text_number: str = ""  # the number that people text, where it is known
    abuse_line: str = ""  # the state's own child-abuse hotline

    @property
    def chain(self) -> tuple[str, ...]:
        """Whom a crisis calls, in order: the people on call, then the district contact."""
        named = (*self.oncall, *([self.district_contact] if self.district_contact else []))
        return tuple(dict.fromkeys(named))

    @property
    def contact_name(self) -> str:
        """The person at school alone, where there is no room for how to reach them."""
        return self.help_contact.split(",")[0]

    def earliest(self, message_class: MessageClass, wanted: datetime, zone: ZoneInfo) -> datetime:
        """The first moment from `wanted` on at which a message of that class may go, by the clock of `zone`."""
        if message_class is MessageClass.DAY:
            return _within(wanted, zone, DAY_STARTS, time(0))
        if message_class is MessageClass.CAUSED:
            return (
                wanted
                if self.quiet[0] == self.quiet[1]
                else _within(wanted, zone, self.quiet[1], self.quiet[0])
            )
        if message_class is MessageClass.MANY:
            return _within(wanted, zone, MANY_FROM, MANY_UNTIL)
        return wanted


def _within(wanted: datetime, zone: ZoneInfo, start: time, end: time) -> datetime:
    """The first moment from `wanted` on that lies in the daily window; `end` of midnight means the day's end."""
    local = wanted.astimezone(zone)
    clock = local.time().replace(tzinfo=None)
    if start < end or end == time(0):
        if start <= clock and (end == time(0) or clock < end):
            return wanted
        day = local.date() if clock < start else local.date() + timedelta(days=1)
    else:
        if clock >= start or clock < end:
            return wanted
        day = local.date()
    opens = datetime.combine(day, start, zone).astimezone(UTC)
    if opens < wanted.astimezone(UTC):  # the hour that comes twice, the second time
        opens = datetime.combine(day, start, zone).replace(fold=1).astimezone(UTC)
    return opens.astimezone(wanted.tzinfo)
