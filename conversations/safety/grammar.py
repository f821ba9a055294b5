"""A small phrase grammar, so that the phrase lists stay short enough for a person to review.

A phrase is a row of elements with a blank between them, matched against whole words of a normalised text:

    word            that word                        kill*       any word that starts so
    a|b|c_d         one of these; _ joins words      {slot}      one phrase of a named list
    element?        may be missing                   ..3         up to three words of any kind
    !element        the next words are not these     *           exactly one word of any kind
    ^  $            start and end of the text        <  >        start and end of a sentence

Gaps never cross the end of a sentence and are bounded, so a match is linear in the length of the text.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from conversations.safety.lexicon import RULE_FILES, canonical, data

# Words too frequent to tell which phrases could match.
COMMON = frozenset(
    """
    i me my you your he she they it we us him her his them their to the a an of in on at for is am are was be
    do does did not no and or so that this have has had will would can could get got with if up out all more
    want going go like feel know think said say tell told been being im there here what who
    yo mi me te se le lo la el los las un una de del en a al y o que con por para su sus no si es esta estoy
    ser estar he ha han hay muy mas quiero quiere va voy a dice dijo tengo tiene
    """.split()
)
_WORD = r"[^ .]+ "
_CONTROL = {"^": r"(?<![^\n])", "$": r"(?![^\n])", "<": r"(?:(?<=\n)|(?<=\. ))", ">": r"(?=\. |\n)"}


@dataclass(frozen=True)
class Rule:
    """A phrase group: id, kind, language ('en', 'es') and where in the text it must not stand."""

    id: str
    kind: str
    language: str
    phrases: tuple["Phrase", ...]
    unless: tuple["Phrase", ...] = ()


@dataclass(frozen=True)
class Hit:
    rule: Rule
    start: int
    end: int


@dataclass
class Phrase:
    """One phrase: its regular expression, compiled at first use, and words of which a match needs one."""

    source: str
    regex: str
    anchors: frozenset[str] | None
    _compiled: re.Pattern[str] | None = field(default=None, repr=False)

    def pattern(self) -> re.Pattern[str]:
        if self._compiled is None:
            self._compiled = re.compile(self.regex)
        return self._compiled

    def search(self, text: str) -> re.Match[str] | None:
        return self.pattern().search(text)


class Grammar:
    """Reads phrases against a set of slots (name -> list of phrases)."""

    def __init__(self, slots: Mapping[str, Iterable[str]]) -> None:
        self._slots = {name: tuple(str(p) for p in phrases) for name, phrases in slots.items()}
        self._slot_regex: dict[str, str] = {}
        self._slot_anchors: dict[str, frozenset[str] | None] = {}
        self._open: list[str] = []

    def phrase(self, source: str) -> Phrase:
        return Phrase(source, r"(?:(?<= )|(?<=\n))" + self._row(source), self._row_anchors(source))

    def _row(self, source: str) -> str:
        return "".join(self._element(e) for e in source.split())

    def _element(self, element: str) -> str:
        if element in _CONTROL:
            return _CONTROL[element]
        if element == "*":
            return _WORD
        if element.startswith(".."):
            return f"(?:{_WORD}){{0,{int(element[2:] or 4)}}}?"
        choice = self._choice(element.strip("!?"))
        if not choice:
            return ""
        if element.startswith("!"):
            return f"(?!{choice})"
        return f"(?:{choice})" + ("?" if element.endswith("?") else "")

    def _choice(self, element: str) -> str:
        """Regular expression of an element's alternatives; '' where they are all fillers."""
        return "|".join(a for a in map(self._alternative, element.split("|")) if a)

    def _alternative(self, alternative: str) -> str:
        if alternative.startswith("{"):
            return self._slot(alternative[1:-1])
        if alternative == ">":
            return _CONTROL[">"]
        return "".join(_word_regex(w) for w in canonical(alternative.split("_")))

    def _slot(self, name: str) -> str:
        if name not in self._slot_regex:
            if name in self._open:
                raise ValueError(f"slot {name} uses itself")
            self._open.append(name)
            rows = sorted({self._row(p) for p in self._slots[name]} - {""}, key=lambda r: (-len(r), r))
            self._slot_regex[name] = "(?:" + "|".join(rows) + ")"
            if re.fullmatch(self._slot_regex[name], ""):
                raise ValueError(f"slot {name} matches nothing at all")
            self._open.pop()
        return self._slot_regex[name]

    def _row_anchors(self, source: str) -> frozenset[str] | None:
        best: frozenset[str] | None = None
        for element in source.split():
            if element in _CONTROL or element == "*" or element.startswith(("..", "!")) or element[-1] == "?":
                continue
            found = self._choice_anchors(element)
            if found is not None and (best is None or _cost(found) < _cost(best)):
                best = found
        return best

    def _choice_anchors(self, element: str) -> frozenset[str] | None:
        words: set[str] = set()
        for alternative in element.split("|"):
            if alternative == ">":
                return None
            if alternative.startswith("{"):
                found = self._anchors_of_slot(alternative[1:-1])
                if found is None:
                    return None
                words |= found
            elif spelled := canonical(alternative.split("_")):
                words.add(min(spelled, key=lambda w: (w in COMMON, -len(w))))
        return frozenset(words) or None

    def _anchors_of_slot(self, name: str) -> frozenset[str] | None:
        if name not in self._slot_anchors:
            rows = [self._row_anchors(p) for p in self._slots[name]]
            joined = None if any(r is None for r in rows) else frozenset(w for r in rows if r for w in r)
            self._slot_anchors[name] = joined
        return self._slot_anchors[name]


