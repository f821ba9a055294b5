"""Days and times that a text names only to turn them down, and what it puts in their place.

"not this friday, the one after" is a week later; "mañana no, pasado" the day after; of "friday no wait thursday" and
"el lunes no, el martes" the day that is turned down has no value, so that nothing acts on it.
"""

import re
from dataclasses import replace
from datetime import date, timedelta
from functools import cache

from conversations.reading import days as d
from conversations.reading.days import iso
from conversations.reading.model import Found
from conversations.reading.text import Line, rule

_LITTLE = r"(?:for|on|at|in|the|el|la|las|a|para|en|este)"
_BUT = (
    r"(?:(?: ?[,.;:/-])?(?: (?:but|rather|instead|maybe|like|lets|do|could|can|we|you|i|mean|meant|its|sino|pero|mejor|"
    r"si|puede|podria|ser|hasta|until|on|for|que|es))*(?: ?,)?)"
)
_THE = r"(?: (?:the|el|la|en el|en la|al|a la|los|las))?"
_AFTER = r"(?:after|despues|following|entrante|que sigue|later)"
_ONE = (
    rf"(?:(?:one|week|day|weekend|DATE) (?:right )?{_AFTER}(?: (?:that|this|it|de|ese|esa|este|eso))?(?: one)?|"
    rf"(?:following|next|other)(?: (?:one|week|day|weekend))?|"
    r"(?:otro|otra)(?: (?:week|day|DATE))?|(?:week|day|DATE) (?:de despues|entrante|que (?:le )?sigue|proximo)|"
    r"(?:entrante|proximo|que (?:le )?sigue|que viene(?: despues)?|de despues|pasado|DATE))"
)
_NOT = rf"(?:not|no)(?: {_LITTLE})*"
_NO_GOOD = (
    r"(?:(?:is|are) (?:no good|bad|out|full|off|not good|not ok|taken|closed)|(?:wont|doesnt|dont|dosent|cant) work|"
    r"(?:isnt|arent) (?:good|great|ok)|no good|not good|no bueno|i cant|nope|no (?:me |nos )?(?:sirve|"
    r"funciona)|esta llen[oa])"
)
_SHIFTS = (
    rule(rf"(?<!why )(?:{_NOT} (?P<s>DATE){_BUT}{_THE} (?P<one>{_ONE}))"),
    rule(rf"(?P<s>DATE) {_NO_GOOD}{_BUT}{_THE} (?P<one>{_ONE})"),
    rule(
        r"(?P<s>DATE)(?: ,)? no(?: (?:puedo|podemos|puede|me|nos|se|sirve|va|voy))*"
        rf"{_BUT}{_THE} (?P<one>{_ONE})"
    ),
)
_CANT = (
    r"(?:cant|cannot|wont|dont|doesnt|not|no|unable|imposible)(?: (?:able|to|do|make|it|work|works|working|free|"
    r"available|come|go|be|there|in|puedo|podemos|puede|podre|podria|podremos|ir|voy|vamos|poder|hacerlo|estoy|"
    r"estamos|libre|disponible|sirve|me|nos|up|"
    rf"{_LITTLE[3:-1]}))*"
)
_CORRECTED = (
    r"(?: (?:no(?= ,| (?:wait|espera|perdon|sorry|i mean|actually|better|mejor|digo|make))|oops|sorry|"
    r"perdon|wait|espera|actually|digo|i mean|i meant|my bad|scratch that|mejor dicho|o sea|bueno|"
    r"mejor|rather|perdona|quise decir|better|or actually|o mejor|make it|make that|change that to|lets do|que diga)"
    r"(?: ,)?)+"
)


@cache
def _before(tag: str) -> re.Pattern[str]:
    """ "not friday", "no puedo el lunes ni el martes"."""
    return rule(
        rf"(?<!why )(?<!if )(?<!or )(?:{_CANT} (?P<s>{tag})"
        rf"(?P<more>(?: ,)? (?:or|ni|o|and|y|nor)(?: {_LITTLE})* {tag})?)"
    )


