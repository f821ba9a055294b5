"""Reads `answers/<topic>/<name>.md`: front matter, then `## en` and `## es`, each with a short and a long form.

The short form is a text message, the long one is for the web chat. `### Line` is one sentence that says what the
subject is, where it is told beside another. ValueError names the file and what is wrong with it.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml

LANGUAGES = ("en", "es")
LINE = 68  # characters of a line, so that two of them and their names make one message
GSM7, UCS2 = 306, 201  # characters in two segments of GSM 03.38 and three of UCS-2 (3GPP TS 23.040)
LONG_GSM7, LONG_UCS2 = 612, 268  # in four, where the person asked for more

_ANSWERS = Path(__file__).parent / "answers"
_PLAIN = re.compile(r"[\n !-Z_a-z¿¡ñÑéÉüÜ]*")  # printable ASCII and Spanish letters that GSM 03.38 has
_ACCENTED = re.compile(r"[áíóúÁÍÓÚ]")  # the ones it lacks
_PLACEHOLDER = re.compile(r"\{(\w*)\}")
_HEADINGS = {"Short": "short", "Long": "long", "Line": "line"}
_REQUIRED = frozenset(("id", "needs", "source", "reviewed", "owner"))
_OPTIONAL = frozenset("activities clusters occupations roles words vars by_name heard asked general".split())
# Every text may name these; here at their longest.
ALWAYS = {"contact": "Guadalupe Hernandez", "reach": "Guadalupe Hernandez, Lincoln High, 305-555-0109"}

Wording = Mapping[str, str]


@dataclass(frozen=True)
class Answer:
    """One answer. `roles`, `activities`, `clusters` and `words` narrow it, each where it is not empty.

    `vars` are the values that its short form names, at their longest; every text may name `{contact}`,
    who helps at school, and `{reach}`, the same with how to reach them. `by_name`: an action tells it, where a rule
    or a record says so; it is not looked for by words. `heard` are phrases that ask for this answer whatever else
    the question was taken for; a lone asterisk in one stands for up to four words. `asked` are questions that it
    answers, by language, against which a question is compared by meaning. `general`: it is said where nothing
    narrower is known; an answer that is neither general nor narrowed is found by meaning alone.
    """

    key: str
    topic: str
    needs: tuple[str, ...]
    source: tuple[str, ...]
    reviewed: date
    owner: str
    short: Wording
    long: Wording
    line: Wording
    activities: tuple[str, ...] = ()
    clusters: tuple[str, ...] = ()
    occupations: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    vars: Mapping[str, Any] | None = None
    by_name: bool = False
    heard: tuple[str, ...] = ()
    asked: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    general: bool = False

    @property
    def narrowed(self) -> bool:
        """Whether its need alone does not ask for it."""
        return bool(self.words or self.activities or self.clusters or self.occupations)


@cache
def answers() -> Mapping[str, Answer]:
    """Every answer by its id. Raises ValueError for a file that breaks a rule, naming it."""
    return load(_ANSWERS)


def load(folder: Path) -> Mapping[str, Answer]:
    """The answers of a folder of topics."""
    found: dict[str, Answer] = {}
    for path in sorted(folder.glob("*/*.md")):
        try:
            answer = parse(path.read_text(encoding="utf-8"), path.parent.name)
            if answer.key in found:
                raise ValueError(f"the id {answer.key} is taken")
        except (ValueError, yaml.YAMLError) as error:
            raise ValueError(f"{path.parent.name}/{path.name}: {error}") from error
        found[answer.key] = answer
    return found


def parse(text: str, topic: str) -> Answer:
    """One file's answer. Raises ValueError."""
    front, body = _split(text)
    sections = _sections(body)
    answer = Answer(
        key=front["id"],
        topic=topic,
        needs=_strings(front, "needs"),
        source=_strings(front, "source"),
        reviewed=front["reviewed"],
        owner=front["owner"],
        short={language: sections[language]["short"] for language in LANGUAGES},
        long={language: sections[language]["long"] for language in LANGUAGES},
        line={lang: sections[lang]["line"] for lang in LANGUAGES if "line" in sections[lang]},
        activities=_strings(front, "activities"),
        clusters=_strings(front, "clusters"),
        occupations=_strings(front, "occupations"),
        roles=_strings(front, "roles"),
        words=_strings(front, "words"),
        vars=front.get("vars") or {},
        by_name=bool(front.get("by_name") or front.get("vars")),
        heard=_strings(front, "heard"),
        asked=_asked(front),
        general=bool(front.get("general")),
    )
    for problem in _problems(answer):
        raise ValueError(problem)
    return answer


