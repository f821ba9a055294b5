"""Turn what services told into messages and questions, unique per notice and recipient."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from conversations.cases import NewCase, open_case
from conversations.ledger.addresses import SMS, address_of, conversation_of, why_barred
from conversations.ledger.gate import Cause, Letter, edits, held_too_long, put
from conversations.models import Address, Conversation, Lane, MessageClass, Outbound, Prompt, PromptState
from conversations.notify.holding import hold, permission_waits, released_notices
from conversations.notify.wording import Wording, word
from conversations.policy import Policy, school_year
from conversations.prompts import (
    ACTS,
    Ask,
    open_next,
    open_prompt,
    put_prompt,
    question_in_short,
    question_of,
    waits_already,
    withdraw_for_record,
)
from conversations.texts import Say, measure, render
from placements import clock
from placements.database import Database
from placements.notices import NoticeView, mark_done, unsent
from placements.queries.bookings import booking
from placements.queries.people import (
    PersonView,
    guardians_of,
    is_young,
    needs_confirming,
    people_at,
    person,
    phone_of,
)
from placements.queries.schools import student_zone

log = structlog.get_logger(__name__)

BATCH = 200
AT_ONCE = timedelta(minutes=10)
_CASES = {"number_doubted": "number_dead", "plan_changed_late": "plan_changed_late"}


@dataclass(frozen=True, kw_only=True)
class _Delivery:
    """One notice for one person at one address."""

    notice: NoticeView
    person: PersonView
    role: str
    address: Address
    conversation: Conversation
    policy: Policy
    now: datetime
    zone: ZoneInfo


@dataclass(frozen=True)
class _Use:
    """The booking that a notice is about, with its state, and the moment after which the notice helps nobody."""

    about: tuple[UUID, str] | None
    until: datetime | None


class Notifier:
    """Delivers notices; safe to run in several processes at once."""

    def __init__(self, database: Database, policy: Policy) -> None:
        self._db, self._policy = database, policy

    async def deliver_all(self) -> int:
        """Deliver every notice that waits; how many there were."""
        async with self._db.session() as session:
            notices = list(await unsent(session, BATCH))
            released = await released_notices(session)
        done = sum([await self._deliver(notice) for notice in notices])
        for notice, person_id in released:
            await self._to(notice, person_id)
        return done + len(released)

    async def _deliver(self, notice: NoticeView) -> bool:
        """Tell everyone of one notice. One that fails is tried again and holds up none of the others."""
        try:
            for person_id in notice.audience:
                if notice.event in _CASES:
                    await self._to_coordinator(notice, person_id)
                else:
                    await self._to(notice, person_id)
            async with self._db.session() as session:
                await mark_done(session, notice.id)
        except Exception as failure:
            log.error("notice_not_delivered", notice=str(notice.id), why=type(failure).__name__)
            return False
        return True

    async def _to(self, notice: NoticeView, person_id: UUID) -> None:
        """One recipient, in a transaction of its own that holds that recipient's conversation only."""
        async with self._db.session() as session:
            recipient = await person(session, person_id)
            role = notice.data.get("roles", {}).get(str(person_id), "")
            if recipient is None:
                return
            now = await clock.now(session)
            if await is_young(session, person_id):
                await self._to_guardians(session, notice, recipient, now)
                return
            phone = await phone_of(session, person_id)
            if phone is not None and await needs_confirming(session, phone):
                await hold(session, notice, recipient, phone, policy=self._policy, now=now)
                return
            if phone is None or await _would_ask_the_student(session, notice, phone):
                why = "no_number" if phone is None else "students_phone"
                await _unreachable(session, notice, recipient, why, self._policy, now)
                return
            address = await address_of(session, SMS, phone, now)
            conversation = await conversation_of(session, address.id, lock=True)
            if await _told(session, notice, person_id):
                return
            await _deliver(
                session,
                _Delivery(
                    notice=notice,
                    person=recipient,
                    role=role,
                    address=address,
                    conversation=conversation,
                    policy=self._policy,
                    now=now,
                    zone=await _school_clock(session, notice) or self._policy.timezone,
                ),
            )

    async def _to_coordinator(self, notice: NoticeView, person_id: UUID) -> None:
        """What a coordinator has to see to becomes a case, about whose number it is or whose visit."""
        kind, student = _CASES[notice.event], notice.data.get("student_id")
        about_visit = notice.record_type == "booking"
        async with self._db.session() as session:
            new = NewCase(
                kind=kind,
                severity="soon",
                dedupe=f"{kind}:{notice.id}",
                person_id=UUID(student) if about_visit and student else person_id,
                record_id=UUID(str(notice.record_id)) if about_visit else None,
                facts={"bookings": [str(notice.record_id)]}
                if about_visit
                else {"code": notice.data.get("why", "")},
            )
            await open_case(session, new, policy=self._policy, now=await clock.now(session))

    async def _to_guardians(
        self, session: AsyncSession, notice: NoticeView, child: PersonView, now: datetime
    ) -> None:
        """A student under 13 is never texted: the guardians hear of it instead."""
        guardians = [g.person.id for g in await guardians_of(session, child.id) if not g.barred and g.phone]
        roles = {**notice.data.get("roles", {}), **{str(each): "guardian" for each in guardians}}
        theirs = replace(notice, data={**notice.data, "roles": roles})
        for guardian in guardians:
            await self._to(theirs, guardian)
        if not guardians:
            await _unreachable(session, notice, child, "no_number", self._policy, now)


