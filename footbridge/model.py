"""The trained model: one file in `bot/models/`, named by the content that it was made from."""

import fcntl
import hashlib
import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from footbridge.settings import PROJECT_ROOT

ENGINE_PYTHON = PROJECT_ROOT / ".venv-engine" / "bin" / "python"
BOT = PROJECT_ROOT / "bot"
MODELS = BOT / "models"
KEPT = 3


class TrainingFailed(RuntimeError):
    """The data does not allow a model; the message is for whoever edits it."""


def content_files() -> Iterator[Path]:
    """Everything that the model is made from, in a fixed order: the bot's data, components, versions."""
    yield BOT / "config.yml"
    for folder, pattern in (("data", "*.yml"), ("domain", "*.yml"), ("engine", "*.py")):
        yield from sorted((BOT / folder).rglob(pattern))
    yield PROJECT_ROOT / "requirements" / "engine.txt"


def content_hash() -> str:
    """Sixteen hexadecimal digits over the names and bytes of `content_files()`."""
    digest = hashlib.sha256()
    for path in content_files():
        digest.update(str(path.relative_to(PROJECT_ROOT)).encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]


def model_file() -> Path:
    """Where the model of the present content is, or will be."""
    return MODELS / f"{content_hash()}.tar.gz"


def ensure_model(*, force: bool = False) -> Path:
    """Trains unless the model of the present content is there. Two that ask at once train once.

    Raises TrainingFailed.
    """
    target = model_file()
    if target.exists() and not force:
        return target
    MODELS.mkdir(parents=True, exist_ok=True)
    with open(MODELS / ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if force or not target.exists():
            _train(target)
    _forget_old(target)
    return target


def _train(target: Path) -> None:
    with tempfile.TemporaryDirectory(prefix=".training-", dir=MODELS) as folder:
        made = Path(folder) / target.name
        done = subprocess.run(
            [str(ENGINE_PYTHON), "-m", "bot.engine.train", "--out", str(made)],
            cwd=PROJECT_ROOT,
            env={**os.environ, "RASA_TELEMETRY_ENABLED": "false", "PYTHONHASHSEED": "0"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode or not made.exists():
            said = "\n".join((done.stderr or done.stdout).splitlines()[-20:])
            raise TrainingFailed(f"training the model failed:\n{said}")
        made.replace(target)


def _forget_old(current: Path) -> None:
    models = sorted(MODELS.glob("*.tar.gz"), key=lambda path: path.stat().st_mtime, reverse=True)
    for old in [path for path in models if path != current][KEPT - 1 :]:
        old.unlink(missing_ok=True)
