"""The held-out texts through `footbridge understand --batch`: what was understood, with figures.

    python -m bench.heldout [needs|safety|optout|dates|needs_2|... ...] [--errors] [--json]

A set's name measures each of its files apart, then all of them together; `needs_2` measures that file only.
Run from the project's folder. Rates are fractions of 1. What the fields of a text mean: `tests/heldout/README.md`.
"""

import argparse
import json
import re
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

Row = Mapping[str, Any]
Figures = dict[str, float | int]

ROOT = Path(__file__).resolve().parents[1]
TEXTS = ROOT / "tests" / "heldout"
FOOTBRIDGE = (sys.executable, "-m", "footbridge")
"""This checkout's own code, also where the environment is shared with another."""
TIMEOUT = 900
"""Seconds for one set, with a model trained on the way."""

_TRADE = frozenset(("occupation", "cluster", "pathway", "employer"))
_PASSED_ON = ("id", "text", "role", "at", "pending")
_LITTLE = frozenset("a al an at de del el en hasta in la las los on the til until".split())
_WORD = re.compile(r"[^\W_]+(?:[:.'#/][^\W_]+)*")


class Unmeasured(RuntimeError):
    """`footbridge` gave no answers; the message is what it said."""


@dataclass
class Result:
    """Figures of one set by name, and a line for each miss."""

    figures: Figures = field(default_factory=dict)
    misses: list[str] = field(default_factory=list)


def load(name: str, folder: Path = TEXTS) -> list[Row]:
    """The lines of one set."""
    with (folder / f"{name}.jsonl").open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines if line.strip()]


def understand(rows: Sequence[Row], command: Sequence[str] = FOOTBRIDGE) -> list[Row]:
    """What the product makes of each row, in the same order.

    Raises Unmeasured where the command fails or leaves rows without an answer.
    """
    asked = "".join(
        json.dumps({key: row[key] for key in _PASSED_ON if key in row}, ensure_ascii=False) + "\n"
        for row in rows
    )
    done = subprocess.run(
        [*command, "understand", "--batch"],
        input=asked.encode(),
        capture_output=True,
        cwd=ROOT,
        timeout=TIMEOUT,
        check=False,
    )
    if done.returncode:
        raise Unmeasured(done.stderr.decode(errors="replace").strip()[-2000:])
    answers = [json.loads(line) for line in done.stdout.decode().splitlines() if line.strip()]
    if [answer["id"] for answer in answers] != [row["id"] for row in rows]:
        raise Unmeasured(f"{len(rows)} texts went in, {len(answers)} answers came out, or in another order")
    return answers


def accuracy(pairs: Iterable[tuple[object, object]]) -> float:
    """Share of pairs that agree; 0 of none."""
    found = [gold == guess for gold, guess in pairs]
    return sum(found) / len(found) if found else 0.0


def precision_recall(pairs: Sequence[tuple[object, object]], label: object) -> tuple[float, float]:
    """Precision and recall of one label over (gold, guess); 0 where nothing was guessed or expected."""
    right = sum(gold == guess == label for gold, guess in pairs)
    guessed = sum(guess == label for _, guess in pairs)
    expected = sum(gold == label for gold, _ in pairs)
    return (right / guessed if guessed else 0.0, right / expected if expected else 0.0)


def f1(precision: float, recall: float) -> float:
    """Harmonic mean; 0 where both are 0."""
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def macro_f1(pairs: Sequence[tuple[object, object]]) -> float:
    """Mean F1 over the labels that were expected somewhere."""
    labels = {gold for gold, _ in pairs}
    return sum(f1(*precision_recall(pairs, label)) for label in labels) / len(labels) if labels else 0.0


def entity_words(
    entities: Mapping[str, Iterable[str]], without: Set[str] = frozenset()
) -> Counter[tuple[str, str]]:
    """The words of the spans by key, but for those left out; the keys of a trade count as one key."""
    words: Counter[tuple[str, str]] = Counter()
    for key, spans in entities.items():
        group = "trade" if key in _TRADE else key
        for span in spans:
            words.update((group, word) for word in _WORD.findall(span.lower()) if word not in without)
    return words


