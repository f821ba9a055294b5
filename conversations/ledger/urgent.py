"""What is answered in the transaction that stores a text: keywords, opt-outs, wrong numbers and crisis.

No engine, no queue and no model comes between; the answer is in the outbox's first lane when the carrier hears 2xx.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from conversations.cases import NewCase, open_case, start_page
from conversations.cases.answers import crisis_answer
from conversations.cases.holds import hold_hosts
from conversations.holders import release
from conversations.ledger.addresses import Bar, opt_in, opt_out, why_barred
from conversations.ledger.bars import ask_for_start, close_ask_for_start
from conversations.ledger.gate import CAN_WAIT, Cause, put_says
from conversations.ledger.late import Late, bar_again, lift_again, newer_start, newer_stop
from conversations.models import (
    Address,
    Case,
    CaseNote,
    Conversation,
    Inbound,
    InState,
    Lane,
    MessageClass,
    Outbound,
    OutState,
    Prompt,
    PromptState,
)
from conversations.policy import CRISIS_HOLD, Policy
from conversations.prompts import close, open_next, open_prompt, question_in_short, question_of
from conversations.safety import CRISIS_KINDS, Finding, keywords
from conversations.texts import Say, measure, render
from placements.cause import Cause as PlacementCause
from placements.queries.bookings import bookings_at_host, bookings_of, requests_for_host
from placements.queries.people import PersonView, needs_confirming, people_at, students_of_guardian
from placements.queries.schools import student_zone
from placements.services.people import unlink_phone

ASKED_FOR_SEGMENTS = 4  # a welcome and a question that was asked before


@dataclass(frozen=True, kw_only=True)
class _Urgent:
    """One urgent text and what its answer needs."""

    finding: Finding
    inbound: Inbound
    address: Address
    conversation: Conversation
    people: Sequence[PersonView]
    verdict: str  # what the carrier says that it made of this text: STOP, START, HELP or ''
    policy: Policy
    now: datetime
    late: Late | None = None  # where only the carrier's list had it

    @property
    def taken(self) -> str:
        """What the carrier made of this text: as it says, or as it does by itself with a bare word."""
        return self.verdict or keywords.taken_by_carriers(self.inbound.body)

    @property
    def answered(self) -> bool:
        """Whether the carrier answers this text, so that we must not."""
        return bool(self.verdict) or (bool(self.taken) and not self.policy.app_answers_keywords)

    @property
    def person_id(self) -> UUID | None:
        return self.people[0].id if self.people else None

    @property
    def language(self) -> str:
        if self.finding.need == "crisis" or not self.people:
            return self.address.language or self.finding.language
        return self.people[0].language


async def answer_safety(
    session: AsyncSession,
    finding: Finding,
    inbound: Inbound,
    address: Address,
    conversation: Conversation,
    verdict: str,
    *,
    policy: Policy,
    now: datetime,
    late: Late | None = None,
) -> None:
    """Act on a finding of the safety rules, and cover the text with its one answer or the reason for silence."""
    urgent = _Urgent(
        finding=finding,
        inbound=inbound,
        address=address,
        conversation=conversation,
        people=await people_at(session, address.value),
        verdict=verdict,
        policy=policy,
        now=now,
        late=late,
    )
    if not urgent.people and finding.language == "es" and finding.need in ("crisis", "report_unsafe"):
        address.language = "es"  # a stranger is spoken with in what they wrote, then and afterwards
    handler = _HANDLERS[finding.need]
    inbound.safety = {
        "need": finding.need,
        "kind": finding.kind,
        "rule": finding.rule,
        "also_opt_out": finding.also_opt_out,
    }
    inbound.person_id = urgent.person_id
    says = await handler(session, urgent)
    inbound.state, inbound.handled_at = InState.DONE, now
    if says:
        await _reply(session, urgent, says)
    else:
        inbound.silence = inbound.silence or "answered_by_carrier"


async def _reply(session: AsyncSession, urgent: _Urgent, says: Sequence[Say]) -> None:
    crisis = any(say.key.startswith("crisis.") and say.key != "crisis.also_stopped" for say in says)
    prompt = await open_prompt(session, urgent.address.id) if urgent.finding.need == "opt_in" else None
    await put_says(
        session,
        address=urgent.address,
        conversation=urgent.conversation,
        says=says,
        language=urgent.language,
        cause=Cause("inbound", str(urgent.inbound.id)),
        dedupe=f"reply:{urgent.inbound.id}",
        lane=Lane.URGENT,
        message_class=MessageClass.CRISIS if crisis else MessageClass.REPLY,
        person_id=urgent.person_id,
        reply_to=urgent.inbound.id,
        prompt_id=prompt.id if prompt else None,
        policy=urgent.policy,
        now=urgent.now,
    )


async def _case(
    session: AsyncSession, urgent: _Urgent, case_kind: str, severity: str = "normal", /, **facts: Any
) -> Case:
    """The case that this text opens. It names everyone on that number."""
    new = NewCase(
        kind=case_kind,
        severity=severity,
        dedupe=f"{case_kind}:{urgent.inbound.id}",
        person_id=urgent.person_id,
        conversation_id=urgent.conversation.id,
        inbound_id=urgent.inbound.id,
        facts={"people": [str(p.id) for p in urgent.people], **facts},
    )
    return await open_case(session, new, policy=urgent.policy, now=urgent.now)


async def _call_a_person(session: AsyncSession, urgent: _Urgent, case_kind: str, kind: str) -> None:
    """An urgent case, and the people on call paged in this transaction."""
    case = await _case(session, urgent, case_kind, "urgent", kind=kind)
    if urgent.address.carrier_barred_at is not None:
        session.add(
            CaseNote(case_id=case.id, at=urgent.now, by="Footbridge", what="carrier_blocks_our_answer")
        )
    await start_page(session, case, policy=urgent.policy, now=urgent.now)


async def _crisis(session: AsyncSession, urgent: _Urgent) -> list[Say]:
    await _hold_everything_else(session, urgent)
    await _call_a_person(session, urgent, "crisis", urgent.finding.kind)
    if urgent.finding.kind == "abuse":
        await _hold_hosts(session, urgent, only_if_clear=True)
    says = [crisis_answer(f"crisis.{urgent.finding.kind}", urgent.policy)]
    if urgent.finding.also_opt_out and await _silence(session, urgent, "words"):
        says.append(Say("crisis.also_stopped"))
    return says


async def _hold_everything_else(session: AsyncSession, urgent: _Urgent) -> None:
    """What is not urgent waits for some days, and then for an hour at which it may go."""
    urgent.address.crisis_until = until = urgent.now + CRISIS_HOLD
    zone = await _zone(session, urgent)
    for message_class in CAN_WAIT:
        opens = urgent.policy.earliest(message_class, until, zone)
        await session.execute(
            update(Outbound)
            .where(
                Outbound.address_id == urgent.address.id,
                Outbound.state == OutState.QUEUED,
                Outbound.message_class == message_class,
                Outbound.due_at < opens,
            )
            .values(due_at=opens)
        )


async def _zone(session: AsyncSession, urgent: _Urgent) -> ZoneInfo:
    """The clock of the school of whoever is at this number."""
    roles = [role for person in urgent.people for role in person.roles if role.student_id]
    student = next((role.student_id for role in roles), None)
    return (await student_zone(session, student) if student else None) or urgent.policy.timezone


async def _hold_hosts(session: AsyncSession, urgent: _Urgent, *, only_if_clear: bool = False) -> None:
    """Nothing goes on at the host that the report is about until a coordinator has looked."""
    await hold_hosts(
        session,
        people=[person.id for person in urgent.people],
        text=urgent.inbound.body,
        cause=_placement_cause(urgent),
        inbound_id=urgent.inbound.id,
        conversation_id=urgent.conversation.id,
        policy=urgent.policy,
        now=urgent.now,
        only_if_clear=only_if_clear,
    )


async def _report_unsafe(session: AsyncSession, urgent: _Urgent) -> list[Say]:
    await _call_a_person(session, urgent, "report_unsafe", "unsafe")
    await _hold_hosts(session, urgent)
    says = [crisis_answer("safety.unsafe_report", urgent.policy)]
    if urgent.finding.also_opt_out and await _silence(session, urgent, "words"):
        says.append(Say("crisis.also_stopped"))
    return says


async def _opt_out(session: AsyncSession, urgent: _Urgent) -> list[Say]:
    before = why_barred(urgent.address)
    if not await _silence(session, urgent, urgent.finding.kind):
        urgent.inbound.silence = "overtaken"
        return []
    if before is not None:
        urgent.inbound.silence = before
        return []
    if urgent.answered:
        return []
    return [Say("keyword.stopped", {"program": urgent.policy.program})]


async def _opt_in(session: AsyncSession, urgent: _Urgent) -> list[Say]:
    """A keyword lifts both bars, for the carrier saw it too; words lift ours, and the rest is START's."""
    was_out = why_barred(urgent.address) is not None
    stop = await newer_stop(session, urgent.address, urgent.late)
    in_words = urgent.finding.kind == "words" and not urgent.verdict
    await opt_in(
        session,
        urgent.address,
        bar=Bar.OURS if in_words else Bar.BOTH,
        source="carrier" if urgent.verdict else urgent.finding.kind or "keyword",
        now=urgent.now,
        wording=urgent.inbound.body,
        message_id=urgent.inbound.id,
    )
    if stop is not None:
        await bar_again(session, urgent.address, stop, urgent.now)
        urgent.inbound.silence = "overtaken"
        return []
    if (still := why_barred(urgent.address)) is not None:
        urgent.inbound.silence = still
        await ask_for_start(
            session,
            urgent.address,
            urgent.conversation,
            inbound=urgent.inbound,
            policy=urgent.policy,
            now=urgent.now,
        )
        return []
    await close_ask_for_start(session, urgent.conversation, now=urgent.now)
    if urgent.verdict or (urgent.answered and not was_out):
        return []
    question = await _question_again(session, urgent)
    if urgent.answered:
        return [Say("prompt.back_to"), *question] if question else []
    key = "keyword.welcome_back" if was_out else "keyword.already_in"
    return [Say(key, {"program": urgent.policy.program}), *question]


