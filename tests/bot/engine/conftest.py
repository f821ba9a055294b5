"""The engine as it is served: its own Python, its own process, a toy project, an action server of the test's."""

import json
import os
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

PROJECT = Path(__file__).resolve().parents[3]
TOY = Path(__file__).resolve().parent / "toy"
PYTHON = PROJECT / ".venv-engine" / "bin" / "python"
TOKEN = "a token of the test"
ACTIONS_TOKEN = "another token"


def engine(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Run the engine's Python to its end."""
    return subprocess.run(
        [str(PYTHON), *arguments],
        cwd=PROJECT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=300,
    )


@pytest.fixture(scope="session")
def train_toy(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Return a function that trains the toy project and returns the model file."""

    def train(name: str) -> Path:
        out = tmp_path_factory.mktemp(name) / f"{name}.tar.gz"
        ran = engine(
            *("-m", "bot.engine.train", "--out", str(out), "--domain", str(TOY / "domain.yml")),
            *("--config", str(TOY / "config.yml"), "--data", str(TOY / "data")),
        )
        assert ran.returncode == 0, ran.stderr
        return out

    return train


@pytest.fixture(scope="session")
def toy_model(train_toy: Any) -> Path:
    return Path(train_toy("toy"))


@dataclass
class Actions:
    """An action server: answers with the action's name, or as `statuses` says; keeps what it was sent."""

    url: str = ""
    calls: list[dict[str, Any]] = field(default_factory=list)
    statuses: dict[str, int] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)

    def answer(self, body: dict[str, Any], authorization: str | None) -> tuple[int, dict[str, Any]]:
        name = body["next_action"]
        self.calls.append({**body, "authorization": authorization})
        time.sleep(self.seconds.get(name, 0))
        status = self.statuses.get(name, 200)
        if status != 200:
            return status, {"error": "as the test wants it", "action_name": name}
        if name.startswith("validate_"):
            return 200, {"events": [], "responses": []}
        slots = body["tracker"]["slots"]
        said = {"text": name, "activity": slots.get("activity"), "day": slots.get("day")}
        return 200, {"events": [], "responses": [{"custom": said}]}


@pytest.fixture(scope="session")
def action_server() -> Iterator[Actions]:
    actions = Actions()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status, answer = actions.answer(body, self.headers.get("Authorization"))
            data = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: Any) -> None:
            return None

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    actions.url = f"http://127.0.0.1:{server.server_address[1]}/actions/webhook"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield actions
    server.shutdown()
    server.server_close()


@pytest.fixture
def actions(action_server: Actions) -> Actions:
    action_server.calls.clear()
    action_server.statuses.clear()
    action_server.seconds.clear()
    return action_server


@dataclass
class Served:
    """A running engine and how to talk with it."""

    port: int
    log: Path

    def call(self, body: Any, token: str | None = TOKEN) -> tuple[int, dict[str, Any]]:
        headers = {"Content-Type": "application/json"}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        address = f"http://127.0.0.1:{self.port}/webhooks/turn/turn"
        try:
            with urllib.request.urlopen(urllib.request.Request(address, data, headers), timeout=60) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error)

    def turn(
        self, text: str, dialogue: Any = None, conversation: str = "ana", **context: Any
    ) -> dict[str, Any]:
        status, answer = self.call(
            {
                "conversation": conversation,
                "message": "m1",
                "text": text,
                "dialogue": dialogue,
                "context": context,
            }
        )
        assert status == 200, answer
        return answer


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


@pytest.fixture(scope="session")
def served(
    toy_model: Path, action_server: Actions, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    port = free_port()
    log = tmp_path_factory.mktemp("engine") / "engine.log"
    with log.open("w") as out:
        process = subprocess.Popen(
            [str(PYTHON), "-m", "bot.engine.serve", "--port", str(port), "--model", str(toy_model)],
            cwd=PROJECT,
            env={
                **os.environ,
                "FOOTBRIDGE_ENGINE_TOKEN": TOKEN,
                "FOOTBRIDGE_ACTIONS_URL": action_server.url,
                "FOOTBRIDGE_ACTIONS_TOKEN": ACTIONS_TOKEN,
            },
            stdout=out,
            stderr=subprocess.STDOUT,
        )
        try:
            _wait_until_ready(process, port, log)
            yield Served(port, log)
        finally:
            process.terminate()
            process.wait(30)


def _wait_until_ready(process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    end = time.monotonic() + 120
    while time.monotonic() < end:
        assert process.poll() is None, log.read_text()
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/webhooks/turn/", timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(log.read_text())
