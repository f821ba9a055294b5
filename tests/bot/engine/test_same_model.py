"""The product's own data trained twice, with all else that a machine may differ in: the same answers."""

import json
import os
import subprocess
import tarfile
from pathlib import Path

import pytest

from footbridge.model import ensure_model
from tests.bot.engine.conftest import PROJECT, PYTHON

pytestmark = [
    pytest.mark.engine,
    pytest.mark.slow,
    pytest.mark.timeout(1800),
    pytest.mark.skipif(not os.environ.get("FOOTBRIDGE_ALL_TEXTS"), reason="minutes of training: `make soak`"),
]


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The model in use, and one trained with other hashes, more threads, and in another folder."""
    out = tmp_path_factory.mktemp("again") / "again.tar.gz"
    ran = subprocess.run(
        [str(PYTHON), "-m", "bot.engine.train", "--out", str(out)],
        cwd=PROJECT,
        env={
            **os.environ,
            "PYTHONHASHSEED": "4711",
            "OMP_NUM_THREADS": "4",
            "OPENBLAS_NUM_THREADS": "4",
            "MKL_NUM_THREADS": "4",
        },
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stderr
    return [ensure_model(), out]


def test_the_stored_lines_are_the_same_to_the_last_bit(models: list[Path]) -> None:
    assert _classifier(models[0]) == _classifier(models[1])


def test_every_test_text_is_answered_the_same(models: list[Path]) -> None:
    rows = [
        json.loads(line)
        for path in sorted((PROJECT / "tests" / "heldout").glob("*.jsonl"))
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    assert len(rows) > 1000
    first, second = (_answers(model, rows) for model in models)
    assert len(first) == len(rows)
    assert first == second


def _classifier(model: Path) -> dict[str, bytes]:
    found = {}
    with tarfile.open(model) as tar:
        for member in tar.getmembers():
            source = tar.extractfile(member) if member.isfile() and "NeedClassifier" in member.name else None
            if source is not None:
                found[Path(member.name).name] = source.read()
    assert set(found) >= {"model.json", "weights.npz"}
    return found


def _answers(model: Path, rows: list[dict[str, str]]) -> list[str]:
    asked = "".join(
        json.dumps({"id": n, "text": row["text"], "role": row.get("role"), "pending": row.get("pending")})
        + "\n"
        for n, row in enumerate(rows)
    )
    ran = subprocess.run(
        [str(PYTHON), "-m", "bot.engine.parse", "--model", str(model)],
        cwd=PROJECT,
        input=asked,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.splitlines()
