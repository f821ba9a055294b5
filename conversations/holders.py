"""A number that is no longer somebody's: nothing of theirs stays open there, and whoever has it next starts afresh."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from conversations.ledger.addresses import SMS, address_of, conversation_of
from conversations.models import Address, Conversation, Lane, Outbound, OutState, Prompt, PromptState
from placements.queries.people import people_at


async def release(
    session: AsyncSession, number: str, *, people: Collection[UUID], now: datetime, channel: str = SMS
) -> None:
    """After the links of `people` to `number` ended: withdraw their questions and what waits to be sent to them.

    If nobody is linked to the number any more, the dialogue and what was known of its holder go as well.
    """
    address = await address_of(session, channel, number, now)
    conversation = await conversation_of(session, address.id, lock=True)
    empty = not await people_at(session, number)
    await _withdraw(session, address, None if empty else people, now)
    if conversation.acting_person_id in people:
        conversation.acting_person_id = conversation.acting_until = None
    if empty:
        _forget(address, conversation)


async def _withdraw(
    session: AsyncSession, address: Address, people: Collection[UUID] | None, now: datetime
) -> None:
    """Of these people, or of everybody: of questions all, of texts what is not urgent."""
    questions = update(Prompt).where(
        Prompt.address_id == address.id, Prompt.state.in_((PromptState.OPEN, PromptState.QUEUED))
    )
    texts = update(Outbound).where(
        Outbound.address_id == address.id,
        Outbound.state == OutState.QUEUED,
        Outbound.lane == Lane.OTHER,
    )
    if people is not None:
        questions = questions.where(Prompt.person_id.in_(people))
        texts = texts.where(Outbound.person_id.in_(people))
    await session.execute(questions.values(state=PromptState.WITHDRAWN, closed_at=now))
    await session.execute(texts.values(state=OutState.SUPPRESSED, why_suppressed="unlinked", state_at=now))


def _forget(address: Address, conversation: Conversation) -> None:
    """Take the number for a stranger's: first words, age and role are asked for again."""
    address.gate = address.introduced_for = address.language = None
    conversation.dialogue = conversation.held_text = None
    conversation.acting_person_id = conversation.acting_until = None
    conversation.case_id = conversation.human_until = conversation.human_told_at = None
    conversation.status, conversation.misses = "bot", 0
