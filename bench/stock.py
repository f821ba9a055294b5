"""Stock Rasa beside us: run in a Python that holds `rasa==3.6.21` with TensorFlow and nothing of ours.

    python bench/stock.py train --texts FILE --model FILE [--epochs N] [--seed N]
    python bench/stock.py parse --model FILE

`train` reads JSON lines `{"text", "need"}` and trains the pipeline that `rasa init` sets up, read from Rasa itself,
with the epochs of its classifier given. It prints one JSON line: seconds, seconds of processor time, peak memory in MB.
`parse` answers standard input line by line: in `{"text"}`, out `{"need", "ranking", "ms"}`, where `ms` is the time
of Rasa's own `parse_message`. One thread each, so that a figure says what one message costs.
"""

import argparse
import asyncio
import json
import logging
import os
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

for _name in ("OMP", "OPENBLAS", "MKL", "TF_INTER_OP_PARALLELISM", "TF_INTRA_OP_PARALLELISM"):
    os.environ[f"{_name}{'' if _name.startswith('TF') else '_NUM'}_THREADS"] = "1"
os.environ["RASA_TELEMETRY_ENABLED"] = "false"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = ""

FALLBACK = "nlu_fallback"


def main() -> int:
    """Train or parse."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("task", choices=("train", "parse"))
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--texts", type=Path)
    parser.add_argument("--epochs", type=int, default=100)
    parser.add_argument("--seed", type=int, default=20261122)
    arguments = parser.parse_args()
    if arguments.task == "train":
        print(
            json.dumps(train(arguments.texts, arguments.model, arguments.epochs, arguments.seed)), flush=True
        )
    else:
        asyncio.run(parse(arguments.model))
    return 0


def train(texts: Path, model: Path, epochs: int, seed: int) -> "dict[str, float]":
    """Train the default pipeline on `texts` into `model`; say what it took."""
    from rasa.model_training import train_nlu

    examples = [json.loads(line) for line in texts.read_text(encoding="utf-8").splitlines()]
    common = [{"text": e["text"], "intent": e["need"], "entities": []} for e in examples]
    model.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        data, config = Path(folder) / "nlu.json", Path(folder) / "config.yml"
        data.write_text(json.dumps({"rasa_nlu_data": {"common_examples": common}}), encoding="utf-8")
        config.write_text(json.dumps(pipeline(epochs, seed)), encoding="utf-8")
        wall, cpu = time.perf_counter(), time.process_time()
        made = train_nlu(str(config), str(data), str(model.parent), fixed_model_name=model.name)
        spent = time.perf_counter() - wall, time.process_time() - cpu
    if made is None:
        raise SystemExit("Rasa trained no model")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    size = model.stat().st_size
    return {
        "seconds": round(spent[0], 1),
        "cpu_seconds": round(spent[1], 1),
        "peak_mb": peak,
        "model_mb": round(size / 1e6, 1),
    }


def pipeline(epochs: int, seed: int) -> "dict[str, Any]":
    """Return the configuration that Rasa uses where none is written, its classifier's epochs and seed set."""
    import rasa.engine.recipes
    import yaml

    place = Path(rasa.engine.recipes.__file__).parent / "config_files" / "default_config.yml"
    parts = yaml.safe_load(place.read_text(encoding="utf-8"))["pipeline"]
    for part in parts:
        if part["name"] == "DIETClassifier":
            part.update(epochs=epochs, random_seed=seed)
    return {"recipe": "default.v1", "assistant_id": "stock", "language": "en", "pipeline": parts}


async def parse(model: Path) -> None:
    """Answer standard input until it ends."""
    import structlog
    from rasa.core.agent import Agent

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    agent = Agent.load(str(model))
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        text = json.loads(line)["text"]
        begun = time.perf_counter()
        found = await agent.parse_message(text)
        spent = (time.perf_counter() - begun) * 1000
        ranking = [[each["name"], each["confidence"]] for each in found["intent_ranking"]]
        answer = {"need": found["intent"]["name"], "ranking": ranking, "ms": round(spent, 4)}
        answer["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