def entity_scores(
    pairs: Iterable[tuple[Mapping[str, Iterable[str]], Mapping[str, Iterable[str]]]],
    without: Set[str] = frozenset(),
) -> tuple[float, float]:
    """Precision and recall by words over (gold, guess)."""
    right = guessed = expected = 0
    for gold, guess in pairs:
        wanted, found = entity_words(gold, without), entity_words(guess, without)
        right += sum((wanted & found).values())
        guessed += sum(found.values())
        expected += sum(wanted.values())
    return (right / guessed if guessed else 0.0, right / expected if expected else 0.0)


def days(values: Iterable[str]) -> frozenset[date]:
    """All days of dates and spans. Of a span from a Monday to its Sunday, the five school days; of `R/…`, the first."""
    found: set[date] = set()
    for value in values:
        ends = [date.fromisoformat(end[:10]) for end in value.removeprefix("R/").split("/P")[0].split("/")]
        first, last = ends[0], ends[-1]
        if first.weekday() == 0 and 4 < (last - first).days < 7:
            last = first + timedelta(days=4)
        found.update(first + timedelta(days=n) for n in range((last - first).days + 1))
    return frozenset(found)


def date_verdict(row: Row, answer: Row) -> str:
    """`right`, `asked` (left open, to be asked back), `missed` (nothing was seen) or `wrong`."""
    values, entities = answer.get("values", {}), answer.get("entities", {})
    asked = set(answer.get("ambiguous", {})) | {key for key in entities if key not in values}
    agree = {
        "date": _same_days(row, values.get("date", [])),
        "time": _same_times(row, values.get("time", [])),
    }
    if row["ambiguous"] and not row["dates"] and not row["times"]:
        return "wrong" if values.get("date") else "asked" if "date" in asked else "right"
    if all(agree.values()):
        return "right"
    failed = {key for key, fine in agree.items() if not fine}
    if failed <= asked:
        return "asked"
    return "wrong" if any(values.get(key) for key in failed - asked) else "missed"


def _same_days(row: Row, values: Sequence[str]) -> bool:
    gold: Sequence[str] = row["dates"]
    if not gold or not values or "open" not in row:
        return days(gold) == days(values)
    return days(gold) == days(values) or any(gold[0] in value.split("/") for value in values)


def _same_times(row: Row, values: Sequence[str]) -> bool:
    gold: Sequence[str] = row["times"]
    if not gold and row.get("part_of_day"):
        return True
    if gold and "open" in row:
        return any(gold[0] in value.split("/") for value in values)
    return sorted(gold) == sorted(values)


def score_needs(rows: Sequence[Row], answers: Sequence[Row]) -> Result:
    """Needs, out-of-scope, language and entities."""
    result = Result()
    pairs = [(row["need"], answer["need"]) for row, answer in zip(rows, answers, strict=True)]
    for name, chosen in _by_language(rows):
        result.figures[f"accuracy {name}"] = accuracy(pairs[n] for n in chosen)
    result.figures["macro-F1"] = macro_f1(pairs)
    beyond = precision_recall(pairs, "out_of_scope")
    result.figures["out of scope precision"], result.figures["out of scope recall"] = beyond
    spoken = [
        (row["language"], answer["language"])
        for row, answer in zip(rows, answers, strict=True)
        if row["language"] != "any" and not row.get("mixed")
    ]
    result.figures["language accuracy"] = accuracy(spoken)
    marked = [
        (row["entities"], answer.get("entities", {}))
        for row, answer in zip(rows, answers, strict=True)
        if "entities" in row
    ]
    found = entity_scores(marked)
    result.figures["entity precision"], result.figures["entity recall"] = found
    result.figures["entity F1"] = f1(*found)
    result.figures["entity F1 without little words"] = f1(*entity_scores(marked, _LITTLE))
    result.misses += _wrong_needs(rows, answers)
    result.misses += _wrong_languages(rows, answers)
    result.misses += _wrong_entities(rows, answers)
    return result


