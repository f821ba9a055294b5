"""Who has a conversation: the bot, or a person at school.

    bot --asks for a person--> waiting --a person writes--> human --closed, or silent for days--> returned --> bot

In `waiting` the bot goes on helping. In `human` it is silent: texts are kept, noted on the case, and the sender hears
once when to expect an answer. Only the safety rules answer as ever. In `returned` the bot has the conversation again
and says so with its next words.
"""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from conversations.ledger.gate import Cause, put_says
from conversations.models import (
    Address,
    Case,
    CaseNote,
    Conversation,
    Lane,
    MessageClass,
    Outbound,
    Prompt,
)
from conversations.policy import Policy
from conversations.prompts import ACTS, open_next, open_prompt, question_in_short, question_of
from conversations.texts import Say, measure, render

BOT, WAITING, HUMAN, RETURNED = "bot", "waiting", "human", "returned"
HUMAN_LASTS = timedelta(hours=72)  # since the last words of the school; a weekend is shorter
PERSONS_WORDS = "person"  # the text key of what a person at school wrote


def hand_over(conversation: Conversation, case_id: UUID, now: datetime) -> None:
    """A person at school writes: the conversation is theirs, by this case, for some days from now."""
    if conversation.status != HUMAN or conversation.case_id != case_id:
        conversation.human_told_at = None
    conversation.status, conversation.case_id = HUMAN, case_id
    conversation.human_until = now + HUMAN_LASTS


def is_with_a_person(conversation: Conversation, now: datetime) -> bool:
    """Whether the bot has to be silent."""
    until = conversation.human_until
    return conversation.status == HUMAN and until is not None and now < until


async def is_to_the_bot(session: AsyncSession, prompt: Prompt | None, address_id: UUID) -> bool:
    """Whether the bot's question stands last on the phone: no words of a person's came after it."""
    if prompt is None:
        return False
    last = await session.scalar(
        select(Outbound.prompt_id)
        .where(
            Outbound.address_id == address_id,
            Outbound.handed_at.is_not(None),
            or_(Outbound.prompt_id.is_not(None), Outbound.texts.contains([PERSONS_WORDS])),
        )
        .order_by(Outbound.seq.desc())
        .limit(1)
    )
    return last == prompt.id


async def give_back(
    session: AsyncSession, conversation: Conversation, *, policy: Policy, now: datetime
) -> None:
    """The bot has the conversation again. A question with legal weight that still waits is put again at once."""
    case_id, conversation.case_id = conversation.case_id, None
    conversation.status, conversation.human_until, conversation.human_told_at = RETURNED, None, None
    prompt = await open_prompt(session, conversation.address_id) or await open_next(
        session, conversation.address_id
    )
    if prompt is None or case_id is None or prompt.kind not in ACTS or _is_over(prompt, now):
        return
    conversation.status = BOT
    await put_says(
        session,
        address=await session.get_one(Address, conversation.address_id),
        conversation=conversation,
        says=_put_again(prompt),
        language=prompt.language,
        cause=Cause("case", str(case_id)),
        dedupe=f"returned:{case_id}:{now.isoformat()}",
        lane=Lane.OTHER,
        message_class=MessageClass.CAUSED,
        person_id=prompt.person_id,
        prompt_id=prompt.id,
        policy=policy,
        now=now,
    )


def _put_again(prompt: Prompt) -> list[Say]:
    """The question as it was asked, or in short where the words before it make that too long."""
    whole = [Say("turn.bot_again_question"), *question_of(prompt)]
    size, brief = measure(render(whole, prompt.language)), question_in_short(prompt)
    if size.segments <= size.within or brief is None:
        return whole
    return [Say("turn.bot_again_question"), *brief]


def _is_over(prompt: Prompt, now: datetime) -> bool:
    return prompt.expires_at is not None and prompt.expires_at <= now


async def case_closed(session: AsyncSession, case: Case, *, policy: Policy, now: datetime) -> None:
    """A case was closed: whoever held the conversation by it gives it back."""
    if case.conversation_id is None:
        return
    conversation = await session.get_one(Conversation, case.conversation_id, with_for_update=True)
    if conversation.status == HUMAN and conversation.case_id == case.id:
        await give_back(session, conversation, policy=policy, now=now)
    elif conversation.status == WAITING and not await _another_asks(session, case):
        conversation.status = BOT


async def _another_asks(session: AsyncSession, case: Case) -> bool:
    others = select(Case.id).where(
        Case.conversation_id == case.conversation_id,
        Case.id != case.id,
        Case.state == "open",
        Case.kind == "talk_to_person",
    )
    return await session.scalar(others.limit(1)) is not None


async def return_silent_ones(session: AsyncSession, *, policy: Policy, now: datetime) -> int:
    """Give back the conversations in which the school has been silent too long. Their cases stay open."""
    late = await session.scalars(
        select(Conversation)
        .where(Conversation.status == HUMAN, Conversation.human_until <= now)
        .with_for_update(skip_locked=True)
    )
    found = list(late)
    for conversation in found:
        if conversation.case_id is not None:
            session.add(
                CaseNote(
                    case_id=conversation.case_id,
                    at=now,
                    by="bot",
                    what="no words from the school for 72 hours; the bot answers again",
                )
            )
        await give_back(session, conversation, policy=policy, now=now)
    return len(found)


async def next_return_at(session: AsyncSession, after: datetime, until: datetime) -> datetime | None:
    """The earliest moment in (after, until] at which a conversation goes back to the bot."""
    earliest: datetime | None = await session.scalar(
        select(func.min(Conversation.human_until)).where(
            Conversation.status == HUMAN,
            Conversation.human_until > after,
            Conversation.human_until <= until,
        )
    )
    return earliest
