"""What had to wait and is no longer true, or of use: it does not go out stale."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from conversations.ledger.gate import CAN_WAIT
from conversations.models import Address, Outbound, Prompt, PromptState
from conversations.prompts import ACTS
from placements.queries.bookings import booking

SETTLED = (PromptState.ANSWERED, PromptState.EXPIRED, PromptState.WITHDRAWN)
INTRODUCTION = "intro.notice"


async def why_moot(session: AsyncSession, row: Outbound, now: datetime) -> str | None:
    """Why a message that had to wait (for an hour, or for the days after a crisis text) is better not sent.

    passed: its moment is over. settled: its question was settled otherwise, or the booking is no longer what it says;
    whoever has to hear of that has a message of its own.
    """
    if row.message_class not in CAN_WAIT or row.due_at <= row.created_at:
        return None
    if row.good_until is not None and row.good_until <= now:
        why = "passed"
    elif await _settled(session, row, now):
        why = "settled"
    else:
        return None
    if INTRODUCTION in row.texts:  # then nobody has introduced us yet
        (await session.get_one(Address, row.address_id)).introduced_for = None
    return why


async def _settled(session: AsyncSession, row: Outbound, now: datetime) -> bool:
    prompt = await session.get(Prompt, row.prompt_id) if row.prompt_id else None
    if prompt is not None and prompt.kind in ACTS and _over(prompt, now):
        return True
    return row.about_id is not None and row.about_state != await _state(session, row.about_id)


def _over(prompt: Prompt, now: datetime) -> bool:
    return prompt.state in SETTLED or (prompt.expires_at is not None and prompt.expires_at <= now)


async def _state(session: AsyncSession, booking_id: UUID) -> str | None:
    held = await booking(session, booking_id)
    return str(held.state) if held is not None else None
