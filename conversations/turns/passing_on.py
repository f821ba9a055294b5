"""Pass a matter on to a person: the case that a text opens."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from conversations.cases import NewCase, open_case
from conversations.models import Case, CaseNote
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


async def pass_on_together(turn: Turn, kind: str, facts: Mapping[str, Any]) -> Case:
    """The sender's one open case of a kind: opened now, or with this text as a note where it is open already."""
    standing = await note_on_open_case(turn, kind)
    return standing or await pass_on(turn, kind, facts=facts)


async def note_on_open_case(turn: Turn, kind: str, within: timedelta | None = None) -> Case | None:
    """Add this text as a note to the sender's open case of a kind, opened `within` that time; None without one."""
    query = select(Case).where(
        Case.kind == kind, Case.state == "open", Case.conversation_id == turn.conversation.id
    )
    if turn.person is not None:
        query = query.where(Case.person_id == turn.person.id)
    if within is not None:
        query = query.where(Case.opened_at >= turn.now - within)
    standing = await turn.session.scalar(query.order_by(Case.opened_at.desc()).limit(1))
    if standing is None:
        return None
    turn.session.add(
        CaseNote(
            case_id=standing.id, at=turn.now, by="sender", what="texted more", inbound_id=turn.inbound.id
        )
    )
    turn.step("added_to_case", case=standing.number)
    return standing
