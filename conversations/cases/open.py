"""Open a case and tell the coordinator by text."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from conversations.cases.about import case_about
from conversations.cases.calls import DRILL, first_who_takes_texts
from conversations.ledger.addresses import SMS, address_of, conversation_of, on_call_address
from conversations.ledger.gate import Cause, put_says
from conversations.models import Case, Lane, MessageClass
from conversations.policy import Policy
from conversations.texts import Say
from placements.queries.people import PersonView, coordinator_for, person, phone_of


@dataclass(frozen=True, kw_only=True)
class NewCase:
    """`kind` names a text `case.<kind>`; `dedupe` keeps one cause from opening two cases."""

    kind: str
    dedupe: str
    severity: str = "normal"
    conversation_id: UUID | None = None
    person_id: UUID | None = None
    record_id: UUID | None = None
    inbound_id: UUID | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


async def open_case(session: AsyncSession, new: NewCase, *, policy: Policy, now: datetime) -> Case:
    """The case for this cause: opened now with a text to the coordinator, or as it was opened before."""
    made = await session.scalar(
        insert(Case)
        .values(
            id=uuid4(),
            kind=new.kind,
            severity=new.severity,
            state="open",
            opened_at=now,
            conversation_id=new.conversation_id,
            person_id=new.person_id,
            record_id=new.record_id,
            inbound_id=new.inbound_id,
            dedupe=new.dedupe,
            facts=dict(new.facts),
        )
        .on_conflict_do_nothing(index_elements=["dedupe"])
        .returning(Case.id)
    )
    case = (await session.scalars(select(Case).where(Case.dedupe == new.dedupe))).one()
    if made is not None and case.kind != DRILL:
        await _tell_of_new(session, case, policy, now)
    return case


async def coordinator_of(session: AsyncSession, person_id: UUID | None) -> PersonView | None:
    """The coordinator of a student, of a guardian's child, or of the district."""
    about = await person(session, person_id) if person_id else None
    if about is None:
        return None
    student = (
        about.id
        if about.has_role("student")
        else next((r.student_id for r in about.roles if r.student_id), None)
    )
    return await coordinator_for(session, student_id=student)


async def _tell_of_new(session: AsyncSession, case: Case, policy: Policy, now: datetime) -> None:
    text = {"number": case.number, "about": (await case_about(session, case)).as_json()}
    await tell_coordinator(
        session, case, Say("case.opened", text), dedupe=f"case:{case.id}:opened", policy=policy, now=now
    )


async def tell_coordinator(
    session: AsyncSession, case: Case, say: Say, *, dedupe: str, policy: Policy, now: datetime
) -> None:
    """Text whoever looks after a case; once for `dedupe`."""
    coordinator = await coordinator_of(session, case.person_id)
    phone = (
        await phone_of(session, coordinator.id)
        if coordinator
        else await first_who_takes_texts(session, policy, now)
    )
    if phone is None:
        return
    if coordinator:
        address = await address_of(session, SMS, phone, now)
    else:
        address = await on_call_address(session, phone, now)
    await put_says(
        session,
        address=address,
        conversation=await conversation_of(session, address.id),
        says=[say],
        language=coordinator.language if coordinator else "en",
        cause=Cause("case", str(case.id)),
        dedupe=dedupe,
        lane=Lane.OTHER,
        person_id=coordinator.id if coordinator else None,
        message_class=MessageClass.PAGE if case.severity == "urgent" else MessageClass.CAUSED,
        policy=policy,
        now=now,
    )
