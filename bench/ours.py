"""Our classifier, asked as `bench/stock.py` asks stock Rasa: in the engine's Python.

    python -m bench.ours train --texts FILE --model FOLDER [--settings JSON]
    python -m bench.ours parse --model FOLDER|FILE

`train` reads JSON lines `{"text", "need"}` and prints one: seconds, seconds of processor time, peak memory in MB.
`parse` answers standard input line by line: in `{"text", "role", "pending"}`, out `{"need", "ranking", "lead", "ms"}`.
A folder is one that `train` wrote, a file a model of the product. `--settings` overrides those of bot/config.yml.
"""

import argparse
import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

from bot.engine.environment import PROJECT, prepare

prepare()

import yaml  # noqa: E402

from bot.engine import parse as quick  # noqa: E402
from bot.engine.model import OUT_OF_SCOPE, NeedModel, Settings  # noqa: E402
from bot.engine.model import train as train_model  # noqa: E402


def main() -> int:
    """Train or parse."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("task", choices=("train", "parse"))
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--texts", type=Path)
    parser.add_argument("--settings", type=json.loads, default={})
    arguments = parser.parse_args()
    if arguments.task == "train":
        print(json.dumps(train(arguments.texts, arguments.model, arguments.settings)), flush=True)
    else:
        answer(arguments.model)
    return 0


def configured(changes: "dict[str, Any]") -> Settings:
    """Return the settings of bot/config.yml with `changes`."""
    config = yaml.safe_load((PROJECT / "bot" / "config.yml").read_text(encoding="utf-8"))
    [part] = [p for p in config["pipeline"] if p["name"].endswith("NeedClassifier")]
    return Settings(**{name: value for name, value in part.items() if name != "name"} | changes)


def train(texts: Path, folder: Path, changes: "dict[str, Any]") -> "dict[str, Any]":
    """Train on `texts` into `folder`; say what it took."""
    examples = [json.loads(line) for line in texts.read_text(encoding="utf-8").splitlines()]
    wall, cpu = time.perf_counter(), time.process_time()
    model = train_model([e["text"] for e in examples], [e["need"] for e in examples], configured(changes))
    model.save(folder)
    spent = time.perf_counter() - wall, time.process_time() - cpu
    size = sum(path.stat().st_size for path in folder.iterdir())
    return {
        "seconds": round(spent[0], 1),
        "cpu_seconds": round(spent[1], 1),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "model_mb": round(size / 1e6, 1),
        "encoder": model.encoder is not None,
    }


def answer(place: Path) -> None:
    """Answer standard input until it ends."""
    model = NeedModel.load(place) if place.is_dir() else quick.load(place)
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        begun = time.perf_counter()
        found = model.understand(asked["text"], asked.get("role"), asked.get("pending"))
        spent = (time.perf_counter() - begun) * 1000
        lead = model.lead(asked["text"], asked.get("role"), asked.get("pending"))
        print(
            json.dumps(
                {
                    "need": found.need,
                    "ranking": found.ranking,
                    "lead": lead if OUT_OF_SCOPE in model.needs else None,
                    "ms": round(spent, 4),
                    "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
                }
            ),
            flush=True,
        )


if __name__ == "__main__":
    raise SystemExit(main())
