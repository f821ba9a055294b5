import json
import os
import queue
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from footbridge import postgres
from footbridge.ports import Ports
from footbridge.postgres import EmbeddedPostgres
from footbridge.serve import MARK
from footbridge.settings import PROJECT_ROOT

pytestmark = pytest.mark.slow


class Run:
    """A supervisor in a process of its own, with stand-ins for the parts (`tests/support/supervised.py`)."""

    def __init__(self, home: Path, *, port: int | None = None, worker: str | None = None) -> None:
        self.home = home
        env = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("FOOTBRIDGE_", "TWILIO_"))
        }
        if worker:
            env["REHEARSAL_WORKER"] = worker
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.supervised", str(home), *([str(port)] if port else [])],
            cwd=PROJECT_ROOT,
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.lines: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.put(line.rstrip("\n"))

    def wait_for(self, words: str, *, seconds: float = 20) -> str:
        seen = []
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                line = self.lines.get(timeout=0.1)
            except queue.Empty:
                continue
            seen.append(line)
            if words in line:
                return line
        raise AssertionError(f"{words!r} did not come: {seen}")

    def ready(self) -> "Run":
        self.wait_for("ready at")
        return self

    def pid(self, part: str) -> int:
        number: int = json.loads((self.home / "run" / f"{part}.process").read_text())["pid"]
        return number

    def members(self) -> list[psutil.Process]:
        return marked(self.home)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> float:
        began = time.monotonic()
        if self.process.poll() is None:
            self.process.send_signal(number)
        self.process.wait(timeout=20)
        return time.monotonic() - began


def marked(home: Path) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get(MARK) == str(home):
                found.append(process)
        except (psutil.Error, OSError):
            continue
    return found


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    yield tmp_path / "home"
    for process in marked(tmp_path / "home"):
        process.kill()
    server = EmbeddedPostgres(tmp_path / "home")
    server.stop()
    if os.geteuid() == 0:
        import shutil

        shutil.rmtree(server.log_file.parent, ignore_errors=True)
        server.log_file.parent.with_name(f"{server.log_file.parent.name}.owner").unlink(missing_ok=True)


@pytest.fixture
def start(home: Path) -> Iterator[Callable[..., Run]]:
    runs: list[Run] = []

    def begin(**options: object) -> Run:
        runs.append(Run(home, **options))  # type: ignore[arg-type]
        return runs[-1]

    yield begin
    for run in runs:
        if run.process.poll() is None:
            run.process.kill()
        run.process.wait()
        for pipe in (run.process.stdout, run.process.stderr):
            if pipe:
                pipe.close()


def get(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=10) as answer:
        body: bytes = answer.read()
        return body


def until(condition: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.02)


def starts(home: Path, part: str) -> list[int]:
    lines = (home / "starts").read_text().splitlines()
    return [int(line.split()[1]) for line in lines if line.startswith(part)]


def base(run: Run) -> str:
    return f"http://127.0.0.1:{json.loads((run.home / 'run' / 'ports.json').read_text())['public']}"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_everything_and_leaves_no_process(
    start: Callable[..., Run], number: signal.Signals
) -> None:
    run = start().ready()
    members = [psutil.Process(run.pid(part)) for part in ("engine", "worker", "gateway", "postgres")]
    assert all(member.is_running() for member in members)
    assert run.stop(number) < 10
    assert run.process.returncode == 0
    assert not any(member.is_running() for member in members)
    assert not run.members() and EmbeddedPostgres(run.home).pid() is None


@pytest.mark.parametrize("part", ["engine", "worker", "gateway"])
def test_a_part_that_dies_is_started_again_with_a_line(start: Callable[..., Run], part: str) -> None:
    run = start().ready()
    killed = run.pid(part)
    os.kill(killed, signal.SIGKILL)
    line = run.wait_for(f"{part} stopped")
    assert "SIGKILL" in line and "0.2 s" in line
    until(lambda: len(starts(run.home, part)) == 2)
    assert run.pid(part) != killed
    assert get(base(run)) == b"ok"