def size(text: str) -> tuple[int, int]:
    """How long a text is and how long it may be, in characters. Raises ValueError for a character to avoid."""
    accented = _ACCENTED.search(text)
    bare = _ACCENTED.sub("a", text)
    if not _PLAIN.fullmatch(bare):
        odd = next(char for char in bare if not _PLAIN.fullmatch(char))
        raise ValueError(f"{odd!r} is not a character for text messages")
    return len(text), UCS2 if accented else GSM7


def _split(text: str) -> tuple[dict[str, Any], str]:
    if not text.startswith("---\n") or "\n---\n" not in text:
        raise ValueError("it needs front matter between two lines of ---")
    head, body = text[4:].split("\n---\n", 1)
    front = yaml.safe_load(head)
    if not isinstance(front, dict):
        raise ValueError("its front matter is not a mapping")
    if unknown := set(front) - _REQUIRED - _OPTIONAL:
        raise ValueError(f"unknown front matter: {', '.join(sorted(map(str, unknown)))}")
    if missing := _REQUIRED - {key for key, value in front.items() if value}:
        raise ValueError(f"front matter is missing: {', '.join(sorted(missing))}")
    if not isinstance(front["reviewed"], date):
        raise ValueError("reviewed is not a date such as 2026-11-22")
    return front, body


def _sections(body: str) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for part in re.split(r"^## ", body, flags=re.MULTILINE)[1:]:
        language, _, rest = part.partition("\n")
        forms = found.setdefault(language.strip(), {})
        for form in re.split(r"^### ", rest, flags=re.MULTILINE)[1:]:
            heading, _, words = form.partition("\n")
            if heading.strip() not in _HEADINGS:
                raise ValueError(f"unknown heading: {heading.strip()}")
            forms[_HEADINGS[heading.strip()]] = words.strip()
    if set(found) != set(LANGUAGES):
        raise ValueError(f"it needs exactly the sections {' and '.join(LANGUAGES)}")
    for language, forms in found.items():
        for form in ("short", "long"):
            if not forms.get(form):
                raise ValueError(f"{language} has no {form} form")
    if len({"line" in forms for forms in found.values()}) > 1:
        raise ValueError("a line needs both languages")
    return found


def _strings(front: Mapping[str, Any], key: str) -> tuple[str, ...]:
    value = front.get(key) or []
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise ValueError(f"{key} is not a list of words")
    return tuple(value)


def _asked(front: Mapping[str, Any]) -> Mapping[str, tuple[str, ...]]:
    by_language = front.get("asked") or {}
    if not isinstance(by_language, dict) or not set(by_language) <= set(LANGUAGES):
        raise ValueError(f"asked is not a map with {' and '.join(LANGUAGES)}")
    return {language: _strings(by_language, language) for language in by_language}


def _problems(answer: Answer) -> Iterator[str]:
    longest = ALWAYS | dict(answer.vars or {})
    for language in LANGUAGES:
        yield from _values_missing(answer, language, set(longest))
        yield from _too_long(answer, language, {name: _in(v, language) for name, v in longest.items()})


def _values_missing(answer: Answer, language: str, known: set[str]) -> Iterator[str]:
    named = _named(answer.short[language])
    if named != _named(answer.short[LANGUAGES[0]]):
        yield f"{language}: its short form names other values than {LANGUAGES[0]}"
    if unused := set(answer.vars or {}) - named:
        yield f"{language}: its short form does not name {', '.join(sorted(unused))}"
    for form in (answer.short, answer.long, answer.line):
        if unknown := _named(form.get(language, "")) - known:
            yield f"{language}: vars has no longest value for {', '.join(sorted(unknown))}"


def _named(wording: str) -> set[str]:
    return set(_PLACEHOLDER.findall(wording))


def _too_long(answer: Answer, language: str, values: Mapping[str, str]) -> Iterator[str]:
    words, line = answer.short[language].format_map(defaultdict(str, values)), answer.line.get(language, "")
    if "\n" in words:
        yield f"{language}: a short form is one paragraph"
    length, limit = size(words)
    if length > limit:
        yield f"{language}: its short form has {length} characters, {limit} fit"
    if len(line) > LINE or size(line)[0] > LINE:
        yield f"{language}: its line has {len(line)} characters, {LINE} fit"
    more = answer.long[language].format_map(defaultdict(str, values))
    length, limit = size(more)
    if length > (most := LONG_UCS2 if limit == UCS2 else LONG_GSM7):
        yield f"{language}: its long form has {length} characters, {most} fit"


def _in(value: Any, language: str) -> str:
    return str(value[language] if isinstance(value, Mapping) else value)


def texts(found: Mapping[str, Answer]) -> Mapping[str, Wording]:
    """The short forms by id, the lines by id and `_line`, and where more can be said, that by id and `_long`."""
    lines = {f"{key}_line": answer.line for key, answer in found.items() if answer.line}
    longer = {f"{key}_long": answer.long for key, answer in found.items() if answer.long != answer.short}
    return {key: answer.short for key, answer in found.items()} | lines | longer
