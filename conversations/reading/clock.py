"""Times of day as they are texted, in English and Spanish.

A bare hour is read as people near a school mean it: 1 to 6 in the afternoon, 7 to 11 in the morning, 12 at noon,
unless a part of the day ("tonight", "de la noche") or a range says otherwise. A part of the day without an
hour is a range. Times are local to the school and have no date, so clock changes cannot move them.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from conversations.reading.model import Found, SchoolCalendar
from conversations.reading.text import Line, fold, rule

PARTS: dict[str, tuple[str, str]] = {
    "morning": ("08:00", "12:00"),
    "noon": ("12:00", "12:00"),
    "afternoon": ("12:00", "17:00"),
    "evening": ("17:00", "20:00"),
    "night": ("18:00", "21:00"),
    "lunch": ("11:30", "13:00"),
}
"""What a part of the day spans when nothing else is said."""

_H = r"(?:\d{1,2}:\d{2}|\d{1,2}\.\d{2}|\d{1,4}|una?|one|noon|medio day)"
_FRAC = (
    r"(?: y media| y medio| y cuarto| y pico| menos cuarto| y \d{1,2}| \d{2}(?= (?:am|pm))| "
    r"(?:15|30|45)(?!\S)(?! (?:minute|student|kid|hour)))?"
)
_HALF = r"(?: (?:in the )?(?:am|pm)| hrs)?"
_PART_EN = r"(?: (?:in the |at |this )?(?:morning|afternoon|evening|night))?"
_PART_ES = r"(?: (?:de|en|por) la (?:manana|tarde|noche|madrugada)| del (?:day|noon))?"
_CLOCK = rf"{_H}{_FRAC}{_HALF}(?: oclock| en punto| ish)?{_PART_EN}{_PART_ES}"
_LEAD = (
    r"(?:at about|at like|at around|around|about at|at|by|before|after|until|from|starting "
    r"at|starting|start at|starts|opens|closes|ends|begins|since|"
    r"between|(?:no )?(?:late|later|earlier) than|eso de las|a eso de las|a las?|sobre las?|como a las?|"
    r"como las?|tipo|hasta las?|desde las?|"
    r"antes de las?|despues de las?|pasadas las|para las|de las?|entre las?)"
)
_JOIN = r"(?:-|to|until|thru|and|y|al?|hasta)(?: las?| la)?"
_RANGE = rule(
    rf"(?:(?P<lead>from|between|entre|desde|de|at|@)(?: las?)? )?(?P<s>(?P<a>{_CLOCK}) (?P<by>{_JOIN}) "
    rf"(?P<b>{_CLOCK}))"
)
_HALF_PAST = rule(
    r"(?P<s>(?P<what>half past|quarter past|quarter to|quarter till|half|(?P<n>\d{1,2}) minute "
    r"(?:past|to|after)|(?P<n2>5|10|20|25) past|"
                  r"(?P<cuarto>cuarto|un cuarto|(?P<k>\d{1,2})) (?:para|pa) las?) (?P<h>\d{1,2}|"
                  r"una?)" + _HALF + r")")  # fmt: skip
_NOON = rule(r"noon|medio day|midnight|medianoche|media noche|12 noon")
_SPANISH = rule(rf"(?P<s>(?:a las?|las|la(?= una(?!\S))) (?P<a>{_CLOCK}))")
_LED = rule(rf"{_LEAD} (?P<s>(?P<a>{_CLOCK}))")
_MARKED = rule(
    rf"(?P<s>(?P<a>{_H}(?: y media)?(?: (?:in the )?(?:am|pm)| oclock| en punto| ish){_PART_EN}{_PART_ES}|"
    rf"\d{{1,2}}:\d{{2}}{_HALF}"
               rf"{_PART_EN}{_PART_ES}|\d{{1,2}}{_FRAC} (?:in the (?:morning|afternoon|evening)|"
               rf"at night|(?:de|en|por) la (?:manana|tarde|noche))))")  # fmt: skip
_BESIDE = rule(rf"DATE ,? ?(?:like |at |around |@ )?(?P<s>(?P<a>{_CLOCK}))")
_BEFORE_DATE = rule(r"(?P<s>(?P<a>\d{1,2}(?::\d{2})?)) (?:on |el )?(?:the )?DATE")
_MOVED = rule(
    rf"(?:move|moved|push|pushed|mover|muevan|muevelo|pasar|pasarlo|pasarla|recorrer)(?: \S+){{0,6}} "
    rf"(?:to|a|para) (?P<s>(?P<a>{_CLOCK}))"
)
_BETTER = rule(
    r"(?:^|(?<=DATE )|(?<=TIME )|(?:^|(?<=\s))(?:[,;@?!]|or|o|u|and|y|do|to|about|like|around|say|make it|"
    r"how about|what about|"
    r"meet|see you|see u|free|open|available|out|off|start|starts|starting|instead|better|mejor|como|ok|"
    r"okay|yes|yeah|si|"
    r"works|sure|sounds good|maybe|think|hagamos|pongamos|ponle|prefiero|prefer|need|want|u|you|can we|lets|at) )"
    r"(?P<s>(?P<a>(?:[1-9]|1[0-2])(?:00|15|30|45)))(?=$| (?:works?|is|good|ok|okay|sounds|"
    r"si|esta|me|pm|am|would|please|pls|instead))"
)
_EITHER = rule(r"(?<!DATE or )(?P<s>(?P<a>\d{1,2}(?::\d{2})?)) (?:or|o|u) (?:at |a las )?(?P<next>TIME)")
_ALSO = rule(
    rf"TIME(?: ,)? (?:or|o|u|(?:no )?wait(?: ,)?|i mean|digo|make it) (?:at |a las )?(?P<s>(?P<a>{_CLOCK}))"
)
_WHOLE = rule(rf"(?P<s>(?P<a>{_CLOCK}))")
_IN_HOURS = rule(
    r"(?:in|en|dentro de) (?:like |about |como )?(?P<s>(?P<n>\d{1,2}|an?|una?|half an?|media) (?P<u>hour))"
)
_PART = rule(
    r"(?P<after>(?:right |just )?after (?:school|clases|escuela|the bell)|despues de (?:la "
    r"|las |el )?(?:escuela|clases|school)|"
    r"(?:al salir|saliendo|a la salida|cuando salga) de (?:la |las |el )?(?:escuela|clases|"
    r"school)|afterschool|after o\d{1,2} period)|"
    r"(?P<before>(?:right )?before (?:school|clases|escuela)|antes de (?:la |las |el )?(?:escuela|"
    r"clases|school)|"
    r"antes de entrar a (?:la )?(?:escuela|clases))|"
    r"(?P<during>during (?:school|the school day|clases)|durante (?:la |las )?(?:escuela|clases)|"
    r"en horario escolar)|"
    r"(?P<lunch>(?:at|during|after|over|despues del|durante el|durante la|a la hora del|a "
    r"la hora de|at the)? ?(?:my )?(?:lunch ?time|lunch(?: break)?|almuerzo|lonche|"
    r"comida))|"
    r"(?P<eod>by eod|eod|(?:by )?(?:the )?end of (?:the )?day|close of business|cob|al? final(?:es)? "
    r"del day|al? fin del day)|"
    r"(?P<first>ow?1 thing(?: in the morning)?|a ow?1 hour|bien temprano)|"
    r"(?P<part>(?:(?:in the|the|this|early|late|in|during the|por las?|en las?|toda la|all|"
    r"de la|a la|este|temprano en la|temprano por la) )*"
    r"(?P<which>morning|afternoon|evening|night|tonight|manana|tarde|noche))"
)
_GREETING = re.compile(
    r"(?<!\S)(good|buen|buenas?|gd|have a (?:good|nice|great)|linda|feliz|pasen? buena|que tengan? buena) $"
)


def minutes(text: str) -> int:
    """Minutes since midnight of `HH:MM`."""
    hours, _, rest = text.partition(":")
    return int(hours) * 60 + int(rest)


def clock(total: int) -> str:
    """`HH:MM` of minutes since midnight."""
    return f"{total // 60 % 24:02d}:{total % 60:02d}"


def parse_clock(text: str, part: str | None = None, after: int | None = None) -> tuple[str, bool] | None:
    """ "330 pm", "4 y media", "1530" as `HH:MM`, and whether its half of the day was said.

    `part` is the part of the day that the rest of the text names; `after` the minute it must follow.
    """
    head = re.match(rf"(?P<h>{_H})", text)
    if head is None:
        return None
    split = _hour_minute(head["h"], text[head.end() :])
    if split is None:
        return None
    hour, minute = split
    rest = text[head.end() :]
    half = _half(rest) or _half_of_part(part, hour)
    sure = half is not None or hour > 12 or head["h"].startswith("0")
    total = hour * 60 + minute
    if hour <= 12 and not head["h"].startswith("0"):
        total = _place(hour, minute, half, after)
    return clock(total), sure


def _hour_minute(head: str, rest: str) -> tuple[int, int] | None:
    if head in ("una", "un", "one"):
        hour, minute = 1, 0
    elif head in ("noon", "medio day"):
        hour, minute = 12, 0
    elif ":" in head or "." in head:
        hour, minute = (int(piece) for piece in re.split(r"[:.]", head))
    elif len(head) > 2:
        hour, minute = int(head[:-2]), int(head[-2:])
    else:
        hour, minute = int(head), 0
    spoken = re.match(r" y (\d{1,2})\b| (\d{2})(?: (?:am|pm)|$| )", rest)
    if re.match(r" y medi[ao]", rest):
        minute = 30
    elif re.match(r" y cuarto", rest):
        minute = 15
    elif re.match(r" menos cuarto", rest):
        hour, minute = (hour - 1 or 12), 45
    elif spoken:
        minute = int(spoken[1] or spoken[2])
    return (hour, minute) if hour <= 24 and minute < 60 and (hour or len(head) > 2) else None


def _half(rest: str) -> str | None:
    if re.search(r"\bam\b|morning|manana|madrugada", rest):
        return "am"
    if re.search(r"night|noche", rest):
        return "night"
    if re.search(r"\bpm\b|afternoon|evening|tarde|del (?:day|noon)", rest):
        return "pm"
    return None


def _half_of_part(part: str | None, hour: int) -> str | None:
    if part in ("morning", "manana", "first") and hour >= 5:
        return "am"
    if part in ("afternoon", "evening", "night", "tonight", "tarde", "noche") and hour != 12:
        return "pm"
    return None


def _place(hour: int, minute: int, half: str | None, after: int | None) -> int:
    morning, evening = hour % 12 * 60 + minute, hour % 12 * 60 + 720 + minute
    if half == "am":
        return morning
    if half == "night" and hour == 12:
        return minute
    if half in ("pm", "night"):
        return evening
    if after is not None:
        return morning if morning > after else evening
    return morning if 7 <= hour <= 11 else evening


def parse_range(first: str, last: str, part: str | None) -> str | None:
    """`HH:MM/HH:MM`; None where the end cannot follow the start."""
    end = parse_clock(last, part)
    start = parse_clock(first, part)
    if start is None or end is None:
        return None
    begin, sure = start
    if not sure and end[1]:
        begin = _before(first, minutes(end[0])) or begin
    finish = end[0]
    if not end[1]:
        finish = (parse_clock(last, part, minutes(begin)) or end)[0]
    if not sure and not end[1] and minutes(finish) <= minutes(begin):
        return None
    return f"{begin}/{finish}" if minutes(begin) < minutes(finish) else None


def _before(text: str, end: int) -> str | None:
    """The latest reading of a bare hour that comes before `end` by at most eight hours."""
    both = [parse_clock(f"{text} {half}") for half in ("pm", "am")]
    for reading in both:
        if reading and 0 < end - minutes(reading[0]) <= 8 * 60:
            return reading[0]
    return None


_NAMED_PART = re.compile(
    r"(?<!\S)(tonight|last night|morning|afternoon|evening|night|(?:(?<=la )|(?<=las ))(?:manana|"
    r"tarde|noche)|(?<=este )(?:tarde|noche|manana))"
    r"(?!\S)"
)


def part_of_day(text: str) -> str | None:
    """The part of the day that a canonical line names, if it names just one; greetings name none."""
    named = {match[1] for match in _NAMED_PART.finditer(text) if not _GREETING.search(text[: match.start()])}
    return named.pop().replace("last ", "") if len(named) == 1 else None


def later_today(found: list[Found], now: datetime) -> list[Found]:
    """A weekday said on its own day with an hour that is past: the next one."""
    found = _not_gone_by(found, now)
    starts = [item.value[:5] for item in found if item.key == "time" and item.value]
    if not starts or min(starts) > now.strftime("%H:%M"):
        return found
    today = now.date().isoformat()
    return [
        replace(item, value=item.readings[1], readings=())
        if item.key == "date" and item.value is None and len(item.readings) == 2 and item.readings[0] == today
        and item.readings[1] > today
        else item
        for item in found
    ]  # fmt: skip


_HALF_SAID = re.compile(r"[ap]\.?m|morning|manana|noon|/|:|\d[ap]\b|oclock|media?noche|mediodia")


def _not_gone_by(found: list[Found], now: datetime) -> list[Found]:
    """ "today at 10", late in the evening: the half of the day that is still to come."""
    days = {item.value for item in found if item.key == "date"}
    if days != {now.date().isoformat()}:
        return found
    return [
        replace(item, value=clock(minutes(item.value) + 720))
        if item.key == "time" and item.value and len(item.value) == 5 and now.hour >= 18
        and "06:59" < item.value < "12:00" and minutes(item.value) + 720 > now.hour * 60 + now.minute
        and not _HALF_SAID.search(fold(item.text)[0])
        else item
        for item in found
    ]  # fmt: skip


def settle_parts(found: list[Found]) -> list[Found]:
    """ "tomorrow morning at 9": the part of the day says no more than the one clock time that lies in it."""
    clocks = [item for item in found if item.value and "/" not in item.value]
    ranges = [item for item in found if item.value and re.search(r"\d", item.text) and "/" in item.value]
    if not clocks and len(ranges) == 1:
        return [replace(item, value=ranges[0].value) if _holds(item, ranges[0]) else item for item in found]
    if len(clocks) != 1 or clocks[0].value is None:
        return found
    at = minutes(clocks[0].value)
    settled = []
    for item in found:
        ends = (item.value or "").split("/")
        inside = len(ends) == 2 and minutes(ends[0]) <= at <= minutes(ends[1])
        settled.append(replace(item, value=clocks[0].value) if inside else item)
    return settled


def _holds(part: Found, span: Found) -> bool:
    """Whether a part of the day says no more than the hours beside it."""
    if (
        part.value not in {"/".join(ends) for ends in PARTS.values()}
        or part.value is None
        or span.value is None
    ):
        return False
    first, last = (minutes(end) for end in part.value.split("/"))
    return first <= minutes(span.value[:5]) <= last


def times_of_days(dates: list[Found]) -> list[Found]:
    """The time in "tonight", "this afternoon", "esta tarde", which are read as days."""
    found = []
    for item in dates:
        named = re.search(
            r"(?<!fort)(?:2|to|a)?(?<!fort)(nite|night|noche|afternoon|morning|evening|tarde)$",
            fold(item.text)[0],
        )
        if named and item.value:
            english = {
                "tarde": "afternoon",
                "morning": "morning",
                "afternoon": "afternoon",
                "evening": "evening",
            }
            value = "/".join(PARTS[english.get(named[1], "night")])
            start = item.start if named.start() == 0 else item.end - len(named[1])
            found.append(Found("time", start, item.end, item.text[start - item.start :], value))
    return found


class Clock:
    """Takes every time from a line in which dates have been taken already."""

    def __init__(
        self, line: Line, calendar: SchoolCalendar, at: datetime, expected: bool, part: str | None
    ) -> None:
        self.line, self.calendar, self.at, self.expected, self.part = line, calendar, at, expected, part
        self.value: str | None = None

    def read(self) -> Iterator[Found]:
        """Ranges first, then what is marked as a time, then what only its neighbours show to be one."""
        yield from self._scan(_IN_HOURS, self._from_now)
        yield from self._scan(_HALF_PAST, self._half_past)
        yield from self._scan(_RANGE, self._range)
        yield from self._scan(_NOON, self._noon)
        for pattern in (_SPANISH, _MARKED, _LED, _BESIDE, _BEFORE_DATE, _MOVED):
            yield from self._scan(pattern, self._single)
        yield from self._scan(_BETTER, self._single)
        yield from self._scan(_ALSO, self._single)
        yield from self._scan(_EITHER, self._either)
        if self.expected:
            yield from self._scan(_WHOLE, self._single)
        yield from self._scan(_PART, self._part)

    def _scan(self, pattern: re.Pattern[str], handle: "object") -> Iterator[Found]:
        def tagged(match: re.Match[str]) -> str | None:
            self.value = handle(match)  # type: ignore[operator]
            return "TIME" if self.value is not None else None

        for start, end in self.line.scan(pattern, tagged):
            yield Found("time", start, end, self.line.text[start:end], self.value or None)

    def _from_now(self, match: re.Match[str]) -> str | None:
        count = (
            0.5 if re.search("half|media", match["n"]) else float(match["n"]) if match["n"].isdigit() else 1.0
        )
        then = self.at + timedelta(hours=count)
        return then.strftime("%H:%M") if then.date() == self.at.date() else ""

    def _half_past(self, match: re.Match[str]) -> str | None:
        whole = parse_clock(match["h"], self.part)
        if whole is None or (match["what"] == "half" and "half past" not in match.group()):
            return None
        number = match["n"] or match["n2"] or match["k"]
        shift = int(number) if number else 30 if "half" in match["what"] else 15
        back = re.search(r"\bto\b|till|para|pa ", match["what"])
        half = re.search(r" (am|pm)$", match.group())
        base = parse_clock(match["h"] + (half.group() if half else ""), self.part) or whole
        return clock(minutes(base[0]) + (-shift if back else shift))

    def _noon(self, match: re.Match[str]) -> str | None:
        return "00:00" if re.search("night|noche", match.group()) else "12:00"

    def _range(self, match: re.Match[str]) -> str | None:
        first, last = match["a"], match["b"]
        tail = self.line.string[match.end() :].split()
        before = self.line.string[: match.start()].split()
        cued = bool(
            match.group() == self.line.string
            or min(len(first), len(last)) > 2
            or match["lead"] or self.expected
            or re.search(r":|am|pm|oclock|media|cuarto|morning|tarde|manana|noche", first + " " + last)
            or (before and before[-1] in ("DATE", ",", "hour", "@", "de", "from", "is", "TIME"))
            or (tail and tail[0] in ("DATE", "on"))
        )  # fmt: skip
        if match["by"].split()[0] in ("y", "and") and match["lead"] not in ("between", "entre"):
            return None
        if before and before[-1] in (
            "grade",
            "age",
            "ages",
            "between_ages",
            "#",
            "room",
            "option",
            "$",
            "opcion",
            "page",
        ):
            return None
        if not cued and not (" - " in match["s"] and (not tail or not tail[0].isalpha() or tail[0] in _FINE)):
            return None
        return parse_range(first, last, self.part)

    def _single(self, match: re.Match[str]) -> str | None:
        text = match["a"]
        tail = self.line.string[match.end() :].split()
        before = self.line.string[: match.start("s")].split()
        bare = text.isdigit()
        if (
            match.re is _BEFORE_DATE
            and not self.line.tokens[self.line.index(match.start("s"))].raw[0].isdigit()
        ):
            return None
        if (
            bare
            and tail
            and tail[0] in _UNITS
            and not (tail[0] == "hour" and match.group("s").startswith("a las"))
        ):
            return None
        if (
            bare
            and ((int(text) > 12 and len(text) < 3) or int(text) == 0)
            and not match.group().startswith(("a las", "las"))
        ):
            return None
        if (
            tail[:2]
            and tail[0] in ("and", "y", "to", "or", "-")
            and tail[1:2] in (["COUNT"], ["HOURS"], ["MINUTES"])
        ):
            return None
        if text in ("una", "un", "one") and not re.match(r"(?:a )?la ", match.group("s")):
            return None
        if before and before[-1] in ("#", "$", "option", "room", "grade", "rating", "o") and bare:
            return None
        parsed = parse_clock(text, self.part)
        return parsed[0] if parsed else None

    def _either(self, match: re.Match[str]) -> str | None:
        """ "4 or 5 pm": in the same half of the day as the later one."""
        following = self.line.tokens[self.line.index(match.start("next"))].raw
        said = re.search(r"[ap](?=m?\b|\.m)", fold(following)[0])
        parsed = parse_clock(match["a"] + (f" {said.group()}m" if said else ""), self.part)
        return parsed[0] if parsed and int(match["a"].split(":")[0]) <= 12 else None

    def _part(self, match: re.Match[str]) -> str | None:
        if _GREETING.search(self.line.string[: match.start()]):
            return None
        first, last = self.calendar.first_bell.strftime("%H:%M"), self.calendar.last_bell.strftime("%H:%M")
        if match["after"]:
            return f"{last}/18:00"
        if match["before"]:
            return f"06:30/{first}"
        if match["during"]:
            return f"{first}/{last}"
        if match["lunch"]:
            after = re.match(r"after|despues", match["lunch"])
            return "13:00/17:00" if after else "/".join(PARTS["lunch"])
        if match["eod"]:
            return "17:00"
        if match["first"]:
            return "/".join(PARTS["morning"])
        return self._named_part(match)

    def _named_part(self, match: re.Match[str]) -> str | None:
        which = match["which"]
        alone = match.group() == which
        if which in ("tarde", "noche", "manana") and alone and not self._dated(match):
            return None
        if re.search(r"tarde", which) and re.search(r"(mas|muy|llego|llegar|llegando|voy|llegue|llegamos|un poco) $",
                                                    self.line.string[: match.start()]):  # fmt: skip
            return None
        english = {"manana": "morning", "tarde": "afternoon", "noche": "night", "tonight": "night"}.get(
            which, which
        )
        return "/".join(PARTS[english])

    def _dated(self, match: re.Match[str]) -> bool:
        return self.line.string[: match.start()].endswith("DATE ") or self.expected


_FINE = frozenset(
    [
        "at",
        "on",
        "works",
        "is",
        "ok",
        "okay",
        "please",
        "pls",
        "if",
        "for",
        "every",
        "in",
        "or",
        "and",
        "would",
        "should",
        "would'nt",
        "que",
        "si",
        "para",
        "en",
        "funciona",
        ",",
        ".",
        "!",
        "?",
    ]
)
_UNITS = frozenset(
    [
        "hour",
        "minute",
        "week",
        "day",
        "month",
        "year",
        "student",
        "kid",
        "kids",
        "spot",
        "person",
        "people",
        "%",
        "dollars",
        "bucks",
        "times",
        "of",
        "out",
        "pm_",
        "grade",
        "th",
        "st",
        "option",
        "stars",
        "points",
        "miles",
        "blocks",
        "feet",
        "/",
        "weeks",
        "options",
        "percent",
        "pounds",
        "HOURS",
        "COUNT",
        "MINUTES",
        "RATING",
    ]
)
