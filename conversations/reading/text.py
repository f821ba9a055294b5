"""Text messages as tokens: one alphabet, one spelling a word, and the way back to what was typed.

The grammars of this package are regular expressions over `Line.string`, in which every token has been
replaced by its canonical form and is separated by one space: "Tmrw at 330" is "tomorrow at 330",
"próx. martes" is "proximo wd1", "3rd" is "o3".
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

from conversations.reading.grades import mark_grades
from conversations.reading.words import canonical, canonical_pairs

_TOKEN = re.compile(
    r"(?P<relative>2(?:day|moro+w?|morr?ow|mrw|nite|night)|b4|l8r?|gr8)(?![a-z0-9])"
    r"|(?P<clock>\d{1,2}:\d{2})(?!\d)"
    r"|(?P<ordinal>\d{1,2}(?=(?:st|nd|rd|th|ro|do|er|to|vo|mo|no|ra|da|va|ma|na|avo)(?![a-z]))[a-z]+|"
    r"\d{1,2}[ºª°])"
    r"|(?P<number>\d+\.\d+(?![.\d])|\d+)"
    r"|(?P<half>(?:[ap]\.\s?m\.?|[ap]\s?m)(?![a-z])|(?<=\d)[ap](?![a-z0-9]))"
    r"|(?P<word>[a-zñ]+(?:'[a-z]+)?)"
    r"|(?P<mark>\S)"
)
_PLAIN = str.maketrans(
    {"’": "'", "‘": "'", "ʼ": "'", "`": "'", "´": "'", "–": "-", "—": "-", "−": "-", "“": '"', "”": '"'}
)


@cache
def _folded(char: str) -> str:
    plain = char.translate(_PLAIN)
    if plain in "ºª°½":
        return plain
    return "".join(c for c in unicodedata.normalize("NFKD", plain).casefold() if not unicodedata.combining(c))


def fold(text: str) -> tuple[str, list[int]]:
    """Lower case without accents, and for each of its characters the index it came from."""
    if text.isascii():
        return text.lower().replace("`", "'"), list(range(len(text)))
    folded: list[str] = []
    origin: list[int] = []
    for index, char in enumerate(text):
        for piece in _folded(char):
            folded.append(piece)
            origin.append(index)
    return "".join(folded), origin


@dataclass(slots=True)
class Token:
    """A stretch of the text, `start` to `end`, and the canonical form that stands for it."""

    start: int
    end: int
    raw: str
    canon: str


def _canon(match: re.Match[str]) -> str:
    kind, raw = match.lastgroup, match.group()
    if kind == "ordinal":
        return "o" + str(int(re.match(r"\d+", raw).group()))  # type: ignore[union-attr]
    if kind == "half":
        return raw[0] + "m"
    if kind in ("word", "relative") or raw == "@":
        return canonical(raw)
    return raw


class Line:
    """One text as a row of tokens. `take` replaces tokens that have been read by a tag."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.folded, origin = fold(text)
        origin.append(len(text))
        self.origin = origin
        self.tokens = [
            Token(origin[m.start()], origin[m.end() - 1] + 1, m.group(), _canon(m))
            for m in _TOKEN.finditer(self.folded)
        ]
        canonical_pairs(self.tokens)
        mark_grades(self.tokens)
        self._build()

    def _build(self) -> None:
        starts: list[int] = []
        at = 0
        for token in self.tokens:
            starts.append(at)
            at += len(token.canon) + 1
        self._starts = starts
        self.string = " ".join(token.canon for token in self.tokens)

    def index(self, position: int) -> int:
        """The token that covers a position of `string`."""
        return bisect_right(self._starts, position) - 1

    def span(self, first: int, last: int) -> tuple[int, int]:
        """Start and end in the text as given of tokens `first` to `last`, both included."""
        return self.tokens[first].start, self.tokens[last].end

    def take(self, first: int, last: int, tag: str) -> None:
        """Replace tokens `first` to `last` by one token `tag`."""
        start, end = self.span(first, last)
        raw = " ".join(token.raw for token in self.tokens[first : last + 1])
        self.tokens[first : last + 1] = [Token(start, end, raw, tag)]
        self._build()

    def scan(
        self, pattern: re.Pattern[str], handle: Callable[[re.Match[str]], str | None]
    ) -> Iterator[tuple[int, int]]:
        """Offer each match to `handle`; a tag from it takes the group `s`, `s2`, ... (else the whole match).

        Yields start and end in the text as given of each stretch that was taken.
        """
        position = 0
        while match := pattern.search(self.string, position):
            tag = handle(match)
            if tag is None:
                position = match.start() + 1
                continue
            begin, end = _stretch(match)
            first, last = self.index(begin), self.index(max(begin, end - 1))
            yield self.span(first, last)
            self.take(first, last, tag)
            position = self._starts[first] + len(tag)


def _stretch(match: re.Match[str]) -> tuple[int, int]:
    for group in ("s4", "s3", "s2", "s"):
        if group in match.re.groupindex and match[group] is not None:
            return match.span(group)
    return match.span()


def rule(pattern: str) -> re.Pattern[str]:
    """A pattern over `Line.string` that begins and ends with whole tokens."""
    return re.compile(rf"(?<!\S)(?:{pattern})(?!\S)")
