"""Days as they are named in a text message, in English and Spanish.

How the ways of speaking that people disagree about are read (weeks are ISO weeks, Monday to Sunday):

- "next tuesday": the Tuesday of the week after this one. Said on a Sunday, or while this week's is still
  three days off or more, it may be the nearer or the farther one, and is asked back.
- "el proximo martes", "el martes que viene": the coming Tuesday; while this week's is still ahead, asked back.
- "this tuesday": this week's, the coming one once that is past, and always the coming one on a Sunday.
- a bare or "this tuesday" said on a Tuesday is asked back; a bare "tuesday" is else the coming one.
- "last thursday": the latest one before today; said on the day after, asked back.
- "12/4": December 4; from a Spanish text, where it may be April 12, asked back.
- a date without a year: the coming one. Where it passed within 60 days and the text does not say whether
  it looks back or ahead, asked back.
- "next week": Monday to Sunday of the week after this one; "after X": the first school day after X;
  "until X": from today to X; "by X": X.
- "de hoy en ocho", "del viernes en quince": one or two weeks later; "en ocho dias", where today may count, is asked
  back. "friday after next" and "the second monday" of no month are asked back where the two ways to count differ.
- a day that is turned down ("not friday", "el lunes no, el martes", "thursday instead of friday") has no value; "not
  this friday, the one after" is a week later, "not until friday" Friday (`denials`).
- a text that looks back ("i did 3 hours tuesday") reads every date as the latest one; one that may look either way
  ("it got moved tuesday") asks back.
"""

from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from conversations.reading.model import SchoolCalendar
from conversations.reading.text import rule

Readings = tuple[str, ...]
"""One: sure. Several: to be asked back. None: recognised, but nobody can say which days."""

RECENT = 60
"""Days for which a date just gone by is as likely meant as its return next year."""


@dataclass(frozen=True)
class Moment:
    """Where and when a text was written: local date, the school's calendar, and which way it looks."""

    today: date
    calendar: SchoolCalendar
    language: str
    looks_back: bool
    looks_ahead: bool
    cued: bool

    def weeks_monday(self, weeks: int = 0) -> date:
        """Monday of this ISO week, or of the one `weeks` later."""
        return self.today - timedelta(days=self.today.weekday()) + timedelta(weeks=weeks)


def iso(first: date, last: date | None = None) -> str:
    """One day, or a span with both its ends."""
    return first.isoformat() if last is None or last == first else f"{first.isoformat()}/{last.isoformat()}"


def coming(weekday: int, after: date) -> date:
    """The first such weekday later than `after`."""
    return after + timedelta(days=(weekday - after.weekday() - 1) % 7 + 1)


def latest(weekday: int, before: date) -> date:
    """The last such weekday earlier than `before`."""
    return before - timedelta(days=(before.weekday() - weekday - 1) % 7 + 1)


def either(*days: date) -> Readings:
    return tuple(dict.fromkeys(day.isoformat() for day in days))


def bare_weekday(now: Moment, weekday: int) -> Readings:
    """ "tuesday", "el martes"."""
    same = weekday == now.today.weekday()
    before, after = latest(weekday, now.today), coming(weekday, now.today)
    if now.looks_back:
        return either(now.today, before) if same else either(before)
    if not now.looks_ahead:
        return either(now.today, before, after) if same else either(before, after)
    return either(now.today, after) if same else either(after)


def next_weekday(now: Moment, weekday: int) -> Readings:
    """English "next tuesday"."""
    day = now.weeks_monday(1) + timedelta(days=weekday)
    if now.today.weekday() == 6:
        return either(day, day + timedelta(weeks=1))
    far = weekday - now.today.weekday() > 2
    return either(day, day - timedelta(weeks=1)) if far else either(day)


def proximo_weekday(now: Moment, weekday: int) -> Readings:
    """Spanish "el proximo martes", "el martes que viene"."""
    day = coming(weekday, now.today)
    this_week = day < now.weeks_monday(1)
    return either(day, day + timedelta(weeks=1)) if this_week else either(day)