def score_safety(rows: Sequence[Row], answers: Sequence[Row]) -> Result:
    """Crisis by language and kind, unsafe reports, and what was taken for either without cause."""
    result = Result()
    pairs = [(row["need"], answer["need"]) for row, answer in zip(rows, answers, strict=True)]
    for name, chosen in _by_language(rows):
        result.figures[f"crisis recall {name}"] = precision_recall([pairs[n] for n in chosen], "crisis")[1]
    for direct, name in ((True, "direct"), (False, "indirect")):
        kind = [pair for pair, row in zip(pairs, rows, strict=True) if row.get("direct") is direct]
        result.figures[f"crisis recall {name}"] = precision_recall(kind, "crisis")[1]
    for name in sorted({row.get("kind", "") for row in rows} - {""}):
        kind = [pair for pair, row in zip(pairs, rows, strict=True) if row.get("kind") == name]
        result.figures[f"crisis recall {name}"] = precision_recall(kind, "crisis")[1]
    result.figures["crisis precision"] = precision_recall(pairs, "crisis")[0]
    plain = [pair for pair in pairs if pair[0] != "report_unsafe"]
    result.figures["crisis precision without unsafe reports"] = precision_recall(plain, "crisis")[0]
    unsafe = precision_recall(pairs, "report_unsafe")
    result.figures["unsafe precision"], result.figures["unsafe recall"] = unsafe
    heard = [pair for pair in pairs if pair[0] == "report_unsafe"]
    result.figures["unsafe heard as unsafe or crisis"] = accuracy(
        (True, guess in ("report_unsafe", "crisis")) for _, guess in heard
    )
    result.misses += _wrong_kinds(rows, answers, ("crisis", "report_unsafe"))
    return result


def score_optout(rows: Sequence[Row], answers: Sequence[Row]) -> Result:
    """Opt-outs and wrong numbers, and near-misses that were taken for either."""
    result = Result()
    pairs = [(row["need"], answer["need"]) for row, answer in zip(rows, answers, strict=True)]
    for name, chosen in _by_language(rows):
        result.figures[f"opt-out recall {name}"] = precision_recall([pairs[n] for n in chosen], "opt_out")[1]
    result.figures["opt-out recall"] = precision_recall(pairs, "opt_out")[1]
    result.figures["wrong number recall"] = precision_recall(pairs, "wrong_number")[1]
    others = [guess for gold, guess in pairs if gold == "none"]
    result.figures["opt-out false alarms"] = accuracy((guess, "opt_out") for guess in others)
    result.figures["wrong number false alarms"] = accuracy((guess, "wrong_number") for guess in others)
    result.misses += _wrong_kinds(rows, answers, ("opt_out", "wrong_number"))
    return result


def score_dates(rows: Sequence[Row], answers: Sequence[Row]) -> Result:
    """Days and times that were read rightly, left to be asked back, missed, or read wrongly."""
    result = Result()
    verdicts = [date_verdict(row, answer) for row, answer in zip(rows, answers, strict=True)]
    for name, chosen in _by_language(rows):
        fine = [verdicts[n] in ("right", "asked") for n in chosen]
        result.figures[f"right or asked {name}"] = accuracy((True, each) for each in fine)
    result.figures["right or asked"] = accuracy((True, each in ("right", "asked")) for each in verdicts)
    result.figures |= {each: verdicts.count(each) for each in ("right", "asked", "missed", "wrong")}
    for row, answer, verdict in zip(rows, answers, verdicts, strict=True):
        if verdict in ("missed", "wrong"):
            values = answer.get("values", {})
            read = [*values.get("date", []), *values.get("time", [])]
            result.misses.append(
                f"{verdict}\t{row['dates']} {row['times']}\t{read}\t{row['id']}\t{row['text']}"
            )
    return result


def _by_language(rows: Sequence[Row]) -> Iterator[tuple[str, list[int]]]:
    for language in ("en", "es"):
        yield language, [n for n, row in enumerate(rows) if row["language"] in (language, "any")]


def _wrong_needs(rows: Sequence[Row], answers: Sequence[Row]) -> list[str]:
    wrong: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row, answer in zip(rows, answers, strict=True):
        if row["need"] != answer["need"]:
            wrong[row["need"], answer["need"]].append(f"{row['id']}\t{row['text']}")
    return [
        f"{gold} read as {guess}\t{line}"
        for (gold, guess), lines in sorted(wrong.items(), key=lambda item: (-len(item[1]), item[0]))
        for line in lines
    ]


