"""The grammar of dates over the canonical line, most telling forms first. `days` has the arithmetic."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta

from conversations.reading import days as d
from conversations.reading.days import Moment, Readings, iso
from conversations.reading.denials import settle_denials
from conversations.reading.model import Found
from conversations.reading.text import Line, fold, rule

Handler = Callable[[Moment, re.Match[str]], Readings | None]

_N = r"(?:\d{1,2}|one|an?|una?|(?:a )?couple(?: of)?|un par de)"
_DAYNUM = r"(?:(?:ow?)?\d{1,2})(?! (?:am|pm|:|oclock|hour|student|kid|spot|person|minute)(?!\S))"
_IN = r"(?:in|en|dentro de|de aqui a|de aca a|in like|in about|como en)"
_NEXT_ES = r"(?:que viene|que vienen|proximo|entrante|que entra|siguiente)"


def _small(text: str) -> int:
    if text.isdigit():
        return int(text)
    return 2 if "couple" in text or "par" in text else 1


def _number(text: str) -> int:
    return int(text.lstrip("ow"))


def _iso_date(now: Moment, m: re.Match[str]) -> Readings | None:
    exact = d.safe_date(int(m["y"]), int(m["m"]), int(m["d"]))
    return (iso(exact),) if exact else None


def _year(text: str | None) -> int | None:
    if text is None:
        return None
    return int(text) if len(text) == 4 else 2000 + int(text)


def slashed(now: Moment, first: int, second: int, year: int | None) -> Readings | None:
    """Month first, as in the United States; a Spanish text that may mean day first is asked back."""
    american = d.month_day(now, first, second, year) if first <= 12 else None
    european = d.month_day(now, second, first, year) if second <= 12 else None
    if american and european and first != second and now.language == "es":
        return tuple(dict.fromkeys((*american, *european)))
    return american or european


def _slashed(now: Moment, m: re.Match[str]) -> Readings | None:
    first, second = int(m["a"]), int(m["b"])
    if (first, second) in ((24, 7), (1, 2)) and not m["y"] and not m["w"]:
        return (
            None
            if first == 24 or re.match(r" (?:day|hour|of|a)(?!\S)", m.string[m.end() :])
            else _slashed_day(now, m)
        )
    return _slashed_day(now, m)


def _slashed_day(now: Moment, m: re.Match[str]) -> Readings | None:
    first, second = int(m["a"]), int(m["b"])
    found = slashed(now, first, second, _year(m["y"]))
    if found is None and (m["w"] or (0 < first <= 12 and 0 < second <= 31)):
        return ()
    return d.agreeing(now, int(m["w"]) if m["w"] else None, found)


def _slashed_span(now: Moment, m: re.Match[str]) -> Readings | None:
    first = slashed(now, int(m["a"]), int(m["b"]), None)
    last = slashed(now, int(m["c"]), int(m["d"]), None)
    return _spans(first, last)


def _spans(first: Readings | None, last: Readings | None) -> Readings | None:
    if not first or not last:
        return None
    pairs = list(zip(first, last, strict=False))
    return tuple(f"{a}/{b}" for a, b in pairs if a < b) or None


def _month_day(now: Moment, m: re.Match[str]) -> Readings | None:
    found = d.month_day(now, int(m["m"]), 1 if m["d"] == "uno" else _number(m["d"]), _year(m["y"]))
    if found is None and 1 <= int(m["m"]) <= 12 and 0 < _number(m["d"]) <= 31:
        return ()
    return d.agreeing(now, int(m["w"]) if m["w"] else None, found)


def _month_days(now: Moment, m: re.Match[str]) -> Readings | None:
    month = int(m["m"])
    last = d.month_day(now, int(m["m2"]) if m.groupdict().get("m2") else month, _number(m["e"]))
    return _spans(d.month_day(now, month, _number(m["d"])), last)


def _weekday_day(now: Moment, m: re.Match[str]) -> Readings | None:
    return d.weekday_and_day(now, _which(m), _number(m["d"] or m["d2"]))


def _weekday_bare_number(now: Moment, m: re.Match[str]) -> Readings | None:
    """ "thursday 3", "martes 24": a day of the month only where the calendar agrees, else a time.

    In English, where "thursday 3" may still be an hour of the nearest one, it is asked back.
    """
    weekday, number = int(m["w"]), int(m["d"])
    found = d.weekday_and_day(now, weekday, number)
    if not found or len(found) > 1:
        return found if number > 12 else None
    near = d.bare_weekday(now, weekday)
    if number > 12 or found[0] in near or now.language == "es":
        return found
    return tuple(dict.fromkeys((*near, *found)))


def _day_of_next_month(now: Moment, m: re.Match[str]) -> Readings | None:
    return d.day_of_month(now, _number(m["d"]), 1)


def _weekday(read: Callable[[Moment, int], Readings]) -> Handler:
    return lambda now, m: read(now, int(m["w"]))


def _which(m: re.Match[str]) -> int:
    """The weekday of whichever alternative matched."""
    return int(next(value for key, value in m.groupdict().items() if key in ("w", "w2", "w3") and value))


def _next_weekday(now: Moment, m: re.Match[str]) -> Readings | None:
    return d.next_weekday(now, _which(m))


def _proximo(now: Moment, m: re.Match[str]) -> Readings | None:
    return d.proximo_weekday(now, _which(m))


def _last_weekday(now: Moment, m: re.Match[str]) -> Readings | None:
    return d.last_weekday(now, _which(m))


def _this_weekday(now: Moment, m: re.Match[str]) -> Readings | None:
    return d.this_weekday(now, _which(m))


def _last_week_day(now: Moment, m: re.Match[str]) -> Readings | None:
    return (iso(now.weeks_monday(-1) + timedelta(days=_which(m))),)


def _school_week(now: Moment, m: re.Match[str]) -> Readings | None:
    weeks = 1 if now.today.weekday() > 3 else 0
    first = max(now.today, now.weeks_monday(weeks))
    return (iso(first, now.weeks_monday(weeks) + timedelta(days=4)),)


def _week_from_today(now: Moment, m: re.Match[str]) -> Readings:
    return (iso(now.today + timedelta(weeks=1)),)


def _today_named(now: Moment, m: re.Match[str]) -> Readings:
    """ "today, thursday": asked back where it is not."""
    weekday = _which(m)
    return d.either(now.today, now.today if weekday == now.today.weekday() else d.coming(weekday, now.today))


def _the_nth(now: Moment, m: re.Match[str]) -> Readings | None:
    return d.day_of_month(now, _number(m["d"]))


def _week_later(now: Moment, m: re.Match[str]) -> Readings | None:
    """ "a week from tuesday", "2 weeks from friday"."""
    weeks = _small(m["n"])
    return (iso(d.coming(int(m["w"]), now.today) + timedelta(weeks=weeks)),)


def _weekday_in_week(weeks: int) -> Handler:
    def read(now: Moment, m: re.Match[str]) -> Readings:
        return (iso(now.weeks_monday(weeks) + timedelta(days=int(m["w"]))),)

    return read


def _repeated(now: Moment, m: re.Match[str]) -> Readings:
    weeks = 2 if re.search(r"other| o2 | 2 |por medio", m.group()) else 1
    day = d.coming(int(m["w"]), now.today - timedelta(days=1))
    return (f"R/{iso(day)}/P{weeks}W",)


def _weekday_span(now: Moment, m: re.Match[str]) -> Readings | None:
    first, last = int(m["w"]), int(m["v"])
    if first == last or (
        not re.search(r" (?:-|thru|until|hasta) ", m.group()) and _CHANGING.search(m.string)
    ):
        return None
    weeks = 1 if re.search(r"next|proximo|viene|entrante", m.group()) else None
    if weeks is not None:
        start = now.weeks_monday(weeks) + timedelta(days=first)
    elif now.looks_back:
        start = d.latest(first, now.today)
        if d.coming(last, start) > now.today:
            start -= timedelta(weeks=1)
    else:
        start = d.coming(first, now.today - timedelta(days=1))
    return (iso(start, d.coming(last, start)),)


def _offset_day(days: int) -> Handler:
    return lambda now, m: (iso(now.today + timedelta(days=days)),)


def _offset(now: Moment, m: re.Match[str]) -> Readings | None:
    count, unit = _small(m["n"]), m["u"]
    if unit == "month":
        return (iso(d.shift_months(now.today, count)),)
    if unit == "day" and now.language == "es" and count in (8, 15):
        return d.either(now.today + timedelta(days=count - 1), now.today + timedelta(days=count))
    return (iso(now.today + timedelta(days=count * _DAYS_OF[unit])),)


_DAYS_OF = {"day": 1, "week": 7, "fortnight": 14}


def _in_eight(now: Moment, m: re.Match[str]) -> Readings | None:
    """ "de hoy en ocho", "del viernes en quince": the same weekday one or two weeks on; today counts in Spanish."""
    weeks = 1 if m["n"] == "8" else 2
    said = m["day"].split()[-1]
    if said.startswith("wd"):
        first = d.coming(int(said[2]), now.today)
    else:
        first = now.today + timedelta(days=said in ("manana", "tomorrow"))
    return (iso(first + timedelta(weeks=weeks)),)


def _week_and_day(now: Moment, m: re.Match[str]) -> Readings:
    """ "a week tomorrow", "friday week"."""
    if m["t"]:
        return (iso(now.today + timedelta(days=m["t"] == "tomorrow", weeks=1)),)
    return (iso(d.coming(_which(m), now.today) + timedelta(weeks=1)),)


def _weekday_after_next(now: Moment, m: re.Match[str]) -> Readings:
    """ "friday after next": of the week after next, or the one after the coming one; asked back where they differ."""
    weekday = int(m["w"])
    return d.either(
        d.coming(weekday, now.today) + timedelta(weeks=1), now.weeks_monday(2) + timedelta(days=weekday)
    )


def _weekend_after_next(now: Moment, m: re.Match[str]) -> Readings:
    spans = [[date.fromisoformat(end) for end in span.split("/")] for span in _next_weekend(now, m)]
    return tuple(iso(*(end + timedelta(weeks=1) for end in span)) for span in spans)


def _nth_coming(now: Moment, m: re.Match[str]) -> Readings:
    """ "the second monday", of no month in particular: of this month or the next, or counted from now; asked back."""
    nth, weekday = _number(m["o"]), int(m["w"])
    counted = d.coming(weekday, now.today) + timedelta(weeks=nth - 1)
    firsts = [d.shift_months(now.today.replace(day=1), step) for step in (0, 1)]
    named = [day for first in firsts if (day := d.nth_weekday(first.year, first.month, weekday, nth))]
    return d.either(*[day for day in named if day >= now.today][:1], counted)


def _weekdays_ago(now: Moment, m: re.Match[str]) -> Readings:
    weekday = _which(m)
    return (iso(d.latest(weekday, now.today) - timedelta(weeks=int(m["n"] or m["n2"]) - 1)),)


def _weekday_weeks_ago(now: Moment, m: re.Match[str]) -> Readings:
    return (iso(now.weeks_monday(-_small(m["n"])) + timedelta(days=int(m["w"]))),)


def _weekday_before_last(now: Moment, m: re.Match[str]) -> Readings:
    return (iso(d.latest(int(m["w"]), now.today) - timedelta(weeks=1)),)


def _monday_to(now: Moment, m: re.Match[str]) -> Readings:
    monday = d.coming(0, now.today - timedelta(days=1))
    return (iso(monday, monday + timedelta(days=int(m["w"]))),)


def _from_tomorrow(now: Moment, m: re.Match[str]) -> Readings:
    return (iso(now.today + timedelta(days=1, weeks=_small(m["n"]))),)


def _ago(now: Moment, m: re.Match[str]) -> Readings:
    count, unit = _small(m["n"]), m["u"]
    if unit == "month":
        return (iso(d.shift_months(now.today, -count)),)
    if unit == "day" and now.language == "es" and count in (8, 15):
        return d.either(now.today - timedelta(days=count - 1), now.today - timedelta(days=count))
    return (iso(now.today - timedelta(days=count * _DAYS_OF[unit])),)


def _week(weeks: int, first: int = 0, last: int = 6) -> Handler:
    def read(now: Moment, m: re.Match[str]) -> Readings:
        monday = now.weeks_monday(weeks)
        return (iso(monday + timedelta(days=first), monday + timedelta(days=last)),)

    return read


def _this_week(now: Moment, m: re.Match[str]) -> Readings:
    """From today to Sunday; on a Sunday the week that is about to begin."""
    if now.looks_back and not now.looks_ahead:
        return (iso(now.weeks_monday(), now.today),)
    end = now.weeks_monday() + timedelta(days=6 if now.today.weekday() < 6 else 13)
    return (iso(now.today, end),)


def _later_this_week(now: Moment, m: re.Match[str]) -> Readings | None:
    friday = now.weeks_monday() + timedelta(days=4)
    tomorrow = now.today + timedelta(days=1)
    return (iso(tomorrow, friday),) if tomorrow <= friday else ()


def _fin_de(now: Moment, m: re.Match[str]) -> Readings:
    weeks = 1 if now.today.weekday() > 4 or re.search(r"next|proximo|viene", m.group()) else 0
    return (iso(now.weeks_monday(weeks) + timedelta(days=4)),)


def _this_weekend(now: Moment, m: re.Match[str]) -> Readings:
    saturday = now.weeks_monday() + timedelta(days=5)
    if now.looks_back and now.today.weekday() < 5:
        saturday -= timedelta(weeks=1)
        return (iso(saturday, saturday + timedelta(days=1)),)
    return (iso(max(saturday, now.today), saturday + timedelta(days=1)),)


def _next_weekend(now: Moment, m: re.Match[str]) -> Readings:
    saturday = now.weeks_monday() + timedelta(days=5)
    spans = [iso(saturday + timedelta(weeks=w), saturday + timedelta(days=1, weeks=w)) for w in (0, 1)]
    return (spans[1], spans[0]) if now.today.weekday() < 3 else (spans[1],)


def _last_weekend(now: Moment, m: re.Match[str]) -> Readings:
    saturday = now.weeks_monday(-1) + timedelta(days=5)
    return (iso(saturday, saturday + timedelta(days=1)),)


def _month_from(step: int) -> Handler:
    def read(now: Moment, m: re.Match[str]) -> Readings:
        first = d.shift_months(now.today.replace(day=1), step)
        last = d.shift_months(first, 1) - timedelta(days=1)
        return (iso(max(first, now.today) if step == 0 else first, last),)

    return read


def _named_month(now: Moment, m: re.Match[str]) -> Readings:
    first, last = d.month_span(now, int(m["m"]), _year(m.groupdict().get("y")))
    part = m.groupdict().get("part") or ""
    before = d.shift_months(first, -12), d.shift_months(last, -12)
    if not m.groupdict().get("y") and 0 < (now.today - before[1]).days <= d.RECENT and not now.cued:
        return iso(*before), iso(first, last)
    if re.search(r"early|beginning|start|principio|inicio|comienzo", part):
        last = first.replace(day=10)
    elif re.search(r"mid|middle|mediados", part):
        first, last = first.replace(day=11), first.replace(day=20)
    elif re.search(r"late|end|final|fin", part):
        first = first.replace(day=21)
    elif first <= now.today <= last and not now.looks_back:
        first = now.today
    return (iso(first, last),)


def _end_of_month(now: Moment, m: re.Match[str]) -> Readings:
    step = 1 if re.search(r"next|proximo|viene", m.group()) else 0
    first = d.shift_months(now.today.replace(day=1), step + 1)
    return (iso(first - timedelta(days=1)),)


def _nth_week_of(now: Moment, m: re.Match[str]) -> Readings | None:
    nth = -1 if m["o"] in ("last", "ultima") else _number(m["o"])
    first, last = d.month_span(now, int(m["m"]))
    mondays = [
        day for n in range((last - first).days + 1) if (day := first + timedelta(days=n)).weekday() == 0
    ]
    if nth == 1 and mondays[0].day > 4:
        return (iso(first, mondays[0] - timedelta(days=1)),)
    try:
        monday = mondays[nth if nth < 0 else nth - 1 - (mondays[0].day > 4)]
    except IndexError:
        return None
    return (iso(monday, monday + timedelta(days=6)),)


def _nth_weekday(now: Moment, m: re.Match[str]) -> Readings | None:
    nth = -1 if m["o"] in ("last", "ultimo") else _number(m["o"])
    if m["m"]:
        year, month = d.month_span(now, int(m["m"]))[0].year, int(m["m"])
    else:
        first = d.shift_months(
            now.today.replace(day=1), 1 if re.search(r"next|proximo|viene", m.group()) else 0
        )
        year, month = first.year, first.month
    found = d.nth_weekday(year, month, int(m["w"]), nth)
    if found and found < now.today and not m["m"] and not now.looks_back:
        later = d.shift_months(date(year, month, 1), 1)
        found = d.nth_weekday(later.year, later.month, int(m["w"]), nth)
    return (iso(found),) if found else None


def _week_of(now: Moment, m: re.Match[str]) -> Readings | None:
    found = d.month_day(now, int(m["m"]), _number(m["d"])) if m["m"] else d.day_of_month(now, _number(m["d"]))
    if not found or len(found) > 1:
        return None
    monday = date.fromisoformat(found[0])
    monday -= timedelta(days=monday.weekday())
    return (iso(monday, monday + timedelta(days=6)),)


_HOLIDAYS = {
    "christmas_eve": r"(?:christmas|xmas) eve|nochebuena|noche buena|vispera de navidad",
    "christmas": r"christmas(?: day)?|xmas|navidad|navidades",
    "thanksgiving": (
        r"thanksgiving(?: day)?|turkey day|thxgiving|thanksgivin|accion de gracias|day de accion "
        r"de gracias|san givin"
    ),
    "new_years_eve": r"new years? eve|nye|fin de year|noche vieja|nochevieja",
    "new_year": r"new years?(?: day)?|year nuevo|the new year",
    "halloween": r"halloween",
    "valentines": r"valentines?(?: day)?|san valentin|day de los enamorados",
    "mlk": r"mlk(?: jr)?(?: day)?|martin luther king(?: jr)?(?: day)?",
    "presidents": r"presidents? day|day de los presidentes",
    "memorial": r"memorial day",
    "juneteenth": r"juneteenth",
    "independence": r"(?:the )?o4 of mo7|independence day|4 de mo7",
    "labor": r"labou?r day|day del trabajo",
    "columbus": r"columbus day|indigenous peoples day",
    "veterans": r"veterans? day|day de los veteranos",
    "black_friday": r"black wd4|wd4 negro",
    "cyber_monday": r"cyber wd0",
    "giving_tuesday": r"giving wd1",
    "good_friday": r"good wd4|wd4 santo",
    "holy_thursday": r"(?:holy|maundy) wd3|wd3 santo",
    "palm_sunday": r"palm wd6|wd6 de ramos",
    "ash_wednesday": r"ash wd2|wd2 de ceniza",
    "mothers_day": r"mothers day",
    "fathers_day": r"fathers day",
    "st_patricks": r"(?:st|saint) pattys? day|(?:st|saint) patricks?(?: day)?|san patricio",
    "election_day": r"election day|day de (?:las )?elecciones",
    "easter": r"easter(?: wd6)?|pascua|wd6 de pascua",
    "three_kings": r"three kings(?: day)?|day de (?:los )?reyes|reyes",
}
_BREAKS = {
    "thanksgiving_break": (
        r"thanksgiving (?:break|vacation)|turkey break|vacaciones de accion de gracias|fall "
        r"break"
    ),
    "winter_break": r"(?:winter|christmas|xmas|holiday) (?:break|vacation|vacay)|the holidays|holiday break|"
    r"vacaciones de (?:navidad|invierno|diciembre|mo12)|receso de (?:navidad|invierno)",
    "spring_break": r"spring (?:break|vacation)|(?:vacaciones|receso) de primavera|week santa",
    "break": r"(?:the )?break|(?:las )?vacaciones|el receso",
}
_NAMED = "|".join(
    f"(?P<{key}>{pattern})" for table in (_BREAKS, _HOLIDAYS) for key, pattern in table.items() if key != "break"
) + f"|(?P<break>{_BREAKS['break']})"  # fmt: skip
_RELATION = (
    r"(?P<rel>(?:\d{1,2}|an?|una?|one|couple) (?:day|week) (?:after|before|despues del?|antes del?)|"
    r"(?:the )?day after|(?:the )?day before|(?:the )?wd[0-6] (?:after|before)|(?:the "
    r")?week (?:after|before|of)|"
    r"right after|right before|(?:get|come|got|are|were|be|coming|getting) back from|back "
    r"after|back from|after|before|until|"
    r"(?:al )?(?:regresar|volver|regresando|volviendo|regresemos|volvamos|regrese) (?:de|del)|"
    r"(?:el )?day (?:despues|antes) de|(?:la )?week (?:despues|antes|de)(?: de)?|(?:el )?wd[0-6] "
    r"(?:despues|antes) de|"
    r"despues del?|antes del?|hasta|pasando|pasado(?: el| la)?)(?: the| el| la| las| los| day)?"
)


def _named_span(now: Moment, m: re.Match[str]) -> tuple[date, date] | None:
    name = next((key for key in (*_BREAKS, *_HOLIDAYS) if m[key]), "break")
    if name == "break":
        return d.next_break(now)
    if name in _BREAKS:
        return d.school_break(now, name)
    day = d.holiday(now, name)[-1]
    return day, day


def _named_day(now: Moment, m: re.Match[str]) -> Readings | None:
    name = next((key for key in (*_BREAKS, *_HOLIDAYS) if m[key]), "break")
    relation = m["rel"] or ""
    if name == "break" and not relation:
        return None
    if name == "break":
        span = d.next_break(now)
    elif name in _BREAKS:
        span = d.school_break(now, name)
    else:
        days = d.holiday(now, name)
        if len(days) > 1 and not relation:
            return d.either(*days)
        span = (days[-1], days[-1])
    return related(now, relation, *span) if span else ()


def related(now: Moment, relation: str, first: date, last: date) -> Readings:
    """The days that lie so to a day or span: "day after", "before", "until", or the span itself."""
    weekday = re.search(r"wd([0-6])", relation)
    after, before = (
        re.search(r"after|despues|pasando|pasado|back from|regres|volv", relation),
        re.search(r"before|antes", relation),
    )
    if weekday and after:
        return (iso(d.coming(int(weekday[1]), last)),)
    if weekday and before:
        return (iso(d.latest(int(weekday[1]), first)),)
    if counted := re.match(r"(\d+|an?|una?|one|couple) (day|week) (after|before|despues|antes)", relation):
        off = timedelta(days=_small(counted[1]) * _DAYS_OF[counted[2]])
        return (iso(last + off),) if counted[3] in ("after", "despues") else (iso(first - off),)
    if re.search(r"week", relation):
        if before and first < last and first.weekday() > 4:
            first += timedelta(days=7 - first.weekday())
        monday = (last if after else first) - timedelta(days=(last if after else first).weekday())
        monday += timedelta(weeks=bool(after) - bool(before))
        return (iso(monday, monday + timedelta(days=6)),)
    if re.search(r"day (?:after|despues)", relation):
        return (iso(last + timedelta(days=1)),)
    if re.search(r"day (?:before|antes)", relation):
        return (iso(first - timedelta(days=1)),)
    if after:
        return (iso(now.calendar.next_school_day(last)),)
    if before:
        return (iso(now.today, first - timedelta(days=1)),) if first > now.today else ()
    if re.search(r"until|hasta", relation):
        return (iso(now.today, first),) if first > now.today else (iso(first, last),)
    return (iso(first, last),)


def _named_week(now: Moment, m: re.Match[str]) -> Readings | None:
    name = next((key for key in _HOLIDAYS if m[key]), None)
    if name is None:
        return None
    day = d.holiday(now, name)[-1]
    monday = day - timedelta(days=day.weekday())
    return (iso(monday, monday + timedelta(days=6)),)


def _unsettled(now: Moment, m: re.Match[str]) -> Readings:
    """Named, but by nothing that the calendar can settle: a semester, a season."""
    return ()


def _first_day_of(now: Moment, m: re.Match[str]) -> Readings:
    return (iso(d.month_span(now, int(m["m"]))[0]),)


def _last_day_of(now: Moment, m: re.Match[str]) -> Readings:
    return (iso(d.month_span(now, int(m["m"]))[1]),)


_CHANGING = re.compile(
    r"(?<!\S)(?:mov\w+|chang\w+|switch\w*|reschedul\w+|instead|push\w*|swap\w*|cambi\w+|muev\w+|"
    r"pas[ae]\w*|reagend\w+|recorr\w+|"
    r"posp\w+|posterg\w+|reprogram\w+|movemos)(?!\S)"
)


def _first_day_after(now: Moment, m: re.Match[str]) -> Readings:
    span = _named_span(now, m)
    return (iso(now.calendar.next_school_day(span[1])),) if span else ()


def _last_day_before(now: Moment, m: re.Match[str]) -> Readings:
    span = _named_span(now, m)
    if span is None:
        return ()
    for back in range(1, 40):
        if now.calendar.is_school_day(day := span[0] - timedelta(days=back)):
            return (iso(day),)
    return ()


def _next_school_day(now: Moment, m: re.Match[str]) -> Readings:
    return (iso(now.calendar.next_school_day(now.today)),)


def _weekdays_from_now(now: Moment, m: re.Match[str]) -> Readings:
    return (iso(d.coming(int(m["w"]), now.today) + timedelta(weeks=int(m["n"]) - 1)),)


def _day_of_this_month(now: Moment, m: re.Match[str]) -> Readings | None:
    day = d.safe_date(now.today.year, now.today.month, _number(m["d"]))
    if day is None:
        return ()
    return (iso(day),) if now.looks_back or day >= now.today else d.either(day, d.shift_months(day, 1))


def _first_of_month(now: Moment, m: re.Match[str]) -> Readings:
    first = d.shift_months(now.today.replace(day=1), 1)
    return (iso(first) if m["d"] else iso(first, first.replace(day=10)),)


def _middle_of_month(now: Moment, m: re.Match[str]) -> Readings:
    first = now.today.replace(day=11)
    first = first if now.today <= first.replace(day=20) else d.shift_months(first, 1)
    return (iso(max(first, now.today), first.replace(day=20)),)


def _slashed_days(now: Moment, m: re.Match[str]) -> Readings | None:
    """ "12/1-3": days only where the last is later than the first; "3/4-9" may be days or hours, and is left open."""
    first, last = int(m["b"]), int(m["c"])
    if last <= first or last > 31:
        return None
    readings = d.month_day(now, int(m["a"]), first)
    until = d.month_day(now, int(m["a"]), last)
    return _spans(readings, until)


def _nth_or_that(now: Moment, m: re.Match[str]) -> Readings | None:
    """ "the thursday after that", "the first friday of every month": no one day; "of the month" is for a later rule."""
    return None if re.search(r"of the month$", m.group()) else ()


_W, _V = r"wd(?P<w>[0-6])", r"wd(?P<v>[0-6])"
_M = r"mo(?P<m>\d{1,2})"
_WANT_W = rf"(?:{_W} (?:[,(-] )?(?:the |el |day )*)?"
_WANT_Y = r"(?:(?: ,| de| del| of)* (?P<y>20\d\d))?"
_AND = r"(?:-|to|thru|until|al?|hasta(?: el)?)"
_NEXT_WEEK = rf"(?:next week|following week|proximo week|week {_NEXT_ES}|otra week|week next)"
_TO = r"(?:-|to|thru|until|a|al|hasta|y|and|/)"

RULES: list[tuple[str, Handler]] = [
    (r"(?P<y>20\d\d) [-/] (?P<m>\d{1,2}) [-/] (?P<d>\d{1,2})", _iso_date),
    (rf"week (?:of|del?|that starts|starting)(?: the| el| day| wd0)* (?:{_M} (?P<d>{_DAYNUM}))", _week_of),
    (rf"week (?:of|del?)(?: the| el| day| wd0)* (?P<d>{_DAYNUM})(?: (?:de|of) {_M})?", _week_of),
    (rf"(?P<o>ow?[1-5]|last|ultima) week (?:of|in|de|del)(?: month de)? {_M}", _nth_week_of),
    (
        rf"(?P<o>ow?[1-5]|last|ultimo) {_W} (?:of|in|de|del)(?: the| el)? (?:{_M}|next month|"
        rf"month {_NEXT_ES}|month|"
        rf"proximo month)",
        _nth_weekday,
    ),
    (
        r"(?:de |del |desde )?(?P<day>(?:el |este )?(?:today|manana|tomorrow|wd[0-6])) en (?P<n>8|15)(?: day)?"
        r"(?! (?:minute|hour|week|month|punto|am|pm|:)(?!\S))",
        _in_eight,
    ),
    (rf"(?P<rel>)(?:{_NAMED}) week", _named_week),
    (
        rf"(?P<rel>)(?:{_NAMED}) (?:weekend|fin de week)|"
        r"day de las? madres?|day del padre|super bowl(?: wd6)?",
        _unsettled,
    ),
    (r"o?w?1 day (?:of|in|de) mo(?P<m>\d{1,2})", _first_day_of),
    (rf"(?:last|ultimo) day (?:of|in|de) {_M}", _last_day_of),
    (
        rf"o1 day (?:of school |of clases |de clases )?(?:back )?(?:from|after|despues de|tras) "
        rf"(?:the |las )?(?:{_NAMED})",
        _first_day_after,
    ),
    (
        rf"(?:last|ultimo) day (?:of school |de clases |de escuela )?(?:before|antes de) (?:the "
        rf"|las )?(?:{_NAMED})",
        _last_day_before,
    ),
    (
        r"(?:next|proximo) (?:school day|day de (?:clases|escuela))|school day (?:que viene|proximo)",
        _next_school_day,
    ),
    (r"(?:en|in) (?P<n>[2-5]) (?:wd|wds)(?P<w>[0-6])", _weekdays_from_now),
    (
        r"hace (?P<n>[1-5]) (?:wd|wds)(?P<w>[0-6])|(?P<n2>[1-5]) (?:wd|wds)(?P<w2>[0-6]) ago",
        _weekdays_ago,
    ),
    (r"[2-9] (?:wds[0-6](?! (?:from|de aqui))|wd[0-6] (?:more|mas))", _unsettled),
    (
        r"(?:wd[0-6]|day|week) (?:after|before) (?:that|this one|that one)|"
        r"(?:wd[0-6]|day|week) (?:despues|antes) de (?:ese|esa|eso)|"
        r"(?P<o>ow?\d|ultimo|last) wd[0-6] (?:de cada|of every|of each|of the) month(?! (?:que|proximo))",
        _nth_or_that,
    ),
    (r"(?:any|cualquier) wd(?P<w>[0-6])", _repeated),
    (r"(?P<n>\d) (?:wd|wds)(?P<w>[0-6]) from (?:now|today)", _weekdays_from_now),
    (r"(?P<d>(?:ow?)?\d{1,2}) (?:of|de|del) (?:this|este) month", _day_of_this_month),
    (
        r"(?:the )?(?P<d>ow?1) (?:of|day of) the month|(?:beginning|start) of the month|principios? "
        r"de month|inicios de month",
        _first_of_month,
    ),
    (r"(?:middle of the|mid|mediados de) month", _middle_of_month),
    (
        r"(?:end of(?: the| this)?|fin de|finales de) (?:school )?year|(?:m|t|tu|w|th|f) / "
        r"(?:t|tu|w|th|f|wd\d)(?: / (?:w|th|f|wd\d))?|mwf|tth|"
        r"in (?:a )?few (?:day|week|month)|en unos day|en unas week|en un(?:os|as) cuantos? "
        r"(?:day|week|month)",
        _unsettled,
    ),
    (r"(?P<a>\d{1,2}) / (?P<b>\d{1,2}) - (?P<c>\d{1,2})(?! (?:[-/:]|am|pm)(?!\S))", _slashed_days),
    (rf"(?:{_RELATION} )?(?:{_NAMED})", _named_day),
    (
        r"(?P<a>\d{1,2}) / (?P<b>\d{1,2}) (?:-|to|thru|al?|hasta) (?P<c>\d{1,2}) / (?P<d>\d{1,2})",
        _slashed_span,
    ),
    (rf"{_WANT_W}(?P<a>\d{{1,2}}) (?P<x>[/.-]) (?P<b>\d{{1,2}}) (?P=x) (?P<y>20\d\d|\d\d)", _slashed),
    (
        rf"{_WANT_W}(?P<a>\d{{1,2}}) / (?P<b>\d{{1,2}})(?P<y>(?!))?(?! /)"
        r"(?! (?:of|de) (?:my|the|our|your|his|her|their|them|mis?|los|las|sus?)(?!\S))",
        _slashed,
    ),
    (
        rf"{_M} (?:the )?(?P<d>{_DAYNUM}) {_AND} (?:mo(?P<m2>\d{{1,2}}) )?(?:the )?(?P<e>{_DAYNUM})(?! "
        rf"[-/:])",
        _month_days,
    ),
    (rf"(?P<d>{_DAYNUM}) {_AND} (?:el )?(?P<e>{_DAYNUM}) (?:de |of )?{_M}", _month_days),
    (rf"{_WANT_W}{_M} (?:the )?(?P<d>{_DAYNUM}){_WANT_Y}", _month_day),
    (rf"{_WANT_W}(?:day )?(?P<d>{_DAYNUM}) (?:de |of |del month de |del )?{_M}{_WANT_Y}", _month_day),
    (
        rf"(?:next month|proximo month|month {_NEXT_ES})(?: ,)? (?:on the|the|on|el day|el) (?P<d>{_DAYNUM})",
        _day_of_next_month,
    ),
    (rf"(?P<d>{_DAYNUM}) (?:of|de|del) (?:next month|proximo month|month {_NEXT_ES})", _day_of_next_month),
    (rf"(?P<n>{_N}) week (?:from|after|despues del?) (?:this |next )?{_W}", _week_later),
    (r"(?P<n>a|1|2|an?) week (?:from|after) tomorrow", _from_tomorrow),
    (rf"{_W} after next", _weekday_after_next),
    (rf"{_W} (?:(?:of |in )?the week after(?: next)?|(?:of )?week after next)", _weekday_in_week(2)),
    (
        rf"(?<!day )(?<!hour )(?<!HOURS )(?<!once )(?<!twice )(?<!COUNT )"
        rf"(?:an?|1) week (?:(?P<t>today|tomorrow)|on {_W})|wd(?P<w2>[0-6]) week(?! (?:of|\d|after|before|de|que))",
        _week_and_day,
    ),
    (r"weekend after next", _weekend_after_next),
    (rf"m (?:-|thru|to) {_W}", _monday_to),
    (rf"(?:(?:the|el) )?(?P<o>ow?[1-5]) {_W}(?! (?:of|in|de|del|ow?\d|\d|mo\d+))", _nth_coming),
    (rf"week after next (?:on )?{_W}", _weekday_in_week(2)),
    (rf"{_NEXT_WEEK}(?: ,)?(?: on| el| like)? {_W}", _weekday_in_week(1)),
    (rf"{_W}(?: of| de| en)?(?: the| la)? {_NEXT_WEEK}", _weekday_in_week(1)),
    (rf"{_W}(?: of| de)?(?: this| esta| este) week", _weekday(d.this_weekday)),
    (rf"(?:this|este) week (?:on |el )?{_W}", _weekday(d.this_weekday)),
    (rf"{_W} (?:of )?last week|last week (?:on )?wd(?P<w2>[0-6])", _last_week_day),
    (rf"{_W} de (?:la )?week pasado", _last_week_day),
    (rf"not (?:this|este) (?:coming )?{_W} (?:but )?(?:the )?next(?: one)?", _weekday_in_week(1)),
    (r"(?:(?:every|cada)(?: other| o2| 2)?|todos los|los) (?:wd|wds)(?P<w>[0-6])(?: por medio)?", _repeated),
    (r"wds(?P<w>[0-6])", _repeated),
    (rf"(?:(?:next|proximo) )?{_W} {_AND} {_V}(?: (?:of |de (?:la )?)?{_NEXT_WEEK})?", _weekday_span),
    (r"m - f|weekdays?|school days?|entre week", _school_week),
    (rf"(?:the )?(?:next|following) {_W}", _next_weekday),
    (rf"(?:este )?(?:proximo|siguiente) {_W}|(?:este )?wd(?P<w2>[0-6]) {_NEXT_ES}", _proximo),
    (rf"{_W} (?:before last|antepasad[oa])", _weekday_before_last),
    (
        rf"(?:this|dis) (?:past|last) {_W}|(?:este )?wd(?P<w2>[0-6]) pasado|(?:last|past|pasado) "
        rf"wd(?P<w3>[0-6])",
        _last_weekday,
    ),
    (rf"(?:this|este)(?: coming| upcoming| next)? {_W}|(?:coming|upcoming) wd(?P<w2>[0-6])", _this_weekday),
    (rf"today ,? ?{_W}|wd(?P<w2>[0-6]) today", _today_named),
    (
        rf"{_W} (?:the |el |day )+(?P<d>{_DAYNUM})(?! (?:thing|period|shift)(?!\S))|"
        r"wd(?P<w2>[0-6]) (?P<d2>ow?\d{1,2})(?! (?:thing|period|hour|shift|half)(?!\S))",
        _weekday_day,
    ),
    (
        rf"{_W} (?P<d>\d{{1,2}})(?! (?:am|pm|[:/-]|oclock|hour|to|until|a \d|kid|student|spot|"
        rf"person|minute|y|and|or|o))",
        _weekday_bare_number,
    ),
    (
        r"day after tomorrow|dia after tomorrow|2 day from (?:now|today)|pasado manana|despues de manana",
        _offset_day(2),
    ),
    (r"day before yesterday|antier|antes de yesterday", _offset_day(-2)),
    (r"(?P<n>" + _N + r") (?P<u>day|week|month) (?:from|after) (?:now|today|hoy)", _offset),
    (rf"{_IN} (?P<n>{_N}) (?P<u>day|week|month|fortnight)(?: more| mas| time)?", _offset),
    (rf"(?P<n>{_N}) week ago (?:on |this |last |el )?{_W}", _weekday_weeks_ago),
    (rf"(?P<n>{_N}) (?P<u>day|week|month|fortnight) ago(?: today)?", _ago),
    (rf"hace (?:como )?(?P<n>{_N}) (?P<u>day|week|month)", _ago),
    (r"(?:(?:a|1) )?week from (?:now|today)", _week_from_today),
    (r"tonight|(?:este|this) (?:noche|night|afternoon|tarde|morning|evening)|este manana", _offset_day(0)),
    (r"last night|anoche|yesterday", _offset_day(-1)),
    (r"today|hoy(?: mismo| dia)?|rn today", _offset_day(0)),
    (r"tomorrow", _offset_day(1)),
    (r"(?<!la )(?<!las )(?<!en la )(?<!este )(?<!cada )manana", _offset_day(1)),
    (
        r"(?:next|proximo) (?:weekend|fin de week)|(?:weekend|fin de week) (?:que viene|proximo|siguiente)",
        _next_weekend,
    ),
    (r"(?:last|past) weekend|(?:weekend|fin de week) pasado|this past weekend", _last_weekend),
    (r"(?:(?:this|the|el|este) (?:coming )?)?(?:weekend|fin de week)", _this_weekend),
    (r"week after next|2 week from now|week (?:de la )?que (?:sigue de|le sigue a) la proximo", _week(2)),
    (
        rf"(?:beginning|start|early|early in|principios|inicios|comienzos) (?:of |de (?:la "
        rf")?)?{_NEXT_WEEK}|early {_NEXT_WEEK}",
        _week(1, 0, 1),
    ),
    (rf"mid {_NEXT_WEEK}|(?:middle of|mediados de) (?:la )?{_NEXT_WEEK}", _week(1, 1, 3)),
    (rf"(?:late|later|end of|fin de la|finales de(?: la)?|fines de la) {_NEXT_WEEK}", _week(1, 3, 4)),
    (
        r"(?:late|mas adelante) (?:in )?(?:the|this|este) week|mas adelante en la week|rest "
        r"of (?:the|this) week|resto de la week",
        _later_this_week,
    ),
    (r"eow|finales de week|end of(?: the| this)? week|(?:fin|final|finales) de (?:la|este) week", _fin_de),
    (rf"{_NEXT_WEEK}", _week(1)),
    (r"(?:this|este)(?: misma| mismo| coming)? week", _this_week),
    (r"week before last|week antepasad[oa]", _week(-2)),
    (r"last week|week pasado|pasado week", _week(-1)),
    (
        rf"(?:end|final|finales|fin|fines) (?:of|de|del)(?: the| this| este| next)? month(?: "
        rf"{_NEXT_ES})?|eom",
        _end_of_month,
    ),
    (rf"next month|proximo month|month {_NEXT_ES}|otro month", _month_from(1)),
    (r"(?:this|este) month", _month_from(0)),
    (r"last month|month pasado", _month_from(-1)),
    (
        rf"(?P<part>early|mid|late|beginning of|start of|middle of|end of|principios de|mediados "
        rf"de|finales de|fines de|"
        rf"fin de|inicios de|a finales de)(?: -)?(?: in| month de)? {_M}{_WANT_Y}",
        _named_month,
    ),
    (
        rf"(?:in|until|by|en|hasta|para|next|this|durante|during|since|desde|of|del month de|"
        rf"month de|sometime in|around|"
        r"after|before|despues de|antes de|proximo|este|all|todo|try|maybe|how about|what about|que tal|"
        r"mejor|quizas?) "
        rf"(?P<s>{_M}{_WANT_Y})",
        _named_month,
    ),
    (
        r"(?P<s>(?:(?:this|next|last|este|proximo|spring|fall) )?(?:semester|semestre|trimester|"
        r"trimestre)(?: que viene)?)",
        _unsettled,
    ),
    (
        r"(?:in|until|by|over|durante|en|para|por) (?:the |el |la )?(?P<s>summer|verano|spring|"
        r"primavera|fall|otono|winter|invierno)|"
        r"(?:this|next|last|este|proximo) (?:summer|verano|spring|primavera|fall|otono|winter|"
        r"invierno|year)|year (?:que viene|proximo)",
        _unsettled,
    ),
    (
        rf"(?:the (?=o\d)|el day |del day |al day |este day )(?P<s>(?P<d>{_DAYNUM}))(?! (?:one|"
        rf"option|choice|uno|opcion|de|grade|time|hour|floor|piso|place|visit|visita|period|street|st|ave|job|"
        rf"semester|quarter|year|birthday|shift|person|day|week)(?!\S))",
        _the_nth,
    ),
    (
        r"(?:el|del|al|este) (?P<s>(?P<d>\d{1,2}))(?! (?:uno|opcion|de|%|grade|[:/.-] \d|am|pm)(?!\S))"
        r"(?! [oy] (?:el |la )?\d{1,2}(?:$| [.,!?] *$))",
        _the_nth,
    ),
    (
        r"(?:on|by|until|for|before|after|del?) (?:the )?(?P<s>(?P<d>o(?:[5-9]|\d\d)))(?! "
        r"(?:one|grade|opcion|period|street|st|ave))",
        _the_nth,
    ),
    (rf"{_W}", _weekday(d.bare_weekday)),
]
COMPILED = [(rule(pattern), handler) for pattern, handler in RULES]


def read_days(line: Line, now: Moment) -> Iterator[Found]:
    """Take every date from the line, leaving `DATE` where it stood."""
    found: list[Found] = []
    for pattern, handler in COMPILED:
        found += _take(line, now, pattern, handler)
    yield from found
    while more := list(_listed(line, found)):
        found += more
        yield from more
    while more := list(_listed_before(line, found)):
        found += more
        yield from more


_MORE = rule(
    r"DATE(?: ,)?(?: (?:&|and|or|n|y|o|u|,))(?: the| el)? (?P<s>(?P<d>ow?\d{1,2}|\d{1,2}))(?! (?:ish|am|"
    r"pm|:|oclock|hour|student|kid|spot|"
             r"person|minute|-|to|/|of|out|grade|option|week|day)(?!\S))")  # fmt: skip
_EARLIER = rule(
    r"(?<!las )(?<!at )(?<!hour )(?P<s>(?P<d>ow?\d{1,2}|\d{1,2}))(?: ,)? (?:&|and|or|n|y|o|u|,)(?: the| el)? DATE"
)
_DAY_SAID = re.compile(r"(?<!\S)(?:mo\d+|ow?\d+)(?!\S)")


def _listed(line: Line, found: list[Found]) -> Iterator[Found]:
    """ "dec 1, 3 and 5", "the 1st or 2nd": later days of the month just named."""
    by_start = {item.start: item for item in found}
    value: str | None = None

    def handle(match: re.Match[str]) -> str | None:
        nonlocal value
        before = by_start.get(line.tokens[line.index(match.start())].start)
        if before is None or before.value is None or len(before.value) != 10:
            return None
        said = Line(before.text).string
        by_number = match["d"].isdigit() and not re.search(r"(?<!\S)mo\d", said)
        if (by_number or not _DAY_SAID.search(said)) and before.start not in listed:
            return None
        day, number = date.fromisoformat(before.value), _number(match["d"])
        later = d.safe_date(day.year, day.month, number)
        if later is None or later <= day:
            return None
        value = iso(later)
        return "DATE"

    listed = {item.start for item in found if item.text.strip().isdigit()}
    for start, end in line.scan(_MORE, handle):
        yield Found("date", start, end, line.text[start:end], value)


def _listed_before(line: Line, found: list[Found]) -> Iterator[Found]:
    """ "25 y 26 de febrero": earlier days of the month just named."""
    by_start = {item.start: item for item in found}
    value: str | None = None

    def handle(match: re.Match[str]) -> str | None:
        nonlocal value
        after = by_start.get(line.tokens[line.index(match.end() - 1)].start)
        if after is None or after.value is None or len(after.value) != 10:
            return None
        if not re.match(r"(?:the |el |day )*(?:ow?)?\d{1,2}(?! /)", Line(after.text).string):
            return None
        day = date.fromisoformat(after.value)
        earlier = d.safe_date(day.year, day.month, _number(match["d"]))
        if earlier is None or earlier >= day:
            return None
        value = iso(earlier)
        return "DATE"

    for start, end in line.scan(_EARLIER, handle):
        yield Found("date", start, end, line.text[start:end], value)


_WISHED = re.compile(
    r"(?<!\S)(?:happy|merry|feliz|felices|good|great|nice|buen|lindo|bonito|excelente|blessed|awesome) $"
)


def _take(line: Line, now: Moment, pattern: re.Pattern[str], handler: Handler) -> Iterator[Found]:
    readings: Readings | None = None

    def handle(match: re.Match[str]) -> str | None:
        nonlocal readings
        if _WISHED.search(line.string[: match.start()]):
            return None
        try:
            readings = handler(now, match)
        except (OverflowError, ValueError):
            readings = None
        return None if readings is None else "DATE"

    for start, end in line.scan(pattern, handle):
        assert readings is not None
        value = readings[0] if len(readings) == 1 else None
        yield Found("date", start, end, line.text[start:end], value, readings if value is None else ())


_RELATED = rule(
    r"(?P<s>(?P<rel>until|hasta(?: el| la)?|before|antes del?(?: la)?|after|despues del?(?: la)?|day after|"
    r"day before|since|desde(?: el| la)?)(?: the)? DATE)"
)
_JOINED = rule(r"(?P<s>DATE (?P<by>-|to|thru|until|al?|hasta)(?: the| el| la)? DATE)")
_BETWEEN = rule(r"(?:between|entre)(?: el| la)? (?P<s>DATE (?:and|y|&)(?: el| la)? DATE)")


def relate_days(line: Line, now: Moment, found: list[Found]) -> list[Found]:
    """Join "dec 1 to dec 5", and move "before friday" to the days before it."""
    by_start = {item.start: item for item in found}
    for pattern in (_BETWEEN, _JOINED, _RELATED):
        for match in list(pattern.finditer(line.string)):
            begin, end = match.span("s")
            tokens = line.tokens[line.index(begin) : line.index(end - 1) + 1]
            dated = [by_start[t.start] for t in tokens if t.canon == "DATE" and t.start in by_start]
            joined = _join(now, line, match, dated, tokens[0].start, tokens[-1].end)
            if joined:
                by_start = {k: v for k, v in by_start.items() if v not in dated}
                by_start[dated[-1].start] = joined
    found = _same_week(line, now, sorted(by_start.values(), key=lambda item: item.start))
    return settle_denials(line, _without_excluded(line, found))


_QUALIFIED = re.compile(
    r"every|cada|todos|^los |s$|last|pasad|next|nxt|prox|viene|entrante|following|otra semana|siguiente|this|este"
)
_LISTED = re.compile(r"\s*(?:,|/|&|-)?\s*(?:or|and|o|y|u)?\s*(?:on|el|the|maybe|even)?\s*", re.IGNORECASE)
_EXCLUDED = rule(
    r"(?:but|except|excepto|menos|salvo|besides|pero no|but not)(?: on| el| for| do)* (?P<s>DATE)"
)


def _same_week(line: Line, now: Moment, found: list[Found]) -> list[Found]:
    """ "next tues or thurs", "tuesday or thursday next week": a bare weekday goes with the week said beside it."""
    exact = {item.value for item in found if _bare(item) is None and item.value and len(item.value) == 10}
    bare = [item for item in found if _bare(item) is not None]
    if (
        len(bare) == 1
        and len(exact) == 1
        and date.fromisoformat(day := next(iter(exact))).weekday() == _bare(bare[0])
    ):
        return [replace(item, value=day, readings=()) if item is bare[0] else item for item in found]
    found = _weekdays_of_month(_following(found))
    weeks = [item for item in found if _is_week(item)]
    settled = list(found)
    for index in (*range(len(found)), *reversed(range(len(found)))):
        weekday = _bare(settled[index])
        if weekday is None:
            continue
        for other in (index - 1, index + 1):
            if 0 <= other < len(found) and (
                shifted := _shifted(line, now, settled[index], weekday, settled[other])
            ):
                settled[index] = shifted
        if (
            len(weeks) == 1
            and weeks[0].value
            and _bare(settled[index]) is not None
            and "~" not in settled[index].key
        ):
            monday = date.fromisoformat(weeks[0].value.split("/")[0])
            if monday.weekday() == 0 and monday > now.today:
                settled[index] = replace(
                    settled[index], value=iso(monday + timedelta(days=weekday)), readings=()
                )
    return settled


def _following(found: list[Found]) -> list[Found]:
    """ "el viernes no, mejor el lunes siguiente": the one after the day just named."""
    settled: list[Found] = []
    for item in found:
        canon = Line(item.text).string
        weekday = re.search(r"wd([0-6])", canon)
        before = settled[-1].value if settled else None
        if weekday and before and len(before) == 10 and re.search(r"following|siguiente", fold(item.text)[0]):
            day = d.coming(int(weekday[1]), date.fromisoformat(before))
            item = replace(item, value=iso(day), readings=())
        settled.append(item)
    return settled


def _weekdays_of_month(found: list[Found]) -> list[Found]:
    """ "any tuesday in january": each such day of it."""
    months = [
        item.value for item in found if item.value and re.fullmatch(r"(.{8})01/\1(?:2[89]|3[01])", item.value)
    ]
    if len(months) != 1:
        return found
    first = date.fromisoformat(months[0][:10]) - timedelta(days=1)
    settled = []
    for item in found:
        weekday = re.fullmatch(r"(?:(?:any|cualquier|every|los|a|un) )?wds?([0-6])", Line(item.text).string)
        if weekday:
            item = replace(item, value=f"R/{iso(d.coming(int(weekday[1]), first))}/P1W", readings=())
        settled.append(item)
    return settled


def _is_week(item: Found) -> bool:
    value = (item.value or "").split("/")
    return len(value) == 2 and (date.fromisoformat(value[1]) - date.fromisoformat(value[0])).days == 6


def _bare(item: Found) -> int | None:
    canon = Line(item.text).string
    return int(canon[2]) if re.fullmatch(r"wd[0-6]", canon) else None


def _shifted(line: Line, now: Moment, item: Found, weekday: int, other: Found) -> Found | None:
    first, last = sorted((item, other), key=lambda i: i.start)
    if not _LISTED.fullmatch(line.text[first.end : last.start]) or first.end == last.start:
        return None
    if (other.value or "").startswith("R/") and not (item.value or "").startswith("R/"):
        return replace(
            item, value=f"R/{iso(d.coming(weekday, now.today - timedelta(days=1)))}/P1W", readings=()
        )
    if not _QUALIFIED.search(fold(other.text)[0]) or _bare(other) is not None:
        return None
    values = [other.value] if other.value else list(other.readings)
    if not values or any("/" in value for value in values):
        return None
    days = [date.fromisoformat(value) for value in values]
    moved = tuple(iso(day + timedelta(days=weekday - day.weekday())) for day in days)
    return replace(
        item, value=moved[0] if len(moved) == 1 else None, readings=moved if len(moved) > 1 else ()
    )


def _without_excluded(line: Line, found: list[Found]) -> list[Found]:
    """ "any day but friday": a day that is named to be left out has no value."""
    if not re.search(r"(?<!\S)(?:any|anytime|cualquier|every|all|todos|cada)(?!\S)", line.string):
        return found
    out = {line.tokens[line.index(m.start("s"))].start for m in _EXCLUDED.finditer(line.string)}
    return [replace(item, value=None, readings=()) if item.start in out else item for item in found]


def _join(
    now: Moment, line: Line, match: re.Match[str], dated: list[Found], start: int, end: int
) -> Found | None:
    if not dated or any(item.value is None or "R/" in item.value for item in dated):
        return None
    values = [item.value.split("/") for item in dated if item.value]
    if len(dated) == 2 and match.groupdict().get("by") in ("to", "a", "al") and _CHANGING.search(line.string):
        return None
    if len(dated) == 2:
        first, last = values[0][0], values[1][-1]
        if last <= first and all(_bare(item) is not None for item in dated):
            last = iso(d.coming(date.fromisoformat(last).weekday(), date.fromisoformat(first)))
        return Found("date", start, end, line.text[start:end], f"{first}/{last}") if first < last else None
    if match.groupdict().get("rel") is None:
        return None
    ends = [date.fromisoformat(value) for value in (values[0][0], values[0][-1])]
    if re.match(r"since|desde", match["rel"]):
        return None
    readings = related(now, match["rel"], *ends)
    if len(readings) != 1:
        return None
    return Found("date", start, end, line.text[start:end], readings[0])
