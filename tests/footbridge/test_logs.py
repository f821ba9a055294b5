import json
import logging
import sys
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
import structlog
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from footbridge import logs
from footbridge.postgres import plain

PRIVATE = ("Ana", "Torres", "305", "0101", "ana.torres", "i want to stop", "Calle Ocho")


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A home whose logs are this process's until the test ends."""
    root = logging.getLogger()
    before = root.handlers[:], root.level, sys.excepthook, logging.raiseExceptions
    root.handlers[:] = []
    logs.configure("gateway", tmp_path, stderr=False)
    yield tmp_path
    for handler in root.handlers:
        handler.close()
    root.handlers[:], root.level, sys.excepthook, logging.raiseExceptions = before
    logging.captureWarnings(False)
    structlog.contextvars.clear_contextvars()
    structlog.reset_defaults()


def lines(home: Path) -> list[dict[str, object]]:
    text = (home / "logs" / "gateway.log").read_text()
    return [json.loads(line) for line in text.splitlines()]


def assert_nothing_private(home: Path) -> None:
    for path in (home / "logs").iterdir():
        text = path.read_text()
        found = [word for word in PRIVATE if word in text]
        assert not found, f"{path.name} holds {found}: {text}"


@pytest.mark.parametrize(
    "written",
    [
        "+13055550101",
        "13055550101",
        "3055550101",
        "305-555-0101",
        "(305) 555-0101",
        "+1 305 555 0101",
        "305.555.0101",
        "From=%2B13055550101",
        "sms:+13055550101",
        "phone_13055550101x",
        "ana.torres@school.example",
        "ana.torres%40school.example",
    ],
)
def test_numbers_and_mail_addresses_go(written: str) -> None:
    shown = logs.redact(f"before {written} after")
    assert shown.startswith("before ") and shown.endswith(" after")
    assert not any(word in shown for word in PRIVATE)


@pytest.mark.parametrize(
    "kept",
    [
        "2026-11-24",
        "2026-11-24T09:00:00+00:00",
        "127.0.0.1:8080",
        "took 1234567.25 ms",
        "3f0c30555501-0",
        str(uuid.UUID("3055550101aa4bcd8eee3055550101ff")),
        "SM305555010100000000000000000000aa",
        "page 12 of 40",
    ],
)
def test_dates_and_ids_stay(kept: str) -> None:
    assert logs.redact(kept) == kept


def test_keys_that_hold_a_persons_data_are_emptied(home: Path) -> None:
    logs.get("conversations.turns").warning(
        "turn failed",
        body="i want to stop",
        name="Ana",
        phone="+13055550101",
        nested={"text": "Ana"},
        message=7,
    )
    (line,) = lines(home)
    assert line["body"] == line["name"] == line["phone"] == logs.REMOVED
    assert (line["message"], line["event"], line["part"]) == (7, "turn failed", "gateway")
    assert_nothing_private(home)


def test_values_of_any_shape_are_redacted(home: Path) -> None:
    class Student:
        def __repr__(self) -> str:
            return "Ana Torres"

    moment = datetime(2026, 11, 24, 9, tzinfo=UTC)
    logs.get("placements").info("x +13055550101", who=Student(), seen=["305-555-0101"], at=moment)
    (line,) = lines(home)
    assert line["who"] == "Student" and line["at"] == "2026-11-24 09:00:00+00:00"
    assert_nothing_private(home)


@pytest.mark.parametrize(
    "library",
    [
        "aiohttp.access",
        "procrastinate.worker",
        "sqlalchemy.engine",
        "twilio.http_client",
        "alembic",
        "asyncio",
    ],
)
def test_libraries_lose_what_they_interpolate(home: Path, library: str) -> None:
    logger = logging.getLogger(library)
    logger.error("POST %s with %s", "/sms/inbound?From=%2B13055550101&Body=Ana", {"Body": "i want to stop"})
    logger.error("GET /calendar?name=Ana Torres".replace(" Torres", "%20Torres"))
    logger.error("Task exception was never retrieved\nfuture: <Task exception=ValueError('Ana')>")
    assert [line["event"] for line in lines(home)] == [
        "POST %s with %s",
        "GET /calendar",
        "Task exception was never retrieved",
    ]
    assert_nothing_private(home)


def test_an_exception_is_logged_without_its_words(home: Path, database_url: str) -> None:
    with psycopg.connect(plain(database_url), autocommit=True) as connection:
        connection.execute("create table people (name text primary key)")
        connection.execute("insert into people values ('Ana Torres')")
        try:
            connection.execute("insert into people values ('Ana Torres')")
        except psycopg.Error as error:
            try:
                raise ValueError("Ana Torres, +13055550101") from error
            except ValueError:
                logs.get("conversations").exception("could not store")
    (line,) = lines(home)
    chain = line["error"]
    assert isinstance(chain, list)
    assert [entry["class"] for entry in chain] == ["builtins.ValueError", "psycopg.errors.UniqueViolation"]
    assert chain[1]["code"] == "23505"
    assert "test_logs.py" in chain[0]["at"][0]
    assert_nothing_private(home)


async def test_requests_are_logged_by_route_without_token_or_query(home: Path) -> None:
    async def calendar(_request: web.Request) -> web.Response:
        return web.Response(text="ok")

    app = web.Application()
    app.router.add_get("/calendar/{token}.ics", calendar)
    server = TestServer(app)
    await server.start_server(access_log_class=logs.AccessLogger)
    async with TestClient(server) as client:
        await client.get("/calendar/Calle%20Ocho.ics?name=Ana")
        await client.get("/nowhere/Ana?phone=305-555-0101")
    shown = [(line["method"], line["route"], line["status"]) for line in lines(home)]
    assert shown == [("GET", "/calendar/{token}.ics", 200), ("GET", "(none)", 404)]
    assert_nothing_private(home)


def test_the_log_folder_is_its_owners_alone(home: Path) -> None:
    assert (home / "logs").stat().st_mode & 0o077 == 0


def test_a_home_that_the_log_makes_is_its_owners_alone(tmp_path: Path) -> None:
    logs.log_folder(tmp_path / "new")
    assert (tmp_path / "new").stat().st_mode & 0o077 == 0
