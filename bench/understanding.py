"""How well the classifier understands: `.venv-engine/bin/python -m bench.understanding`, in the engine's Python.

    --data DIR        the training texts (default bot/data/nlu)
    --test FILE ...   texts that are never trained on: JSON lines {"text", "need", "role", "language"}, or Rasa YAML
    --clinc FILE      CLINC150's data_full.json: the same component on a public set
    --no-encoder      words alone
    --json            figures as JSON instead of a table

Without --test a fifth of the training texts is held back: every need the same share, and a text never without
its translation. That is harder than life: what is held back has no near relative left in training.
"""

import argparse
import json
import resource
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bot.engine.environment import PROJECT, prepare

prepare()

import numpy as np  # noqa: E402
import yaml  # noqa: E402

from bot.engine.encoder import load_encoder, spoken  # noqa: E402
from bot.engine.model import OUT_OF_SCOPE, NeedModel, Settings, _held_back, train  # noqa: E402
from bot.engine.normalise import key  # noqa: E402


@dataclass(frozen=True)
class Example:
    """One text with its true need, who sends it, and in which language it is."""

    text: str
    need: str
    role: str | None = None
    language: str = ""
    pending: str | None = None


def main() -> int:
    """Print the figures; 1 when a test text is also a training text."""
    arguments = _arguments()
    settings = configured()
    if arguments.no_encoder:
        settings = replace(settings, encoder="")
    if arguments.clinc:
        found = clinc(arguments.clinc, replace(settings, senders={}, answers={}, accepted=0.95))
    else:
        training = list(read([arguments.data]))
        testing = list(read(arguments.test)) if arguments.test else []
        both = {key(e.text) for e in training} & {key(e.text) for e in testing}
        if both:
            print("in training and in test: " + "; ".join(sorted(both)[:10]), file=sys.stderr)
            return 1
        if not testing:
            training, testing = split(training, settings)
        found = measure(training, testing, settings)
    print(json.dumps(found, ensure_ascii=False) if arguments.json else table(found))
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, default=PROJECT / "bot" / "data" / "nlu")
    parser.add_argument("--test", type=Path, nargs="+")
    parser.add_argument("--clinc", type=Path)
    parser.add_argument("--no-encoder", action="store_true")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def configured() -> Settings:
    """Return the settings of bot/config.yml."""
    config = yaml.safe_load((PROJECT / "bot" / "config.yml").read_text(encoding="utf-8"))
    [part] = [p for p in config["pipeline"] if p["name"].endswith("NeedClassifier")]
    return Settings(**{name: value for name, value in part.items() if name != "name"})


def read(places: Sequence[Path]) -> Iterator[Example]:
    """Read files, or all files of folders."""
    for place in places:
        for path in sorted(place.glob("*")) if place.is_dir() else [place]:
            if path.suffix in (".yml", ".yaml"):
                yield from _from_yaml(path)
            elif path.suffix in (".jsonl", ".json"):
                lines = path.read_text(encoding="utf-8").splitlines()
                yield from (_from_json(json.loads(line)) for line in lines if line.strip())


def _from_json(line: dict[str, Any]) -> Example:
    return Example(
        line["text"], line["need"], line.get("role"), line.get("language", ""), line.get("pending")
    )


def _from_yaml(path: Path) -> Iterator[Example]:
    language = path.stem.rpartition("_")[2]
    for block in (yaml.safe_load(path.read_text(encoding="utf-8")) or {}).get("nlu") or []:
        for line in block["examples"].splitlines():
            if line.strip().startswith("- "):
                yield Example(line.strip()[2:].strip(), block["intent"], language=language)


def split(examples: Sequence[Example], settings: Settings) -> tuple[list[Example], list[Example]]:
    """Hold back a fifth for the test, another fifth than training itself holds back."""
    names = sorted({e.need for e in examples})
    truth = np.asarray([names.index(e.need) for e in examples], dtype=np.int64)
    encoder = load_encoder(settings.encoder)
    vectors = encoder.encode([spoken(e.text) for e in examples]) if encoder is not None else None
    back = _held_back(truth, vectors, replace(settings, seed=settings.seed + 1))
    role = _senders(settings)
    testing = [replace(e, role=role(e.need, i)) for i, e in enumerate(examples) if back[i]]
    return [e for i, e in enumerate(examples) if not back[i]], testing


def _senders(settings: Settings) -> Any:
    """Return who sends a text: its need's usual sender, and for anyone's need each in turn."""
    usual = {need: role for role, needs in settings.senders.items() for need in needs}
    turns = ("student", "employer", "guardian", "anyone")
    return lambda need, index: usual.get(need, turns[index % len(turns)])