async def _school_clock(session: AsyncSession, notice: NoticeView) -> ZoneInfo | None:
    """The clock by which a notice's hours count: that of the school of the student it is about."""
    student = notice.data.get("student_id")
    return await student_zone(session, UUID(student)) if student else None


async def _deliver(session: AsyncSession, it: _Delivery) -> None:
    wording = await word(session, it.notice, it.role, it.person)
    if wording is None:
        return
    if wording.settles is not None:
        await withdraw_for_record(
            session,
            wording.settles,
            it.now,
            kinds=wording.settles_kinds,
            asked_until=wording.settles_until,
        )
    if wording.ask is not None and await _somebody_else_there_is_asked(session, it, wording.ask):
        return
    use = await _use(session, it, wording)
    await _introduce(session, it, use)
    lead, prompt = await _question(session, it, wording)
    barred, held = why_barred(it.address) or ("dead_number" if it.address.dead_at else None), False
    messages = await _fitted(session, lead, prompt, it.person.language)
    for number, (says, body, asked) in enumerate(messages):
        letter = Letter(
            address=it.address,
            conversation=it.conversation,
            body=body,
            texts=[s.key for s in says],
            cause=Cause("notice", str(it.notice.id)),
            dedupe=f"notice:{it.notice.id}:{it.person.id}" + (f":{number}" if number else ""),
            lane=Lane.OTHER,
            message_class=wording.message_class,
            zone=it.zone,
            person_id=it.person.id,
            prompt_id=asked.id if asked else None,
            about=use.about,
            good_until=use.until,
        )
        await put(session, letter, policy=it.policy, now=it.now)
        held |= held_too_long(letter, it.address, it.now)
    if held or (barred and wording.ask is not None):
        await _unreachable(session, it.notice, it.person, barred or "not_now", it.policy, it.now)


async def _question(
    session: AsyncSession, it: _Delivery, wording: Wording
) -> tuple[list[Say], Prompt | None]:
    """The words, and the question below: the notice's own, the one that stands before it, or the next to come up."""
    says = list(wording.says)
    if wording.ask is not None and await _offered_just_now(session, it, wording.ask):
        return says, None
    if wording.ask is not None:
        prompt = (
            await waits_already(session, it.address.id, wording.ask) if wording.ask.kind in ACTS else None
        )
        prompt = prompt or await put_prompt(
            session,
            it.address.id,
            wording.ask,
            person_id=it.person.id,
            role=it.role,
            language=it.person.language,
            now=it.now,
        )
        if prompt.state == PromptState.OPEN:
            return says, prompt
        standing = await open_prompt(session, it.address.id)
        if standing is not None:
            return [Say("prompt.another_waits")], standing
        return says, None
    if wording.reminds is not None:
        standing = await open_prompt(session, it.address.id)
        if standing is not None and standing.record_id == wording.reminds and standing.kind in ACTS:
            return says, standing
        return says, None
    following = await open_next(session, it.address.id)
    if following is not None:
        return [*says, Say("prompt.next_question")], following
    return says, None


async def _somebody_else_there_is_asked(session: AsyncSession, it: _Delivery, ask: Ask) -> bool:
    """Whether two who share a phone, such as both parents, would be asked the same there twice."""
    standing = await waits_already(session, it.address.id, ask) if ask.kind in ACTS else None
    return standing is not None and standing.person_id != it.person.id


