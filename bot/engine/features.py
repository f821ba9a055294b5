"""Messages as sparse vectors: TF-IDF of words, word pairs and pieces of words, in plain Python and NumPy.

scikit-learn is only needed for training, so that reading one message costs neither its import nor its
overhead.
"""

import itertools
import math
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from bot.engine.normalise import Text

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int32]

WORDS, PIECES = 0, 1
_SHORTEST, _LONGEST = 2, 5


def word_terms(text: Text) -> list[str]:
    """Return words, neighbouring pairs with the ends marked, accented words and the length class."""
    words = text.words
    ends = ("<", *words, ">")
    pairs = [f"{a} {b}" for a, b in itertools.pairwise(ends)]
    skips = [f"{a} * {b}" for a, b in zip(words, words[2:], strict=False)]
    length = min(len(words), 4) if len(words) < 5 else 5 + min(len(words) // 5, 4)
    return [*words, *pairs, *skips, *text.accented, f"#{length}"]


def piece_terms(text: Text) -> list[str]:
    """Return the pieces of two to five letters of every word, with the word's ends as spaces."""
    pieces: list[str] = []
    for word in text.words:
        if word.startswith("_"):
            continue
        padded = f" {word} "
        for size in range(_SHORTEST, _LONGEST + 1):
            if len(padded) <= size:
                pieces.append(padded)
                break
            pieces.extend(padded[i : i + size] for i in range(len(padded) - size + 1))
    return pieces


_BLOCKS = (word_terms, piece_terms)


class Vectoriser:
    """Terms with their weights: sublinear term frequency, smoothed idf, each block of length one."""

    def __init__(self, terms: Sequence[str], idf: Floats, first_piece: int) -> None:
        self.terms = list(terms)
        self.idf = idf
        self.first_piece = first_piece
        words, pieces = self.terms[:first_piece], self.terms[first_piece:]
        self._index: tuple[dict[str, int], dict[str, int]] = (
            {term: i for i, term in enumerate(words)},
            {term: first_piece + i for i, term in enumerate(pieces)},
        )

    @classmethod
    def fit(cls, texts: Iterable[Text], at_least: int = 1) -> "Vectoriser":
        """Learn terms that occur in `at_least` texts, and how rare each is."""
        counts: tuple[Counter[str], Counter[str]] = (Counter(), Counter())
        total = 0
        for text in texts:
            total += 1
            for count, block in zip(counts, _BLOCKS, strict=False):
                count.update(set(block(text)))
        chosen = [sorted(t for t, n in count.items() if n >= at_least) for count in counts]
        idf = [
            1.0 + math.log((1 + total) / (1 + count[t]))
            for count, terms in zip(counts, chosen, strict=False)
            for t in terms
        ]
        return cls([*chosen[WORDS], *chosen[PIECES]], np.asarray(idf, dtype=np.float32), len(chosen[WORDS]))

    def __len__(self) -> int:
        return len(self.terms)

    def vector(self, text: Text) -> tuple[Ints, Floats]:
        """Return the columns of `text` and their weights; each block has length one unless it is empty."""
        columns: list[int] = []
        weights: list[Floats] = []
        for index, block in zip(self._index, _BLOCKS, strict=False):
            counts = Counter(c for c in map(index.get, block(text)) if c is not None)
            if not counts:
                continue
            found = np.fromiter(counts.keys(), dtype=np.int32, count=len(counts))
            tf = np.log(np.fromiter(counts.values(), dtype=np.float32, count=len(counts))) + 1.0
            weight = tf * self.idf[found]
            columns.extend(found)
            weights.append(weight / np.sqrt(np.dot(weight, weight)))
        if not weights:
            return np.empty(0, dtype=np.int32), np.empty(0, dtype=np.float32)
        return np.asarray(columns, dtype=np.int32), np.concatenate(weights).astype(np.float32)

    def matrix(self, texts: Sequence[Text]) -> Any:
        """Return a `scipy.sparse` matrix, one row a text."""
        from scipy.sparse import csr_matrix

        rows = [self.vector(text) for text in texts]
        ends = np.cumsum([0, *(len(columns) for columns, _ in rows)])
        columns = np.concatenate([c for c, _ in rows]) if rows else np.empty(0, dtype=np.int32)
        weights = np.concatenate([w for _, w in rows]) if rows else np.empty(0, dtype=np.float32)
        matrix = csr_matrix((weights, columns, ends), shape=(len(rows), len(self)))
        matrix.sort_indices()
        return matrix
