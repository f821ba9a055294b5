"""Rasa's agent and processor, less what hides failures.

As shipped, an action that fails is logged and the turn goes on as if it had done nothing, a store that
fails is replaced by memory, and a loop of predictions is cut off in silence. Here each of these fails the
turn.
"""

import asyncio
from types import TracebackType
from typing import Any

import aiohttp
from rasa.core.actions.action import Action, ActionExecutionRejection
from rasa.core.agent import Agent
from rasa.core.channels.channel import OutputChannel
from rasa.core.nlg import NaturalLanguageGenerator
from rasa.core.policies.policy import PolicyPrediction
from rasa.core.processor import MessageProcessor
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import ClientResponseError, EndpointConfig

from bot.engine import turns
from bot.engine.context import context_events
from bot.engine.turns import TurnFailed

ACTION_SECONDS = 5.0
"""Longest that one action may take."""
REJECTED = 400
"""The action server's status for "this action declines, let another be chosen": no failure."""


class _Kept:
    """Lends a client session without closing it, so that the connection to the actions stays open."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    async def __aenter__(self) -> aiohttp.ClientSession:
        return self._session

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        return None


class ActionEndpoint(EndpointConfig):
    """The action server: one kept connection, a short limit, and every failure noted on the turn.

    Rasa swallows the failure of an action that fills or validates slots; the note survives that.
    """

    _session: aiohttp.ClientSession | None = None

    @classmethod
    def of(cls, config: EndpointConfig) -> "ActionEndpoint":
        """Return `config`, as read from endpoints.yml, as one of these."""
        return cls(
            config.url,
            config.params,
            config.headers,
            config.basic_auth,
            config.token,
            config.token_name,
            config.cafile,
            **config.kwargs,
        )

    def session(self) -> Any:
        """Return the kept session; it is made on first use, since it belongs to the running loop."""
        if self._session is None or self._session.closed:
            self._session = super().session()
        return _Kept(self._session)

    async def request(self, *args: Any, **kwargs: Any) -> Any | None:
        """Call the action server; see the class."""
        kwargs["timeout"] = aiohttp.ClientTimeout(total=ACTION_SECONDS)
        try:
            return await super().request(*args, **kwargs)
        except ClientResponseError as error:
            if error.status != REJECTED:
                turns.current().failures.append(f"the action server answered {error.status}")
            raise
        except (aiohttp.ClientError, asyncio.TimeoutError) as error:
            turns.current().failures.append(f"the action server: {type(error).__name__}")
            raise

    async def close(self) -> None:
        """Close the kept connection."""
        if self._session is not None:
            await self._session.close()


class TurnProcessor(MessageProcessor):
    """Handles one turn: sets the context slots first, and fails the turn when an action fails."""

    async def run_action_extract_slots(
        self, output_channel: OutputChannel, tracker: DialogueStateTracker
    ) -> DialogueStateTracker:
        """Set the slots that come from the app, then those that Rasa extracts."""
        tracker.update_with_events(context_events(tracker, self.domain), self.domain)
        return await super().run_action_extract_slots(output_channel, tracker)

    async def _run_action(
        self,
        action: Action,
        tracker: DialogueStateTracker,
        output_channel: OutputChannel,
        nlg: NaturalLanguageGenerator,
        prediction: PolicyPrediction,
    ) -> bool:
        failures = _watch(action)
        go_on = await super()._run_action(action, tracker, output_channel, nlg, prediction)
        if failures:
            raise TurnFailed(f"{action.name()} failed") from failures[0]
        return bool(go_on)


def _watch(action: Action) -> list[Exception]:
    """Return a list that `action.run` will put its exception in."""
    failures: list[Exception] = []
    original = action.run

    async def run(*args: Any, **kwargs: Any) -> Any:
        try:
            return await original(*args, **kwargs)
        except ActionExecutionRejection:
            raise
        except Exception as error:
            failures.append(error)
            raise

    action.run = run
    return failures


def _endless(*_: Any) -> None:
    raise TurnFailed("too many actions in one turn: a rule goes round in a circle")


class TurnAgent(Agent):
    """An agent with our processor and without the store that falls back to memory."""

    @staticmethod
    def _create_tracker_store(store: TrackerStore | None, domain: Domain) -> TrackerStore:
        if store is None:
            raise ValueError("endpoints.yml names no tracker_store")
        store.domain = domain
        return store

    def load_model(self, model_path: Any, fingerprint: str | None = None) -> None:
        """Load the model at `model_path`; raises `ModelNotFound`."""
        self.processor = TurnProcessor(
            model_path=model_path,
            tracker_store=self.tracker_store,
            lock_store=self.lock_store,
            action_endpoint=self.action_endpoint,
            generator=self.nlg,
            on_circuit_break=_endless,
        )
        self.domain = self.processor.domain
        self._set_fingerprint(fingerprint)
        self.tracker_store.domain = self.domain
        self.nlg.responses = self.domain.responses if self.domain else {}
