"""Trains the classifier behind the rules: `python -m conversations.safety.train bot/data/nlu`.

Seeded and in plain Python: the same texts give the same weights, to the byte, on every machine.
"""

import math
import random
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import yaml

from conversations.safety import classifier, crisis
from conversations.safety.finding import CRISIS_KINDS
from conversations.safety.normal import normalise

HERE = Path(__file__).parent
PASSES = 8
RATE = 0.2
POSITIVE_WEIGHT = 3.0
OWN_WEIGHT = 4  # how often our own examples are counted: they are the hard ones
_CHOICE = re.compile(r"\[([^\]]*)\]")
_SLOT = re.compile(r"\[([^\]]+)\](\([^)]*\)|\{[^}]*\})")

OUR_LABELS = {"unsafe": "report_unsafe", "optout": "opt_out", "wrong": "wrong_number"}

Example = tuple[str, str]  # text, label: one of CRISIS_KINDS, another need, or anything else
Row = tuple[list[int], float]


def examples(folder: Path = HERE / "examples") -> Iterator[Example]:
    """Our own texts with their labels."""
    yield from ((text, label) for text, label, _ in examples_by_language(folder))


def examples_by_language(folder: Path = HERE / "examples") -> Iterator[tuple[str, str, str]]:
    """(text, label, language) of blocks that start with '# language label', one text a line."""
    for path in rounds(folder):
        yield from examples_of_round(path)


def rounds(folder: Path = HERE / "examples") -> list[Path]:
    """The files of examples, a round each."""
    return sorted(folder.glob("*.txt"))


def examples_of_round(path: Path) -> Iterator[tuple[str, str, str]]:
    """(text, label, language) of one file of examples."""
    language = label = ""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("# "):
            language, label = line.split()[1:]
        elif line:
            yield from ((text, label, language) for text in variants(line))


def variants(line: str) -> Iterator[str]:
    """The texts that one line stands for: "my [mom|dad] hit me" is two, with each alternative at least once."""
    choices = [match.split("|") for match in _CHOICE.findall(line)]
    most = max(map(len, choices), default=1)
    for turn in range(most):
        text = line
        for place, choice in enumerate(choices):
            shift = 0 if len(choice) == most else place
            text = _CHOICE.sub(choice[(turn + shift) % len(choice)], text, count=1)
        yield text


def ordinary(folder: Path) -> Iterator[Example]:
    """The assistant's training texts (Rasa's NLU format), labelled with their intent."""
    for path in sorted(folder.glob("**/*.yml")):
        for entry in yaml.safe_load(path.read_text(encoding="utf-8")).get("nlu", ()):
            for line in str(entry.get("examples", "")).splitlines() if "intent" in entry else ():
                if line.strip().startswith("- "):
                    yield _SLOT.sub(r"\1", line.strip()[2:]), str(entry["intent"])


def read_features(text: str) -> list[int]:
    return classifier.features(crisis.unmasked(normalise(text)))


def fit(rows: Sequence[Row], buckets: int) -> list[float]:
    """Logistic regression by AdaGrad over hashed features; rows hold (feature hashes, 1.0 or 0.0)."""
    weights, seen = [0.0] * buckets, [0.001] * buckets
    order, chance = list(rows), random.Random(1)
    for _ in range(PASSES):
        chance.shuffle(order)
        for found, wanted in order:
            root = math.sqrt(len(found))
            places = [f % buckets for f in found]
            logit = sum(weights[p] for p in places) / root
            error = 1 / (1 + math.exp(-max(-30.0, min(30.0, logit)))) - wanted
            if abs(error) < 0.02:
                continue
            step = error * (POSITIVE_WEIGHT if wanted else 1.0) / root
            for p in places:
                seen[p] += step * step
                weights[p] -= RATE * step / math.sqrt(seen[p])
    return weights


def train(texts: Sequence[Example]) -> bytes:
    """The weights file. texts: every example, in a fixed order."""
    known = [(read_features(text), need_of(label), label) for text, label in texts]
    needs = b"".join(
        row([(f, float(need == n)) for f, need, _ in known], classifier.BUCKETS) for n in classifier.NEEDS
    )
    crises = [(f, label) for f, _, label in known if label in CRISIS_KINDS]
    kinds = (
        row([(f, float(label == k)) for f, label in crises], classifier.KIND_BUCKETS) for k in CRISIS_KINDS
    )
    return needs + b"".join(kinds)


def row(rows: Sequence[Row], buckets: int) -> bytes:
    return bytes(max(0, min(255, round(w * classifier.SCALE) + 128)) for w in fit(rows, buckets))


def need_of(label: str) -> str:
    return "crisis" if label in CRISIS_KINDS else OUR_LABELS.get(label, label)


def main(folders: Sequence[str]) -> None:
    texts = [e for folder in folders for e in ordinary(Path(folder))] + list(examples()) * OWN_WEIGHT
    (HERE / classifier.FILE).write_bytes(train(texts))


if __name__ == "__main__":
    main(sys.argv[1:])
