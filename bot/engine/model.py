"""Which need a message expresses: one linear model over all needs and both languages.

Training needs scikit-learn; reading a message needs NumPy only. Everything that is decided by data is
decided at training and stored with the model: weights, temperature, the line below which it says "I don't
know".
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from bot.engine import noise
from bot.engine.features import Floats, Vectoriser
from bot.engine.normalise import Text, normalise

OUT_OF_SCOPE = "out_of_scope"
ANYONE = "anyone"

Scores = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Settings:
    """How to train; all of it is set in config.yml."""

    seed: int = 20261122
    penalty: float = 0.3
    """C of the support vector machine: how much one training text may bend the line."""
    noisy_copies: int = 2
    at_least: int = 1
    """Texts that a term must occur in."""
    folds: int = 4
    """Parts of the validation: each part is judged by a model that never saw it."""
    accepted: float = 0.95
    """Share of in-scope messages that the line must let through."""
    senders: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Who usually expresses a need: role to needs; a need in no list is anyone's."""
    stranger: Mapping[str, float] = field(default_factory=dict)
    """What a need loses, in log-odds, when a role sends it whose it is not, by the sender's role."""
    answers: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """What a need gains, in log-odds, while a question of a kind is open; `*` holds for every kind."""


@dataclass(frozen=True)
class Understood:
    """The need of a message, how sure that is (0 to 1), and the likeliest needs in order."""

    need: str
    confidence: float
    ranking: tuple[tuple[str, float], ...]


