"""What is answered in the transaction that stores a text: keywords, opt-outs, wrong numbers and crisis.

No engine, no queue and no model comes between; the answer is in the outbox's first lane when the carrier hears 2xx.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from conversations.cases import NewCase, open_case, start_page
from conversations.cases.answers import crisis_answer
from conversations.cases.holds import hold_hosts
from conversations.holders import release
from conversations.ledger.addresses import Bar, opt_in, opt_out, why_barred
from conversations.ledger.bars import ask_for_start
from conversations.ledger.gate import CAN_WAIT, Cause, put_says
from conversations.models import (
    Address,
    Case,
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
from conversations.prompts import open_prompt, question_of
from conversations.safety import Finding
from conversations.texts import Say
from placements.cause import Cause as PlacementCause
from placements.queries.bookings import bookings_of
from placements.queries.people import PersonView, people_at, students_of_guardian
from placements.services.people import unlink_phone


@dataclass(frozen=True, kw_only=True)
class _Urgent:
    """One urgent text and what its answer needs."""

    finding: Finding
    inbound: Inbound
    address: Address
    conversation: Conversation
    people: Sequence[PersonView]
    by_carrier: str
    policy: Policy
    now: datetime

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
    by_carrier: str,
    *,
    policy: Policy,
    now: datetime,
) -> None:
    """Act on a finding of the safety rules, and cover the text with its one answer or the reason for silence."""
    urgent = _Urgent(
        finding=finding,
        inbound=inbound,
        address=address,
        conversation=conversation,
        people=await people_at(session, address.value),
        by_carrier=by_carrier,
        policy=policy,
        now=now,
    )
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
    crisis = urgent.finding.need == "crisis" or any(say.key == "crisis.self_harm" for say in says)
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
    """The case that this text opens."""
    new = NewCase(
        kind=case_kind,
        severity=severity,
        dedupe=f"{case_kind}:{urgent.inbound.id}",
        person_id=urgent.person_id,
        conversation_id=urgent.conversation.id,
        inbound_id=urgent.inbound.id,
        facts=facts,
    )
    return await open_case(session, new, policy=urgent.policy, now=urgent.now)


async def _call_a_person(session: AsyncSession, urgent: _Urgent, case_kind: str, kind: str) -> None:
    """An urgent case, and the people on call paged in this transaction."""
    case = await _case(session, urgent, case_kind, "urgent", kind=kind)
    await start_page(session, case, policy=urgent.policy, now=urgent.now)


async def _crisis(session: AsyncSession, urgent: _Urgent) -> list[Say]:
    await _hold_everything_else(session, urgent)
    await _call_a_person(session, urgent, "crisis", urgent.finding.kind)
    says = [crisis_answer(f"crisis.{urgent.finding.kind}", urgent.policy)]
    if urgent.finding.also_opt_out:
        await _silence(session, urgent, "words")
        says.append(Say("crisis.also_stopped"))
    return says


async def _hold_everything_else(session: AsyncSession, urgent: _Urgent) -> None:
    """What is not urgent waits for some days; what waits already goes on waiting."""
    urgent.address.crisis_until = until = urgent.now + CRISIS_HOLD
    await session.execute(
        update(Outbound)
        .where(
            Outbound.address_id == urgent.address.id,
            Outbound.state == OutState.QUEUED,
            Outbound.message_class.in_(CAN_WAIT),
            Outbound.due_at < until,
        )
        .values(due_at=until)
    )


async def _report_unsafe(session: AsyncSession, urgent: _Urgent) -> list[Say]:
    await _call_a_person(session, urgent, "report_unsafe", "unsafe")
    says = [crisis_answer("safety.unsafe_report", urgent.policy)]
    if urgent.finding.also_opt_out:
        await _silence(session, urgent, "words")
        says.append(Say("crisis.also_stopped"))
    return says


async def _opt_out(session: AsyncSession, urgent: _Urgent) -> list[Say]:
    already = urgent.address.opted_out_at is not None
    await _silence(session, urgent, urgent.finding.kind)
    if already:
        urgent.inbound.silence = "opted_out"
        return []
    if urgent.by_carrier or (urgent.finding.kind == "keyword" and not urgent.policy.app_answers_keywords):
        return []
    return [Say("keyword.stopped", {"program": urgent.policy.program})]


async def _opt_in(session: AsyncSession, urgent: _Urgent) -> list[Say]:
    was_out = urgent.address.opted_out_at is not None or urgent.address.carrier_barred_at is not None
    await opt_in(session, urgent.address, source="keyword", now=urgent.now, message_id=urgent.inbound.id)
    if urgent.by_carrier or not urgent.policy.app_answers_keywords:
        return []
    key = "keyword.welcome_back" if was_out else "keyword.already_in"
    prompt = await open_prompt(session, urgent.address.id)
    return [Say(key, {"program": urgent.policy.program}), *(question_of(prompt) if prompt else [])]


async def _help(session: AsyncSession, urgent: _Urgent) -> list[Say]:
    address = urgent.address
    if address.crisis_until is not None and address.crisis_until > urgent.now:
        return await _crisis_again(session, urgent)
    if address.opted_out_at is not None or urgent.by_carrier or not urgent.policy.app_answers_keywords:
        urgent.inbound.silence = "opted_out" if address.opted_out_at else "answered_by_carrier"
        return []
    return [Say("keyword.help", {"program": urgent.policy.program, "contact": urgent.policy.help_contact})]


async def _crisis_again(session: AsyncSession, urgent: _Urgent) -> list[Say]:
    await _call_a_person(session, urgent, "crisis", "asked_again")
    return [crisis_answer("crisis.self_harm", urgent.policy)]


async def _wrong_number(session: AsyncSession, urgent: _Urgent) -> list[Say]:
    already = urgent.address.opted_out_at is not None
    await _case(session, urgent, "wrong_number")
    await opt_out(
        session,
        urgent.address,
        source="words",
        now=urgent.now,
        wording=urgent.inbound.body,
        message_id=urgent.inbound.id,
    )
    await _withdraw_everything(session, urgent)
    await unlink_phone(
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
    if urgent.address.opted_out_at is not None:
        urgent.inbound.silence = "opted_out"
        return []
    await _case(session, urgent, "abusive")
    return [Say("safety.abusive")]


async def _silence(session: AsyncSession, urgent: _Urgent, source: str) -> None:
    """Opt the address out; whoever has open bookings on that number becomes a case that names them all."""
    await opt_out(
        session,
        urgent.address,
        source=source,
        now=urgent.now,
        wording=urgent.inbound.body,
        message_id=urgent.inbound.id,
    )
    bookings = [str(b) for b in await _open_bookings(session, urgent.people)]
    if bookings:
        people = [str(p.id) for p in urgent.people]
        await _case(session, urgent, "stopped_with_booking", "soon", people=people, bookings=bookings)
    await _suppress_queued(session, urgent)


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
    found: list[UUID] = []
    for person in people:
        students = [person.id, *(child.id for child in await students_of_guardian(session, person.id))]
        for student in students:
            found += [b.id for b in await bookings_of(session, student, open_only=True)]
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