async def _question_again(session: AsyncSession, urgent: _Urgent) -> list[Say]:
    """The question that is open at this number, or the one that waits behind it; none whose time is over, and none
    while nobody has said that the phone is still with whom it was asked of."""
    if await needs_confirming(session, urgent.address.value):
        return []
    prompt = await open_prompt(session, urgent.address.id)
    while prompt is not None and prompt.expires_at is not None and prompt.expires_at <= urgent.now:
        close(prompt, PromptState.EXPIRED, urgent.now)
        await session.flush()
        prompt = await open_next(session, urgent.address.id)
    prompt = prompt or await open_next(session, urgent.address.id)
    if prompt is None:
        return []
    whole, brief = question_of(prompt), question_in_short(prompt)
    welcome = Say("keyword.welcome_back", {"program": urgent.policy.program})
    too_long = measure(render([welcome, *whole], urgent.language)).segments > ASKED_FOR_SEGMENTS
    return brief if too_long and brief is not None else whole


async def _help(session: AsyncSession, urgent: _Urgent) -> list[Say]:
    address = urgent.address
    if address.crisis_until is not None and address.crisis_until > urgent.now:
        return await _crisis_again(session, urgent)
    if (barred := why_barred(address)) is not None or urgent.answered:
        urgent.inbound.silence = "answered_by_carrier" if urgent.answered else barred
        return []
    return [Say("keyword.help", {"program": urgent.policy.program, "contact": urgent.policy.help_contact})]


