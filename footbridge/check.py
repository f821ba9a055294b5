"""`footbridge check`: lints the content. What the bot understands, what it does, and every text it can send."""

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from bot.actions import action_names
from conversations.safety import keywords
from conversations.safety import train as safety_training
from conversations.texts import Edits, Say, catalogue, measure, render
from footbridge.settings import PROJECT_ROOT
from knowledge import longest_values

BOT = PROJECT_ROOT / "bot"
HELD_OUT = PROJECT_ROOT / "tests" / "heldout"
GRADE = 8.0  # US school grade; Spanish by Crawford's years of schooling
LONG_ENOUGH = 12  # words; the grade of a shorter text says nothing
# Content that the person asked for may take four segments.
ASKED_FOR = (
    "find",
    "detail",
    "schedule",
    "status",
    "info",
    "know",
    "explain",
    "roster",
    "gate",
    "record",
    "coordinator",
    "day",
)
LONGEST: Mapping[str, Any] = {
    "name": "Maximiliano",
    "student": "Maximiliano",
    "grade": 11,
    "number": 10000,
    "code": 417,
    "left": 12,
    "program": "Miami-Dade Work-Based Learning",
    "contact": "Cora Diaz, Lincoln High, 305-555-0109",
    "partner": "Riverside Machine Works",
    "city": "North Miami Beach",
    "address": "1200 Northwest Bayview Avenue",
    "title": {"en": "Job shadow in physical therapy", "es": "Día de observación en enfermería"},
    "ask_for": {"en": "the volunteer desk", "es": "la oficina de voluntarios"},
    "asked": {
        "en": "from Wed, Dec 23 to Thu, Dec 31 between 10:00 AM and 12:00 PM",
        "es": "Del mié 23 dic al jue 31 dic entre 10:00 AM y 12:00 PM",
    },
    "when": {"en": "Wed, Dec 23, 10:00 AM-12:00 PM", "es": "mié 23 dic, 10:00 AM-12:00 PM"},
    "since": {"en": "Wed, Dec 23, 10:00 AM", "es": "mié 23 dic, 10:00 AM"},
    "deadline": {"en": "Wed, Dec 23, 5:00 PM", "es": "mié 23 dic, 5:00 PM"},
    "what": {"en": "Walk the unit with a nurse.", "es": "Recorre el piso con una enfermera."},
    "bring": {"en": "closed shoes, school ID", "es": "zapatos cerrados, credencial"},
    "who": "Maximiliano T.",
    "guardian": "Maximiliano T.",
    "why": {"en": "has a number that may be somebody else's", "es": "solo tiene el teléfono del estudiante"},
    "visits": {"and": ["Maximiliano T. (2)"]},  # names, which no wording makes easier; with four the text has room
    "our_number": "+1 305 555 0100",
    "ending": "0150",
    "time": "10:00 AM-12:00 PM",
    "late": {"en": "about 120 minutes", "es": "unos 120 minutos"},
    "matter": {"en": "wants something on file changed", "es": "quiere que se pase un mensaje"},
    "count": 120,
    "hours": "120.5",
    "call": "Maximiliano 305-555-0109",
    "label": {"en": "Yes", "es": "Sí"},
    "about": "Maximiliano T. asks for a person.",
    "kind": {"en": "possible abuse", "es": "posible abuso"},
    "by": "Maximiliano Fernandez",
    "phone": "+13055550101",
    "words": "i want to die",
    "seconds": 1250,
    "to": "+13055550100",
    "lines": {"en": "1-800-422-4453 or 1-800-962-2873", "es": "1-800-422-4453 o 1-800-962-2873"},
}


def findings() -> list[str]:
    """Everything that is wrong, a line each; empty when nothing is."""
    return [*_texts(), *_understanding(), *_dialogue(), *_held_out()]


def _texts() -> Iterator[str]:
    for key, wordings in catalogue().items():
        if _variables(wordings["en"]) != _variables(wordings["es"]) and not _one_says_more(key):
            yield f"text {key}: the two languages name different values"
        for language in wordings:
            yield from _text(key, language)


def _one_says_more(key: str) -> bool:
    """A long form says in each language what fits, so that one may name somebody whom the other does not."""
    return key in _ONE_LANGUAGE_SAYS_MORE or (key.startswith("know.") and key.endswith("_long"))


# Lists of names and times, which no wording makes easier.
MAILS = "mail."
LISTS = ("find.", "schedule.", "status.", "detail.", "coordinator.")
_ONE_LANGUAGE_SAYS_MORE: frozenset[str] = frozenset()
# Where the names are too long for it, `consent.ask_tight` is asked instead, which is measured here.
_ASKED_WHERE_IT_FITS = frozenset({"consent.ask"})


def text_findings(key: str, language: str, wording: str) -> Iterator[str]:
    """What is wrong with a wording that is to stand in for a text."""
    yield from _text(key, language, {(key, language): wording})


