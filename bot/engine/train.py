"""`python -m bot.engine.train --out FILE`: one model file, the same every time."""

import argparse
import sys
from pathlib import Path

from bot.engine.environment import PROJECT, prepare, quieten


def main() -> int:
    """Train; 0 when the model is written, 1 when the data does not allow it."""
    arguments = _arguments()
    prepare()
    quieten()
    out: Path = arguments.out
    out.parent.mkdir(parents=True, exist_ok=True)
    from rasa.model_training import train

    result = train(
        domain=str(arguments.domain),
        config=str(arguments.config),
        training_files=[str(path) for path in arguments.data],
        output=str(out.parent),
        fixed_model_name=out.name,
        force_training=True,
    )
    if result.code != 0 or result.model is None:
        print("training failed", file=sys.stderr)
        return 1
    print(result.model)
    return 0


def _arguments() -> argparse.Namespace:
    bot = PROJECT / "bot"
    data: list[Path] = [bot / "data"]
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--domain", type=Path, default=bot / "domain")
    parser.add_argument("--config", type=Path, default=bot / "config.yml")
    parser.add_argument("--data", type=Path, nargs="+", default=data)
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
