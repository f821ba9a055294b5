"""How well texts are understood, by us and by stock Rasa: `footbridge bench understanding`.

Each pipeline trains in a process of its own on the same texts and answers the same texts, which it never trained on
(`bench/splits.py` says which). Accuracy counts a text that the pipeline gives up on as out of scope. Out-of-scope
recall is taken at the line that training fitted (stock: at its fallback's fixed one), and where 95 of 100 texts in
scope are accepted. Times are medians of one run in which every text is put to all in turn, one thread each.
"""

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bot.engine.environment import PROJECT, prepare

prepare()

import numpy as np  # noqa: E402

from bench.ours import configured  # noqa: E402
from bench.splits import SEED, Example, read, sample, split, write  # noqa: E402
from bot.engine.encoder import load_encoder  # noqa: E402
from bot.engine.model import OUT_OF_SCOPE  # noqa: E402
from bot.engine.normalise import key  # noqa: E402

Figures = dict[str, Any]
FALLBACK = "nlu_fallback"
OWN = "our own texts"
TIMED = 500
"""How many texts are timed."""
PAIRS = 20
"""How many confusions are listed."""


@dataclass(frozen=True)
class Pipeline:
    """Something that trains and answers: the start of its command, and what both of its tasks take besides."""

    name: str
    command: "tuple[str, ...]"
    training: "tuple[str, ...]" = ()
    sender_known: bool = False
    stock: bool = False


class Unmeasured(RuntimeError):
    """A process gave no answer; the message is the end of what it said."""


def main() -> int:
    """Print the tables; 1 when nothing could be measured."""
    arguments = _arguments()
    try:
        tables = list(_tables(arguments))
    except (Unmeasured, OSError) as reason:
        print(reason, file=sys.stderr)
        return 1
    if arguments.json:
        print(json.dumps(tables, ensure_ascii=False))
    else:
        print("\n\n".join(shown(each) for each in tables))
        if arguments.stock_python is None:
            print("\nWithout --stock-python there are no figures of stock Rasa.")
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="footbridge bench understanding", description=__doc__.partition("\n")[0]
    )
    add = parser.add_argument
    add("--data", type=Path, default=PROJECT / "bot" / "data" / "nlu", help="the training texts")
    add("--test", type=Path, nargs="+", help="texts to ask instead of those held back: JSON lines, Rasa YAML")
    add("--texts", type=int, help="train on so many only, every need and language its share")
    add("--clinc", type=Path, help="CLINC150's data_full.json: the same component on a public set")
    add("--clinc-only", action="store_true", help="leave our own texts out")
    add("--stock-python", type=Path, help="a Python with rasa==3.6.21 and TensorFlow: stock Rasa beside us")
    add("--stock-epochs", type=int, default=100, help="of its classifier on our texts (its default: 100)")
    add("--stock-clinc-epochs", type=int, default=20, help="on CLINC150, where 100 take hours")
    add("--stock-models", type=Path, help="keep the trained stock models here, and take those that are there")
    add("--no-encoder", action="store_true", help="words alone, also where an encoder is installed")
    add("--json", action="store_true", help="figures as JSON")
    return parser.parse_args()


def _tables(arguments: argparse.Namespace) -> Iterator[Figures]:
    with tempfile.TemporaryDirectory() as folder:
        if not arguments.clinc_only:
            yield _own(arguments, Path(folder) / "own")
        if arguments.clinc:
            yield _clinc(arguments, Path(folder) / "clinc")


def _own(arguments: argparse.Namespace, folder: Path) -> Figures:
    training = list(read([arguments.data]))
    if arguments.test:
        testing = list(read(arguments.test))
        both = {key(e.text) for e in training} & {key(e.text) for e in testing}
        training = [e for e in training if key(e.text) not in both]
    else:
        training, testing = split(training)
        testing = with_senders(testing)
    pipelines = list(_ours(arguments, {}))
    pipelines.insert(1, replace(pipelines[0], name="Footbridge, sender known", sender_known=True))
    pipelines += _stock(arguments, arguments.stock_epochs)
    return compare(OWN, sample(training, arguments.texts), testing, pipelines, folder, arguments)