def _text(key: str, language: str, edits: Edits | None = None) -> Iterator[str]:
    longest = {**LONGEST, **longest_values(key.removeprefix("know."))}
    wording = (edits or {}).get((key, language)) or catalogue()[key][language]
    missing = _variables(wording) - set(longest)
    if missing:
        yield f"text {key}: no longest value is known for {', '.join(sorted(missing))}"
        return
    body = render([Say(key, longest)], language, edits)
    size = measure(body)
    free = key in _ASKED_WHERE_IT_FITS or key.startswith(MAILS)
    if not free and size.segments > (4 if key.split(".")[0] in ASKED_FOR else size.within):
        yield f"text {key} ({language}): {size.segments} segments of {size.encoding}"
    for word in sorted(_asked_keywords(body)):
        yield f"text {key} ({language}): asks for the carrier keyword {word}"
    if not key.startswith(LISTS) and (grade := reading_grade(body, language)) > GRADE:
        yield f"text {key} ({language}): reading grade {grade:.1f}"


def reading_grade(body: str, language: str) -> float:
    """The school grade that a text needs: Flesch-Kincaid for English, Crawford for Spanish. 0 for a short one."""
    words = re.findall(r"[^\W\d_]+", body)
    if len(words) < LONG_ENOUGH:
        return 0.0
    plain = re.sub(r"[\d:/-]+", " ", body)
    sentences = max(1, len(re.findall(r"[.!?:;\n]+", plain)))
    syllables = sum(_syllables(word.lower(), language) for word in words)
    if language == "en":
        return 0.39 * len(words) / sentences + 11.8 * syllables / len(words) - 15.59
    return -20.5 * sentences / len(words) + 4.9 * syllables / len(words) - 3.407


def _syllables(word: str, language: str) -> int:
    """Groups of vowels; in English a silent e at the end is none."""
    groups = len(re.findall(r"[aeiouyáéíóúü]+", word))
    silent = language == "en" and groups > 1 and re.search(r"[^aeiouyl]e(?:s|d)?$", word) is not None
    return max(1, groups - silent)


def _asked_keywords(body: str) -> set[str]:
    """Carrier keywords that a text asks for as an answer. Explaining STOP, START and HELP is a duty, not a command."""
    asked = {
        word.upper()
        for word in re.findall(r"(?i:text|reply|answer|responda|escriba|mande?)\s+([A-Z]{2,})\b", body)
    }
    return (asked & {word.upper() for word in keywords.never_asked_for()}) - {
        "STOP",
        "START",
        "HELP",
        "AYUDA",
    }


def _variables(wording: str) -> set[str]:
    return set(re.findall(r"{(\w+)}", wording))


@cache
def _examples() -> Mapping[tuple[str, str], list[str]]:
    """Training texts by need and language."""
    found: dict[tuple[str, str], list[str]] = {}
    for path in sorted((BOT / "data" / "nlu").glob("*.yml")):
        language = path.stem.rsplit("_", 1)[-1]
        for block in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]:
            lines = [line[2:].strip() for line in block["examples"].splitlines() if line.startswith("- ")]
            found.setdefault((block["intent"], language), []).extend(lines)
    return found


def _understanding() -> Iterator[str]:
    for need in needs():
        for language in ("en", "es"):
            if not _examples().get((need, language)):
                yield f"need {need}: no examples in {language}"
    owners: dict[str, set[str]] = {}
    for (need, _), texts in _examples().items():
        for text in texts:
            if normalised(text):
                owners.setdefault(normalised(text), set()).add(need)
    for text, several in owners.items():
        if len(several) > 1:
            yield f"training text {text!r} stands under {', '.join(sorted(several))}"


def _dialogue() -> Iterator[str]:
    named = Counter(action for part in _domain() for action in part.get("actions", ()))
    yield from (
        f"action {name}: named {count} times in the domain" for name, count in named.items() if count > 1
    )
    made = set(action_names())
    yield from (f"action {name}: in the domain, but nobody runs it" for name in sorted(set(named) - made))
    yield from (f"action {name}: not in the domain" for name in sorted(made - set(named)))
    handled = {step["intent"] for rule in _rules() for step in rule["steps"] if "intent" in step}
    yield from (f"need {need}: no rule handles it" for need in sorted(set(needs()) - handled))


def needs() -> list[str]:
    """Every need that the bot knows."""
    return [need for part in _domain() for need in part.get("intents", ())]


@cache
def _domain() -> list[dict[str, Any]]:
    return [
        yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted((BOT / "domain").glob("*.yml"))
    ]


def _rules() -> Iterator[dict[str, Any]]:
    for path in sorted((BOT / "data" / "rules").glob("*.yml")):
        yield from yaml.safe_load(path.read_text(encoding="utf-8"))["rules"]


def normalised(text: str) -> str:
    """A text without case, accents, apostrophes, spacing and punctuation, to see whether two are the same."""
    plain = unicodedata.normalize("NFKD", re.sub("['’`´]", "", text.lower()))
    return " ".join(re.findall(r"\w+", "".join(c for c in plain if not unicodedata.combining(c))))


def _held_out() -> Iterator[str]:
    trained = {normalised(text) for texts in _examples().values() for text in texts}
    for path in safety_training.rounds():
        trained |= {normalised(text) for text, _, _ in safety_training.examples_of_round(path)}
    for path in sorted(HELD_OUT.glob("*.jsonl")) if HELD_OUT.is_dir() else ():
        yield from _overlap(path, trained)


def _overlap(path: Path, trained: set[str]) -> Iterator[str]:
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        text = json.loads(line)["text"]
        if normalised(text) in trained and len(normalised(text).split()) > 2:
            yield f"{path.name}:{number}: stands in the training data too"
