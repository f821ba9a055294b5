"""Brings a text message into one plain spelling before any rule looks at it.

Case, accents, text-speak, contractions, stretched and spaced-out letters, digits for letters, starred-out
letters, emoji that matter and near misses of a few key words. The text itself is never changed anywhere else.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import groupby

from rapidfuzz.distance import OSA

from conversations.safety.grammar import literal_words
from conversations.safety.lexicon import RULE_FILES, data, expansions, fillers

LONGEST = 8000  # characters that are read; a text message has at most 1,600
_LEET = str.maketrans("013457@$!", "oieastasi")
_QUOTES = str.maketrans({"’": "'", "‘": "'", "`": "'", "´": "'", "ʼ": "'", "“": " ", "”": " ", '"': " "})
_STRETCH = re.compile(r"(.)\1{2,}")
_ELLIPSIS = re.compile(r"\.{2,}|…")
_TOKEN = re.compile(r"[a-z0-9@$*#]+(?:['!*@$][a-z0-9@$*]+)*|[.!?;]+")
_SPACED = re.compile(r"(?<![a-z0-9'])(?:[a-z][ .\-_*]{1,2}){2,}[a-z](?![a-z0-9'])")
_KILOMETRES = re.compile(r"\b(\d+) ?kms\b")  # "kms" alone is "kill myself"
_MARKS = re.compile(r"[\u0300-\u036f\u200b-\u200f\ufe0f\u2060\u00ad]")


@dataclass(frozen=True)
class Normal:
    """words: newline, then each word with one blank after it, '. ' at each sentence end, newline.
    bare: the letters and digits of the whole text in lower case, single blanks between words."""

    words: str
    bare: str

    def marks(self, language: str) -> int:
        """How many words are marks of 'english' or 'spanish'."""
        known = _marks(language)
        return sum(w in known for w in self.words.split())


def normalise(text: str) -> Normal:
    folded = fold(text)
    bare = " ".join(re.findall(r"[a-z0-9]+", folded.replace("'", "")))
    return Normal(words="\n" + "".join(w + " " for w in _tokens(folded)) + "\n", bare=bare)


def fold(text: str) -> str:
    """Lower case, no accents, no control signs, emoji as words, one kind of quote."""
    text = text[:LONGEST].translate(_QUOTES)
    for emoji, word in _emoji().items():
        if emoji in text:
            text = text.replace(emoji, f" {word} ")
    text = _KILOMETRES.sub(r"\1 km", _MARKS.sub("", unicodedata.normalize("NFKD", text)).lower())
    text = "".join(c if c.isprintable() else " " for c in text)
    text = _MARKS.sub("", unicodedata.normalize("NFKD", text))
    return _ELLIPSIS.sub(" ", text)


def _tokens(folded: str) -> list[str]:
    joined = _SPACED.sub(lambda m: _join(m.group()), folded)
    found: list[str] = []
    for token in _TOKEN.findall(joined):
        if token[0] in ".!?;":
            found.append(".")
        else:
            found.extend(_spell(token))
    return [w for w, _ in groupby(found)]


def _join(spaced: str) -> str:
    letters = re.sub(r"[^a-z]", "", spaced)
    return letters if letters in _known() or _split(letters) else spaced


@lru_cache(maxsize=20_000)
def _spell(token: str) -> tuple[str, ...]:
    """The plain words that one written word stands for; none for a filler."""
    for form in _forms(token):
        if form in fillers():
            return ()
        if form in expansions():
            return expansions()[form]
        if form in _known():
            return (form,)
    plain = _forms(token)[-1]
    return _split(plain) or (_nearest(plain),)


def _forms(token: str) -> list[str]:
    """Readings of a token, most literal first, the last one always plain letters and digits."""
    short = _STRETCH.sub(r"\1\1", token)
    plain = short.replace("'", "")
    forms = [token, short, plain]
    if short != token:
        forms += [_STRETCH.sub(r"\1", token.replace("'", "")), re.sub(r"(.)\1+", r"\1", plain)]
    if not token.isalpha() and re.search(r"[a-z]", token):
        forms.append(plain.translate(_LEET))
        forms += [w for w in [_unstar(plain)] if w]
    forms.append(re.sub(r"[^a-z0-9]", "", plain))
    return forms


def _unstar(token: str) -> str | None:
    if "*" not in token and "#" not in token:
        return None
    wanted = re.compile("".join("[a-z]" if c in "*#" else re.escape(c) for c in token))
    return next((w for w in _data()["starred"] if wanted.fullmatch(w)), None)


def _nearest(word: str) -> str:
    """A key word that this one misspells, else the word itself."""
    if len(word) < 5 or not word.isalpha():
        return word
    for target in _targets():
        far = 2 if len(target) >= 9 and len(word) >= 8 else 1
        if target[0] == word[0] and OSA.distance(word, target, score_cutoff=far) <= far:
            return target
    return word


def _split(word: str) -> tuple[str, ...]:
    """'iwanttodie' as its words, when it consists of nothing but a few short key words."""
    if not 6 <= len(word) <= 40:
        return ()
    ways: list[tuple[str, ...] | None] = [()] + [None] * len(word)
    for end in range(1, len(word) + 1):
        for part in _parts():
            head = ways[end - len(part)] if end >= len(part) else None
            if head is not None and word.endswith(part, 0, end):
                ways[end] = (*head, part)
                break
    found = ways[-1] or ()
    return found if len(found) > 1 else ()


def _data() -> dict[str, list[str]]:
    found: dict[str, list[str]] = data("words.yml")
    return found


@cache
def _marks(language: str) -> frozenset[str]:
    return frozenset(" ".join(_data()[language]).split())


@cache
def _emoji() -> dict[str, str]:
    return dict(data("words.yml")["emoji"])


@cache
def _targets() -> tuple[str, ...]:
    return tuple(" ".join(_data()["key_words"]).split())


@cache
def _parts() -> tuple[str, ...]:
    return tuple(sorted(" ".join(_data()["joined"]).split(), key=len, reverse=True))


@cache
def _known() -> frozenset[str]:
    """Words that are already spelled right: those of the rules, of the lists, and lookalikes of key words."""
    words: set[str] = set(" ".join(_data()["lookalikes"]).split()) | set(_targets())
    words |= _marks("english") | _marks("spanish") | set(_data()["starred"])
    for name in RULE_FILES:
        found = data(name)
        for phrases in (found.get("slots") or {}).values():
            words.update(w for p in phrases for w in literal_words(str(p)))
        for part in ("masks", "rules"):
            for entry in found.get(part) or ():
                for p in [*entry["phrases"], *(entry.get("unless") or ())]:
                    words.update(literal_words(str(p)))
    return frozenset(w for w in words if not w.endswith("*"))
