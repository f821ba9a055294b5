"""A coordinator's answer to a case, and its end; with them the conversation changes hands."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from conversations.cases.pages import end_page
from conversations.handoff import PERSONS_WORDS, case_closed, hand_over
from conversations.ledger.gate import Cause, Letter, put
from conversations.models import Address, Case, CaseNote, Conversation, Lane, MessageClass
from conversations.policy import Policy
from conversations.texts import measure
from placements.queries.people import was_theirs

LONGEST = 4  # segments


class NotSent(Exception):
    """The words of a person were not sent; the message says why, in one line."""


async def reply(
    session: AsyncSession, case: Case, text: str, *, by: str, policy: Policy, now: datetime
) -> None:
    """Text the person of a case in the school's own words: the bot is silent there from now on.

    Raises NotSent where the number takes nothing, is somebody else's by now, or the words are too long.
    """
    if case.conversation_id is None:
        raise NotSent(f"case {case.number} has no conversation to answer")
    conversation = await session.get_one(Conversation, case.conversation_id, with_for_update=True)
    address = await session.get_one(Address, conversation.address_id)
    body = f"{policy.program}: {text}"
    if (why := await _why_not(session, case, address, body, policy)) is not None:
        raise NotSent(why)
    note = CaseNote(case_id=case.id, at=now, by=by, what=f"replied: {text}")
    session.add(note)
    await session.flush()
    letter = Letter(
        address=address,
        conversation=conversation,
        body=body,
        texts=[PERSONS_WORDS],
        cause=Cause("person", str(case.id)),
        dedupe=f"person:{case.id}:{note.id}",
        lane=Lane.REPLY,
        message_class=MessageClass.REPLY,
        person_id=case.person_id,
    )
    await put(session, letter, policy=policy, now=now)
    hand_over(conversation, case.id, now)


async def _why_not(
    session: AsyncSession, case: Case, address: Address, body: str, policy: Policy
) -> str | None:
    if address.opted_out_at is not None:
        return "this number has stopped our texts; call instead"
    if address.carrier_barred_at is not None:
        ours = policy.text_number or "our number"
        return f"the phone carrier blocks our texts to this number until it texts START to {ours}; call"
    if address.dead_at is not None:
        return "this number takes no texts; call instead"
    if case.person_id is not None and await was_theirs(session, case.person_id, address.value):
        return "this number is no longer that person's; call instead"
    if measure(body).segments > LONGEST:
        return f"that is longer than {LONGEST} text segments; make it shorter"
    return None


async def close_case(
    session: AsyncSession, case: Case, note: str, *, by: str, policy: Policy, now: datetime
) -> None:
    """Close a case, and stop calling about it; if the school had the conversation by it, the bot has it again."""
    what = f"closed: {note}" if note else "closed"
    session.add(CaseNote(case_id=case.id, at=now, by=by, what=what))
    await end_page(session, case, by=by, now=now)
    case.state, case.closed_at = "closed", now
    await session.flush()
    await case_closed(session, case, policy=policy, now=now)
