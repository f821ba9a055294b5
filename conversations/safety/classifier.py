"""A small linear classifier behind the rules: it speaks only where no rule does, and can only raise severity.

Weights of hashed words, word pairs and letter groups, trained by `train.py` on the phrases in `examples/` and on
the assistant's ordinary training texts. Whole numbers, so that every machine computes the same score.
"""

import math
from collections.abc import Collection, Iterator
from functools import cache, lru_cache
from importlib.resources import files
from zlib import crc32

from conversations.safety import lexicon
from conversations.safety.finding import CRISIS_KINDS

FILE = "weights.bin"
BUCKETS = 1 << 16
KIND_BUCKETS = 1 << 15
SCALE = 32  # weight 1.0 in the file's whole numbers
NEEDS = ("crisis", "report_unsafe", "opt_out", "wrong_number")  # the rows of the file, in this order
# Log-odds above which a need counts; how they were chosen is in docs/safety.md. A wrong opt-out or wrong number
# silences someone, so these ask for more.
THRESHOLDS = {"crisis": -0.3, "report_unsafe": 0.5, "opt_out": 0.8, "wrong_number": 1.0}
DOUBT = 3.0  # added for a need that a rule saw and took back ("stop texting me during class")
SURE = 1.0  # log-odds of a crisis that outweigh a rule for a lesser need
FEWEST_WORDS = 3


def features(words: str) -> list[int]:
    """Hashes of what a text consists of. words: as in Normal.words, idioms already taken out."""
    tokens = ["^", *(w for w in words.split() if w != "."), "$"]
    ideas = [idea for t in tokens if (idea := concept(t))]
    return sorted({crc32(f.encode()) for f in (*_spelled(tokens), *_meant(ideas))})


@lru_cache(maxsize=20_000)
def concept(word: str) -> str:
    """What a word is about, '' for most."""
    exact, begins = _concepts()
    return exact.get(word) or next((idea for start, idea in begins if word.startswith(start)), "")


def _meant(ideas: list[str]) -> Iterator[str]:
    """Concepts, ordered pairs of them up to four apart, and neighbours by threes."""
    for i, idea in enumerate(ideas):
        yield f"={idea}"
        for j in range(i + 1, min(i + 5, len(ideas))):
            yield f"={idea}>{ideas[j]}"
        if i + 2 < len(ideas):
            yield f"={idea} {ideas[i + 1]} {ideas[i + 2]}"


@cache
def _concepts() -> tuple[dict[str, str], tuple[tuple[str, str], ...]]:
    words = [(str(w), idea) for idea, row in lexicon.data("concepts.yml").items() for w in str(row).split()]
    exact = {w: idea for w, idea in words if not w.endswith("*")}
    return exact, tuple((w[:-1], idea) for w, idea in words if w.endswith("*"))


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


def best(words: str, doubted: Collection[str] = ()) -> tuple[str, str] | None:
    """The gravest need above its threshold, with its kind if it is a crisis; None where there is none."""
    if len(words.split()) < FEWEST_WORDS:
        return None
    found = features(words)
    for row, need in enumerate(NEEDS):
        if score(found, row) > THRESHOLDS[need] + (DOUBT if need in doubted else 0.0):
            return need, kind(found) if need == "crisis" else ""
    return None


def sure_of_crisis(words: str) -> str:
    """The kind of a crisis so likely that it outweighs a lesser need that a rule found, else ''."""
    if len(words.split()) < FEWEST_WORDS:
        return ""
    found = features(words)
    return kind(found) if score(found, NEEDS.index("crisis")) > SURE else ""


def score(found: list[int], row: int) -> float:
    """Log-odds of NEEDS[row]."""
    weights = _rows()[row]
    total = sum(weights[f % BUCKETS] - 128 for f in found)
    return total / (SCALE * math.sqrt(len(found)))


def kind(found: list[int]) -> str:
    """The likeliest of CRISIS_KINDS."""
    totals = [sum(w[f % KIND_BUCKETS] - 128 for f in found) for w in _kinds()]
    return CRISIS_KINDS[max(range(len(totals)), key=totals.__getitem__)]


@cache
def _data() -> bytes:
    return files(__package__).joinpath(FILE).read_bytes()


@cache
def _rows() -> tuple[bytes, ...]:
    """The weights of each need; a weight from -128 to 127 is kept as that plus 128."""
    return tuple(_data()[i * BUCKETS : (i + 1) * BUCKETS] for i in range(len(NEEDS)))


@cache
def _kinds() -> tuple[bytes, ...]:
    start = len(NEEDS) * BUCKETS
    return tuple(
        _data()[start + i * KIND_BUCKETS : start + (i + 1) * KIND_BUCKETS] for i in range(len(CRISIS_KINDS))
    )