async def _crisis_again(session: AsyncSession, urgent: _Urgent) -> list[Say]:
    """The answer to what this number wrote in its crisis, once more, and a person."""
    await _call_a_person(session, urgent, "crisis", "asked_again")
    kind = await session.scalar(
        select(Inbound.safety["kind"].astext)
        .where(Inbound.address_id == urgent.address.id, Inbound.safety["need"].astext == "crisis")
        .order_by(Inbound.seq.desc())
        .limit(1)
    )
    key = f"crisis.{kind}" if kind in CRISIS_KINDS else "crisis.self_harm"
    return [crisis_answer(key, urgent.policy)]


async def _wrong_number(session: AsyncSession, urgent: _Urgent) -> list[Say]:
    before = why_barred(urgent.address)
    bookings = [str(b) for b in await _open_bookings(session, urgent.people)]
    await _case(session, urgent, "wrong_number", "soon" if bookings else "normal", bookings=bookings)
    await _raise_bar(session, urgent, "words")
    await _withdraw_everything(session, urgent)
    people = await unlink_phone(
        session,
        phone=urgent.address.value,
        person_id=None,
        why="wrong_number",
        cause=_placement_cause(urgent),
    )
    await release(
        session, urgent.address.value, people=people, now=urgent.now, channel=urgent.address.channel
    )
    if before is not None or urgent.answered:
        urgent.inbound.silence = before or "answered_by_carrier"
        return []
    return [Say("keyword.stopped_wrong_number", {"program": urgent.policy.program})]


