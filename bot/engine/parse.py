"""`python -m bot.engine.parse --model FILE`: JSON lines in, the need of each out; no Rasa is loaded.

In: `{"id", "text", "role", "language", "pending"}`, all but `text` optional. Out, in the same order and
flushed line by line: `{"id", "need", "confidence", "ranking": [[need, confidence], ...]}`. The classifier
is read from the model file by itself, so that it answers what the served engine answers without Rasa's
start.
"""

import argparse
import json
import sys
import tarfile
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from bot.engine.model import NeedModel

RANKED = 5
_FILES = ("model.json", "weights.npz")


def main() -> int:
    """Answer standard input until it ends; 1 at a line that is no request, 2 without a model."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, required=True)
    arguments = parser.parse_args()
    try:
        model = load(arguments.model)
    except (OSError, tarfile.TarError, ValueError) as error:
        print(f"no model at {arguments.model}: {error}", file=sys.stderr)
        return 2
    try:
        for answer in answers(model, sys.stdin):
            print(json.dumps(answer, ensure_ascii=False), flush=True)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def load(archive: Path) -> NeedModel:
    """Read the classifier out of a Rasa model file; `ValueError` if it holds none."""
    with tarfile.open(archive) as tar, tempfile.TemporaryDirectory() as folder:
        found = [m for m in tar.getmembers() if m.isfile() and "NeedClassifier" in m.name]
        for member in found:
            name = Path(member.name).name
            source = tar.extractfile(member)
            if name in _FILES and source is not None:
                (Path(folder) / name).write_bytes(source.read())
        if {p.name for p in Path(folder).iterdir()} != set(_FILES):
            raise ValueError("it holds no trained NeedClassifier")
        return NeedModel.load(Path(folder))


def answers(model: NeedModel, lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    """Answer each line; `ValueError` names the first that is no request."""
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        asked = json.loads(line)
        if not isinstance(asked, dict) or not isinstance(asked.get("text"), str):
            raise ValueError(f"line {number} is no object with a text")
        found = model.understand(asked["text"], asked.get("role"), asked.get("pending"), RANKED)
        yield {
            "id": asked.get("id"),
            "need": found.need,
            "confidence": round(found.confidence, 6),
            "ranking": [[need, round(confidence, 6)] for need, confidence in found.ranking],
        }


if __name__ == "__main__":
    raise SystemExit(main())
