import os
import signal
import stat
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from footbridge import postgres
from footbridge.postgres import EmbeddedPostgres, PostgresError, check_version, plain, running
from footbridge.settings import Settings


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home whose root folder, where root runs the tests, is below a folder that `nobody` can reach."""
    monkeypatch.setattr(postgres, "ROOT_FOLDER", Path("/tmp") / f"fb-root-{os.getpid()}")
    home = tmp_path / ("a-long-folder-name-" * 6)
    yield home
    if os.geteuid() == 0:
        server = EmbeddedPostgres(home)
        assert server.pid() is None
        import shutil

        shutil.rmtree(postgres.ROOT_FOLDER)


@pytest.fixture
def server(home: Path) -> Iterator[EmbeddedPostgres]:
    server = EmbeddedPostgres(home, durable=False)
    server.start()
    yield server
    server.stop()


def query(server: EmbeddedPostgres, sql: str) -> object:
    with psycopg.connect(plain(server.url)) as connection:
        row = connection.execute(sql).fetchone()  # type: ignore[call-overload]
    return row and row[0]


def modes(path: Path) -> dict[Path, int]:
    return {parent: stat.S_IMODE(parent.stat().st_mode) for parent in path.parents if parent.exists()}


def test_it_opens_no_port_and_changes_no_parent(home: Path) -> None:
    before = modes(home)
    accounts = Path("/etc/passwd").read_bytes()
    server = EmbeddedPostgres(home)
    server.start()
    try:
        assert query(server, "show listen_addresses") == ""
        assert query(server, "show fsync") == "on"
        pid = server.pid()
        assert pid is not None and not psutil.Process(pid).net_connections("tcp")
    finally:
        server.stop()
    assert server.pid() is None
    assert {path: mode for path, mode in modes(home).items() if path in before} == before
    assert Path("/etc/passwd").read_bytes() == accounts


def test_a_server_that_still_runs_is_adopted(server: EmbeddedPostgres) -> None:
    other = EmbeddedPostgres(server.home, durable=False)
    other.start()
    assert other.pid() == server.pid()
    assert other.url == server.url


def test_it_comes_back_after_a_kill_with_what_was_committed(server: EmbeddedPostgres) -> None:
    with psycopg.connect(plain(server.url)) as connection:
        connection.execute("create table kept (n int)")
        connection.execute("insert into kept values (7)")
    killed = server.pid()
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    deadline = time.monotonic() + 5
    while server.pid() is not None and time.monotonic() < deadline:
        time.sleep(0.01)
    server.start()
    assert server.pid() not in (None, killed)
    assert query(server, "select n from kept") == 7


def test_a_pid_file_that_names_another_process_is_stale(server: EmbeddedPostgres) -> None:
    server.stop()
    pid_file = next(server.log_file.parent.glob("data")) / "postmaster.pid"
    pid_file.write_text(f"{os.getpid()}\n")
    assert server.pid() is None
    server.start()
    assert server.pid() not in (None, os.getpid())


def test_its_log_holds_no_statement_value_or_detail(server: EmbeddedPostgres) -> None:
    with psycopg.connect(plain(server.url), autocommit=True) as connection:
        connection.execute("create table texts (body text primary key)")
        connection.execute("insert into texts values (%s)", ["i am ana, +13055550101"])
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute("insert into texts values (%s)", ["i am ana, +13055550101"])
        with pytest.raises(psycopg.errors.SyntaxError):
            connection.execute("selekt 'i am ana'")
    log = server.log_file.read_text()
    assert "ready to accept connections" in log
    assert "ana" not in log and "3055550101" not in log


def test_a_command_starts_it_and_stops_it_again(home: Path) -> None:
    settings = Settings(FOOTBRIDGE_HOME=home)  # type: ignore[call-arg]
    with running(settings) as url:
        with psycopg.connect(plain(url)) as connection:
            assert connection.info.dbname == "footbridge"
        with running(settings) as second:
            assert second == url
        assert EmbeddedPostgres(home).pid() is not None
    assert EmbeddedPostgres(home).pid() is None


def test_a_command_leaves_a_supervised_server_alone(server: EmbeddedPostgres) -> None:
    with running(Settings(FOOTBRIDGE_HOME=server.home)):  # type: ignore[call-arg]
        pass
    assert server.pid() is not None


def test_a_database_that_cannot_be_reached_is_one_line_that_names_the_setting() -> None:
    with pytest.raises(PostgresError) as caught:
        check_version("postgresql+psycopg://ana:secret-token@127.0.0.1:1/x")
    assert str(caught.value).startswith("DATABASE_URL: cannot connect")
    assert "\n" not in str(caught.value) and "secret-token" not in str(caught.value)


def test_an_old_server_is_refused(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    check_version(database_url)
    monkeypatch.setattr(postgres, "MINIMUM_VERSION", 990000)
    with pytest.raises(PostgresError, match="needs PostgreSQL 15 or later"):
        check_version(database_url)