class NeedModel:
    """Trained weights, and how to read a message with them."""

    def __init__(
        self,
        settings: Settings,
        needs: Sequence[str],
        vectoriser: Vectoriser,
        weights: Floats,
        bias: Floats,
        temperature: float,
        line: float,
    ) -> None:
        self.settings = settings
        self.needs = list(needs)
        self.vectoriser = vectoriser
        self.weights = weights
        self.bias = bias
        self.temperature = temperature
        self.line = line
        self._priors = _Priors(settings, self.needs)

    def margins(self, text: Text) -> Scores:
        """Return the distance of `text` from the line of each need, one-vs-rest."""
        columns, values = self.vectoriser.vector(text)
        margins: Scores = (values @ self.weights[columns] + self.bias).astype(np.float64)
        return margins

    def understand(
        self, text: str, role: str | None = None, pending: str | None = None, ranked: int = 10
    ) -> Understood:
        """Return the need of `text`; below the line it is `out_of_scope`."""
        margins = self.margins(normalise(text))
        prior = self._priors.of(role, pending)
        odds = softmax(margins * self.temperature + prior)
        order = np.argsort(-odds, kind="stable")
        best = int(order[0])
        ranking = [(self.needs[i], float(odds[i])) for i in order[:ranked]]
        evidence = float(margins[best] + prior[best] / self.temperature)
        if self.needs[best] != OUT_OF_SCOPE and evidence < self.line and OUT_OF_SCOPE in self.needs:
            doubt = 1.0 - float(odds[best])
            return Understood(OUT_OF_SCOPE, doubt, ((OUT_OF_SCOPE, doubt), *_without(ranking, OUT_OF_SCOPE)))
        return Understood(self.needs[best], float(odds[best]), tuple(ranking))

    def save(self, folder: Path) -> None:
        """Write the model into `folder`."""
        folder.mkdir(parents=True, exist_ok=True)
        np.savez_compressed(
            folder / "weights.npz",
            weights=self.weights.astype(np.float32),
            bias=self.bias.astype(np.float32),
            idf=self.vectoriser.idf,
        )
        about = {
            "settings": asdict(self.settings),
            "needs": self.needs,
            "temperature": self.temperature,
            "line": self.line,
            "first_piece": self.vectoriser.first_piece,
            "terms": self.vectoriser.terms,
        }
        (folder / "model.json").write_text(json.dumps(about, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> "NeedModel":
        """Read the model back."""
        about: dict[str, Any] = json.loads((folder / "model.json").read_text(encoding="utf-8"))
        with np.load(folder / "weights.npz") as arrays:
            vectoriser = Vectoriser(about["terms"], arrays["idf"], about["first_piece"])
            weights, bias = arrays["weights"], arrays["bias"]
        return cls(
            Settings(**about["settings"]),
            about["needs"],
            vectoriser,
            weights,
            bias,
            about["temperature"],
            about["line"],
        )


def softmax(scores: Scores) -> Scores:
    """Return shares that sum to one."""
    powers = np.exp(scores - scores.max())
    shares: Scores = powers / powers.sum()
    return shares


def _without(ranking: Sequence[tuple[str, float]], need: str) -> list[tuple[str, float]]:
    return [pair for pair in ranking if pair[0] != need]


class _Priors:
    """Log-odds by sender and open question; they move a close call and cannot outvote a clear text."""

    def __init__(self, settings: Settings, needs: Sequence[str]) -> None:
        self._needs = list(needs)
        self._settings = settings
        self._known: dict[tuple[str, str], Scores] = {}

    def of(self, role: str | None, pending: str | None) -> Scores:
        """Return what each need gains or loses; zeros when nothing is known about the sender."""
        at = (role or ANYONE, pending or "")
        if at not in self._known:
            if len(self._known) > 500:
                self._known.clear()
            self._known[at] = self._by_role(at[0]) + self._by_question(at[1])
        return self._known[at]

    def _by_role(self, role: str) -> Scores:
        prior = np.zeros(len(self._needs))
        loss = self._settings.stranger.get(role, 0.0)
        own = set(self._settings.senders.get(role, ()))
        others = {need for needs in self._settings.senders.values() for need in needs} - own
        for index, need in enumerate(self._needs):
            if need in others:
                prior[index] = -loss
        return prior

    def _by_question(self, pending: str) -> Scores:
        gains: dict[str, float] = {}
        if pending:
            gains.update(self._settings.answers.get("*", {}))
            gains.update(self._settings.answers.get(pending, {}))
        return np.asarray([gains.get(need, 0.0) for need in self._needs])


def train(texts: Sequence[str], needs: Sequence[str], settings: Settings) -> NeedModel:
    """Train on `texts` with their `needs`; the same input always gives the same model."""
    judged, truth = _validate(texts, needs, settings)
    names = sorted(set(needs))
    temperature = _temperature(judged, truth)
    line = _line(judged, truth, names, settings.accepted)
    vectoriser, weights, bias = _fit(texts, needs, names, settings)
    return NeedModel(settings, names, vectoriser, weights, bias, temperature, line)


def _fit(
    texts: Sequence[str], needs: Sequence[str], names: Sequence[str], settings: Settings
) -> tuple[Vectoriser, Floats, Floats]:
    """Return vectoriser, weights (terms by needs) and bias."""
    from sklearn.svm import LinearSVC

    clean = [normalise(text) for text in texts]
    vectoriser = Vectoriser.fit(clean, settings.at_least)
    changed = noise.copies(texts, settings.noisy_copies, settings.seed)
    matrix = vectoriser.matrix([*clean, *(normalise(text) for _, text in changed)])
    labels = [*needs, *(needs[index] for index, _ in changed)]
    machine = LinearSVC(C=settings.penalty, random_state=settings.seed).fit(matrix, labels)
    weights = np.full((len(vectoriser), len(names)), 0.0, dtype=np.float32)
    bias = np.full(len(names), -1.0, dtype=np.float32)
    at = [names.index(need) for need in machine.classes_]
    if len(at) == 2:  # scikit-learn keeps one line for two classes
        weights[:, at] = np.stack([-machine.coef_[0], machine.coef_[0]], axis=1)
        bias[at] = [-machine.intercept_[0], machine.intercept_[0]]
    else:
        weights[:, at], bias[at] = machine.coef_.T, machine.intercept_
    return vectoriser, weights, bias


def _validate(
    texts: Sequence[str], needs: Sequence[str], settings: Settings
) -> tuple[Scores, npt.NDArray[np.int64]]:
    """Return the margins of every text from a model that did not see it, and the true needs' numbers."""
    names = sorted(set(needs))
    truth = np.asarray([names.index(need) for need in needs])
    part = _parts(needs, settings)
    judged = np.zeros((len(texts), len(names)))
    for fold in range(settings.folds):
        seen = [i for i in range(len(texts)) if part[i] != fold]
        unseen = [i for i in range(len(texts)) if part[i] == fold]
        if not unseen or len({needs[i] for i in seen}) < 2:
            continue
        vectoriser, weights, bias = _fit([texts[i] for i in seen], [needs[i] for i in seen], names, settings)
        judged[unseen] = vectoriser.matrix([normalise(texts[i]) for i in unseen]) @ weights + bias
    return judged, truth


def _parts(needs: Sequence[str], settings: Settings) -> npt.NDArray[np.int64]:
    """Return the part of each text: every need is spread evenly."""
    rng = np.random.RandomState(settings.seed)
    part = np.zeros(len(needs), dtype=np.int64)
    for need in sorted(set(needs)):
        own = np.asarray([i for i, other in enumerate(needs) if other == need])
        part[own] = (rng.permutation(len(own)) + rng.randint(settings.folds)) % settings.folds
    return part


def _temperature(judged: Scores, truth: npt.NDArray[np.int64]) -> float:
    """Return the factor on margins whose softmax is best calibrated: least log-loss on unseen texts."""
    rows = np.arange(len(truth))

    def loss(factor: float) -> float:
        scaled = judged * factor
        highest = scaled.max(axis=1)
        return float(np.mean(highest + np.log(np.exp(scaled.T - highest).sum(axis=0)) - scaled[rows, truth]))

    factors = [math.exp(step / 10) for step in range(0, 31)]
    return min(factors, key=loss)


def _line(judged: Scores, truth: npt.NDArray[np.int64], names: Sequence[str], accepted: float) -> float:
    """Return the best margin that the stated share of unseen in-scope texts reaches."""
    inside = np.asarray([names[i] != OUT_OF_SCOPE for i in truth])
    if not inside.any():
        return -math.inf
    return float(np.quantile(judged[inside].max(axis=1), 1.0 - accepted))