@cache
def _instead(tag: str) -> re.Pattern[str]:
    """ "instead of friday"."""
    return rule(rf"{_INSTEAD}(?: {_LITTLE})* (?P<s>{tag})")


@cache
def _excepted(tag: str) -> re.Pattern[str]:
    """ "except friday"."""
    return rule(rf"{_EXCEPT}(?: {_LITTLE})* (?P<s>{tag})")


@cache
def _after(tag: str) -> re.Pattern[str]:
    """ "el lunes no, ...", "friday is no good", "friday actually monday"."""
    return rule(
        rf"(?P<s>{tag})(?: (?:no(?: (?:puedo|podemos|puede|podre|me|nos|se|sirve|mejor|voy|tengo|estoy|"
        r"estamos|pero|sino|"
        rf"hay|trabajo|abrimos|es))+|no(?= ,|$| [.!?]$)|{_NO_GOOD})(?!\S)|(?: ,)?{_CORRECTED}(?: {_LITTLE})* {tag})"
    )


_INSTEAD = r"(?:instead of|rather than|en vez del?|en lugar del?)"
_EXCEPT = r"(?:except(?: for)?|excepto|(?<!o )menos|salvo|besides)"
_UNCLEAR = rule(rf"DATE no(?: {_LITTLE})* DATE")


def settle_denials(line: Line, found: list[Found]) -> list[Found]:
    """The days of a text, without those that it turns down, where it says what stands in their place."""
    settled, moved = _shifted(line, _not_until(line, found))
    return _without_denied(line, settled, "DATE", moved)


def settle_denied_times(line: Line, found: list[Found]) -> list[Found]:
    """The same of times: "at 3 no wait 4", "not at 3, at 4"."""
    return _without_denied(line, found, "TIME", [])


_NOT_UNTIL = rule(
    r"(?:not|no|nothing|nada)(?: (?:available|free|open|disponible|libre))? (?:(?P<s>DATE)|(?P<s2>(?:until|hasta|"
    r"before|antes)\S*))"
)


def _not_until(line: Line, found: list[Found]) -> list[Found]:
    """ "not until friday", "no antes del viernes": Friday, from which on it may be."""
    found_at = [m.start("s") if m["s"] else m.start("s2") for m in _NOT_UNTIL.finditer(line.string)]
    starts = {line.tokens[line.index(at)].start for at in found_at}
    settled = []
    for item in found:
        bound = re.match(r"(until|hasta)|(before|antes)", Line(item.text).string)
        if bound and item.start in starts and item.value and "/" in item.value and "R/" not in item.value:
            last = date.fromisoformat(item.value.split("/")[-1])
            item = replace(item, value=iso(last + timedelta(days=1) if bound[2] else last))
        settled.append(item)
    return settled


def _item_at(line: Line, found: list[Found], position: int) -> Found | None:
    token = line.tokens[line.index(position)]
    return next((item for item in found if item.start <= token.start < item.end), None)


def _read_as(item: Found, readings: tuple[str, ...]) -> Found:
    value = readings[0] if len(readings) == 1 else None
    return replace(item, value=value, readings=() if value else readings)


def _shifted(line: Line, found: list[Found]) -> tuple[list[Found], list[Found]]:
    kept: list[Found] = []
    for pattern in _SHIFTS:
        for match in pattern.finditer(line.string):
            item = _item_at(line, found, match.start("s"))
            if item is None:
                continue
            named = re.search(r"(?<!\S)DATE(?!\S)", match["one"])
            other = _item_at(line, found, match.start("one") + named.start()) if named else None
            if other is item or (other is not None and not _relative(match["one"], other)):
                continue
            moved = _moved(item, match["one"], other)
            end = max(line.tokens[line.index(match.end("one") - 1)].end, item.end)
            whole = _read_as(replace(item, end=end, text=line.text[item.start : end]), moved)
            kept.append(whole)
            found = [whole if each is item else each for each in found if each is not other]
    return found, kept


