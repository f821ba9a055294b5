"""What a coordinator does about numbers from a terminal."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest
from sqlalchemy import select, text

from footbridge import demo
from footbridge.commands import Refused
from footbridge.commands import people as commands
from footbridge.settings import Settings
from placements.database import Database
from placements.models import AuditEntry

ANA, GLORIA, NEW = "+13055550101", "+13055550102", "+13055550150"
SETTINGS = cast(Settings, None)  # the installation is the test's own


@pytest.fixture
async def database(database_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Database]:
    """A database with the demo district, in place of the installation that the commands open."""
    opened = Database(database_url, pool_size=2)
    async with opened.session() as session:
        await demo.load(session, today=datetime.now(UTC).date())

    @asynccontextmanager
    async def installation(settings: Settings) -> AsyncIterator[Any]:
        yield SimpleNamespace(database=opened)

    monkeypatch.setattr(commands, "open_installation", installation)
    yield opened
    await opened.close()


async def numbers(wanted: str) -> dict[str, str | None]:
    [row] = json.loads(await commands.people_show(SETTINGS, wanted, as_json=True))
    return {each["number"]: each["ended_why"] for each in row["numbers"]}


async def test_a_number_is_linked_with_who_and_why(database: Database) -> None:
    said = await commands.people_link(
        SETTINGS, "305-555-0150", "100201", why="came to the office", alone=False
    )
    assert said == f"{NEW} is Ana Torres's"
    assert await numbers("100201") == {ANA: None, NEW: None}
    async with database.session() as session:
        [kept] = await session.scalars(select(AuditEntry).where(AuditEntry.verb == "by_command"))
        assert kept.data["why"] == "came to the office" and kept.data["who"]


async def test_linked_alone_the_old_number_ends_and_its_question_with_it(database: Database) -> None:
    async with database.session() as session:
        await session.execute(
            text(
                "insert into conversations.address (id, channel, value, created_at, purge, introduced_for)"
                " values (gen_random_uuid(), 'sms', :n, now(), false, '2026-27')"
            ),
            {"n": ANA},
        )
    await commands.people_link(SETTINGS, NEW, "100201", why="lost phone", alone=True)
    assert await numbers("100201") == {ANA: "moved", NEW: None}
    async with database.session() as session:
        assert (
            await session.execute(
                text("select introduced_for from conversations.address where value = :n"), {"n": ANA}
            )
        ).scalar_one() is None


async def test_a_shared_number_is_said_to_be_shared(database: Database) -> None:
    said = await commands.people_link(SETTINGS, GLORIA, "100201", why="one phone", alone=False)
    assert "shared with Gloria" in said


async def test_a_number_is_unlinked_for_all_or_for_one(database: Database) -> None:
    await commands.people_link(SETTINGS, GLORIA, "100201", why="one phone", alone=False)
    assert "1 person" in await commands.people_unlink(SETTINGS, GLORIA, "100201", why="her own now")
    assert "1 person" in await commands.people_unlink(SETTINGS, GLORIA, None, why="reused")
    with pytest.raises(Refused, match="not linked"):
        await commands.people_unlink(SETTINGS, GLORIA, None, why="reused")


async def test_a_link_is_confirmed_and_a_lock_is_lifted(database: Database) -> None:
    assert "1 person" in await commands.people_confirm(SETTINGS, ANA, why="first day of school")
    assert "0 misses" in await commands.people_lift(SETTINGS, NEW, why="typed the wrong year")
    with pytest.raises(Refused, match="not linked"):
        await commands.people_confirm(SETTINGS, NEW, why="?")


@pytest.mark.parametrize("number", ["12", "ana", "555-0150", ""])
async def test_what_is_no_number_is_refused(database: Database, number: str) -> None:
    with pytest.raises(Refused, match="no phone number"):
        await commands.people_link(SETTINGS, number, "100201", why="x", alone=False)


async def test_nothing_is_changed_without_a_reason(database: Database) -> None:
    with pytest.raises(Refused, match="--why"):
        await commands.people_unlink(SETTINGS, ANA, None, why=" ")
    assert await numbers("100201") == {ANA: None}
