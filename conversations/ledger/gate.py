"""The one gate through which every message leaves: basis, bars, hours, length, cause."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from conversations.ledger.addresses import has_basis, why_barred
from conversations.models import Address, Conversation, Lane, MessageClass, Outbound, OutState, TextEdit
from conversations.policy import Policy
from conversations.privacy.tombstones import carry_over_opt_out
from conversations.texts import Edits, Say, measure, render
from conversations.wakeups import wake_sender
from placements.queries.people import only_children_at

CAN_WAIT = (MessageClass.CAUSED, MessageClass.MANY)
FAREWELLS = frozenset({"keyword.stopped", "keyword.stopped_wrong_number", "crisis.also_stopped"})


@dataclass(frozen=True)
class Cause:
    """Why a message exists: the kind of record and its id. No cause, no message."""

    kind: str  # inbound | notice | case | page | due | person
    ref: str


@dataclass(frozen=True, kw_only=True)
class Letter:
    """A message to be: what it says, to whom, and why. `dedupe` makes doing it twice doing it once.

    `about` is the booking it speaks of with the state it is in, `good_until` the moment after which it is of no use:
    what had to wait is looked at again by both before it leaves.
    """

    address: Address
    conversation: Conversation
    body: str
    texts: Sequence[str]
    cause: Cause
    dedupe: str
    lane: Lane
    message_class: MessageClass
    person_id: UUID | None = None
    reply_to: UUID | None = None
    prompt_id: UUID | None = None
    zone: ZoneInfo | None = None
    wanted_at: datetime | None = None
    about: tuple[UUID, str] | None = None
    good_until: datetime | None = None


async def put(session: AsyncSession, letter: Letter, *, policy: Policy, now: datetime) -> UUID | None:
    """Write a message into the outbox, or record why it is not sent. None if it was written before."""
    if not letter.cause.ref:
        raise ValueError("a message needs a cause")
    await carry_over_opt_out(session, letter.address, salt=policy.salt, now=now)
    barred = await _bar(session, letter, now)
    wanted = max(letter.wanted_at or now, _held_until(letter))
    due = policy.earliest(letter.message_class, wanted, letter.zone or policy.timezone)
    message_id = await session.scalar(
        insert(Outbound)
        .values(
            id=uuid4(),
            address_id=letter.address.id,
            conversation_id=letter.conversation.id,
            person_id=letter.person_id,
            lane=letter.lane,
            message_class=letter.message_class,
            texts=list(letter.texts),
            body=letter.body,
            segments=measure(letter.body).segments,
            cause_kind=letter.cause.kind,
            cause_ref=letter.cause.ref,
            dedupe=letter.dedupe,
            reply_to=letter.reply_to,
            prompt_id=letter.prompt_id,
            about_id=letter.about[0] if letter.about else None,
            about_state=letter.about[1] if letter.about else None,
            good_until=letter.good_until,
            created_at=now,
            due_at=due,
            state=OutState.SUPPRESSED if barred else OutState.QUEUED,
            why_suppressed=barred,
            state_at=now,
            attempts=0,
            absences=0,
        )
        .on_conflict_do_nothing()
        .returning(Outbound.id)
    )
    if message_id is not None and not barred:
        await wake_sender(session)
    return message_id


async def _bar(session: AsyncSession, letter: Letter, now: datetime) -> str | None:
    """Why this message may not go, or None."""
    address = letter.address
    if letter.message_class is MessageClass.CRISIS:
        return None  # the one text that goes out whatever stands against it
    if (barred := why_barred(address)) is not None and not _is_farewell(letter):
        return barred
    if address.dead_at is not None and letter.message_class is not MessageClass.PAGE:
        return "dead_number"  # a page is tried all the same: the phone may have been off
    if not _answers_them(letter) and await only_children_at(session, address.value):
        return "under_13"
    if not await has_basis(session, address, now):
        return "no_basis"
    return None


def _answers_them(letter: Letter) -> bool:
    """Whether this answers a keyword or an alarm of theirs."""
    return letter.lane is Lane.URGENT and letter.cause.kind == "inbound"


def _is_farewell(letter: Letter) -> bool:
    """The one confirmation that an opt-out allows, written in the transaction that stores the opt-out."""
    return (
        letter.lane is Lane.URGENT
        and letter.cause.kind == "inbound"
        and any(key in FAREWELLS for key in letter.texts)
    )


def _held_until(letter: Letter) -> datetime:
    """For some days after a crisis text, everything that is not urgent waits."""
    until = letter.address.crisis_until
    return until if until is not None and letter.message_class in CAN_WAIT else letter.address.created_at


def held_too_long(letter: Letter, address: Address, now: datetime) -> bool:
    """Whether such a hold outlasts the use of a message, so that a person has to pass it on instead."""
    until = address.crisis_until
    return (
        until is not None
        and until > now
        and letter.message_class in CAN_WAIT
        and letter.good_until is not None
        and letter.good_until <= until
    )


async def edits(session: AsyncSession) -> Edits:
    """The coordinators' wordings that stand in for the ones that ship."""
    rows = await session.scalars(select(TextEdit))
    return {(row.key, row.language): row.wording for row in rows}


async def put_says(
    session: AsyncSession,
    *,
    address: Address,
    conversation: Conversation,
    says: Sequence[Say],
    language: str,
    cause: Cause,
    dedupe: str,
    lane: Lane,
    message_class: MessageClass,
    policy: Policy,
    now: datetime,
    person_id: UUID | None = None,
    reply_to: UUID | None = None,
    prompt_id: UUID | None = None,
    zone: ZoneInfo | None = None,
) -> UUID | None:
    """Word some texts and put them through the gate as one message."""
    body = render(says, language, await edits(session))
    letter = Letter(
        address=address,
        conversation=conversation,
        body=body,
        texts=[s.key for s in says],
        cause=cause,
        dedupe=dedupe,
        lane=lane,
        message_class=message_class,
        person_id=person_id,
        reply_to=reply_to,
        prompt_id=prompt_id,
        zone=zone,
    )
    return await put(session, letter, policy=policy, now=now)
