"""Places and companies that no vocabulary lists, by the way they are written or named."""

import re
from collections.abc import Iterator
from functools import cache

from conversations.reading.model import Found
from conversations.reading.text import Line
from conversations.reading.vocabulary import common_words, load

_STREET = (
    r"st|street|ave|avenue|blvd|boulevard|road|rd|drive|lane|ln|hwy|highway|court|terrace|ter|"
    r"parkway|pkwy|plaza|circle"
)
_ADDRESS = re.compile(
    rf"(?<![\w#$])\d{{1,5}}\s+(?:[nsew]{{1,2}}\.?\s+)?(?:[a-z0-9']+\s+){{1,3}}?(?:{_STREET})(?!\w)\.?(?:,?\s+(?:suite|"
    rf"ste|apt|unit|#)\s?\w+)?"
    r"|(?<!\w)(?:avenida|calle|carretera|av\.)\s+(?:[a-z]+\s+){0,2}?\w+(?:\s+\d{1,5})?(?:,?\s+(?:suite|"
    r"ste|apt|local)\s?\w+)?"
)
_ZIP = re.compile(r"(?<![\d#$:/.-])\d{5}(?![\d:/-])")
_COLLEGE = re.compile(
    r"(?<!\w)(?P<name>(?:[a-z][a-z&'.-]*\s+){1,3}?(?:community college|state university|college|"
    r"university|polytechnic)(?!\w))"
    r"|(?<!\w)(?P<abbreviation>fiu|fau|fsu|ucf|usf|uf|famu|mdc|uwm|ucla|usc|nyu|mit|unc|lsu|"
    r"byu|asu|msu|osu|unlv|uic)(?!\w)"
    r"|(?<!\w)(?P<of>universit(?:y|ies) of [a-z]+(?:\s[a-z]+)?|universidad (?:de|del) [a-z]+)"
)
_COLLEGE_PLAIN = frozenset(
    [
        "a",
        "the",
        "my",
        "to",
        "in",
        "at",
        "go",
        "going",
        "any",
        "some",
        "some",
        "of",
        "and",
        "or",
        "after",
        "for",
        "from",
        "local",
        "big",
        "good",
        "state",
    ]
)
_CAPITAL_PLACE = re.compile(
    r"(?<!\w)(?:in|near|around|en|cerca de|downtown|outside)\s+"
    r"(?P<name>[A-ZÁÉÍÓÚÑ][a-záéíóúñ]+(?:\s(?:del?\s)?[A-ZÁÉÍÓÚÑ][a-záéíóúñ]+){0,2})(?!\w)"
)
_KIND = (
    r"hospital|clinic|bakery|plumbing|automotive|auto repair|auto body|auto|garage|restaurant|"
    r"grill|cafe|salon|dental|law firm|law|"
    r"machine works|machine shop|inc|llc|corp|company|pharmacy|medical center|medical|animal "
    r"hospital|animal clinic|vet|hotel|"
    r"studios?|engineering|electric|electrical|roofing|realty|insurance|construction|motors|"
    r"farms?|labs|tech|technologies|"
    r"manufacturing|industries|hvac|landscaping|barbershop|barber shop|credit union|daycare|"
    r"catering|printing|logistics|marketing|"
    r"consulting|solutions|systems|group|associates|foods|market|builders|contractors|architects|"
    r"welding|diesel|zoo|museum|library"
)
_COMPANY = re.compile(
    rf"(?<!\w)(?P<name>(?P<own>(?:[a-z][a-z'&-]*\s+(?:(?:&|and|y)\s+)?){{1,3}}?)(?:{_KIND}))(?!\w)"
)
_COMPANY_ES = re.compile(
    r"(?<!\w)(?P<name>(?:hospital|clinica|taller|panaderia|restaurante|farmacia|banco|hotel|"
    r"constructora|ferreteria|bufete|barberia)\s+"
    r"(?P<own>[a-z][a-z'&-]+(?:\s(?:&|y)\s[a-z]+)?))(?!\w)"
)
_BEFORE = re.compile(
    r"(?:^|\s)(?:at|with|from|for|en|de|con|para|to|by|del|@|work|works|somos|are|were|called|llamada|is)\s+$"
)


