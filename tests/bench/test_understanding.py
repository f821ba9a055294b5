"""The table of understanding: our figures alone, and beside a stock Rasa that a stand-in plays."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.bot.engine.conftest import PROJECT, PYTHON

pytestmark = pytest.mark.engine

WORDS = {
    "ask_pay": ["money", "wage", "salary", "dinero", "sueldo"],
    "book": ["reserve", "enrol", "apply", "reservar", "anotarme"],
    "out_of_scope": ["football", "pizza", "weather", "clima", "chiste"],
}
STAND_IN = '''#!{python}
"""Says that every text asks for pay, as sure as it likes; notes that it was asked to train."""
import json, sys
from pathlib import Path
task = sys.argv[2]
model = Path(sys.argv[sys.argv.index("--model") + 1])
if task == "train":
    texts = Path(sys.argv[sys.argv.index("--texts") + 1]).read_text().splitlines()
    assert not model.exists(), "trained twice"
    model.parent.mkdir(parents=True, exist_ok=True)
    model.write_text("")
    print("a progress bar")
    print(json.dumps({{"seconds": 1.0, "cpu_seconds": float(len(texts)), "peak_mb": 7, "model_mb": 1.0}}))
else:
    print(json.dumps({{"ready": True}}), flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        assert set(asked) == {{"text"}}, asked
        unsure = "pizza" in asked["text"]
        ranking = [["nlu_fallback", 0.7]] * unsure + [["ask_pay", 0.2 if unsure else 0.9], ["out_of_scope", 0.1]]
        answer = {{"need": ranking[0][0], "ranking": ranking, "ms": 1000.0, "peak_mb": 9}}
        print(json.dumps(answer), flush=True)
'''


@pytest.fixture(scope="module")
def clinc(tmp_path_factory: pytest.TempPathFactory) -> Path:
    def texts(need: str, start: int, stop: int) -> list[tuple[str, str]]:
        name = "oos" if need == "out_of_scope" else need
        return [(f"{word} {word} number {n}", name) for word in WORDS[need] for n in range(start, stop)]

    inside = ("ask_pay", "book")
    data = {
        "train": [pair for need in inside for pair in texts(need, 100, 108)],
        "oos_train": texts("out_of_scope", 100, 108),
        "test": [pair for need in inside for pair in texts(need, 200, 202)],
        "oos_test": texts("out_of_scope", 200, 202),
    }
    path = tmp_path_factory.mktemp("clinc") / "data_full.json"
    path.write_text(json.dumps(data))
    return path


@pytest.fixture
def stock(tmp_path: Path) -> Path:
    program = tmp_path / "stock-python"
    program.write_text(STAND_IN.format(python=sys.executable))
    program.chmod(0o755)
    return program


def measured(*arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [str(PYTHON), "-m", "bench.understanding", "--no-encoder", *map(str, arguments)],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=300,
    )


def tables(*arguments: str | Path) -> list[dict[str, Any]]:
    ran = measured("--json", *arguments)
    assert ran.returncode == 0, ran.stderr
    found: list[dict[str, Any]] = json.loads(ran.stdout)
    return found


def test_the_public_set_is_measured_with_the_same_component(clinc: Path) -> None:
    ran = measured("--clinc", clinc, "--clinc-only")
    assert ran.returncode == 0, ran.stderr
    assert "### CLINC150: 120 texts to train on, 30 asked" in ran.stdout
    assert "no figures of stock Rasa" in ran.stdout
    [row] = [line for line in ran.stdout.splitlines() if line.startswith("| in-scope accuracy")]
    assert float(row.split("|")[2]) == 1.0


def test_stock_stands_beside_us_in_the_same_run(clinc: Path, stock: Path, tmp_path: Path) -> None:
    kept = tmp_path / "models"
    asked = ("--clinc", clinc, "--clinc-only", "--stock-python", stock, "--stock-models", kept)
    [table] = tables(*asked)
    ours, theirs = table["columns"]["Footbridge"], table["columns"]["stock Rasa, 20 epochs"]
    assert theirs["accuracy"] == pytest.approx((10 + 2) / 30, abs=1e-4)  # all pay, and pizza by the fallback
    assert theirs["in-scope accuracy, line aside"] == 0.5
    assert theirs["out-of-scope recall"] == pytest.approx(0.2)
    assert theirs["out-of-scope precision"] == 1.0
    assert theirs["AUROC"] == pytest.approx(0.5 + 0.2 / 2)
    assert theirs["training, seconds of processor time"] == 120.0
    assert theirs["milliseconds a message, median"] == 1000.0
    assert ours["median share of stock's time"] < 0.1
    assert (
        tables(*asked)[0]["columns"]["stock Rasa, 20 epochs"]["accuracy"] == theirs["accuracy"]
    )  # not trained twice


def test_a_stock_python_without_rasa_is_said_and_not_measured(clinc: Path, tmp_path: Path) -> None:
    ran = measured("--clinc", clinc, "--clinc-only", "--stock-python", sys.executable)
    assert ran.returncode == 1
    assert "did not train" in ran.stderr
    assert ran.stdout == ""


def test_held_back_texts_have_no_near_relative_in_training(tmp_path: Path) -> None:
    data = tmp_path / "nlu"
    data.mkdir()
    for language, own in (("en", slice(0, 3)), ("es", slice(3, 5))):
        blocks = [
            f"- intent: {need}\n  examples: |\n"
            + "".join(
                f"    - {word} {word} {word} {end}\n" for word in words[own] for end in ("now", "now now")
            )
            for need, words in WORDS.items()
        ]
        (data / f"all_{language}.yml").write_text("version: '3.1'\nnlu:\n" + "".join(blocks))
    for folder in ("first", "second"):
        ran = subprocess.run(
            [str(PYTHON), "-m", "bench.splits", str(tmp_path / folder), "--data", str(data), "--texts", "18"],
            cwd=PROJECT,
            capture_output=True,
            text=True,
        )
        assert ran.returncode == 0, ran.stderr
    first = {name: (tmp_path / "first" / f"{name}.jsonl").read_text() for name in ("train", "test")}
    assert first == {name: (tmp_path / "second" / f"{name}.jsonl").read_text() for name in first}
    rows = {name: [json.loads(line) for line in text.splitlines()] for name, text in first.items()}
    assert len(rows["train"]) == 18
    assert {row["need"] for row in rows["train"]} == set(WORDS)
    assert rows["test"]
    words = {name: {row["text"].split()[0] for row in part} for name, part in rows.items()}
    assert not words["train"] & words["test"]  # the texts of one word are one thought