def test_callers_wait_while_the_gateway_comes_back(start: Callable[..., Run]) -> None:
    run = start().ready()
    killed = run.pid("gateway")
    os.kill(killed, signal.SIGKILL)
    until(lambda: not psutil.pid_exists(killed) or not alive(killed))
    assert get(base(run)) == b"ok"
    assert len(starts(run.home, "gateway")) == 2


def test_the_database_comes_back(start: Callable[..., Run]) -> None:
    run = start().ready()
    server = EmbeddedPostgres(run.home)
    with psycopg.connect(server.conninfo("footbridge")) as connection:
        connection.execute("create table kept (n int)")
    killed = run.pid("postgres")
    os.kill(killed, signal.SIGKILL)
    run.wait_for("the database stopped")
    until(lambda: server.pid() not in (None, killed) and accepts(server))
    with psycopg.connect(server.conninfo("footbridge")) as connection:
        connection.execute("select n from kept")


def test_a_part_that_keeps_dying_is_tried_ever_less_often(start: Callable[..., Run]) -> None:
    run = start(worker="raise SystemExit(3)")
    waits = [run.wait_for("worker stopped").rsplit(" in ", 1)[1] for _ in range(4)]
    assert waits == ["0.2 s", "0.4 s", "0.8 s", f"1.6 s; see {run.home / 'logs' / 'worker.log'}"]


def test_after_its_own_kill_the_next_start_ends_what_was_left(start: Callable[..., Run]) -> None:
    first = start().ready()
    orphans = {part: first.pid(part) for part in ("engine", "worker", "gateway")}
    database = first.pid("postgres")
    first.process.kill()
    first.process.wait()
    assert get(base(first)) == b"ok", "the gateway goes on serving by itself"
    second = start().ready()
    assert not any(psutil.pid_exists(pid) and alive(pid) for pid in orphans.values())
    assert second.pid("postgres") == database, "the database is adopted"
    assert len(second.members()) == 3
    assert get(base(second)) == b"ok"
    second.stop()
    assert not second.members() and EmbeddedPostgres(second.home).pid() is None


def accepts(server: EmbeddedPostgres) -> bool:
    try:
        psycopg.connect(server.conninfo()).close()
    except psycopg.OperationalError:
        return False
    return True


def alive(pid: int) -> bool:
    return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


def test_a_second_supervisor_is_refused_in_one_line(start: Callable[..., Run]) -> None:
    first = start().ready()
    second = start()
    assert second.process.wait(timeout=10) == 1
    assert second.process.stderr is not None
    assert (
        second.process.stderr.read()
        == f"footbridge already runs in {first.home} (process {first.process.pid})\n"
    )
    assert get(base(first)) == b"ok"


def test_a_given_port_that_is_taken_is_one_line(start: Callable[..., Run]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        run = start(port=port)
        assert run.process.wait(timeout=10) == 1
        assert run.process.stderr is not None
        expected = f"FOOTBRIDGE_PORT: {port} is taken on 127.0.0.1: name a free port\n"
        assert run.process.stderr.read() == expected
    assert not run.members()


def test_two_installations_run_side_by_side(tmp_path: Path, start: Callable[..., Run]) -> None:
    first = start().ready()
    other = Run(tmp_path / "other")
    try:
        other.ready()
        assert base(first) != base(other)
        assert get(base(first)) == get(base(other)) == b"ok"
    finally:
        other.stop()
        for pipe in (other.process.stdout, other.process.stderr):
            if pipe:
                pipe.close()
    assert get(base(first)) == b"ok"
    folder = EmbeddedPostgres(tmp_path / "other").log_file.parent
    if os.geteuid() == 0 and folder.is_relative_to(postgres.ROOT_FOLDER):
        import shutil

        shutil.rmtree(folder)
        folder.with_name(f"{folder.name}.owner").unlink(missing_ok=True)


def test_ports_are_found_by_parts_that_start_later(start: Callable[..., Run]) -> None:
    run = start().ready()
    written = json.loads((run.home / "run" / "ports.json").read_text())
    assert set(written) == {"public", "private", "engine"}
    assert Ports(**written).actions_url == f"http://127.0.0.1:{written['private']}/actions/webhook"
