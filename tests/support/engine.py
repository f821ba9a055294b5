"""One engine process for the whole run, and where its actions are to be answered."""

import os
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from bot.actions import nearest
from footbridge import model
from footbridge.ports import free_port
from footbridge.serve import engine_command
from footbridge.settings import PROJECT_ROOT

TOKEN = "engine-token-of-the-tests"
ACTIONS_TOKEN = "actions-token-of-the-tests"
START_SECONDS = 90.0


@dataclass(frozen=True)
class EngineProcess:
    """A running engine. The test serves its actions on `actions_port` itself, with its own database behind."""

    url: str
    actions_port: int


@contextmanager
def engine_process() -> Iterator[EngineProcess]:
    """The engine with the model of the present content; ended at the end."""
    nearest.warm()
    port, actions_port = free_port(), free_port()
    process = subprocess.Popen(
        engine_command(port, model.ensure_model()),
        cwd=PROJECT_ROOT,
        env={
            **os.environ,
            "RASA_TELEMETRY_ENABLED": "false",
            "FOOTBRIDGE_ENGINE_TOKEN": TOKEN,
            "FOOTBRIDGE_ACTIONS_URL": f"http://127.0.0.1:{actions_port}/actions/webhook",
            "FOOTBRIDGE_ACTIONS_TOKEN": ACTIONS_TOKEN,
        },
        stdin=subprocess.DEVNULL,
    )
    try:
        _wait(f"http://127.0.0.1:{port}/webhooks/turn/", process)
        yield EngineProcess(f"http://127.0.0.1:{port}", actions_port)
    finally:
        process.terminate()
        process.wait(10)


def _wait(url: str, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"the engine ended with {process.returncode}")
        try:
            with urllib.request.urlopen(url, timeout=1):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise TimeoutError("the engine did not become ready")
