"""`footbridge serve`: starts database, engine, worker and gateway, watches them, and stops them all.

Each part is a process group of its own, restarted when it dies. The gateway's listeners belong to the
supervisor, so callers wait while a gateway comes back. When the supervisor itself is killed the parts go on
serving; the next start ends them (the database it adopts) before it starts its own.
"""

import ctypes
import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

import psutil

from footbridge import logs, model, postgres
from footbridge.ports import (
    LOOPBACK,
    PRIVATE_FD,
    PUBLIC_FD,
    Ports,
    free_port,
    listen_private,
    listen_public,
    port_of,
    run_folder,
)
from footbridge.settings import PROJECT_ROOT, Settings

TICK = 0.1
FIRST_WAIT, LONGEST_WAIT, HEALTHY = 0.2, 10.0, 30.0  # seconds
HINT_WAIT = 1.0  # from the third death in a row the log is named too
STOP_WAIT = 6.0  # for the parts; the database has its own few seconds after them
READY_WAIT = 60.0
MARK = "FOOTBRIDGE_SUPERVISED"  # in the environment of every part: the home that it serves
LOG_LIMIT = 10_000_000

log = logs.get("footbridge.serve")


class AlreadyRunning(RuntimeError):
    """Another supervisor serves this home; the message is one line."""


class NotMigrated(RuntimeError):
    """A part alone found a database of another version; the message is one line."""


class _StoppedEarly(BaseException):
    """A signal came before everything was started."""


@dataclass
class Part:
    """One watched process. `waits` is how long to wait before the next start, in seconds."""

    name: str
    command: Sequence[str]
    env: Mapping[str, str]
    fds: Sequence[int] = ()
    process: "subprocess.Popen[bytes] | None" = None
    started: float = 0.0
    next_start: float = 0.0
    wait: float = FIRST_WAIT
    restarts: int = field(default=0)