def measure(training: Sequence[Example], testing: Sequence[Example], settings: Settings) -> dict[str, Any]:
    """Train, read every test text, and return the figures."""
    begun = time.perf_counter()
    model = train([e.text for e in training], [e.need for e in training], settings)
    seconds = time.perf_counter() - begun
    answers, spent = [], []
    for example in testing:
        at = time.perf_counter()
        answers.append(model.understand(example.text, example.role, example.pending))
        spent.append((time.perf_counter() - at) * 1000)
    found = [answer.need for answer in answers]
    return {
        "trained on": len(training),
        "tested on": len(testing),
        "encoder": model.encoder is not None,
        "training seconds": round(seconds, 1),
        "milliseconds p50": round(float(np.quantile(spent, 0.5)), 2),
        "milliseconds p95": round(float(np.quantile(spent, 0.95)), 2),
        "peak memory MB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "accuracy": _share(testing, found),
        **{
            f"accuracy {language}": _share(testing, found, language)
            for language in sorted({e.language for e in testing} - {""})
        },
        "macro F1": macro_f1([e.need for e in testing], found),
        **_scope(model, testing, found),
        "worst pairs": _pairs(testing, found),
    }


def _share(testing: Sequence[Example], found: Sequence[str], language: str | None = None) -> float:
    right = [e.need == f for e, f in zip(testing, found, strict=True) if language in (None, e.language)]
    return round(sum(right) / len(right), 4)


def macro_f1(truth: Sequence[str], found: Sequence[str]) -> float:
    """Return the mean over the true needs of the harmonic mean of precision and recall."""
    both = Counter(t for t, f in zip(truth, found, strict=True) if t == f)
    said, true = Counter(found), Counter(truth)
    return round(sum(2 * both[n] / (said[n] + true[n]) for n in true) / len(true), 4)


def _scope(model: NeedModel, testing: Sequence[Example], found: Sequence[str]) -> dict[str, float]:
    """Return how out-of-scope texts fare: at the fitted line, and over all lines (AUROC)."""
    outside = np.asarray([e.need == OUT_OF_SCOPE for e in testing])
    if not outside.any() or outside.all():
        return {}
    said = np.asarray([f == OUT_OF_SCOPE for f in found])
    leads = np.asarray([model.lead(e.text, e.role, e.pending) for e in testing])
    return {
        "out-of-scope recall": round(float(said[outside].mean()), 4),
        "out-of-scope precision": round(float(outside[said].mean()), 4),
        "in scope accepted": round(float(1 - said[~outside].mean()), 4),
        "AUROC": round(auroc(leads[~outside], leads[outside]), 4),
        "recall at 95 % accepted": round(
            float((leads[outside] < np.quantile(leads[~outside], 0.05)).mean()), 4
        ),
        "in-scope accuracy, line aside": _in_scope(model, [e for e in testing if e.need != OUT_OF_SCOPE]),
    }


def _in_scope(model: NeedModel, testing: Sequence[Example]) -> float:
    right = 0
    for example in testing:
        ranking = model.understand(example.text, example.role, example.pending).ranking
        right += next(need for need, _ in ranking if need != OUT_OF_SCOPE) == example.need
    return round(right / len(testing), 4)


def auroc(higher: Any, lower: Any) -> float:
    """Return how often a value of `higher` exceeds one of `lower`; ties count half."""
    values = np.concatenate([higher, lower])
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    wins = ranks[: len(higher)].sum() - len(higher) * (len(higher) + 1) / 2
    return float(wins / (len(higher) * len(lower)))


def _pairs(testing: Sequence[Example], found: Sequence[str]) -> list[tuple[str, str, int]]:
    wrong = Counter((e.need, f) for e, f in zip(testing, found, strict=True) if e.need != f)
    return [(need, taken, times) for (need, taken), times in wrong.most_common(15)]


def clinc(path: Path, settings: Settings) -> dict[str, Any]:
    """Train on CLINC150's training and out-of-scope training texts, test on its test texts."""
    data = json.loads(path.read_text(encoding="utf-8"))

    def examples(*parts: str) -> list[Example]:
        names = {"oos": OUT_OF_SCOPE}
        return [Example(text, names.get(need, need)) for part in parts for text, need in data[part]]

    return measure(examples("train", "oos_train"), examples("test", "oos_test"), settings)


def table(found: dict[str, Any]) -> str:
    """Return the figures as a Markdown table, the worst pairs below."""
    rows = [f"| {name} | {value} |" for name, value in found.items() if name != "worst pairs"]
    pairs = [f"- {times} x {need}, taken for {taken}" for need, taken, times in found["worst pairs"]]
    return "\n".join(["| figure | value |", "| --- | --- |", *rows, "", *pairs])


if __name__ == "__main__":
    raise SystemExit(main())
