"""What the app knows about a message, as slots: rules can ask who writes and which question is open."""

from collections.abc import Mapping
from typing import Any

from rasa.shared.core.domain import Domain
from rasa.shared.core.events import Event, SlotSet
from rasa.shared.core.trackers import DialogueStateTracker

CONTEXT_SLOTS = ("role", "pending", "language", "known", "channel")
"""Keys of the request's `context` that become slots of the same name, where the domain has them."""


def message_context(tracker: DialogueStateTracker) -> Mapping[str, Any]:
    """Return the metadata that came with the latest message, empty if none did."""
    message = tracker.latest_message
    return message.metadata if message is not None and message.metadata else {}


def context_events(tracker: DialogueStateTracker, domain: Domain) -> list[Event]:
    """Return a `SlotSet` for every context slot whose value this message changes.

    Rasa fills slots from entities, intents or words only; these come from neither, so `TurnProcessor` sets
    them before any mapping or rule is looked at. The domain gives them the mapping `type: custom`.
    """
    context = message_context(tracker)
    names = {slot.name for slot in domain.slots}
    return [
        SlotSet(name, _value(context.get(name)))
        for name in CONTEXT_SLOTS
        if name in names and tracker.get_slot(name) != _value(context.get(name))
    ]


def _value(value: Any) -> Any | None:
    return value if isinstance(value, (str, bool)) else None