def read_addresses(line: Line) -> Iterator[Found]:
    """Street addresses and postal codes: before any of their numbers is taken for something else."""
    for pattern in (_ADDRESS, _ZIP):
        for match in list(pattern.finditer(line.folded)):
            if found := _take(line, match.start(), match.end(), "place", None):
                yield found


def _take(line: Line, start: int, end: int, key: str, value: str | None) -> Found | None:
    covered = [
        i for i, t in enumerate(line.tokens) if t.start < _back(line, end) and t.end > _back(line, start)
    ]
    if not covered or any(line.tokens[i].canon.isupper() for i in covered):
        return None
    first, last = line.span(covered[0], covered[-1])
    line.take(covered[0], covered[-1], key.upper())
    return Found(key, first, last, line.text[first:last], value)


def _back(line: Line, folded_index: int) -> int:
    return line.origin[min(folded_index, len(line.origin) - 1)]


@cache
def _companies() -> tuple[re.Pattern[str], re.Pattern[str]]:
    listed = load("companies")
    named, guarded = (
        "|".join(
            re.escape(name.strip())
            for name in sorted(str(listed[key]).split(","), key=len, reverse=True)
            if name.strip()
        )
        for key in ("named", "after_preposition")
    )
    return re.compile(rf"(?<!\w)(?:{named})(?!\w)"), re.compile(
        rf"(?<!\w)(?:at|with|from|en|con|@|works? for)\s+(?P<name>{guarded})(?!\w)"
    )


def read_companies(line: Line) -> Iterator[Found]:
    """Companies that are not in the vocabulary: known to everyone, or named by what they do."""
    known, guarded = _companies()
    for match in list(known.finditer(line.folded)):
        if found := _take(line, match.start(), match.end(), "employer", None):
            yield found
    for match in list(guarded.finditer(line.folded)):
        if found := _take(line, match.start("name"), match.end("name"), "employer", None):
            yield found
    for pattern in (_COMPANY, _COMPANY_ES):
        for match in list(pattern.finditer(line.folded)):
            yield from _company(line, match)


def _company(line: Line, match: re.Match[str]) -> Iterator[Found]:
    start, own = match.start("own"), match["own"].split()
    while own and (own[0] in _ordinary() or own[0] in ("&", "and", "y")):
        start += len(own[0]) + 1
        own = own[1:]
    if not own or any(word in _ordinary() for word in own if word not in ("&", "and", "y", "of", "de")):
        return
    begin = (
        min(start, match.start("name"))
        if match.start("name") == match.start("own") and start == match.start("own")
        else start
    )
    if match.start("own") > match.start("name"):
        begin = match.start("name")
    if not _BEFORE.search(line.folded[:begin]) and not line.text[_back(line, begin)].isupper():
        return
    if found := _take(line, begin, match.end("name"), "employer", None):
        yield found


@cache
def _ordinary() -> frozenset[str]:
    from conversations.reading.terms import everyday_words, term_words

    return everyday_words() | term_words() | common_words("en") | common_words("es")


def read_colleges(line: Line) -> Iterator[Found]:
    """Colleges and universities by name."""
    for match in list(_COLLEGE.finditer(line.folded)):
        start, end = match.span()
        if match["name"]:
            words = match["name"].split()
            while words and (words[0] in _ordinary() or words[0] in _COLLEGE_PLAIN):
                start += len(words[0]) + 1
                words = words[1:]
            if not words or words[0] in ("community", "state", "college", "university"):
                continue
        if found := _take(line, start, end, "place", None):
            yield found


def read_capital_places(line: Line) -> Iterator[Found]:
    """A name with a capital after "in" or "near" that nothing else has read."""
    if line.text.isupper():
        return
    for match in list(_CAPITAL_PLACE.finditer(line.text)):
        inside = [
            i
            for i, t in enumerate(line.tokens)
            if t.start >= match.start("name") and t.end <= match.end("name")
        ]
        if inside and all(line.tokens[i].canon == line.tokens[i].raw for i in inside):
            start, end = line.span(inside[0], inside[-1])
            line.take(inside[0], inside[-1], "PLACE")
            yield Found("place", start, end, line.text[start:end], None)
