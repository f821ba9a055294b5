"""The words for activities, occupations, clusters, pathways, events, employers, schools and places, found in a text.

Exact phrases are found by spaCy's PhraseMatcher over our own folded tokens; a word that no phrase knows is first
put right (plural, missing letters) against the words that the phrases are made of.
"""

import itertools
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache

import spacy.lang.en.stop_words
import spacy.lang.es.stop_words
from rapidfuzz import process
from rapidfuzz.distance import OSA
from spacy.matcher import PhraseMatcher
from spacy.tokens import Doc
from spacy.vocab import Vocab

from conversations.reading.language import function_words
from conversations.reading.model import Found
from conversations.reading.text import Line, fold
from conversations.reading.vocabulary import common_words, load

Term = tuple[str, str]
"""Entity key and value."""

_RANK = ("employer", "school", "event", "activity", "pathway", "occupation", "cluster", "place", "language")
_SHORT = 4
"""Shorter words are never put right."""


def words_of(phrase: str) -> tuple[str, ...]:
    """The tokens of a phrase as `Line` makes them, without marks."""
    return tuple(token.raw.replace("'", "") for token in Line(phrase).tokens if token.raw[0].isalnum())


@dataclass(frozen=True)
class Vocabulary:
    """Names of the placement database and the words of `knowledge/vocabulary`, ready to be looked for.

    employers, schools, places: name or alias to the id that a reading gives as its value.
    """

    employers: Mapping[str, str]
    schools: Mapping[str, str]
    places: Mapping[str, str]
    clusters_of: Mapping[str, str] = field(default_factory=dict)
    terms: Mapping[tuple[str, ...], Term] = field(default_factory=dict, repr=False)
    lexicon: "Lexicon | None" = field(default=None, repr=False, compare=False)


class Lexicon:
    """Finds the terms of a vocabulary in a line."""

    def __init__(self, terms: Mapping[tuple[str, ...], Term]) -> None:
        self.terms = terms
        self.vocab = Vocab()
        self.matcher = PhraseMatcher(self.vocab)
        self.matcher.add("term", [Doc(self.vocab, words=list(words)) for words in terms])
        self.known = {word for words in terms for word in words}
        self.alone = {words[0] for words in terms if len(words) == 1}
        self.buckets: dict[str, list[str]] = {}
        for word in sorted(self.known):
            if len(word) >= _SHORT and word.isalpha():
                self.buckets.setdefault(word[0], []).append(word)
        self._right: dict[str, tuple[str, bool]] = {}

    def put_right(self, word: str) -> tuple[str, bool]:
        """The word of the vocabulary that was meant, and whether it may stand as a term by itself."""
        if word in self.known or len(word) < 3 or not word.isalpha():
            return word, True
        if word not in self._right:
            if len(self._right) > 20_000:
                self._right.clear()
            self._right[word] = self._nearest(word)
        return self._right[word]

    def _nearest(self, word: str) -> tuple[str, bool]:
        if len(word) < _SHORT or word in everyday_words():
            return word, True
        for tail, head in (("s", ""), ("es", ""), ("ies", "y")):
            if word.endswith(tail) and word[: -len(tail)] + head in self.known:
                return word[: -len(tail)] + head, True
        allowed = 1 if len(word) < 8 else 2
        best = process.extractOne(
            word, self.buckets.get(word[0], ()), scorer=OSA.distance, score_cutoff=allowed
        )
        if best is None:
            return word, True
        return best[0], len(word) >= 6 and (best[1] == 1 or len(word) >= 9)

    def find(self, line: Line) -> list[tuple[int, int, Term]]:
        """First and last token and meaning of each term, longest first, none overlapping."""
        places = [
            i for i, token in enumerate(line.tokens) if token.raw[0].isalnum() and not token.canon.isupper()
        ]
        raws = [line.tokens[i].raw.replace("'", "").rstrip(".") for i in places]
        if not places:
            return []
        fixed = [
            self.put_right(raw) if line.tokens[i].canon in (raw, line.tokens[i].raw) else (raw, True)
            for i, raw in zip(places, raws, strict=True)
        ]
        with self.vocab.memory_zone():
            doc = Doc(self.vocab, words=[word for word, _ in fixed])
            spans = [(start, end) for _, start, end in self.matcher(doc)]
        hits = []
        for start, end in spans:
            if end - start == 1 and not fixed[start][1]:
                continue
            if places[end - 1] - places[start] > (end - start - 1) * 2:
                continue
            hits.append((start, end, self.terms[tuple(word for word, _ in fixed[start:end])]))
        hits.sort(key=lambda h: (h[0] - h[1], _RANK.index(h[2][0]), h[0]))
        kept: list[tuple[int, int, Term]] = []
        for start, end, term in hits:
            if all(end <= a or start >= b for a, b, _ in kept):
                kept.append((start, end, term))
        return [(places[start], places[end - 1], term) for start, end, term in sorted(kept)]


