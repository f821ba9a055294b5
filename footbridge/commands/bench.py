"""The performance tables: what `bench/` of a checkout measures, run from one command."""

import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from footbridge.commands import Refused
from footbridge.model import ENGINE_PYTHON, TrainingFailed, ensure_model
from footbridge.settings import PROJECT_ROOT

TABLES: Mapping[str, str] = {
    "understanding": "accuracy, F1, what is out of scope, milliseconds, memory; beside stock Rasa and on CLINC150",
    "heldout": "the held-out texts through `footbridge understand`: needs, safety, opt-outs, entities, dates",
}


def tables() -> str:
    """What can be measured, a line each."""
    return "\n".join(f"footbridge bench {name:<14} {what}" for name, what in TABLES.items())


def understanding(options: Mapping[str, Path | int | bool | None]) -> int:
    """Runs bench/understanding.py in the engine's Python; its exit status. Raises Refused."""
    _there("understanding.py")
    if not ENGINE_PYTHON.exists():
        raise Refused("the engine's environment is missing; `make setup` builds it")
    try:
        ensure_model()
    except TrainingFailed as failed:
        raise Refused(str(failed)) from None
    return _run([str(ENGINE_PYTHON), "-m", "bench.understanding", *arguments(options)])


def heldout(sets: Iterable[str], *, errors: bool, as_json: bool) -> int:
    """Runs bench/heldout.py; its exit status. Raises Refused."""
    _there("heldout.py")
    return _run(
        [sys.executable, "-m", "bench.heldout", *sets, *arguments({"errors": errors, "json": as_json})]
    )


def arguments(options: Mapping[str, Path | int | bool | None]) -> list[str]:
    """Options as a command takes them; what is unset is left out, and paths hold from any folder."""
    found: list[str] = []
    for name, value in options.items():
        if value is None or value is False:
            continue
        found.append(f"--{name.replace('_', '-')}")
        if isinstance(value, Path):
            found.append(str(value.absolute()))
        elif value is not True:
            found.append(str(value))
    return found


def _there(script: str) -> None:
    if not (PROJECT_ROOT / "bench" / script).exists():
        raise Refused("there is no bench/ here; measure in a checkout of the source")


def _run(command: list[str]) -> int:
    return subprocess.run(command, cwd=PROJECT_ROOT, check=False).returncode
