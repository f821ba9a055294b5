"""Which answer a question is nearest to: by its sentence vector, its words, the answers' own words and the need.

Examples are the `asked` of the answers, and of `ways.yml`: questions that a rule or a record answers, so that nothing
here takes them away from it. The encoder is handed in; with none, nothing here is used.
"""

import hashlib
import math
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import yaml

from knowledge.choosing import held, plain_text
from knowledge.loader import answers

Encode = Callable[[Sequence[str]], Any]  # texts as the rows of a matrix

# What counts how much; fitted by `python -m knowledge.bars`, see docs/knowledge.md.
WORDS = 0.35  # of the likeness to an example, what the words count; the rest is the vector's
ALSO = 0.2  # what the second nearest example counts beside the nearest
HELD = 0.2  # for an answer of whose `words` or `heard` the text holds some
TOLD = 0.15  # what the likeness to the answer's own sentences counts
NEED = 0.2  # for an answer of the need that was understood
BATCH = 64  # texts that are encoded together
LONGEST = 400  # characters that are compared
PART = 0.97  # what a sentence of a text counts, where the whole counts one
FEWEST = 4  # words of a sentence that is compared by itself
_WAY = "way:"
_WAYS = Path(__file__).with_name("ways.yml")
_SENTENCES = re.compile(r"[?!.;\n]+")
_COMMON = frozenset(
    "a an the i im my me we our you your u ur he she it its they them his her is are am be was do does did can "
    "could would will should to of in on at for with and or but if so that this there what how when where who "
    "which why have has got get need want hi hello hey please pls thanks ok just like about any some not dont no "
    "el la los las un una unos unas yo mi mis me tu te su sus se lo le les nos es son soy esta estan ser de del en "
    "por para con y o pero si que q qe como cuando donde quien cual cuanto hay tengo tiene tienen puedo puede "
    "quiero hola gracias ya".split()
)


@dataclass(frozen=True)
class Near:
    """An answer, or, with `way`, a need whose own action answers, and how near a text is to its examples."""

    key: str
    score: float
    way: bool = False


class Index:
    """Every example with its vector; an example belongs to an answer or to a need's own way."""

    def __init__(
        self, examples: Mapping[str, Sequence[str]], encode: Encode, kept: Mapping[str, Any] | None = None
    ) -> None:
        """`kept`: vectors that are known already, by `digest` of their text."""
        self._encode = encode
        self._kept = kept or {}
        self.owners = [owner for owner, texts in examples.items() for _ in texts]
        self.texts = [text for texts in examples.values() for text in texts]
        self._vectors = self._encoded(self.texts)
        self._told_of = [owner for owner in examples if owner in answers()]
        self._told = self._encoded(
            [answers()[key].short[lang] for key in self._told_of for lang in ("en", "es")]
        )
        self._count([_terms(text) for text in self.texts])

    def _count(self, terms: Sequence[Collection[str]]) -> None:
        seen = Counter(term for each in terms for term in each)
        self._weight = {term: math.log(1 + len(terms) / times) for term, times in seen.items()}
        self._rare = math.log(1 + len(terms))
        self._places: dict[str, list[int]] = {}
        for place, each in enumerate(terms):
            for term in each:
                self._places.setdefault(term, []).append(place)
        self._norms = [self._norm(each) for each in terms]

    def near(self, text: str, *, need: str = "", role: str = "", without: int | None = None) -> list[Near]:
        """Every answer and way, nearest first; of the answers, those that may be told to a role.

        `without`: the place of an example that does not count.
        """
        best: dict[str, float] = {}
        for part, share in parts(text):
            for owner, score in self._by_owner(part, need, without).items():
                best[owner] = max(best.get(owner, 0.0), score * share)
        found = [
            Near(owner.removeprefix(_WAY), score, owner.startswith(_WAY))
            for owner, score in best.items()
            if owner.startswith(_WAY) or not answers()[owner].roles or role in ("", *answers()[owner].roles)
        ]
        return sorted(found, key=lambda each: -each.score)

    def _by_owner(self, text: str, need: str, without: int | None) -> dict[str, float]:
        vector, plain = self._vector(text), plain_text(text)
        liked: dict[str, list[float]] = {}
        for place, score in enumerate(self._likeness(vector, text)):
            if place != without:
                liked.setdefault(self.owners[place], []).append(score)
        told = self._told_likeness(vector)
        return {
            owner: _together(scores) + TOLD * told.get(owner, 0.0) + _given(owner, plain, need)
            for owner, scores in liked.items()
        }

    def _likeness(self, vector: Any, text: str) -> list[float]:
        """How like each example a text is."""
        numpy = import_module("numpy")
        shared = [0.0] * len(self.texts)
        terms = _terms(text)
        for term in terms:
            for place in self._places.get(term, ()):
                shared[place] += self._weight[term] ** 2
        norm = self._norm(terms)
        return [
            (1 - WORDS) * float(like) + WORDS * (words / (norm * own) if norm and own else 0.0)
            for like, words, own in zip(
                numpy.einsum("ij,j->i", self._vectors, vector), shared, self._norms, strict=True
            )
        ]

    def _told_likeness(self, vector: Any) -> dict[str, float]:
        likes = import_module("numpy").einsum("ij,j->i", self._told, vector)
        pairs = zip(likes[::2], likes[1::2], strict=True)
        return {key: float(max(pair)) for key, pair in zip(self._told_of, pairs, strict=True)}

    def _norm(self, terms: Collection[str]) -> float:
        return math.sqrt(sum(self._weight.get(term, self._rare) ** 2 for term in terms))

    def _vector(self, text: str) -> Any:
        return self._encoded([text])[0]

    def _encoded(self, texts: Sequence[str]) -> Any:
        """A row of length one a text. Texts of one length go together, which takes a third of the time."""
        numpy = import_module("numpy")
        rows: list[Any] = [self._kept.get(digest(text)) for text in texts]
        new = [place for place, row in enumerate(rows) if row is None]
        order = sorted(new, key=lambda place: len(texts[place]))
        for first in range(0, len(order), BATCH):
            places = order[first : first + BATCH]
            found = numpy.asarray(
                self._encode([_readable(texts[place]) for place in places]), dtype=numpy.float32
            )
            for place, row in zip(places, found, strict=True):
                rows[place] = row / max(float(numpy.sqrt(numpy.einsum("i,i->", row, row))), 1e-6)
        return numpy.stack(rows)

    def vectors(self) -> dict[str, Any]:
        """The vector of every example and of every answer's sentences, by `digest` of the text."""
        numpy = import_module("numpy")
        told = [answers()[key].short[lang] for key in self._told_of for lang in ("en", "es")]
        rows = numpy.concatenate([self._vectors, self._told])
        return {digest(text): row for text, row in zip([*self.texts, *told], rows, strict=True)}