def _clinc(arguments: argparse.Namespace, folder: Path) -> Figures:
    data = json.loads(arguments.clinc.read_text(encoding="utf-8"))

    def examples(*parts: str) -> "list[Example]":
        names = {"oos": OUT_OF_SCOPE}
        return [Example(text, names.get(need, need)) for part in parts for text, need in data[part]]

    # The height was chosen on the validation split: a hundred texts beyond scope are too few for the lead over them
    # to say much alone.
    changes = {"senders": {}, "answers": {}, "accepted": 0.95, "height": 1.0}
    pipelines = [*_ours(arguments, changes), *_stock(arguments, arguments.stock_clinc_epochs)]
    parts = examples("train", "oos_train"), examples("test", "oos_test")
    return compare("CLINC150", *parts, pipelines, folder, arguments)


def _ours(arguments: argparse.Namespace, changes: "dict[str, Any]") -> Iterator[Pipeline]:
    command = (sys.executable, "-m", "bench.ours")
    yield Pipeline("Footbridge", command, ("--settings", json.dumps(changes | {"encoder": ""})))
    if not arguments.no_encoder and load_encoder(configured({}).encoder) is not None:
        yield Pipeline("Footbridge with the encoder", command, ("--settings", json.dumps(changes)))


def _stock(arguments: argparse.Namespace, epochs: int) -> "list[Pipeline]":
    if arguments.stock_python is None:
        return []
    command = (str(arguments.stock_python), str(PROJECT / "bench" / "stock.py"))
    return [Pipeline(f"stock Rasa, {epochs} epochs", command, ("--epochs", str(epochs)), stock=True)]


def with_senders(examples: Sequence[Example]) -> "list[Example]":
    """Say who sends each: its need's usual sender, and for anyone's need each in turn."""
    usual = {need: role for role, needs in configured({}).senders.items() for need in needs}
    turns = ("student", "employer", "guardian", "anyone")
    return [replace(e, role=usual.get(e.need, turns[i % len(turns)])) for i, e in enumerate(examples)]


def compare(
    title: str,
    training: Sequence[Example],
    testing: Sequence[Example],
    pipelines: Sequence[Pipeline],
    folder: Path,
    arguments: argparse.Namespace,
) -> Figures:
    """Train each pipeline, ask it every text, then time all in turn."""
    folder.mkdir(parents=True)
    texts = folder / "train.jsonl"
    write(texts, training)
    models: dict[tuple[str, ...], tuple[Path, Figures]] = {}
    columns: dict[str, Figures] = {}
    for pipeline in pipelines:
        if pipeline.training not in models:
            models[pipeline.training] = _trained(pipeline, texts, arguments.stock_models)
        model, took = models[pipeline.training]
        with answering([*pipeline.command, "parse", "--model", str(model)]) as ask:
            answers = [ask(asked(e, pipeline.sender_known)) for e in testing]
        columns[pipeline.name] = figures(testing, answers) | took
    with ExitStack() as stack:
        asks = {
            p.name: stack.enter_context(
                answering([*p.command, "parse", "--model", str(models[p.training][0])])
            )
            for p in pipelines
            if not p.sender_known
        }
        whole = stack.enter_context(_whole(title == OWN))
        stocks = [p.name for p in pipelines if p.stock]
        times = timed([asked(e, False) for e in _some(testing)], asks, stocks, whole)
    for name, own in times.items():
        columns.setdefault(name, {}).update(own)
    return {"title": title, "trained on": len(training), "asked": len(testing), "columns": columns}


def asked(example: Example, sender_known: bool) -> Figures:
    """Return the request for a text."""
    known = {"role": example.role, "pending": example.pending} if sender_known else {}
    return {"text": example.text, **known}


