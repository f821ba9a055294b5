"""What every action has: the message's context, the database, and payloads that name texts, questions and deeds."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher
from sqlalchemy.ext.asyncio import AsyncSession

from conversations.policy import Policy
from conversations.texts import Say
from conversations.turns.asks import ask_json
from conversations.turns.context import Answer
from placements.database import Database

Payload = dict[str, Any]


@dataclass(frozen=True)
class Tools:
    """What actions work with."""

    database: Database
    policy: Policy


@dataclass(frozen=True)
class Context:
    """One message as an action sees it: who sends it, what was read in it, what is open."""

    session: AsyncSession
    policy: Policy
    metadata: Mapping[str, Any]
    text: str

    @property
    def role(self) -> str:
        return str(self.metadata.get("role") or "anyone")

    @property
    def roles(self) -> frozenset[str]:
        return frozenset(self.metadata.get("roles") or ())

    @property
    def person_id(self) -> UUID | None:
        value = self.metadata.get("person_id")
        return UUID(value) if value else None

    @property
    def pending(self) -> str | None:
        return self.metadata.get("pending")

    @property
    def asks_yes_no(self) -> bool:
        """Whether the open question is a yes/no question."""
        return bool(self.metadata.get("yes_no"))

    @property
    def unconfirmed(self) -> bool:
        """Whether the sender's number was only matched to the roster by text: nothing stored may be shown yet."""
        return self.metadata.get("how") == "roster_match"

    @property
    def options(self) -> Sequence[Mapping[str, Any]]:
        """The deeds of the open question's choices."""
        return list(self.metadata.get("options") or ())

    @property
    def listed_for(self) -> Mapping[str, Any]:
        """The wish that the open list answers; empty without one."""
        return self.metadata.get("listed_for") or {}

    @property
    def now(self) -> datetime:
        return datetime.fromisoformat(self.metadata["at"])

    def values(self, key: str) -> list[str]:
        """What was read in the text under an entity key."""
        return list((self.metadata.get("values") or {}).get(key) or ())

    def unsure(self, key: str) -> list[str]:
        """The readings of what can be read in two ways and has to be asked back."""
        return list((self.metadata.get("ambiguous") or {}).get(key) or ())

    def first(self, key: str) -> str | None:
        return next(iter(self.values(key)), None)


def say(key: str, **vars: Any) -> Payload:
    """A text by name."""
    return Say(key, vars).as_json()


def do(verb: str, **args: Any) -> Payload:
    """A deed for the turn to do."""
    return {"do": {"verb": verb, **args}}


def choose(option: int) -> Payload:
    """The open question's choice, named in other words than its number."""
    return {"choose": option}


def answer(made: Answer) -> list[Payload]:
    """Texts and a question that the conversations made."""
    payloads = [s.as_json() for s in made.says]
    return [*payloads, {"ask": ask_json(made.ask)}] if made.ask else payloads


Plan = Callable[[Context], Awaitable[Sequence[Payload]]]


class Planned(Action):  # type: ignore[misc]
    """An action made of a function that turns a message's context into payloads."""

    def __init__(self, name: str, plan: Plan, tools: Tools) -> None:
        self._name, self.plan, self._tools = name, plan, tools

    @property
    def need(self) -> str:
        return self._name.removeprefix("action_")

    def name(self) -> str:
        return self._name

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Mapping[str, Any]
    ) -> list[dict[str, Any]]:
        """Run the plan in one read of the database; nothing is changed here."""
        message = tracker.latest_message or {}
        async with self._tools.database.session() as session:
            context = Context(
                session, self._tools.policy, message.get("metadata") or {}, message.get("text") or ""
            )
            for payload in await self.plan(context):
                dispatcher.utter_message(json_message=payload)
        return []


def make(tools: Tools, plans: Mapping[str, Plan]) -> list[Planned]:
    """One action a plan, named `action_<need>`."""
    return [Planned(f"action_{need}", plan, tools) for need, plan in plans.items()]
