"""Pass a matter on to a person: the case that a text opens."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from conversations.cases import NewCase, open_case
from conversations.models import Case
from conversations.turns.context import Turn


async def pass_on(
    turn: Turn,
    kind: str,
    *,
    severity: str = "normal",
    record_id: UUID | None = None,
    person_id: UUID | None = None,
    once: str | None = None,
    facts: Mapping[str, Any] | None = None,
) -> Case:
    """Open the case of this text, once; `once` widens that to a key of the caller's. It is about the sender, unless
    somebody else is named."""
    new = NewCase(
        kind=kind,
        severity=severity,
        dedupe=f"{kind}:{once or turn.inbound.id}",
        person_id=person_id or (turn.person.id if turn.person else None),
        conversation_id=turn.conversation.id,
        record_id=record_id,
        inbound_id=turn.inbound.id,
        facts=facts or {},
    )
    return await open_case(turn.session, new, policy=turn.policy, now=turn.now)
