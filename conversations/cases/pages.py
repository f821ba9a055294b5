"""Pages: a person on duty is called by text, again and again, until the number is texted back."""

import secrets
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from conversations.ledger.addresses import conversation_of, on_call_address
from conversations.ledger.gate import Cause, put_says
from conversations.models import Address, Case, CaseNote, Lane, MessageClass, Outbound, Page
from conversations.policy import Policy
from conversations.texts import Say
from placements.queries.people import people_at, person

REPEAT_AFTER = timedelta(minutes=5)
TRIES_EACH = 2  # pages to one number before the next one is called too
SLOW_AFTER_STEPS, SLOW_REPEAT = 24, timedelta(hours=1)


async def start_page(session: AsyncSession, case: Case, *, policy: Policy, now: datetime) -> Page:
    """Call the first person on duty about an urgent case, at once, in the caller's transaction."""
    page = await session.scalar(select(Page).where(Page.case_id == case.id))
    if page is None:
        page = Page(case_id=case.id, code=await _free_code(session), started_at=now, steps=0, next_at=now)
        session.add(page)
        await session.flush()
        await page_step(session, page, policy=policy, now=now)
    return page


async def page_step(session: AsyncSession, page: Page, *, policy: Policy, now: datetime) -> None:
    """Send the next page of an unanswered call, and set when the one after it is due."""
    if page.acknowledged_at is not None or not policy.oncall:
        page.next_at = None
        return
    number = policy.oncall[(page.steps // TRIES_EACH) % len(policy.oncall)]
    await _send(session, page, number, policy, now)
    page.steps += 1
    page.next_at = now + (REPEAT_AFTER if page.steps < SLOW_AFTER_STEPS else SLOW_REPEAT)


async def acknowledge(session: AsyncSession, address: Address, body: str, *, now: datetime) -> Page | None:
    """Take a number texted back by somebody who was called; None if no open call to them has that number."""
    code = body.strip().strip(".#! ")
    if not code.isdigit() or len(code) != 3:
        return None
    page = await session.scalar(
        select(Page).where(Page.code == code, Page.acknowledged_at.is_(None)).with_for_update()
    )
    if page is None or not await _was_called(session, page, address):
        return None
    page.acknowledged_at, page.acknowledged_by, page.next_at = now, address.value, None
    session.add(
        CaseNote(
            case_id=page.case_id, at=now, by=await _name(session, address.value), what="page_acknowledged"
        )
    )
    return page


async def _was_called(session: AsyncSession, page: Page, address: Address) -> bool:
    """Whether this page went to that number: three digits are too easy to text by chance, or to guess."""
    query = select(Outbound.id).where(
        Outbound.address_id == address.id, Outbound.cause_kind == "page", Outbound.cause_ref == str(page.id)
    )
    return await session.scalar(query.limit(1)) is not None


async def _send(session: AsyncSession, page: Page, number: str, policy: Policy, now: datetime) -> None:
    case = await session.get_one(Case, page.case_id)
    address = await on_call_address(session, number, now)
    who = await _about(session, case.person_id)
    kind = {"say": f"page.{case.facts.get('kind', case.kind)}", "vars": {}}
    await put_says(
        session,
        address=address,
        conversation=await conversation_of(session, address.id),
        says=[Say("page.call", {"kind": kind, "who": who, "code": page.code, "number": case.number})],
        language="en",
        cause=Cause("page", str(page.id)),
        dedupe=f"page:{page.id}:{page.steps}",
        lane=Lane.URGENT,
        message_class=MessageClass.PAGE,
        policy=policy,
        now=now,
    )
    session.add(CaseNote(case_id=case.id, at=now, by="Footbridge", what=f"paged:{page.steps + 1}"))


async def _about(session: AsyncSession, person_id: UUID | None) -> object:
    about = await person(session, person_id) if person_id else None
    return (
        f"{about.first_name} {about.last_name[:1]}."
        if about
        else {"en": "an unknown number", "es": "un número desconocido"}
    )


async def _name(session: AsyncSession, phone: str) -> str:
    return next((f"{p.first_name} {p.last_name}" for p in await people_at(session, phone)), "on call")


async def _free_code(session: AsyncSession) -> str:
    taken = set(await session.scalars(select(Page.code).where(Page.acknowledged_at.is_(None))))
    free = [str(n) for n in range(100, 1000) if str(n) not in taken and str(n) not in ("911", "988")]
    return secrets.choice(free)
