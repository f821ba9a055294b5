"""A small linear classifier behind the crisis rules: it can only raise severity, never lower it.

Weights of hashed words, word pairs and letter groups, trained by `train.py` on the phrases in `examples/` and on
the assistant's ordinary training texts. Whole numbers, so that every machine computes the same score.
"""

from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from zlib import crc32

from conversations.safety.finding import CRISIS_KINDS

FILE = "weights.bin"
BUCKETS = 1 << 16
KIND_BUCKETS = 1 << 13
SCALE = 24  # weight 1.0 in the file's whole numbers
THRESHOLD = -0.4  # log-odds above which a text counts as crisis; where it stands is measured in docs/safety.md
SURE = 0.6  # the same, where a rule reads the text as an opt-out
FEWEST_WORDS = 3


def features(words: str) -> list[int]:
    """Hashes of what a text consists of. words: as in Normal.words, idioms already taken out."""
    tokens = ["^", *(w for w in words.split() if w != "."), "$"]
    return sorted({crc32(f.encode()) for f in _spelled(tokens)})


def _spelled(tokens: list[str]) -> Iterator[str]:
    for i, word in enumerate(tokens):
        yield word
        if i + 1 < len(tokens):
            yield f"{word} {tokens[i + 1]}"
        if i + 2 < len(tokens):
            yield f"{word} {tokens[i + 1]} {tokens[i + 2]}"
            yield f"{word} _ {tokens[i + 2]}"
        if len(word) > 4:
            marked = f"<{word}>"
            yield from (f"#{marked[j : j + 4]}" for j in range(len(marked) - 3))


def score(found: list[int]) -> float:
    """Log-odds that a text is a crisis; -inf for one too short to tell."""
    weights = _weights()[0]
    total = sum(weights[f % BUCKETS] - 128 for f in found)
    return float(total / (SCALE * len(found) ** 0.5)) + _bias()


def kind(found: list[int]) -> str:
    """The likeliest of CRISIS_KINDS."""
    totals = [sum(w[f % KIND_BUCKETS] - 128 for f in found) for w in _weights()[1:]]
    return CRISIS_KINDS[max(range(len(totals)), key=totals.__getitem__)]


def long_enough(words: str) -> bool:
    return len(words.split()) >= FEWEST_WORDS


@cache
def _weights() -> tuple[bytes, ...]:
    """One row for crisis or not, then one for each kind; weights from -128 to 127 kept as bytes plus 128."""
    data = files(__package__).joinpath(FILE).read_bytes()[2:]
    kinds = (data[BUCKETS + i * KIND_BUCKETS : BUCKETS + (i + 1) * KIND_BUCKETS] for i in range(len(CRISIS_KINDS)))
    return (data[:BUCKETS], *kinds)


@cache
def _bias() -> float:
    head = files(__package__).joinpath(FILE).read_bytes()[:2]
    return int.from_bytes(head, "big", signed=True) / SCALE
