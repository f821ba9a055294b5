"""The story of one message."""

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from conversations.models import (
    Address,
    Callback,
    Inbound,
    Outbound,
    Prompt,
)
from footbridge.commands import Refused, looker, open_installation
from footbridge.settings import Settings
from placements.queries.people import people_at
from placements.services.looks import note_look


async def why(settings: Settings, message: str, *, as_json: bool) -> str:
    """The story of one message, in or out."""
    async with open_installation(settings) as parts, parts.database.session() as session:
        inbound = await _inbound(session, message)
        story = await _story_in(session, inbound) if inbound else await _story_out(session, message)
    return json.dumps(story, ensure_ascii=False) if as_json else _told(story)


async def _look(session: AsyncSession, message: Inbound | Outbound) -> None:
    """Whose words are shown: of the person the message is known to be of, else of everyone with that number."""
    address = await session.get_one(Address, message.address_id)
    holders = [each.id for each in await people_at(session, address.value)]
    await note_look(
        session,
        people=[message.person_id] if message.person_id else holders,
        what=f"why {message.id}",
        looker=looker(),
    )


async def _inbound(session: AsyncSession, message: str) -> Inbound | None:
    wanted = Inbound.id == _uuid(message) if _uuid(message) else Inbound.carrier_id == message
    return (await session.scalars(select(Inbound).where(wanted))).first()


async def _outbound(session: AsyncSession, message: str) -> Outbound | None:
    wanted = Outbound.id == _uuid(message) if _uuid(message) else Outbound.carrier_id == message
    return (await session.scalars(select(Outbound).where(wanted))).first()


async def _story_in(session: AsyncSession, inbound: Inbound) -> dict[str, Any]:
    await _look(session, inbound)
    replies = (
        await session.scalars(
            select(Outbound).where(Outbound.cause_kind == "inbound", Outbound.cause_ref == str(inbound.id))
        )
    ).all()
    return {
        "message": str(inbound.id),
        "direction": "in",
        "text": inbound.body,
        "received": inbound.received_at.isoformat(),
        "safety": inbound.safety,
        "understood": inbound.understood,
        "steps": inbound.did or [],
        "silence": inbound.silence,
        "state": inbound.state,
        "replies": [await _fate(session, reply) for reply in replies],
    }


async def _story_out(session: AsyncSession, message: str) -> dict[str, Any]:
    outbound = await _outbound(session, message)
    if outbound is None:
        raise Refused(f"there is no message {message}")
    await _look(session, outbound)
    return {"message": str(outbound.id), "direction": "out", **await _fate(session, outbound)}


async def _fate(session: AsyncSession, outbound: Outbound) -> dict[str, Any]:
    callbacks = await session.scalars(
        select(Callback.status).where(Callback.outbound_id == outbound.id).order_by(Callback.id)
    )
    prompt = await session.get(Prompt, outbound.prompt_id) if outbound.prompt_id else None
    return {
        "text": outbound.body,
        "texts": outbound.texts,
        "cause": f"{outbound.cause_kind} {outbound.cause_ref}",
        "asked": prompt.kind if prompt else None,
        "due": outbound.due_at.isoformat(),
        "sent": outbound.sent_at.isoformat() if outbound.sent_at else None,
        "state": outbound.state,
        "why_not": outbound.why_suppressed or outbound.error_code,
        "callbacks": list(callbacks),
    }


def _told(story: Mapping[str, Any]) -> str:
    lines = []
    for key, value in story.items():
        if isinstance(value, list):
            lines.append(f"{key}:")
            lines += [f"  - {json.dumps(item, ensure_ascii=False)}" for item in value]
        elif value is not None:
            lines.append(
                f"{key}: {value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}"
            )
    return "\n".join(lines)


def _uuid(value: str) -> UUID | None:
    try:
        return UUID(value)
    except ValueError:
        return None
