"""The bot's actions on the demo district, run as the action endpoint runs them, without the engine."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from bot.actions import all_actions
from bot.actions.base import Tools
from conversations.policy import Policy
from conversations.texts import Say, measure, render
from conversations.turns.understanding import Understanding
from footbridge import demo
from placements import clock
from placements.database import Database
from placements.queries.people import people_at
from placements.services.bookings import Booked
from tests.placements import given

ZONE = ZoneInfo("America/New_York")
NOW = datetime.combine(date(2027, 2, 1), time(10), ZONE).astimezone(UTC)
ANA, GLORIA, BEN, LUIS, LEO = (f"+1305555{n:04}" for n in (101, 102, 103, 104, 106))
ROLES = {ANA: "student", GLORIA: "guardian", BEN: "employer", LUIS: "student", LEO: "student"}
POLICY = Policy(
    program="Footbridge Demo",
    help_contact="Cora Diaz, Lincoln High, 305-555-0109",
    timezone=ZONE,
    quiet=(time(20), time(8)),
    app_answers_keywords=True,
    oncall=(),
    salt="salt",
)


class District:
    """The demo district and its actions."""

    def __init__(self, database: Database) -> None:
        self.database = database
        tools = Tools(database, POLICY)
        self._actions = {action.name(): action for action in all_actions(tools)}
        self._reader = Understanding(ZONE)

    async def ask(
        self, need: str, text: str, *, who: str | None = None, role: str = "student", language: str = "en"
    ) -> Sequence[Mapping[str, Any]]:
        """What the action of a need returns for a text, read as in production."""
        dispatcher = CollectingDispatcher()
        metadata = await self._metadata(text, who, role, language)
        tracker = Tracker("test", {}, {"text": text, "metadata": metadata}, [], False, None, {}, "")
        await self._actions[f"action_{need}"].run(dispatcher, tracker, {})
        return [message["custom"] for message in dispatcher.messages]

    async def keys(self, need: str, text: str, **asked: Any) -> list[str]:
        """The names of the texts that are said."""
        return [payload["say"] for payload in await self.ask(need, text, **asked) if "say" in payload]

    async def words(self, need: str, text: str, *, language: str = "en", **asked: Any) -> str:
        """What is said, in words; it must fit a message."""
        payloads = await self.ask(need, text, language=language, **asked)
        body = render([Say.of(payload) for payload in payloads if "say" in payload], language)
        assert measure(body).segments <= 4, body
        return body

    async def book(self, student: UUID = given.ANA, slot: UUID = given.TUESDAY) -> UUID:
        """Request a slot: for a minor, the guardian is asked."""
        async with self.database.session() as session:
            made = await given.request(session, student, slot)
            assert isinstance(made, Booked), made
            return made.booking_id

    async def _metadata(self, text: str, who: str | None, role: str, language: str) -> dict[str, Any]:
        async with self.database.session() as session:
            person = (await people_at(session, who))[0] if who else None
            reading = await self._reader.read(
                session, text, at=NOW, person=person, language=language, pending=None
            )
        own = ROLES.get(who, role) if who else role
        return {
            "person_id": str(person.id) if person else None,
            "role": own,
            "roles": [own] if person else [],
            "at": NOW.isoformat(),
            "language": language,
            "entities": reading.entities,
            "values": reading.values,
            "options": [],
            "pending": None,
        }


@pytest.fixture
async def district(database_url: str) -> AsyncIterator[District]:
    """The demo district on a fresh database, on Monday 1 February 2027 at 10:00."""
    database = Database(database_url, pool_size=2)
    async with database.session() as session:
        await demo.load(session, today=NOW.astimezone(ZONE).date())
        await clock.move_to(session, NOW)
    yield District(database)
    await database.close()