class Supervisor:
    """Runs everything on this machine until a signal asks it to stop. `run()` returns the exit status."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.home = settings.home
        self._stopping = threading.Event()
        self._starting = True
        self._hurry = False
        self._parts: list[Part] = []
        self._database: postgres.EmbeddedPostgres | None = None
        self._sockets: list[socket.socket] = []
        self._database_wait, self._database_next = FIRST_WAIT, 0.0

    def run(self) -> int:
        """Raises SettingsError, PostgresError, TrainingFailed or AlreadyRunning when it cannot start."""
        logs.configure("supervisor", self.home, stderr=False)
        with _only_one(self.home):
            _adopt_grandchildren()
            end_orphans(self.home)
            handlers = self._catch_signals()
            try:
                self._start()
                self._starting = False
                while not self._stopping.wait(TICK):
                    self._watch()
            except _StoppedEarly:
                pass
            finally:
                self._starting = False
                self._stop()
                for number, handler in handlers.items():
                    signal.signal(number, handler)
        return 0

    def _start(self) -> None:
        public, private = listen_public(self.settings), listen_private(self.settings)
        self._sockets = [public, private]
        ports = Ports(port_of(public), port_of(private), free_port())
        self.settings = self.settings.on_port(ports.public)
        ports.save(self.home)
        self._begin(self._engine(ports))  # it takes longest
        url = self._start_database()
        notes = prepare_database(self.settings, url)
        for part in self._own_parts(url, ports):
            self._begin(part)
        threading.Thread(target=self._announce, args=(notes,), daemon=True).start()

    def _engine(self, ports: Ports) -> Part:
        if not model.model_file().exists():
            say("training the model (about two minutes, once for each change of bot/)")
        trained = model.ensure_model()
        return Part("engine", engine_command(ports.engine, trained), engine_environment(self.settings, ports))

    def _own_parts(self, url: str, ports: Ports) -> list[Part]:
        env = self._own_environment(url, ports)
        command = [sys.executable, "-m", "footbridge", "serve", "--only"]
        sockets = [opened.fileno() for opened in self._sockets]
        return [
            Part("worker", [*command, "worker"], env),
            Part("gateway", [*command, "gateway"], env, sockets),
        ]

    def _start_database(self) -> str:
        if self.settings.database_url is not None:
            postgres.check_version(self.settings.database_url)
            return self.settings.database_url
        self._database = postgres.EmbeddedPostgres(self.home)
        self._database.start()
        postgres.claim(self.home)
        _note(self.home, "postgres", self._database.pid())
        return self._database.url

    def _own_environment(self, url: str, ports: Ports) -> dict[str, str]:
        chosen = {
            "DATABASE_URL": postgres.plain(url),
            "FOOTBRIDGE_HOME": str(self.home),
            "FOOTBRIDGE_PORT": str(ports.public),
            "FOOTBRIDGE_PRIVATE_PORT": str(ports.private),
            "FOOTBRIDGE_DEMO": self.settings.demo_mode,
            "PUBLIC_BASE_URL": self.settings.public_base_url,
            PUBLIC_FD: str(self._sockets[0].fileno()),
            PRIVATE_FD: str(self._sockets[1].fileno()),
            MARK: str(self.home),
        }
        return {**os.environ, **chosen}

    def _begin(self, part: Part) -> None:
        output = logs.log_folder(self.home) / _output_name(part.name)
        if output.exists() and output.stat().st_size > LOG_LIMIT:
            output.replace(output.with_name(f"{output.name}.1"))
        with open(output, "ab") as file:
            part.process = subprocess.Popen(
                part.command,
                cwd=PROJECT_ROOT,
                env=dict(part.env),
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                pass_fds=part.fds,
                start_new_session=True,
            )
        part.started = time.monotonic()
        if part not in self._parts:
            self._parts.append(part)
        _note(self.home, part.name, part.process.pid)
        log.info("started", part_name=part.name, process=part.process.pid)

    def _watch(self) -> None:
        now = time.monotonic()
        for part in self._parts:
            if part.process is not None and part.process.poll() is not None:
                self._died(part, now)
            elif part.process is None and now >= part.next_start:
                part.restarts += 1
                self._begin(part)
        self._watch_database(now)
        self._reap()

    def _died(self, part: Part, now: float) -> None:
        assert part.process is not None
        if now - part.started >= HEALTHY:
            part.wait = FIRST_WAIT
        part.next_start = now + part.wait
        _kill_group(part.process.pid)  # what it may have left behind
        status = part.process.returncode
        why = signal.Signals(-status).name if status < 0 else f"exit status {status}"
        again = f"{part.name} stopped ({why}); starting it again in {part.wait:g} s"
        log_file = logs.log_folder(self.home) / f"{part.name}.log"
        say(again if part.wait < HINT_WAIT else f"{again}; see {log_file}")
        log.warning("stopped by itself", part_name=part.name, why=why, again_in=part.wait)
        part.process = None
        part.wait = min(part.wait * 2, LONGEST_WAIT)

    def _watch_database(self, now: float) -> None:
        if self._database is None or now < self._database_next or self._database.pid() is not None:
            return
        say("the database stopped; starting it again")
        log.warning("stopped by itself", part_name="postgres")
        try:
            self._database.start()
        except (postgres.PostgresError, OSError) as error:
            say(f"the database does not start: {error}; trying again in {self._database_wait:g} s")
            log.error("the database does not start", exc_info=error)
            self._database_wait = min(self._database_wait * 2, LONGEST_WAIT)
        else:
            self._database_wait = FIRST_WAIT
            _note(self.home, "postgres", self._database.pid())
        self._database_next = now + self._database_wait

    def _reap(self) -> None:
        """Takes leave of processes that their own parents left to us, so that none stays as a zombie."""
        ours = {part.process.pid for part in self._parts if part.process is not None}
        for child in psutil.Process().children():
            with suppress(psutil.Error, OSError):
                if child.pid not in ours and child.status() == psutil.STATUS_ZOMBIE:
                    os.waitpid(child.pid, os.WNOHANG)

    def _stop(self) -> None:
        processes = [part.process for part in self._parts if part.process is not None]
        if processes:
            say("stopping")
        for process in processes:
            _signal_group(process.pid, signal.SIGTERM)
        deadline = time.monotonic() + STOP_WAIT
        while any(process.poll() is None for process in processes):
            if self._hurry or time.monotonic() > deadline:
                break
            time.sleep(0.02)
        for process in processes:
            _kill_group(process.pid)
            process.wait()
        for opened in self._sockets:
            opened.close()
        if self._database is not None:
            self._database.stop(timeout=1.0 if self._hurry else 4.0)
        self._reap()
        for file in run_folder(self.home).glob("*.process"):
            file.unlink(missing_ok=True)
        log.info("stopped")

    def _catch_signals(self) -> dict[signal.Signals, "signal._HANDLER"]:
        def ask(_number: int, _frame: FrameType | None) -> None:
            self._hurry = self._stopping.is_set()
            self._stopping.set()
            if self._starting:  # may be in a long step, such as training
                self._starting = False
                raise _StoppedEarly

        return {
            number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        }

    def _announce(self, notes: Sequence[str]) -> None:
        """Says where to look once the gateway reports everything ready, or what is not."""
        host = LOOPBACK if self.settings.host in ("0.0.0.0", "::") else self.settings.host
        base = f"http://{f'[{host}]' if ':' in host else host}:{self.settings.port}"
        deadline, told = time.monotonic() + READY_WAIT, False
        while not self._stopping.wait(0.2):
            ready, said = _get(f"{base}/readyz")
            if ready:
                break
            if not told and time.monotonic() > deadline:
                say(f"still not ready: {said}; logs are in {self.home / 'logs'}")
                told = True
        else:
            return
        pages = ["phones"] if self.settings.simulated else []
        lines = [f"ready at {base}", *(f"  {page:8} {base}/{page}" for page in pages), *notes]
        say("\n".join([*lines, "Ctrl-C stops everything"]))


def prepare_database(settings: Settings, url: str) -> list[str]:
    """Brings the schema up to date and loads the demo district where it is asked for.

    Returns lines for the operator: what an installation for real people still lacks.
    """
    from placements import migrate

    migrate.upgrade(url)
    if not settings.demo:
        from footbridge.readiness import warnings

        return warnings(settings, url)
    from footbridge import demo_district

    demo_district.ensure(settings, url)
    return []


def require_schema(settings: Settings, *, every: float = 2.0) -> None:
    """For a part that runs alone: wait until the database answers, and raise NotMigrated where it is not up to date.

    A part that a supervisor starts need not ask: the supervisor has just migrated.
    """
    from sqlalchemy.exc import OperationalError

    from footbridge.wiring import database_url
    from placements import migrate

    told = False
    while True:
        try:
            has, needs = migrate.versions(database_url(settings))
            break
        except OperationalError:
            if not told:
                say("the database does not answer; waiting for it")
            told = True
            time.sleep(every)
    if has != needs:
        state = f"it is at {has}, this version needs {needs}" if has else "no migration was run on it"
        raise NotMigrated(
            f"the database does not fit this version of Footbridge ({state}): run a whole `footbridge serve` of this"
            " version once, then start the part again"
        )


def engine_command(port: int, trained: Path) -> list[str]:
    """How to start the engine, in its own Python."""
    return [str(model.ENGINE_PYTHON), "-m", "bot.engine.serve", "--port", str(port), "--model", str(trained)]


def engine_environment(settings: Settings, ports: Ports) -> dict[str, str]:
    """What the engine needs to know, and nothing of the carrier's or the database's secrets."""
    secrets = settings.secrets()
    kept = {name: value for name, value in os.environ.items() if not _is_ours(name)}
    return {
        **kept,
        "RASA_TELEMETRY_ENABLED": "false",
        "PYTHONUNBUFFERED": "1",
        "FOOTBRIDGE_ENGINE_TOKEN": secrets.engine_token,
        "FOOTBRIDGE_ACTIONS_URL": ports.actions_url,
        "FOOTBRIDGE_ACTIONS_TOKEN": secrets.private_token,
        MARK: str(settings.home),
    }


def run_engine(settings: Settings) -> None:
    """`serve --only engine`: becomes the engine process."""
    ports = Ports.load(settings)
    command = engine_command(ports.engine, model.ensure_model())
    os.chdir(PROJECT_ROOT)
    os.execve(command[0], command, engine_environment(settings, ports))


def supervised() -> bool:
    """Whether this process is a part that a supervisor started (then its log is a file, not the terminal)."""
    return MARK in os.environ


def end_orphans(home: Path) -> None:
    """Ends what a supervisor that was killed left behind: by the ids it wrote down, and by their mark."""
    found = {process.pid: process for process in (*_noted(home), *_marked(home))}
    for pid, process in found.items():
        log.warning("ending what the last run left behind", process=pid)
        with suppress(psutil.Error):
            process.terminate()
    _, left = psutil.wait_procs(list(found.values()), timeout=5)
    for process in left:
        with suppress(psutil.Error):
            process.kill()
    psutil.wait_procs(left, timeout=2)


def say(line: str) -> None:
    """One message on the operator's terminal, which may be gone by now."""
    with suppress(OSError, ValueError):
        print(f"footbridge: {line}", flush=True)