async def _offered_just_now(session: AsyncSession, it: _Delivery, ask: Ask) -> bool:
    """Whether the offer to look again was made moments ago: two visits that end at once make one question."""
    standing = await open_prompt(session, it.address.id) if ask.kind == "look_again" else None
    return standing is not None and standing.kind == ask.kind and it.now - standing.created_at < AT_ONCE


_Message = tuple[list[Say], str, Prompt | None]  # the texts, their words, and the question among them


async def _fitted(
    session: AsyncSession, lead: list[Say], prompt: Prompt | None, language: str
) -> list[_Message]:
    """The messages: one if it is short enough, if need be with the question in short where it was asked before.

    A question that nobody has read is never shortened: it follows in a message of its own.
    """
    wording = await edits(session)

    def message(says: list[Say], asked: Prompt | None) -> _Message:
        return says, render(says, language, wording), asked

    if prompt is None:
        return [message(lead, None)]
    whole = message([*lead, *question_of(prompt)], prompt)
    size = measure(whole[1])
    if not lead or size.segments <= size.within:
        return [whole]
    if not await _asked(session, prompt):
        return [message(lead, None), message(question_of(prompt), prompt)]
    brief = question_in_short(prompt)
    return [whole if brief is None else message([*lead, *brief], prompt)]


async def _asked(session: AsyncSession, prompt: Prompt) -> bool:
    """Whether a message with this question was written before."""
    query = select(Outbound.id).where(Outbound.prompt_id == prompt.id).limit(1)
    return await session.scalar(query) is not None


async def _told(session: AsyncSession, notice: NoticeView, person_id: UUID) -> bool:
    """Whether another worker has told this recipient meanwhile; asked under the conversation's lock."""
    query = select(Outbound.id).where(Outbound.dedupe == f"notice:{notice.id}:{person_id}")
    return await session.scalar(query) is not None


async def _use(session: AsyncSession, it: _Delivery, wording: Wording) -> _Use:
    """How long a notice is of use: a question until its last moment, news of a visit until that begins."""
    held = await booking(session, it.notice.record_id) if it.notice.record_type == "booking" else None
    about = (held.id, str(held.state)) if held is not None else None
    if wording.ask is not None and wording.ask.kind in ACTS and wording.ask.expires_at is not None:
        return _Use(about, wording.ask.expires_at)
    starts = held.slot.starts_at if held is not None else None
    return _Use(about, starts if starts is not None and starts > it.now else None)


async def _introduce(session: AsyncSession, it: _Delivery, use: _Use) -> None:
    """First contact: who writes, before what is written. Staff know us; who is not to be texted is met later."""
    year = school_year(it.now)
    barred = why_barred(it.address) or it.address.dead_at
    if barred or it.address.introduced_for == year or it.role in ("coordinator", ""):
        return
    it.address.introduced_for = year
    says = [Say("intro.notice", {"program": it.policy.program, "contact": it.policy.contact_name})]
    await put(
        session,
        Letter(
            address=it.address,
            conversation=it.conversation,
            body=render(says, it.person.language, await edits(session)),
            texts=[s.key for s in says],
            cause=Cause("notice", str(it.notice.id)),
            dedupe=f"intro:{it.address.id}:{it.notice.id}",
            lane=Lane.OTHER,
            message_class=MessageClass.CAUSED,
            zone=it.zone,
            person_id=it.person.id,
            about=use.about,
            good_until=use.until,
        ),
        policy=it.policy,
        now=it.now,
    )


async def _would_ask_the_student(session: AsyncSession, notice: NoticeView, phone: str) -> bool:
    """Whether a consent question would arrive on the student's own phone."""
    if notice.event not in ("consent_asked", "consent_reminder"):
        return False
    student = str(notice.data.get("student_id", ""))
    return any(str(p.id) == student for p in await people_at(session, phone))


async def _unreachable(
    session: AsyncSession, notice: NoticeView, recipient: PersonView, why: str, policy: Policy, now: datetime
) -> None:
    """Nobody can be reached there: what matters becomes a case at once."""
    if notice.event in ("interest_opened",):
        return
    if notice.event == "consent_asked":
        await permission_waits(session, notice, recipient, why, policy=policy, now=now)
        return
    student = notice.data.get("student_id")
    await open_case(
        session,
        NewCase(
            kind="cannot_reach",
            severity="soon",
            dedupe=f"unreachable:{notice.id}:{recipient.id}",
            person_id=UUID(student) if student else recipient.id,
            record_id=notice.record_id if isinstance(notice.record_id, UUID) else None,
            facts={"event": notice.event, "recipient": str(recipient.id)},
        ),
        policy=policy,
        now=now,
    )
