"""Questions as JSON, as the actions hand them over."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from conversations.prompts import Ask, Option
from conversations.texts import Say


def ask_json(ask: Ask) -> dict[str, Any]:
    """A question as an action returns it."""
    return {
        "kind": ask.kind,
        "say": ask.say.as_json(),
        "yes_no": ask.yes_no,
        "options": [{"label": o.label, "deed": dict(o.deed)} for o in ask.options],
        "record_id": str(ask.record_id) if ask.record_id else None,
        "again": dict(ask.again) if ask.again else None,
        "extra": dict(ask.extra),
    }


def ask_of(data: Mapping[str, Any]) -> Ask:
    """The question that an action returned."""
    return Ask(
        kind=data["kind"],
        say=Say.of(data["say"]),
        yes_no=bool(data.get("yes_no")),
        options=[Option(o["label"], o["deed"]) for o in data.get("options", ())],
        record_id=UUID(data["record_id"]) if data.get("record_id") else None,
        again=data.get("again"),
        extra=data.get("extra") or {},
    )
