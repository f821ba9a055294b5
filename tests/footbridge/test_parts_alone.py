"""A part that runs alone does not serve a database of another version."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

from footbridge import serve
from footbridge.settings import PROJECT_ROOT, Settings
from placements import migrate


def settings_of(url: str, home: Path) -> Settings:
    return Settings.load(FOOTBRIDGE_HOME=home, DATABASE_URL=url.replace("+psycopg", ""), FOOTBRIDGE_DEMO="1")


def test_one_that_is_up_to_date_will_do(database_url: str, tmp_path: Path) -> None:
    serve.require_schema(settings_of(database_url, tmp_path))


@pytest.mark.parametrize(("has", "said"), [("0009", "it is at 0009"), ("9999", "it is at 9999")])
def test_an_older_and_a_newer_one_are_refused(database_url: str, tmp_path: Path, has: str, said: str) -> None:
    engine = create_engine(database_url)
    with engine.begin() as connection:
        connection.execute(text("update placements.alembic_version set version_num = :has"), {"has": has})
    engine.dispose()
    with pytest.raises(serve.NotMigrated, match=said):
        serve.require_schema(settings_of(database_url, tmp_path))


@pytest.mark.parametrize("part", ["gateway", "worker"])
def test_the_command_says_what_to_do_and_leaves_the_database_as_it_is(
    empty_database_url: str, tmp_path: Path, part: str
) -> None:
    settings = settings_of(empty_database_url, tmp_path)
    env = {
        "PATH": "/usr/bin:/bin",
        "DATABASE_URL": str(settings.database_url),
        "FOOTBRIDGE_HOME": str(tmp_path),
        "FOOTBRIDGE_DEMO": "1",
    }
    command = [sys.executable, "-m", "footbridge", "serve", "--only", part]
    done = subprocess.run(command, cwd=PROJECT_ROOT, env=env, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1 and "run a whole `footbridge serve`" in done.stderr, done
    assert migrate.versions(empty_database_url)[0] is None


def test_a_database_that_does_not_answer_yet_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answers: list[Callable[[], tuple[str, str]]] = [_away, _away, lambda: ("0010", "0010")]
    monkeypatch.setattr(migrate, "versions", lambda _url: answers.pop(0)())
    serve.require_schema(settings_of("postgresql://nobody@127.0.0.1:9/none", tmp_path), every=0.01)
    assert answers == [] and capsys.readouterr().out.count("waiting for it") == 1


def _away() -> tuple[str, str]:
    raise OperationalError("select 1", {}, Exception("connection refused"))
