"""A drill: the whole chain is called with plainly marked texts, on the same clock, about nobody."""

from datetime import datetime
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from conversations.cases.calls import DRILL, say_it_is_over
from conversations.cases.open import NewCase, open_case
from conversations.cases.pages import NOBODY, end_page, start_page
from conversations.models import Case, CaseNote, Page
from conversations.policy import Policy


async def start_drill(session: AsyncSession, *, by: str, policy: Policy, now: datetime) -> Case:
    """Open a case of kind drill and call the first person of the chain."""
    new = NewCase(kind=DRILL, severity="urgent", dedupe=f"drill:{uuid4()}", facts={"kind": DRILL, "by": by})
    case = await open_case(session, new, policy=policy, now=now)
    session.add(CaseNote(case_id=case.id, at=now, by=by, what="drill_started"))
    await start_page(session, case, policy=policy, now=now)
    return case


async def open_drill(session: AsyncSession) -> Case | None:
    """The drill that is going on, if one is."""
    query = select(Case).where(Case.kind == DRILL, Case.state == "open").order_by(Case.number.desc()).limit(1)
    return await session.scalar(query)


async def last_drill(session: AsyncSession, number: int | None = None) -> Case | None:
    """The latest drill, or the one with that case number."""
    query = select(Case).where(Case.kind == DRILL).order_by(Case.number.desc()).limit(1)
    return await session.scalar(query if number is None else query.where(Case.number == number))


async def end_drill(session: AsyncSession, case: Case, *, by: str, policy: Policy, now: datetime) -> None:
    """Stop a drill before anybody answered, and tell whoever was called."""
    page = (await session.scalars(select(Page).where(Page.case_id == case.id))).one()
    await end_page(session, case, by=NOBODY, now=now)
    case.state, case.closed_at = "closed", now
    session.add(CaseNote(case_id=case.id, at=now, by=by, what="drill_ended"))
    await say_it_is_over(session, page, policy=policy, now=now)