def _is_ours(name: str) -> bool:
    return name.startswith(("FOOTBRIDGE_", "TWILIO_", "SMTP_")) or name in ("DATABASE_URL", "PUBLIC_BASE_URL")


def _output_name(part: str) -> str:
    """The engine writes plain lines; the other parts keep their own log beside what they print in a crash."""
    return "engine.log" if part == "engine" else f"{part}.out.log"


@contextmanager
def _only_one(home: Path) -> Iterator[None]:
    path = run_folder(home) / "supervisor.lock"
    with open(path, "a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise AlreadyRunning(
                f"footbridge already runs in {home} (process {file.read().strip()})"
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def _note(home: Path, part: str, pid: int | None) -> None:
    """Writes a process down with its start time, since ids are used again."""
    with suppress(psutil.Error):
        process = psutil.Process(pid)
        noted = {"pid": process.pid, "started": process.create_time()}
        (run_folder(home) / f"{part}.process").write_text(json.dumps(noted))


def _noted(home: Path) -> Iterator[psutil.Process]:
    for path in run_folder(home).glob("*.process"):
        if path.stem != "postgres":
            with suppress(OSError, ValueError, KeyError, psutil.Error):
                noted = json.loads(path.read_text())
                process = psutil.Process(noted["pid"])
                if abs(process.create_time() - noted["started"]) < 1:
                    yield process
        path.unlink(missing_ok=True)


def _marked(home: Path) -> Iterator[psutil.Process]:
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            if process.pid != os.getpid() and process.environ().get(MARK) == str(home):
                yield process


def _signal_group(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)


def _kill_group(pid: int) -> None:
    _signal_group(pid, signal.SIGKILL)


def _adopt_grandchildren() -> None:
    """On Linux: whoever loses its parent below us becomes our child, so that we can reap it."""
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER


def _get(url: str) -> tuple[bool, str]:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=3) as answer:
            return answer.status == 200, ""
    except urllib.error.HTTPError as refused:
        return False, refused.read(300).decode(errors="replace").strip()
    except OSError:
        return False, "no answer yet"