def _relative(one: str, other: Found) -> bool:
    """Whether the second day is told from the first: "the monday after", "the following week"."""
    said = Line(other.text).string
    if re.search(r"(?<!\S)(?:after|despues|following|otro|otra|other|entrante|que sigue)(?!\S)", said):
        return True
    return one != "DATE" and re.fullmatch(r"wd[0-6]", said) is not None


def _moved(item: Found, one: str, other: Found | None) -> tuple[str, ...]:
    values = [item.value] if item.value else list(item.readings)
    said, second = Line(item.text).string, Line(other.text).string if other else ""
    weekday = re.search(r"wd([0-6])", second)
    named = int(weekday[1]) if weekday else None
    moved = [_one_after(value, said, f"{one} {second}", named) for value in values]
    return tuple(dict.fromkeys(each for each in moved if each)) if all(moved) else ()


def _one_after(value: str, said: str, one: str, weekday: int | None) -> str | None:
    if value.startswith("R/"):
        return None
    ends = [date.fromisoformat(end) for end in value.split("/")]
    first, last = ends[0], ends[-1]
    if weekday is not None:
        return iso(d.coming(weekday, last))
    if (last - first).days > 26:
        month = d.shift_months(last.replace(day=1), 1)
        return iso(month, d.shift_months(month, 1) - timedelta(days=1))
    if re.search(r"(?<!\S)day(?!\S)|pasado", one):
        return iso(last + timedelta(days=1)) if first == last else None
    if re.search(r"(?<!\S)(?:week|weekend)(?!\S)", one) and first == last:
        return iso(first + timedelta(weeks=1)) if "wd" in said else None
    if first == last and "wd" not in said:
        return None
    whole_week = (last - first).days > 3
    start = first - timedelta(days=first.weekday()) if whole_week else first
    return iso(start + timedelta(weeks=1), last + timedelta(weeks=1))


def _without_denied(line: Line, found: list[Found], tag: str, kept: list[Found]) -> list[Found]:
    key = tag.lower()
    out: list[Found] = []
    for pattern in (_before(tag), _after(tag), _instead(tag)):
        for match in pattern.finditer(line.string):
            item = _item_at(line, found, match.start("s"))
            if item is None or item.key != key or _is_bound(item) or item in kept:
                continue
            out.append(item)
            if match.groupdict().get("more") and (more := _item_at(line, found, match.end("more") - 1)):
                out.append(more)
    if tag == "DATE":
        for match in _UNCLEAR.finditer(line.string):
            out += [i for at in (match.start(), match.end() - 1) if (i := _item_at(line, found, at))]
    return _cleared(line, found, out, key)


def _is_bound(item: Found) -> bool:
    """ "not until monday" turns nothing down."""
    return re.match(r"until|hasta|before|antes|after|despues", Line(item.text).string) is not None


def _cleared(line: Line, found: list[Found], out: list[Found], key: str) -> list[Found]:
    left = [item for item in found if item.key == key and item not in out and (item.value or item.readings)]
    excepted = [
        item
        for match in _excepted(key.upper()).finditer(line.string)
        if (item := _item_at(line, found, match.start("s"))) is not None
    ]
    if not left:
        out = [item for item in out if _flatly(line, item, key)]
    gone = {item.value for item in out if item.value}
    settled = []
    for item in found:
        if item in out or item in excepted:
            item = replace(item, value=None, readings=())
        elif item.key == key and gone & set(item.readings):
            rest = tuple(reading for reading in item.readings if reading not in gone)
            item = _read_as(item, rest)
        settled.append(item)
    return settled


def _flatly(line: Line, item: Found, key: str) -> bool:
    """ "not friday", with no other day said: what is meant has to be asked.

    Not so "i cant come friday" or "friday wont work", which say of which day they speak.
    """
    said = rule(rf"not(?: {_LITTLE})* (?P<s>{key.upper()})").finditer(line.string)
    return any(_item_at(line, [item], match.start("s")) is item for match in said)