@cache
def everyday_words() -> frozenset[str]:
    """Everyday words that are never a misspelling."""
    stops: Iterable[str] = spacy.lang.en.stop_words.STOP_WORDS | spacy.lang.es.stop_words.STOP_WORDS
    listed = str(load("everyday").get("words", "")).split()
    folded = frozenset(fold(word)[0] for word in (*stops, *listed))
    return folded | common_words("en") | common_words("es") | function_words()


@cache
def term_words() -> frozenset[str]:
    """Every word of the vocabulary files' terms."""
    return frozenset(word for words in _knowledge()[0] for word in words)


@cache
def _knowledge() -> tuple[dict[tuple[str, ...], Term], dict[str, str]]:
    """Terms of the vocabulary files, and the cluster of each occupation and pathway."""
    terms: dict[tuple[str, ...], Term] = {}
    clusters: dict[str, str] = {}
    for name, key in (("clusters", "cluster"), ("pathways", "pathway"), ("occupations", "occupation"),
                      ("events", "event"), ("activities", "activity"), ("places", "place"),
                      ("languages", "language")):  # fmt: skip
        for slug, entry in load(name).items():
            for phrase in (*entry.get("en", ()), *entry.get("es", ())):
                terms[words_of(phrase)] = (key, slug)
            if "cluster" in entry:
                clusters[slug] = entry["cluster"]
    terms.pop((), None)
    return terms, clusters


_GENERIC = frozenset(
    "hospital high school academy middle senior inc llc co company corp machine works medical "
    "center clinic the of and bank auto "
    "repair shop services service group health care restaurant hotel plumbing electric construction "
    "dental law office".split()
)


def _short_names(names: Mapping[str, str], key: str) -> dict[tuple[str, ...], Term]:
    """ "Riverside" for Riverside Machine Works: the part that sets a name apart, where only one has it."""
    meant: dict[tuple[str, ...], set[str]] = {}
    for name, value in names.items():
        words = words_of(name)
        short = tuple(itertools.takewhile(lambda word: word not in _GENERIC, words))
        if short and len(short) < len(words) and any(len(word) > 3 for word in short):
            meant.setdefault(short, set()).add(value)
    common = everyday_words()
    return {
        short: (key, next(iter(values)))
        for short, values in meant.items()
        if len(values) == 1 and not (len(short) == 1 and (short[0] in common or short in _knowledge()[0]))
    }


def load_vocabulary(
    *,
    employers: Mapping[str, str] | None = None,
    schools: Mapping[str, str] | None = None,
    places: Mapping[str, str] | None = None,
) -> Vocabulary:
    """Names given here win over the everyday words of `knowledge/vocabulary`. Keep the result: it is costly."""
    terms, clusters = _knowledge()
    merged = dict(terms)
    merged.update(_short_names(employers or {}, "employer"))
    merged.update(_short_names(schools or {}, "school"))
    named = (("place", places or {}), ("school", schools or {}), ("employer", employers or {}))
    for key, names in named:
        for name, value in names.items():
            if words := words_of(name):
                merged[words] = (key, value)
    return Vocabulary(employers or {}, schools or {}, places or {}, clusters, merged, Lexicon(merged))


def read_terms(line: Line, vocabulary: Vocabulary, keys: frozenset[str]) -> list[Found]:
    """Take every term of these keys from the line, leaving its key in capitals where it stood."""
    if vocabulary.lexicon is None:
        return []
    found: list[Found] = []
    for first, last, (key, value) in reversed(vocabulary.lexicon.find(line)):
        start, end = line.span(first, last)
        if key not in keys or not _plausible(line, first, last, key):
            continue
        if value in _EVENTS and (event := _certain_event(line, first, last)):
            key, value = "event", _EVENTS[value] if value != "career_event" else event
        found.append(Found(key, start, end, line.text[start:end], value))
        line.take(first, last, key.upper())
    return found[::-1]


