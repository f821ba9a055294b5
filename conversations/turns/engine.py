"""The dialogue engine as the turns see it: a text and the dialogue so far in, what to say and the dialogue out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import aiohttp

TURN_BUDGET = 20.0  # seconds for one turn


class EngineAway(Exception):
    """The engine cannot be reached; the text waits for it."""


class EngineFailed(Exception):
    """The engine was reached and could not answer this text."""


@dataclass(frozen=True, kw_only=True)
class EngineRequest:
    """One free text. `context` travels to the actions as the message's metadata. `need`: decided already."""

    conversation: str
    message: str
    text: str
    dialogue: Mapping[str, Any] | None
    context: Mapping[str, Any]
    need: str | None = None


@dataclass(frozen=True, kw_only=True)
class EngineReply:
    """What the engine decided. `replies` are payloads that name texts, questions and deeds."""

    replies: Sequence[Mapping[str, Any]]
    dialogue: Mapping[str, Any] | None
    need: str
    confidence: float
    ranking: Sequence[Sequence[Any]] = field(default_factory=list)
    actions: Sequence[str] = field(default_factory=list)


class Engine(Protocol):
    async def turn(self, request: EngineRequest) -> EngineReply: ...


class HttpEngine:
    """The engine process behind its turn channel on loopback."""

    def __init__(self, url: str, token: str, http: aiohttp.ClientSession) -> None:
        self._url, self._token, self._http = url.rstrip("/"), token, http

    async def turn(self, request: EngineRequest) -> EngineReply:
        """Raises EngineAway when nothing answered, EngineFailed when the answer was a failure."""
        try:
            async with self._http.post(
                f"{self._url}/webhooks/turn/turn",
                json={
                    "conversation": request.conversation,
                    "message": request.message,
                    "text": request.text,
                    "need": request.need,
                    "dialogue": request.dialogue,
                    "context": dict(request.context),
                },
                headers={"Authorization": f"Bearer {self._token}"},
                timeout=aiohttp.ClientTimeout(total=TURN_BUDGET, connect=2),
            ) as response:
                if response.status != 200:
                    raise EngineFailed(f"engine answered {response.status}")
                body = await response.json()
        except (aiohttp.ClientConnectionError, aiohttp.ClientPayloadError, ConnectionError) as lost:
            raise EngineAway(type(lost).__name__) from lost
        except TimeoutError as late:
            # An engine that is well and yet does not come to an end with this text has failed at it.
            raise (EngineFailed if await self._well() else EngineAway)("time out") from late
        return _reply(body)

    async def _well(self) -> bool:
        try:
            async with self._http.get(
                f"{self._url}/webhooks/turn/", timeout=aiohttp.ClientTimeout(total=2)
            ) as response:
                return response.status == 200
        except (aiohttp.ClientError, TimeoutError):
            return False


def _reply(body: Mapping[str, Any]) -> EngineReply:
    if not body.get("replies"):
        raise EngineFailed("engine answered with nothing")
    understood = body.get("understood") or {}
    return EngineReply(
        replies=[r.get("custom") or r for r in body["replies"]],
        dialogue=body.get("dialogue"),
        need=understood.get("need", "out_of_scope"),
        confidence=float(understood.get("confidence", 0.0)),
        ranking=understood.get("ranking", []),
        actions=body.get("actions", []),
    )