async def _abusive(session: AsyncSession, urgent: _Urgent) -> list[Say]:
    if (barred := why_barred(urgent.address)) is not None:
        urgent.inbound.silence = barred
        return []
    await _case(session, urgent, "abusive")
    return [Say("safety.abusive")]


async def _raise_bar(session: AsyncSession, urgent: _Urgent, source: str) -> None:
    """Our bar, and the carrier's where the carrier took the text for a STOP too."""
    await opt_out(
        session,
        urgent.address,
        bar=Bar.BOTH if urgent.taken == "STOP" else Bar.OURS,
        source="carrier" if urgent.verdict == "STOP" else source,
        now=urgent.now,
        wording=urgent.inbound.body,
        message_id=urgent.inbound.id,
    )


async def _silence(session: AsyncSession, urgent: _Urgent, source: str) -> bool:
    """Opt the address out; whoever has open bookings on that number becomes a case that names them all.

    False where the opt-out is learnt late and the person has asked for texts since: it is kept, and changes nothing.
    """
    first = urgent.address.opted_out_at is None
    start = await newer_start(session, urgent.address, urgent.late)
    await _raise_bar(session, urgent, source)
    if start is not None:
        await lift_again(session, urgent.address, start, urgent.now)
        return False
    bookings = [str(b) for b in await _open_bookings(session, urgent.people)]
    if bookings and first:
        await _case(session, urgent, "stopped_with_booking", "soon", bookings=bookings)
    await _suppress_queued(session, urgent)
    return True


async def _suppress_queued(session: AsyncSession, urgent: _Urgent) -> None:
    await session.execute(
        update(Outbound)
        .where(
            Outbound.address_id == urgent.address.id,
            Outbound.state == OutState.QUEUED,
            Outbound.lane != Lane.URGENT,
        )
        .values(state=OutState.SUPPRESSED, why_suppressed="opted_out", state_at=urgent.now)
    )


async def _withdraw_everything(session: AsyncSession, urgent: _Urgent) -> None:
    await _suppress_queued(session, urgent)
    await session.execute(
        update(Prompt)
        .where(
            Prompt.address_id == urgent.address.id, Prompt.state.in_((PromptState.OPEN, PromptState.QUEUED))
        )
        .values(state=PromptState.WITHDRAWN, closed_at=urgent.now)
    )


async def _open_bookings(session: AsyncSession, people: Sequence[PersonView]) -> list[UUID]:
    """What is at stake for everyone on a number: their own visits, their children's, and those at their place."""
    found: list[UUID] = []
    for person in people:
        students = [person.id, *(child.id for child in await students_of_guardian(session, person.id))]
        for student in students:
            found += [b.id for b in await bookings_of(session, student, open_only=True)]
        hosted = [*await requests_for_host(session, person.id), *await bookings_at_host(session, person.id)]
        found += [b.id for b in hosted]
    return list(dict.fromkeys(found))


def _placement_cause(urgent: _Urgent) -> PlacementCause:
    return PlacementCause(
        kind="message", ref=str(urgent.inbound.id), actor=urgent.person_id, address=urgent.address.value
    )


_HANDLERS = {
    "crisis": _crisis,
    "report_unsafe": _report_unsafe,
    "opt_out": _opt_out,
    "opt_in": _opt_in,
    "help_keyword": _help,
    "wrong_number": _wrong_number,
    "abusive": _abusive,
}