def _trained(pipeline: Pipeline, texts: Path, kept: "Path | None") -> "tuple[Path, Figures]":
    """Train, or take the stock model that was kept of these texts; return it, and what training took."""
    model = texts.parent / f"model-{_digest(' '.join(pipeline.training))}"
    if pipeline.stock:
        name = f"stock-{_digest(texts.read_text(encoding='utf-8'))}-{pipeline.training[-1]}.tar.gz"
        model = (kept or texts.parent) / name
    notes = model.with_name(model.name + ".json")
    if not notes.exists():
        command = [
            *pipeline.command,
            "train",
            "--texts",
            str(texts),
            "--model",
            str(model),
            *pipeline.training,
        ]
        ran = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
        lines = [line for line in ran.stdout.splitlines() if line.startswith("{")]
        if ran.returncode or not lines:
            raise Unmeasured(f"{pipeline.name} did not train:\n{ran.stderr[-2000:]}")
        notes.write_text(lines[-1], encoding="utf-8")
    took = json.loads(notes.read_text(encoding="utf-8"))
    return model, {
        "training, seconds of processor time": took["cpu_seconds"],
        "training, peak memory MB": took["peak_mb"],
        "model, MB": took["model_mb"],
    }


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


@contextmanager
def answering(command: Sequence[str]) -> Iterator[Any]:
    """Start a process that answers line by line; yield a function that asks it."""
    process = subprocess.Popen(
        command,
        cwd=PROJECT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        encoding="utf-8",
    )
    assert process.stdin is not None and process.stdout is not None
    given, said = process.stdin, process.stdout

    def line() -> Figures:
        for each in said:
            if each.startswith("{"):  # libraries print, too
                found: Figures = json.loads(each)
                return found
        raise Unmeasured(f"{' '.join(command[:3])} stopped")

    def ask(row: Figures) -> Figures:
        given.write(json.dumps(row) + "\n")
        given.flush()
        return line()

    try:
        if "parse" in command:
            line()  # ready
        yield ask
    finally:
        given.close()
        process.wait(30)


@contextmanager
def _whole(wanted: bool) -> Iterator[Any]:
    """Yield a function that asks `footbridge understand`: safety rules, the app's reading, the classifier."""
    program = (str(PROJECT / ".venv" / "bin" / "python"), "-m", "footbridge", "understand", "--batch")
    if not wanted:
        yield None
        return
    with answering(program) as ask:
        yield lambda row: ask({"id": "", **row})


def _some(testing: Sequence[Example]) -> "list[Example]":
    order = np.random.RandomState(SEED).permutation(len(testing))
    return [testing[i] for i in order[:TIMED]]


def timed(
    rows: Sequence[Figures], asks: "dict[str, Any]", stocks: Sequence[str], whole: Any
) -> "dict[str, Figures]":
    """Put each text to all in turn; return milliseconds and, beside one of `stocks`, the share of its own."""
    spent: dict[str, list[float]] = {name: [] for name in asks}
    if whole is not None:
        spent["footbridge understand"] = []
    memory = {}
    for ask in (*asks.values(), *([whole] if whole is not None else [])):
        for row in rows[:10]:  # the first answers of a process are slow
            ask(row)
    for row in rows:
        for name, ask in asks.items():
            answer = ask(row)
            memory[name] = answer["peak_mb"]
            spent[name].append(answer["ms"])
        if whole is not None:
            begun = time.perf_counter()
            whole(row)
            spent["footbridge understand"].append((time.perf_counter() - begun) * 1000)
    stock = next((times for name, times in spent.items() if name in stocks), None)
    found: dict[str, Figures] = {}
    for name, times in spent.items():
        found[name] = {
            "milliseconds a message, median": round(float(np.median(times)), 2),
            "milliseconds, 95 of 100 within": round(float(np.quantile(times, 0.95)), 2),
        }
        if name in memory:
            found[name]["answering, memory MB"] = memory[name]
        if stock is not None and times is not stock:
            found[name]["median share of stock's time"] = round(
                float(np.median(np.asarray(times) / np.asarray(stock))), 3
            )
    return found


def figures(testing: Sequence[Example], answers: Sequence[Figures]) -> Figures:
    """Return what the answers are worth."""
    truth = [e.need for e in testing]
    found = [OUT_OF_SCOPE if a["need"] in (FALLBACK, None) else a["need"] for a in answers]
    languages = sorted({e.language for e in testing} - {"", "any"})
    return {
        "accuracy": share(truth, found),
        **{f"accuracy {language}": share(*_of(language, testing, found)) for language in languages},
        "macro F1": macro_f1(truth, found),
        **_scope(truth, found, answers),
        "worst pairs": _pairs(truth, found),
    }