def this_weekday(now: Moment, weekday: int) -> Readings:
    """ "this tuesday", "este martes"."""
    day = now.weeks_monday() + timedelta(days=weekday)
    if now.looks_back and day != now.today:
        return either(latest(weekday, now.today))
    if day == now.today:
        return either(day, day + timedelta(weeks=1))
    return either(day if day > now.today else coming(weekday, now.today))


def last_weekday(now: Moment, weekday: int) -> Readings:
    """ "last tuesday", "el martes pasado"."""
    day = latest(weekday, now.today)
    return either(day, day - timedelta(weeks=1)) if (now.today - day).days == 1 else either(day)


def safe_date(year: int, month: int, day: int) -> date | None:
    """The date, or None where the calendar has no such day."""
    if not (1 <= month <= 12 and 1 <= day <= monthrange(year, month)[1]):
        return None
    return date(year, month, day)


def _years_of(now: Moment, month: int, day: int) -> list[date]:
    return [d for year in range(now.today.year - 1, now.today.year + 5) if (d := safe_date(year, month, day))]


def month_day(now: Moment, month: int, day: int, year: int | None = None) -> Readings | None:
    """ "dec 1", "1 de diciembre"; None where no year has such a day."""
    if year is not None:
        exact = safe_date(year, month, day)
        return either(exact) if exact else None
    every = _years_of(now, month, day)
    if not every:
        return None
    behind = max((d for d in every if d <= now.today), default=None)
    ahead = min(d for d in every if d >= now.today)
    if (ahead - now.today).days > 366:
        return ()
    if now.looks_back and behind:
        return either(behind)
    if behind and ahead != now.today and (now.today - behind).days <= RECENT and not now.cued:
        return either(behind, ahead)
    return either(ahead)