_CLASSROOM = frozenset(
    [
        "class",
        "teacher",
        "homework",
        "clase",
        "maestra",
        "maestro",
        "tarea",
        "exam",
        "test",
        "essay",
        "course",
        "classes",
        "quiz",
    ]
)


_EVENTS = {"career_fair": "career-fair", "career_event": "career-event"}
_ASKING = re.compile(
    r"(?<!\S)(?:what (?:is|are|happens|do)|whats|que (?:es|son|se hace)|what a|difference|diferencia|"
    r"vs|explain|"
                     r"explica|significa|mean|means|paid|pagan?|credit|how long|cuanto dura|"
                     r"wear|bring)(?!\S)")  # fmt: skip


def _certain_event(line: Line, first: int, last: int) -> str | None:
    """The event's id, where a certain one is meant rather than the kind of activity."""
    before = line.tokens[first - 1].raw if first else ""
    if (
        before in ("a", "an", "un", "una")
        or line.tokens[first].raw in ("a", "un")
        or _ASKING.search(line.string)
    ):
        return None
    return slug("-".join(token.raw for token in line.tokens[first : last + 1]))


def slug(name: str) -> str:
    """A name as an id: lower case, without accents, words joined by hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", fold(name)[0]).strip("-")


_NOT_MEANT = frozenset(
    (
        ("y", "media"),
        ("make", "bank"),
        ("business", "casual"),
        ("business", "hours"),
        ("business", "days"),
        ("business", "card"),
        ("doctor", "appointment"),
        ("doctors", "note"),
        ("doctors", "appointment"),
        ("doctor", "note"),
        ("doctors", "appt"),
        ("doctor", "appt"),
        ("dentist", "appointment"),
        ("dentist", "appt"),
        ("doctor", "visit"),
        ("bank", "account"),
        ("health", "insurance"),
        ("health", "form"),
        ("doctors", "office"),
        ("speaker", "phone"),
        ("volunteer", "desk"),
        ("volunteer", "office"),
        ("volunteer", "coordinator"),
        ("volunteer", "entrance"),
        ("ano", "fiscal"),
        ("year", "fiscal"),
        ("driver", "license"),
        ("drivers", "license"),
        ("counselor", "said"),
    )
)
_TITLES = frozenset(
    [
        "doctor",
        "doctora",
        "dr",
        "coach",
        "profesor",
        "profesora",
        "profe",
        "maestra",
        "maestro",
        "professor",
        "officer",
        "chef",
        "judge",
    ]
)


def _is_title(line: Line, last: int) -> bool:
    """ "doctora Patel": said of one person, not of the trade."""
    if line.tokens[last].raw not in _TITLES or last + 1 >= len(line.tokens):
        return False
    return line.text[line.tokens[last + 1].start].isupper() and not line.text.isupper()


_VISITED = frozenset("doctor doctora dentist dentista dr medico pediatra orthodontist ortodoncista".split())
_VISIT = re.compile(r"(?<!\S)(?:cita|citas|appt|appointment|appts|consulta|turno|checkup)(?!\S)")
_OWN = frozenset(["my", "our", "mi", "nuestra", "nuestro", "his", "her", "your", "their", "tu", "su"])
_SPEAKS = frozenset(["told", "said", "says", "asked", "dijo", "dice", "me", "appointment"])


def _plausible(line: Line, first: int, last: int, key: str) -> bool:
    after = line.tokens[last + 1].raw if last + 1 < len(line.tokens) else ""
    before = line.tokens[first - 1].raw if first else ""
    raw = line.tokens[first].raw if first == last else ""
    if (before, raw) in _NOT_MEANT or (raw, after) in _NOT_MEANT:
        return False
    if key == "occupation" and (before in _OWN or after in _SPEAKS or _is_title(line, last)):
        return False
    if raw in _VISITED and _VISIT.search(line.string):
        return False
    if key == "language":
        return after not in _CLASSROOM and before not in ("ap", "de")
    return True
