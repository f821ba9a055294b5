"""Prompts: what was asked of whom, and so what a "1" answers.

An address has one open prompt. A *choice* (a list the person asked for) gives way to the next thing they ask; an
*act* (a consent, a host's yes) stays until it is answered, settled otherwise or out of time, and waits its turn.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from conversations.models import Outbound, Prompt, PromptState
from conversations.texts import Say, known

ACTS = frozenset({"consent", "host_request", "number_claim"})
CHOICE_LASTS = timedelta(hours=12)
TOO_FAST = timedelta(seconds=8)  # nobody reads a new question and answers it in less
SETTLED_LATELY = timedelta(seconds=60)


@dataclass(frozen=True)
class Option:
    """One numbered choice: its words, and what is done when it is taken."""

    label: Any
    deed: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Ask:
    """A question to be put. `again` is the deed that asks it afresh when an answer comes too late."""

    kind: str
    say: Say
    options: Sequence[Option] = ()
    yes_no: bool = False
    record_id: UUID | None = None
    expires_at: datetime | None = None
    again: Mapping[str, Any] | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)


def yes_no(yes: Mapping[str, Any], no: Mapping[str, Any]) -> tuple[Option, Option]:
    """The two options of a yes/no question: 1 is always yes."""
    return Option({"en": "Yes", "es": "Sí"}, yes), Option({"en": "No", "es": "No"}, no)


async def open_prompt(session: AsyncSession, address_id: UUID) -> Prompt | None:
    """The question that is open at an address."""
    query = select(Prompt).where(Prompt.address_id == address_id, Prompt.state == PromptState.OPEN)
    return (await session.scalars(query)).one_or_none()


async def waiting_acts(session: AsyncSession, address_id: UUID) -> int:
    """How many acts wait at an address, the open one among them."""
    query = select(Prompt.id).where(
        Prompt.address_id == address_id,
        Prompt.state.in_((PromptState.OPEN, PromptState.QUEUED)),
        Prompt.kind.in_(ACTS),
    )
    return len((await session.scalars(query)).all())


async def last_prompt(session: AsyncSession, address_id: UUID) -> Prompt | None:
    """The question asked last at an address, whatever became of it."""
    query = select(Prompt).where(Prompt.address_id == address_id).order_by(Prompt.seq.desc()).limit(1)
    return (await session.scalars(query)).one_or_none()


async def put_prompt(
    session: AsyncSession,
    address_id: UUID,
    ask: Ask,
    *,
    person_id: UUID | None,
    role: str,
    language: str,
    now: datetime,
) -> Prompt:
    """Record a question. It opens now, unless it is an act and another act is open: then it waits its turn."""
    standing = await open_prompt(session, address_id)
    waits = ask.kind in ACTS and standing is not None and standing.kind in ACTS
    if standing is not None and not waits:
        _step_aside(standing, ask, now)
        await session.flush()
    prompt = Prompt(
        id=uuid4(),
        address_id=address_id,
        person_id=person_id,
        role=role,
        kind=ask.kind,
        record_id=ask.record_id,
        question=ask.say.as_json() | {"extra": dict(ask.extra)},
        options=[{"label": o.label, "deed": dict(o.deed)} for o in ask.options],
        yes_no=ask.yes_no,
        language=language,
        again=dict(ask.again) if ask.again else None,
        created_at=now,
        state=PromptState.QUEUED if waits else PromptState.OPEN,
        misses=0,
        expires_at=ask.expires_at or (None if ask.kind in ACTS else now + CHOICE_LASTS),
    )
    session.add(prompt)
    await session.flush()
    return prompt


def _step_aside(standing: Prompt, ask: Ask, now: datetime) -> None:
    """Make room: an act goes back into the queue, a choice is over."""
    if standing.kind in ACTS:
        standing.state = PromptState.QUEUED
    else:
        close(standing, PromptState.REPLACED, now)


def close(prompt: Prompt, state: PromptState, now: datetime) -> None:
    """End a question in one of its final states."""
    prompt.state, prompt.closed_at = state, now


async def open_next(session: AsyncSession, address_id: UUID) -> Prompt | None:
    """Open the act that has waited longest, if nothing is open; None if nothing waits."""
    if await open_prompt(session, address_id) is not None:
        return None
    query = (
        select(Prompt)
        .where(Prompt.address_id == address_id, Prompt.state == PromptState.QUEUED)
        .order_by(Prompt.seq)
        .limit(1)
    )
    prompt = (await session.scalars(query)).one_or_none()
    if prompt is not None:
        prompt.state = PromptState.OPEN
        await session.flush()
    return prompt


async def withdraw_for_record(
    session: AsyncSession,
    record_id: UUID,
    now: datetime,
    *,
    kinds: Collection[str] = (),
    asked_until: datetime | None = None,
) -> set[UUID]:
    """Close every unanswered question about a record that is settled; the addresses they were open at.

    `kinds` narrows that to kinds of question, `asked_until` to those put until then.
    """
    moot = update(Prompt).where(
        Prompt.record_id == record_id, Prompt.state.in_((PromptState.OPEN, PromptState.QUEUED))
    )
    if kinds:
        moot = moot.where(Prompt.kind.in_(kinds))
    if asked_until is not None:
        moot = moot.where(Prompt.created_at <= asked_until)
    rows = await session.execute(
        moot.values(state=PromptState.WITHDRAWN, closed_at=now).returning(Prompt.address_id)
    )
    return set(rows.scalars())


async def withdraw_for_person(session: AsyncSession, person_id: UUID, kind: str, now: datetime) -> None:
    """Close every unanswered question of one kind that was put to a person who may not answer it any more."""
    await session.execute(
        update(Prompt)
        .where(
            Prompt.person_id == person_id,
            Prompt.kind == kind,
            Prompt.state.in_((PromptState.OPEN, PromptState.QUEUED)),
        )
        .values(state=PromptState.WITHDRAWN, closed_at=now)
    )


async def waits_already(session: AsyncSession, address_id: UUID, ask: Ask) -> Prompt | None:
    """The same question about the same record, if it waits at this address."""
    query = select(Prompt).where(
        Prompt.address_id == address_id,
        Prompt.kind == ask.kind,
        Prompt.record_id == ask.record_id,
        Prompt.state.in_((PromptState.OPEN, PromptState.QUEUED)),
    )
    return (await session.scalars(query.order_by(Prompt.seq).limit(1))).one_or_none()


async def asked_before(session: AsyncSession, prompt: Prompt, at: datetime) -> bool:
    """Whether the question was on its way to the phone when the answer came in."""
    first = await _first_handed(session, prompt)
    if first is None or first > at:
        return False
    if at - first > TOO_FAST:
        return True
    return not await _another_just_settled(session, prompt, at)


async def _first_handed(session: AsyncSession, prompt: Prompt) -> datetime | None:
    query = select(Outbound.handed_at).where(Outbound.prompt_id == prompt.id, Outbound.handed_at.is_not(None))
    return await session.scalar(query.order_by(Outbound.handed_at).limit(1))


async def _another_just_settled(session: AsyncSession, prompt: Prompt, at: datetime) -> bool:
    """Whether another question was settled without an answer moments ago: the answer may be to that one."""
    query = select(Prompt.id).where(
        Prompt.address_id == prompt.address_id,
        Prompt.id != prompt.id,
        or_(Prompt.state == PromptState.WITHDRAWN, Prompt.state == PromptState.EXPIRED),
        Prompt.closed_at > at - SETTLED_LATELY,
    )
    return await session.scalar(query.limit(1)) is not None


def question_of(prompt: Prompt) -> list[Say]:
    """The question and its numbered options, to be asked (again)."""
    return [Say.of(prompt.question), *option_lines(prompt.options)]


def question_in_short(prompt: Prompt) -> list[Say] | None:
    """The question in few words, for a person who has it in full above; None where there is no shorter form."""
    if prompt.kind == "choose_slot":
        return [Say("prompt.list_above")]
    short = f"{prompt.question['say']}_short"
    return [Say(short, prompt.question["vars"]), *option_lines(prompt.options)] if known(short) else None


def option_lines(options: Sequence[Mapping[str, Any]]) -> list[Say]:
    """The lines `1. ...` of a question."""
    return [Say("prompt.option", {"number": n, "label": o["label"]}) for n, o in enumerate(options, 1)]