def digest(text: str) -> str:
    """What a text's vector is kept under."""
    return hashlib.sha256(_readable(text).encode()).hexdigest()[:24]


def margin(found: Sequence[Near]) -> float:
    """How much nearer the first is than the second."""
    return found[0].score - found[1].score if len(found) > 1 else 1.0


def parts(text: str) -> Iterator[tuple[str, float]]:
    """A text and, where it has several, its sentences, each with what it counts."""
    yield text, 1.0
    sentences = [part.strip() for part in _SENTENCES.split(text) if part.strip()]
    if len(sentences) > 1:
        yield from ((part, PART) for part in sentences if len(part.split()) >= FEWEST)


@cache
def ways() -> Mapping[str, Mapping[str, Sequence[str]]]:
    """Questions that a rule or a record answers, by need and language."""
    found: Mapping[str, Mapping[str, Sequence[str]]] = yaml.safe_load(_WAYS.read_text(encoding="utf-8"))
    return found


def examples() -> dict[str, list[str]]:
    """Every example by its owner: an answer's id, or `way:` and a need."""
    asked = {
        key: [text for texts in each.asked.values() for text in texts] for key, each in answers().items()
    }
    own = {_WAY + need: [text for texts in by.values() for text in texts] for need, by in ways().items()}
    return {owner: texts for owner, texts in (asked | own).items() if texts}


def _given(owner: str, plain: str, need: str) -> float:
    """What the words that an answer is narrowed to and the need add."""
    if owner.startswith(_WAY):
        return NEED if owner.removeprefix(_WAY) == need else 0.0
    answer = answers()[owner]
    letters = held(answer, plain)
    return (NEED if need in answer.needs else 0.0) + (HELD * min(1.0, 0.5 + letters / 40) if letters else 0.0)


def _together(scores: Sequence[float]) -> float:
    first, *rest = sorted(scores, reverse=True)[:2]
    return first * (1 - ALSO) + (rest[0] if rest else first) * ALSO


def _terms(text: str) -> frozenset[str]:
    """The words that say something, by their beginnings, so that "paid" and "pays" come near."""
    return frozenset(word[:5] for word in plain_text(text).split() if word not in _COMMON)


def _readable(text: str) -> str:
    """Lower case, and without halves of letters, which no encoder takes."""
    return text[:LONGEST].lower().encode("utf-8", "replace").decode("utf-8")