def _word_regex(word: str) -> str:
    if word.endswith("*"):
        return re.escape(word[:-1]) + "[^ .]* "
    return re.escape(word) + " "


def _cost(anchors: frozenset[str]) -> int:
    return sum(40 if w in COMMON else 1 for w in anchors)


def literal_words(source: str) -> Iterator[str]:
    """The plain words of a phrase in canonical spelling, without slots, gaps and signs."""
    for element in source.split():
        if element in _CONTROL or element.startswith(".."):
            continue
        for alternative in element.strip("!?").split("|"):
            if not alternative.startswith("{"):
                yield from (w for w in canonical(alternative.split("_")) if w.isalpha())


class Book:
    """The rules of one file, indexed by the words that a match cannot do without."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self.rules = tuple(rules)
        self._index: dict[str, list[int]] = {}
        self._always: list[int] = []
        self._rows: list[tuple[Rule, Phrase]] = [(r, p) for r in self.rules for p in r.phrases]
        for number, (_, phrase) in enumerate(self._rows):
            if phrase.anchors is None:
                self._always.append(number)
            for word in phrase.anchors or ():
                self._index.setdefault(word, []).append(number)
        self._prefixes = {w[:-1] for w in self._index if w.endswith("*")}
        self._lengths = sorted({len(p) for p in self._prefixes})

    def compile(self) -> None:
        for rule, phrase in self._rows:
            phrase.pattern()
            for bar in rule.unless:
                bar.pattern()

    def hits(self, text: str) -> Iterator[Hit]:
        """Every rule's matches in the order of the file. text: normalised words, each followed by a blank."""
        for number in self._candidates(text):
            rule, phrase = self._rows[number]
            match = phrase.search(text)
            if match and not any(bar.search(text) for bar in rule.unless):
                yield Hit(rule, match.start(), match.end())

    def barred(self, text: str) -> bool:
        """True where a phrase matches that its rule's `unless` takes back."""
        found = (self._rows[number] for number in self._candidates(text))
        return any(p.search(text) and any(bar.search(text) for bar in r.unless) for r, p in found)

    def first(self, text: str) -> Hit | None:
        return next(self.hits(text), None)

    def mask(self, text: str, sign: str) -> str:
        """The text with every match of every rule replaced by one sign, longest list first."""
        for number in self._candidates(text):
            text = self._rows[number][1].pattern().sub(sign, text)
        return text

    def _candidates(self, text: str) -> list[int]:
        found = set(self._always)
        for word in set(text.split()):
            found.update(self._index.get(word, ()))
            for length in self._lengths:
                if word[:length] in self._prefixes:
                    found.update(self._index[word[:length] + "*"])
        return sorted(found)


@cache
def slots() -> Mapping[str, Iterable[str]]:
    found: dict[str, Iterable[str]] = {}
    for name in RULE_FILES:
        for slot, phrases in (data(name).get("slots") or {}).items():
            if slot in found:
                raise ValueError(f"{name}: slot {slot} is defined twice")
            if not all(isinstance(p, str) for p in phrases):
                raise ValueError(f"{name}: slot {slot} holds something that YAML does not read as text")
            found[slot] = phrases
    return found


@cache
def book(name: str, part: str = "rules") -> Book:
    """The compiled rules of one YAML file; ValueError names the rule that cannot be read."""
    grammar = Grammar(slots())
    return Book(_rule(grammar, name, entry) for entry in data(name).get(part) or ())


def _rule(grammar: Grammar, name: str, entry: Mapping[str, Any]) -> Rule:
    try:
        return Rule(
            id=str(entry["id"]),
            kind=str(entry.get("kind", "")),
            language=str(entry["language"]),
            phrases=tuple(grammar.phrase(str(p)) for p in entry["phrases"]),
            unless=tuple(grammar.phrase(str(p)) for p in entry.get("unless") or ()),
        )
    except (KeyError, ValueError, re.error) as error:
        raise ValueError(f"{name}: {entry.get('id')}: {error}") from error
