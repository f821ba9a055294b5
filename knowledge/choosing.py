"""Which answer fits a question: by its need, who asks, what it is about and the words in it."""

import re
import unicodedata
from collections.abc import Collection
from functools import cache

from knowledge.loader import Answer, answers

_APOSTROPHES = re.compile(r"['\u2019`]")
_CLAUSES = re.compile(r"[?!.;\n]+|,\s+|\s(?:and|y|pero|but|also|tambien|también|&)\s", re.IGNORECASE)
_OTHER = re.compile(r"[^a-z0-9]+")


def pick(
    need: str,
    text: str,
    *,
    role: str = "anyone",
    activities: Collection[str] = (),
    clusters: Collection[str] = (),
) -> Answer | None:
    """The answer of a need that fits best, or None if none fits.

    A match in words counts most, then what it is about, then who asks. An answer that is narrowed to something
    else than was asked does not fit; one that is told by name only is left out.
    """
    plain = plain_text(text)
    fitting = [
        (_rank(answer, plain, activities, clusters), answer)
        for answer in answers().values()
        if need in answer.needs
        and _may_be_picked(answer)
        and _fits(answer, plain, role, activities, clusters)
    ]
    return max(fitting, key=lambda each: each[0])[1] if fitting else None


def mentions(key: str, text: str) -> bool:
    """Whether the text holds one of the words that an answer is narrowed to."""
    return _longest(answers()[key], plain_text(text)) > 0


def held(answer: Answer, plain: str) -> int:
    """How many letters of an answer's own `words` or `heard` a plain text holds, at the most."""
    return max(_longest(answer, plain), _longest_heard(answer.heard, plain) if answer.heard else 0)


def clauses(text: str) -> list[str]:
    """The parts of a text that may each ask something."""
    return [part.strip() for part in _CLAUSES.split(text) if part.strip()]


def overheard(text: str, role: str) -> Answer | None:
    """The answer that a text asks for in so many words, whatever need it was taken for; the longest phrase wins."""
    plain = plain_text(text)
    fitting = [
        (length, answer)
        for answer in answers().values()
        if answer.heard and (not answer.roles or role in answer.roles)
        if (length := _longest_heard(answer.heard, plain))
    ]
    return max(fitting, key=lambda each: each[0])[1] if fitting else None


def plain_text(text: str) -> str:
    """Lower case, without accents and apostrophes, words apart by one space, a space at both ends."""
    bare = "".join(c for c in unicodedata.normalize("NFD", text.lower()) if not unicodedata.combining(c))
    return f" {_OTHER.sub(' ', _APOSTROPHES.sub('', bare)).strip()} "


def _may_be_picked(answer: Answer) -> bool:
    return not answer.by_name and (answer.general or answer.narrowed)


def _fits(
    answer: Answer, plain: str, role: str, activities: Collection[str], clusters: Collection[str]
) -> bool:
    return (
        (not answer.roles or role in answer.roles)
        and (not answer.activities or not set(answer.activities).isdisjoint(activities))
        and (not answer.clusters or not set(answer.clusters).isdisjoint(clusters))
        and (not answer.words or _longest(answer, plain) > 0)
    )


def _rank(
    answer: Answer, plain: str, activities: Collection[str], clusters: Collection[str]
) -> tuple[bool, bool, bool, int, int]:
    about = bool(answer.activities or answer.clusters)
    subjects = [*activities, *clusters]
    first = min(
        (place for place, each in enumerate(subjects) if each in (*answer.activities, *answer.clusters)),
        default=len(subjects),
    )
    return bool(answer.words), about, bool(answer.roles), _longest(answer, plain), -first


def _longest(answer: Answer, plain: str) -> int:
    """The length of the longest of the answer's words that is in the text; 0 if none is."""
    return max((len(match[1]) for match in _pattern(answer.words).finditer(plain)), default=0)


def _longest_heard(phrases: tuple[str, ...], plain: str) -> int:
    """How many letters of the phrases are in the text, at the most."""
    held = [phrase for phrase, pattern in _heard(phrases) if pattern.search(plain)]
    return max((len(phrase) for phrase in held), default=0)


@cache
def _heard(phrases: tuple[str, ...]) -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((phrase, re.compile(rf"(?<= ){_with_gaps(phrase)}(?= )")) for phrase in phrases)


def _with_gaps(phrase: str) -> str:
    """A phrase as an expression: `*` alone for up to four words, `wor*` for every word that begins so."""
    made = ""
    for word in phrase.split():
        if word == "*":
            made += r"(?:\w+ ){0,4}"
        else:
            made += (
                re.escape(plain_text(word.removesuffix("*")).strip())
                + (r"\w*" if word[-1] == "*" else "")
                + " "
            )
    return made.removesuffix(" ")


@cache
def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    """Any of the words, whole; one that ends in an asterisk stands for every word that begins so."""
    if not words:
        return re.compile(r"(?!)()")
    longest_first = sorted(words, key=len, reverse=True)
    parts = [
        re.escape(plain_text(word.removesuffix("*")).strip()) + (r"\w*" if word.endswith("*") else "")
        for word in longest_first
    ]
    return re.compile(rf"(?<= )(?=({'|'.join(parts)}) )")  # looks ahead, so that words may overlap