def _of(language: str, testing: Sequence[Example], found: Sequence[str]) -> "tuple[list[str], list[str]]":
    chosen = [(e.need, f) for e, f in zip(testing, found) if e.language == language]  # noqa: B905
    return [need for need, _ in chosen], [need for _, need in chosen]


def share(truth: Sequence[str], found: Sequence[str]) -> float:
    """Return how many are right, as a share."""
    return round(sum(t == f for t, f in zip(truth, found)) / max(1, len(truth)), 4)  # noqa: B905


def macro_f1(truth: Sequence[str], found: Sequence[str]) -> float:
    """Return the mean over the true needs of the harmonic mean of precision and recall."""
    both = Counter(t for t, f in zip(truth, found) if t == f)  # noqa: B905
    said, true = Counter(found), Counter(truth)
    return round(sum(2 * both[n] / (said[n] + true[n]) for n in true) / len(true), 4)


def _scope(truth: Sequence[str], found: Sequence[str], answers: Sequence[Figures]) -> Figures:
    """Return how texts in and out of scope fare: at the pipeline's line, and over all lines (AUROC)."""
    outside = np.asarray([t == OUT_OF_SCOPE for t in truth])
    if not outside.any() or outside.all():
        return {}
    said = np.asarray([f == OUT_OF_SCOPE for f in found])
    leads = np.asarray([lead(a) for a in answers])
    first = [
        next((n for n, _ in a["ranking"] if n not in (OUT_OF_SCOPE, FALLBACK)), "") == t
        for a, t in zip(answers, truth)  # noqa: B905
        if t != OUT_OF_SCOPE
    ]
    return {
        "in-scope accuracy, line aside": round(float(np.mean(first)), 4),
        "AUROC": round(auroc(leads[~outside], leads[outside]), 4),
        "out-of-scope recall, 95 % accepted": round(
            float((leads[outside] < np.quantile(leads[~outside], 0.05)).mean()), 4
        ),
        "out-of-scope recall": round(float(said[outside].mean()), 4),
        "out-of-scope precision": round(float(outside[said].mean()), 4) if said.any() else 0.0,
        "in scope accepted": round(float(1 - said[~outside].mean()), 4),
    }


def lead(answer: Figures) -> float:
    """Return how far the best need is ahead of `out_of_scope`: in log-odds, or in stock's confidence."""
    if answer.get("lead") is not None:
        return float(answer["lead"])
    shares = {name: float(confidence) for name, confidence in answer["ranking"] if name != FALLBACK}
    outside = shares.pop(OUT_OF_SCOPE, 0.0)
    return max(shares.values(), default=0.0) - outside


def auroc(higher: Any, lower: Any) -> float:
    """Return how often a value of `higher` exceeds one of `lower`; ties count half."""
    values = np.concatenate([higher, lower])
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    wins = ranks[: len(higher)].sum() - len(higher) * (len(higher) + 1) / 2
    return float(wins / (len(higher) * len(lower)))


def _pairs(truth: Sequence[str], found: Sequence[str]) -> "list[tuple[str, str, int]]":
    wrong = Counter((t, f) for t, f in zip(truth, found) if t != f)  # noqa: B905
    return [(need, taken, times) for (need, taken), times in wrong.most_common(PAIRS)]


def shown(table: Figures) -> str:
    """Return one comparison as Markdown, the worst pairs of its first pipeline below."""
    columns: dict[str, Figures] = table["columns"]
    rows = list(dict.fromkeys(name for own in columns.values() for name in own if name != "worst pairs"))
    lines = [
        f"### {table['title']}: {table['trained on']} texts to train on, {table['asked']} asked",
        "",
        f"| | {' | '.join(columns)} |",
        f"| --- |{' ---: |' * len(columns)}",
        *(f"| {row} | {' | '.join(str(own.get(row, '')) for own in columns.values())} |" for row in rows),
        "",
        f"Most often confused ({next(iter(columns))}):",
        "",
        *(
            f"- {n} x {need}, taken for {taken}"
            for need, taken, n in next(iter(columns.values()))["worst pairs"]
        ),
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    raise SystemExit(main())
