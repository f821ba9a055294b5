"""The one way in: a turn with its dialogue state, over loopback, answered with replies and the new state."""

import asyncio
import hmac
import logging
import os
from collections.abc import Awaitable, Callable
from typing import Any

from rasa.core.agent import Agent
from rasa.core.channels.channel import CollectingOutputChannel, InputChannel, UserMessage
from rasa.shared.core.events import ActionExecuted, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse

from bot.engine import turns
from bot.engine.dialogues import pack
from bot.engine.turns import Json, Turn, TurnFailed

logger = logging.getLogger(__name__)

TOKEN_VARIABLE = "FOOTBRIDGE_ENGINE_TOKEN"
TURN_SECONDS = 20.0
"""Longest that one turn may take, its actions included."""
SAID = ("text", "custom", "buttons", "quick_replies", "elements", "image", "attachment")
"""What a reply may hold."""
RANKED = 5
"""How many needs an answer ranks."""

Handler = Callable[[UserMessage], Awaitable[Any]]


class BadRequest(Exception):
    """The request does not follow the protocol."""


class TurnOutput(CollectingOutputChannel):
    """Collects replies as they were said: Rasa's own collector cuts a text at every blank line."""

    @classmethod
    def name(cls) -> str:
        """Name of the channel, as responses may ask for it."""
        return "turn"

    async def send_response(self, recipient_id: str, message: Json) -> None:
        """Keep what one reply says, without Rasa's own notes on it."""
        self.messages.append({key: message[key] for key in SAID if message.get(key)})


class TurnInput(InputChannel):
    """`POST /webhooks/turn/turn` answers one turn; `GET /webhooks/turn/` says that the model is loaded."""

    def __init__(self, token: str) -> None:
        self._token = token.encode()

    @classmethod
    def name(cls) -> str:
        """Name of the channel, and so its place under /webhooks."""
        return "turn"

    @classmethod
    def from_credentials(cls, credentials: Json | None) -> "TurnInput":
        """Make the channel; the token comes from the environment, never from a file."""
        token = os.environ.get(TOKEN_VARIABLE, "")
        if not token:
            raise ValueError(f"{TOKEN_VARIABLE} is not set")
        return cls(token)

    def blueprint(self, on_new_message: Handler) -> Blueprint:
        """Return the two routes."""
        routes = Blueprint("turn")

        @routes.route("/", methods=["GET"])
        async def ready(request: Request) -> HTTPResponse:
            agent: Agent | None = getattr(request.app.ctx, "agent", None)
            if agent is None or agent.processor is None:
                return response.json({"status": "loading"}, 503)
            return response.json({"status": "ok", "model": agent.processor.model_filename})

        @routes.route("/turn", methods=["POST"])
        async def turn(request: Request) -> HTTPResponse:
            if not self._authorised(request):
                return response.json({"error": "wrong or missing token"}, 401)
            try:
                message, begun = _read(request)
            except BadRequest as error:
                return response.json({"error": str(error)}, 400)
            return await _answer(message, begun, on_new_message, request.app.ctx.agent)

        return routes

    def _authorised(self, request: Request) -> bool:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        return scheme.lower() == "bearer" and hmac.compare_digest(token.encode(), self._token)


def _read(request: Request) -> "tuple[UserMessage, Turn]":
    body = _json(request)
    conversation, text = body.get("conversation"), body.get("text")
    dialogue, context = body.get("dialogue"), body.get("context", {})
    if not isinstance(conversation, str) or not conversation:
        raise BadRequest("conversation must be a name")
    if not isinstance(text, str):
        raise BadRequest("text must be a string")
    if not (dialogue is None or isinstance(dialogue, dict)) or not isinstance(context, dict):
        raise BadRequest("dialogue and context must be objects")
    need = body.get("need")
    if not (need is None or isinstance(need, str)):
        raise BadRequest("need must be a name")
    message = UserMessage(
        as_words(text),
        TurnOutput(),
        conversation,
        input_channel=TurnInput.name(),
        message_id=body.get("message"),
        metadata=context,
        parse_data=_decided(text, need) if need else None,
    )
    return message, Turn(conversation, dialogue)


def _decided(text: str, need: str) -> Json:
    """Return what the classifier would say of `text`, had it found `need`: the caller knows better."""
    intent = {"name": need, "confidence": 1.0}
    return {"text": as_words(text), "intent": intent, "intent_ranking": [intent], "entities": []}


def _json(request: Request) -> Json:
    try:
        body = request.json
    except Exception as error:
        raise BadRequest("the body is not JSON") from error
    if not isinstance(body, dict):
        raise BadRequest("the body must be an object")
    return body


def as_words(text: str) -> str:
    """Return `text` so that Rasa reads it as words: with a leading slash it would name an intent."""
    return text.lstrip(" \t\r\n/")


async def _answer(message: UserMessage, turn: Turn, handle: Handler, agent: Agent) -> HTTPResponse:
    turns.begin(turn)
    try:
        await asyncio.wait_for(handle(message), TURN_SECONDS)
        if turn.failures:
            raise TurnFailed("; ".join(turn.failures))
        if turn.tracker is None:
            raise TurnFailed("no model is loaded")
        return response.json(_result(turn.tracker, message.output_channel.messages, agent))
    except Exception as error:
        # The words of the message are in no exception of ours; Rasa's are named by their kind only.
        reason = str(error) if isinstance(error, TurnFailed) else type(error).__name__
        logger.error("Turn of conversation %s failed: %s", turn.conversation, reason)
        return response.json({"error": reason}, 500)
    finally:
        turns.end()


def _result(tracker: DialogueStateTracker, replies: list[Json], agent: Agent) -> Json:
    return {
        "replies": replies,
        "dialogue": pack(tracker, agent.domain),
        "understood": _understood(tracker.latest_message),
        "actions": _actions(tracker),
    }


def _understood(message: UserUttered | None) -> Json:
    parsed: dict[str, Any] = dict(message.parse_data) if message is not None else {}
    intent = parsed.get("intent") or {}
    ranking = parsed.get("intent_ranking") or []
    return {
        "need": intent.get("name"),
        "confidence": intent.get("confidence", 0.0),
        "ranking": [[other["name"], other["confidence"]] for other in ranking[:RANKED]],
    }


def _actions(tracker: DialogueStateTracker) -> list[str]:
    """Return the names of the actions run since the latest message, in order."""
    names: list[str] = []
    for event in reversed(tracker.events):
        if isinstance(event, UserUttered):
            break
        if isinstance(event, ActionExecuted) and event.action_name:
            names.append(event.action_name)
    return names[::-1]
