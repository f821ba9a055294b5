"""One turn in flight: the dialogue it started from, and what became of it.

The turn travels in a context variable, so two conversations handled at once never see each other's state, and
nothing of a turn is left in the engine when its request is answered.
"""

from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from rasa.shared.core.trackers import DialogueStateTracker

Json = dict[str, Any]


class TurnFailed(Exception):
    """The turn cannot be answered; the caller keeps the dialogue as it was and may try again."""


@dataclass
class Turn:
    """State of one request: `dialogue` as the caller sent it, `tracker` as Rasa saved it at the end."""

    conversation: str
    dialogue: Json | None
    tracker: DialogueStateTracker | None = None
    failures: list[str] = field(default_factory=list)


_current: ContextVar[Turn | None] = ContextVar("footbridge_turn", default=None)


def begin(turn: Turn) -> None:
    """Make `turn` the one that this task handles."""
    _current.set(turn)


def end() -> None:
    """Forget this task's turn."""
    _current.set(None)


def current() -> Turn:
    """Return this task's turn; `TurnFailed` if there is none."""
    turn = _current.get()
    if turn is None:
        raise TurnFailed("no turn is in flight: dialogues are kept by the caller, not here")
    return turn
