"""Names of persons, where a text says whose they are."""

import re
from collections.abc import Iterator
from functools import cache

from conversations.reading.model import Found
from conversations.reading.terms import everyday_words
from conversations.reading.text import Line, fold
from conversations.reading.vocabulary import load

_WORD = r"[^\W\d_][\w'.-]*"
_SAID = re.compile(
    r"(?<!\w)(?:my (?:full |legal |real )?name(?: is|'s|s)|name(?:'s|s)? is|name:|nombre:|"
    r"call me|they call me|everyone calls me|i go by|go by|"
    r"(?:the )?name is|his name is|her name is|this is|its|it's|me llamo|se llama|mi nombre "
    r"es|mi nombre completo es|soy|le dicen|"
    r"me dicen|diganme|dime|llamame|me puedes llamar|habla|le habla|su nombre es|con el "
    r"nombre de|change my name to)\s+(?P<name>" + _WORD + r"(?:\s+" + _WORD + r"){0,2})"
)  # fmt: skip
_TOLD = re.compile(
    r"(?<!\w)(?:tell|let|ask|message|remind|text|dile a|avisale a|digale a|preguntale a|dila "
    r"a|mandale a|recuerdale a|recuerda a|pidele a|"
    r"decirle a|avisarle a|diganle a|preguntar a|pass on to|relay to)\s+(?P<name>"
    + _WORD
    + r")(?=\s|$|[,.?!:])"
)
_CAPITAL = re.compile(
    r"(?<!\w)(?:I'm|Im|I am|i'm|im|i am|for|para|de|with|con|about|where is|is|si|when|cuando|"
    r"Is|Did|did|Has|has|"
                      r"where's|mom of|mother of|father of|dad of|hija|hijo|daughter|son|student|"
                      r"estudiante|a|yes|Yes|ok|Ok|thanks|Thanks|gracias|Gracias|hi|Hi|hey|"
                      r"Hey|hola|Hola)"
                      r",?\s+(?P<name>[A-ZÁÉÍÓÚÑ][a-záéíóúñ]{2,}(?:\s[A-ZÁÉÍÓÚÑ][a-záéíóúñ]{2,})?)(?!\w)")  # fmt: skip
_IM = re.compile(
    r"(?<!\w)(?:im|i'm|i am)\s+(?P<name>"
    + _WORD
    + r"(?:\s"
    + _WORD
    + r")?)(?=$|[,.!]|\s(?:from|at|and|the mom|the dad|mom of|dad of|with))"
)
_TITLED = re.compile(
    r"(?<!\w)(?P<name>(?:mr|mrs|ms|miss|dr|sr|sra|srta|senor|senora|senorita|mister|doctora|"
    r"coach|profe)\.?\s+" + _WORD + r")"
)
_OWN = re.compile(
    r"(?<!\w)(?P<name>[A-ZÁÉÍÓÚÑ][a-záéíóúñ]{2,})(?:'s|’s)\s+(?:mom|dad|mother|father|parent|guardian|"
    r"aunt|uncle|grandma|sister|brother|"
                  r"shadow|form|permission|teacher|internship|hours|coordinator)")  # fmt: skip
_KIN = re.compile(
    r"(?:(?:mama|papa|madre|padre|mom|dad|mother|father|tutora?|abuela|abuelo|tia|tio|hermana|"
    r"hermano|guardian) (?:de|of)|"
                  r"(?:my|mi) (?:son|daughter|kid|hijo|hija|nino|nina|student|child|grandson|"
                  r"granddaughter|nieto|nieta|sister|brother))\s+(?P<name>" + _WORD + r")")  # fmt: skip


@cache
def _not_names() -> frozenset[str]:
    return frozenset(str(load("function_words")["not_names"]).split())


def _trim(words: list[str]) -> list[str]:
    kept: list[str] = []
    for word in words:
        plain = fold(word)[0].strip(".,!?")
        if (
            plain in _not_names()
            or (word.islower() and plain in everyday_words())
            or (len(plain) < 2 and kept == [])
            or (plain.endswith("ing") and word.islower())
        ):
            break
        kept.append(word)
        if word[-1] in ".,!?":
            break
    return kept


def _tidy(name: str) -> str:
    return name if any(c.isupper() for c in name) else " ".join(part.capitalize() for part in name.split())


def _found(text: str, start: int, raw: str) -> Found | None:
    kept = _trim(raw.split())
    if not kept:
        return None
    first = raw.index(kept[0])
    last = raw.index(kept[-1], first + sum(len(w) for w in kept[:-1])) + len(kept[-1])
    said = raw[first:last].rstrip(".,!?:;-'")
    return Found("name", start + first, start + first + len(said), said, _tidy(said)) if said else None


def _titled(text: str, start: int, raw: str) -> Found | None:
    title, _, name = raw.partition(" ")
    kept = _found(text, start + len(title) + 1, name)
    if kept is None:
        return None
    said = text[start : kept.end]
    return Found("name", start, kept.end, said, _tidy(said))


def read_names(line: Line, taken: list[tuple[int, int]], expected: bool) -> Iterator[Found]:
    """Names said by their owner, told to be passed on to, or asked for; never what was read already."""
    text = line.text
    plain = line.folded if len(line.folded) == len(text) else text.lower()
    seen: list[tuple[int, int]] = list(taken)
    sources = [
        (_SAID, plain),
        (_IM, plain),
        (_TOLD, plain),
        (_KIN, plain),
        (_OWN, text),
        (_TITLED, plain),
        (_CAPITAL, text),
    ]
    for pattern, source in sources:
        for match in pattern.finditer(source):
            start = match.start("name")
            limit = min((a for a, _ in seen if a >= start), default=len(text))
            raw = text[start : min(match.end("name"), limit)]
            found = _titled(text, start, raw) if pattern is _TITLED else _found(text, start, raw)
            if found is None or any(a < found.end and found.start < b for a, b in seen):
                continue
            seen.append((found.start, found.end))
            yield found
    if expected and not any(True for a, b in seen):
        words = text.split()
        if 0 < len(words) <= 4 and all(w.strip(".,!'-").isalpha() for w in words):
            found = _found(text, text.index(words[0]), text.strip())
            if found:
                yield found
