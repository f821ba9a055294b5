"""Dialogue state as JSON, in and out: Rasa keeps nothing between turns.

The caller's database holds the state and sends it along; `pack` makes it, `unpack` reads it back. It holds
what policies look at (intents, actions, slots, forms) and neither the words of a message nor of a reply:
those stand in the message table and are erased there.
"""

import logging
from collections.abc import Iterable
from typing import Any

from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.constants import (
    ACTION_LISTEN_NAME,
    ACTION_SESSION_START_NAME,
    SESSION_START_METADATA_SLOT,
)
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    ActiveLoop,
    BotUttered,
    ConversationPaused,
    Event,
    Restarted,
    SessionStarted,
    SlotSet,
    UserUttered,
    deserialise_events,
)
from rasa.shared.core.trackers import DialogueStateTracker

from bot.engine import turns
from bot.engine.turns import Json

logger = logging.getLogger(__name__)

VERSION = 1
KEEP_TURNS = 6
"""User turns that stay: no rule or story of ours looks further back."""
KEEP_TURNS_IN_FORM = 12
"""A form is left whole up to this many user turns; then it is cut like the rest and its loop opened anew."""


class TurnTrackerStore(TrackerStore):
    """Holds only the tracker of the turn in flight, see `bot.engine.turns`."""

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        """Rebuild the tracker from the dialogue that came with the turn."""
        return unpack(sender_id, turns.current().dialogue, self.domain)

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Keep the tracker for the answer of this turn."""
        turns.current().tracker = tracker

    async def keys(self) -> Iterable[str]:
        """Nothing is kept, so there are no keys."""
        return []


def unpack(sender_id: str, dialogue: Json | None, domain: Domain) -> DialogueStateTracker:
    """Return the tracker of `dialogue`, or of a conversation that begins.

    A state of another version, or one that stands in a form which the model no longer has, begins anew: the
    half-filled form is a draft in the caller's database.
    """
    events = _read(dialogue)
    known_forms = set(domain.form_names)
    if any(isinstance(e, ActiveLoop) and e.name and e.name not in known_forms for e in events):
        logger.warning("A dialogue stands in a form that this model does not have: it begins anew.")
        events = []
    known_slots = {slot.name for slot in domain.slots}
    events = [e for e in events if not isinstance(e, SlotSet) or e.key in known_slots]
    return DialogueStateTracker.from_events(
        sender_id, events or _opening([]), slots=domain.slots, domain=domain
    )


def _read(dialogue: Json | None) -> list[Event]:
    if not dialogue or dialogue.get("version") != VERSION:
        return []
    return [event for event in deserialise_events(dialogue["events"]) if event is not None]


def pack(tracker: DialogueStateTracker, domain: Domain) -> Json:
    """Return the state to keep: trimmed, without words, timestamps or model ids."""
    limit = KEEP_TURNS_IN_FORM if tracker.active_loop_name else KEEP_TURNS
    return {"version": VERSION, "events": [_plain(e) for e in trim(list(tracker.events), domain, limit)]}


def trim(events: list[Event], domain: Domain, limit: int = KEEP_TURNS) -> list[Event]:
    """Cut `events` to the last `KEEP_TURNS` user turns once there are more than `limit`.

    What was set before the cut goes in front. Slots there have the value they had at the cut, so every state
    that is left is the same as uncut.
    """
    events = [e for e in _since_start(events) if _matters(e)]
    cut = _cut(events, limit)
    if cut == 0:
        return events
    before = DialogueStateTracker.from_events("", events[:cut], slots=domain.slots, domain=domain)
    return _opening(_standing(before))[:-1] + events[cut:]


def _opening(standing: list[Event]) -> list[Event]:
    return [
        ActionExecuted(ACTION_SESSION_START_NAME),
        SessionStarted(),
        *standing,
        ActionExecuted(ACTION_LISTEN_NAME),
    ]


def _since_start(events: list[Event]) -> list[Event]:
    for index in range(len(events) - 1, -1, -1):
        if isinstance(events[index], Restarted):
            return _opening([]) + events[index + 1 :]
    return events


def _matters(event: Event) -> bool:
    if isinstance(event, SlotSet):
        return bool(event.key != SESSION_START_METADATA_SLOT)
    return not isinstance(event, BotUttered)


def _cut(events: list[Event], limit: int) -> int:
    """Return the index of the `action_listen` to cut before, 0 to keep everything."""
    user_turns = [i for i, event in enumerate(events) if isinstance(event, UserUttered)]
    if len(user_turns) <= limit:
        return 0
    for index in range(user_turns[-KEEP_TURNS], -1, -1):
        event = events[index]
        if isinstance(event, ActionExecuted) and event.action_name == ACTION_LISTEN_NAME:
            return index
    return 0


def _standing(tracker: DialogueStateTracker) -> list[Event]:
    """Return the events that bring a new tracker to where `tracker` stands."""
    standing: list[Event] = [
        SlotSet(slot.name, slot.value)
        for slot in tracker.slots.values()
        if slot.value != slot.initial_value and slot.name != SESSION_START_METADATA_SLOT
    ]
    if tracker.active_loop_name:
        standing += [ActionExecuted(tracker.active_loop_name), ActiveLoop(tracker.active_loop_name)]
    if tracker.is_paused():
        standing.append(ConversationPaused())
    return standing


def _plain(event: Event) -> dict[str, Any]:
    """Return `event` as JSON, less what no policy reads."""
    if isinstance(event, UserUttered):
        return {"event": "user", "parse_data": _understood(event)}
    return {
        key: value
        for key, value in event.as_dict().items()
        if value not in (None, False) and key not in ("timestamp", "metadata", "policy", "confidence")
    }


def _understood(event: UserUttered) -> dict[str, Any]:
    intent = {"name": event.intent_name, "confidence": event.intent.get("confidence")}
    return {"intent": intent, "entities": event.entities} if event.entities else {"intent": intent}