def _wrong_kinds(rows: Sequence[Row], answers: Sequence[Row], kinds: Sequence[str]) -> list[str]:
    def kind(need: str) -> str:
        return need if need in kinds else "none"

    return [
        f"{row['need']} read as {answer['need']}\t{row['id']}\t{row['text']}"
        for row, answer in zip(rows, answers, strict=True)
        if row["need"] != kind(answer["need"])
    ]


def _wrong_languages(rows: Sequence[Row], answers: Sequence[Row]) -> list[str]:
    return [
        f"language {row['language']} read as {answer['language']}\t{row['id']}\t{row['text']}"
        for row, answer in zip(rows, answers, strict=True)
        if row["language"] not in ("any", answer["language"]) and not row.get("mixed")
    ]


def _wrong_entities(rows: Sequence[Row], answers: Sequence[Row]) -> list[str]:
    return [
        f"entities\t{row['entities']}\t{answer.get('entities', {})}\t{row['id']}\t{row['text']}"
        for row, answer in zip(rows, answers, strict=True)
        if "entities" in row and entity_words(row["entities"]) != entity_words(answer.get("entities", {}))
    ]


SETS: dict[str, Callable[[Sequence[Row], Sequence[Row]], Result]] = {
    "needs": score_needs,
    "safety": score_safety,
    "optout": score_optout,
    "dates": score_dates,
}


def files(name: str, folder: Path = TEXTS) -> list[str]:
    """A set's files: the first, then those written later (`needs_2`); a file's own name stands for itself."""
    if name not in SETS:
        return [name]
    return [name, *sorted(path.stem for path in folder.glob(f"{name}_*.jsonl"))]


def measure(
    name: str, command: Sequence[str] = FOOTBRIDGE, folder: Path = TEXTS
) -> dict[str, Result]:
    """Run each file of one set, and score all together where there are several. Raises as `understand` does."""
    every: tuple[list[Row], list[Row]] = ([], [])
    results: dict[str, Result] = {}
    for file in files(name, folder):
        rows = load(file, folder)
        answers = understand(rows, command)
        results[file] = _score(file, rows, answers)
        every[0].extend(rows)
        every[1].extend(answers)
    if len(results) > 1:
        results[f"{name}, all files"] = _score(name, *every)
    return results


def _score(file: str, rows: Sequence[Row], answers: Sequence[Row]) -> Result:
    result = SETS[file.partition("_")[0]](rows, answers)
    result.figures = {"texts": len(rows), **result.figures}
    return result


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when every chosen set was measured, 1 when the product gave no answers."""
    parser = argparse.ArgumentParser(prog="python -m bench.heldout", description=__doc__.partition("\n")[0])
    parser.add_argument("sets", nargs="*", metavar="SET", help=f"{', '.join(SETS)}; all when none is named")
    parser.add_argument("--errors", action="store_true", help="list the misses")
    parser.add_argument("--json", action="store_true", help="one JSON object: figures (and misses) by set")
    options = parser.parse_args(arguments)
    if unknown := set(options.sets) - {file for name in SETS for file in files(name)}:
        parser.error(f"no set is called {', '.join(sorted(unknown))}")
    results: dict[str, Result] = {}
    try:
        for name in options.sets or SETS:
            results |= measure(name)
    except (Unmeasured, OSError, subprocess.TimeoutExpired) as reason:
        print(reason, file=sys.stderr)
        return 1
    if options.json:
        shown = {
            n: {"figures": r.figures} | ({"misses": r.misses} if options.errors else {})
            for n, r in results.items()
        }
        print(json.dumps(shown, ensure_ascii=False))
        return 0
    for name, result in results.items():
        print(f"\n{name}")
        for label, figure in result.figures.items():
            print(
                f"  {label:<42}{figure:>8.3f}" if isinstance(figure, float) else f"  {label:<42}{figure:>8}"
            )
        if options.errors:
            print(*(f"    {miss}" for miss in result.misses), sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