def day_of_month(now: Moment, day: int, months: int = 0) -> Readings | None:
    """ "the 5th", "el dia 5"; `months` 1 for "of next month"."""
    if not 1 <= day <= 31:
        return None
    steps = range(0, -13, -1) if now.looks_back and not months else range(months, 13)
    for step in steps:
        month = now.today.month - 1 + step
        found = safe_date(now.today.year + month // 12, month % 12 + 1, day)
        if found == now.today and not months and not now.looks_back:
            return either(found, shift_months(found, 1))
        if found and (months or (found <= now.today if now.looks_back else found >= now.today)):
            return either(found)
    return None


def weekday_and_day(now: Moment, weekday: int, day: int) -> Readings | None:
    """ "tuesday the 1st": the nearest month in which they agree, asked back where none of four does."""
    if not 1 <= day <= 31:
        return None
    for step in range(0, -5, -1) if now.looks_back else range(0, 4):
        month = now.today.month - 1 + step
        found = safe_date(now.today.year + month // 12, month % 12 + 1, day)
        if (
            found
            and found.weekday() == weekday
            and (found <= now.today if now.looks_back else found >= now.today)
        ):
            return either(found)
    plain = day_of_month(now, day) or ()
    return tuple(dict.fromkeys((*plain, coming(weekday, now.today).isoformat())))


def agreeing(now: Moment, weekday: int | None, readings: Readings | None) -> Readings | None:
    """A date said with its weekday: the reading that agrees, else all of them and the weekday to choose from."""
    if weekday is None or not readings:
        return readings
    right = tuple(r for r in readings if date.fromisoformat(r).weekday() == weekday)
    if right:
        return right[:1]
    near = date.fromisoformat(readings[0])
    beside = min((near + timedelta(days=d) for d in range(-3, 4)), key=lambda d: d.weekday() != weekday)
    return (*readings, beside.isoformat())


def shift_months(day: date, months: int) -> date:
    """The same day of another month, or that month's last."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def month_span(now: Moment, month: int, year: int | None = None) -> tuple[date, date]:
    """A whole month, from today where it has begun; the coming one where no year is said."""
    if year is None:
        year = now.today.year + (month < now.today.month)
        if now.looks_back and month > now.today.month:
            year = now.today.year - 1
        elif now.looks_back:
            year = now.today.year
    return date(year, month, 1), date(year, month, monthrange(year, month)[1])


def nth_weekday(year: int, month: int, weekday: int, nth: int) -> date | None:
    """The nth (1 to 5, -1 for the last) such weekday of a month."""
    days = [
        d
        for n in range(1, monthrange(year, month)[1] + 1)
        if (d := date(year, month, n)).weekday() == weekday
    ]
    try:
        return days[nth - 1] if nth > 0 else days[nth]
    except IndexError:
        return None


def _fixed(month: int, day: int) -> Callable[[int], date]:
    return lambda year: date(year, month, day)


def _nth(month: int, weekday: int, nth: int) -> Callable[[int], date]:
    def find(year: int) -> date:
        found = nth_weekday(year, month, weekday, nth)
        assert found is not None
        return found

    return find


def _after(day: Callable[[int], date], days: int) -> Callable[[int], date]:
    return lambda year: day(year) + timedelta(days=days)


def _easter(year: int) -> date:
    """Gregorian computus (Meeus, Jones, Butcher)."""
    a, b, c = year % 19, year // 100, year % 100
    d, e, f, g = b // 4, b % 4, (b + 8) // 25, 0
    g = (b - f + 1) // 3
    h = (19 * a + b - d - g + 15) % 30
    i, k = c // 4, c % 4
    m = (32 + 2 * e + 2 * i - h - k) % 7
    n = (a + 11 * h + 22 * m) // 451
    month, day = divmod(h + m - 7 * n + 114, 31)
    return date(year, month, day + 1)


HOLIDAYS: dict[str, Callable[[int], date]] = {
    "thanksgiving": _nth(11, 3, 4),
    "christmas_eve": _fixed(12, 24),
    "christmas": _fixed(12, 25),
    "new_years_eve": _fixed(12, 31),
    "new_year": _fixed(1, 1),
    "halloween": _fixed(10, 31),
    "valentines": _fixed(2, 14),
    "mlk": _nth(1, 0, 3),
    "presidents": _nth(2, 0, 3),
    "memorial": _nth(5, 0, -1),
    "juneteenth": _fixed(6, 19),
    "independence": _fixed(7, 4),
    "labor": _nth(9, 0, 1),
    "columbus": _nth(10, 0, 2),
    "veterans": _fixed(11, 11),
    "easter": _easter,
    "three_kings": _fixed(1, 6),
    "black_friday": _after(_nth(11, 3, 4), 1),
    "cyber_monday": _after(_nth(11, 3, 4), 4),
    "giving_tuesday": _after(_nth(11, 3, 4), 5),
    "good_friday": _after(_easter, -2),
    "holy_thursday": _after(_easter, -3),
    "palm_sunday": _after(_easter, -7),
    "ash_wednesday": _after(_easter, -46),
    "mothers_day": _nth(5, 6, 2),
    "fathers_day": _nth(6, 6, 3),
    "st_patricks": _fixed(3, 17),
    "election_day": _after(_nth(11, 0, 1), 1),
}


def holiday(now: Moment, name: str) -> list[date]:
    """The holiday's coming day, or its latest where the text looks back; both, the coming one last, where
    it is just gone by and the text does not say."""
    years = [HOLIDAYS[name](year) for year in range(now.today.year - 1, now.today.year + 3)]
    behind = max(day for day in years if day <= now.today)
    ahead = min(day for day in years if day >= now.today)
    if now.looks_back:
        return [behind]
    recent = 0 < (now.today - behind).days <= RECENT and not now.cued
    return [behind, ahead] if recent else [ahead]


def _closed_run(calendar: SchoolCalendar, day: date) -> tuple[date, date]:
    first = last = day
    while not calendar.is_school_day(first - timedelta(days=1)) and (day - first).days < 40:
        first -= timedelta(days=1)
    while not calendar.is_school_day(last + timedelta(days=1)) and (last - day).days < 40:
        last += timedelta(days=1)
    return first, last


def school_break(now: Moment, name: str) -> tuple[date, date] | None:
    """A break by name, from the school's calendar only; None where the calendar does not show it."""
    if name in now.calendar.breaks:
        return now.calendar.breaks[name]
    if name == "thanksgiving_break":
        return _closed_run(now.calendar, holiday(now, "thanksgiving")[-1])
    months = {"winter_break": (12, 1), "spring_break": (3, 4)}[name]
    for closed in sorted(d for d in now.calendar.closed if d >= now.today and d.month in months):
        first, last = _closed_run(now.calendar, closed)
        if sum((first + timedelta(days=n)).weekday() < 5 for n in range((last - first).days + 1)) >= 4:
            return first, last
    return None


def next_break(now: Moment) -> tuple[date, date] | None:
    """ "break", "las vacaciones": whichever break of the calendar comes first."""
    spans = [
        s for name in ("thanksgiving_break", "winter_break", "spring_break") if (s := school_break(now, name))
    ]
    return min((s for s in spans if s[1] >= now.today), default=None)


_BACK = rule(
    r"i did|we did|they did|she did|he did|did \d+|worked|volunteered|shadowed|helped|spent|"
    r"logged|visited|attended|showed|arrived|went|"
    r"did (?:HOURS|my|the|a|an)|finished|completed|stayed|"
    r"(?:was|were|been|came|got|had|left) (?:there|here|at|in|on|out|home|HOURS|ACTIVITY|EMPLOYER|"
    r"CLUSTER|by|for HOURS|with)|"
    r"hice|hize|ise|trabaje|trabajo|fui|estuve|estuvo|estuvieron|vino|vinieron|fue|fueron|"
    r"ayude|complete|termine|pase|falte|"
    r"llego|llegaron|cumpli|asisti|hicimos|trabajamos|hizo|hicieron|didnt show|never (?:showed|"
    r"came)|no (?:vino|llego|fue)|wasnt (?:there|here)"
)
_MAYBE_BACK = rule(
    r"was|were|came|got|had|left|missed|did|didnt|done|stayed|wasnt|werent|said|told|tuve|"
    r"tenia|era|iba|dijo|dijeron|"
    r"perdi|cambie|mande|puse|pidio|avise"
)
_LOGGING = rule(r"log|record|add|put me down|anota|registra|apunta|ponme|agrega|submit|enter|reportar|report")
_AHEAD = rule(
    r"will|can|cant|cannot|could|wont|wanna|want|gonna|going|ill|well|would|id|need|needs|"
    r"lets|please|pls|plz|book|move|change|moved|"
    r"reschedule|cancel|next|sign|available|free|able|should|upcoming|puedo|podria|quiero|"
    r"voy|vamos|puede|pueden|podemos|"
    r"podriamos|quisiera|necesito|necesita|hay|cambiar|mover|proximo|puedes|hosting|host|take|"
    r"open|deadline|due|works|work|instead|"
    r"until (?:wd|mo|after|next|the)\S*|cambiamos|yet|still|confirm|confirmed|ya dijeron|closed|"
    r"supposed|coming|reagendar|cancelar|viene|remind|reminder|any|anything|algo|sirve|queda|"
    r"apuntame|"
    r"anotame|when is|cuando es|is there|are there|do you|is it|approved|for my|para mi|starts|"
    r"start|empieza|si puede|interested"
)


def looks(text: str) -> tuple[bool, bool, bool]:
    """Whether a canonical text surely speaks of what was, and whether of what is to come, and whether that is said
    rather than supposed.

    Neither, where it has a past tense that may belong to something else ("my shadow got moved, friday").
    """
    back, ahead = _BACK.search(text) is not None, _AHEAD.search(text) is not None
    back = (back or "HOURS" in text) and not ahead
    back = back or ("HOURS" in text and _LOGGING.search(text) is not None)
    return back, ahead or not (back or _MAYBE_BACK.search(text)), ahead
