"""Pages: people on duty are called by text and mail, one after the other, until one texts the page's number back.

The order is `Policy.chain`. Each is called twice, then everybody at once, again and again: a real page never falls
quiet by itself. A number that takes no texts costs no time, since the next one is called in the same step.
"""

import secrets
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy import Select, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from conversations.cases.calls import DRILL, call_number, name_of, say_it_is_over
from conversations.cases.open import NewCase, open_case
from conversations.models import EVERYBODY, Case, CaseNote, Outbound, OutState, Page, PageCall
from conversations.policy import Policy
from placements import clock
from placements.database import Database

log = structlog.get_logger(__name__)

REPEAT_AFTER = timedelta(minutes=5)
TRIES_EACH = 2  # calls to one number before the next one is called
EVERYBODY_AFTER = timedelta(minutes=15)  # between calls to everybody
SLOW_AFTER, SLOW_REPEAT = timedelta(hours=2), timedelta(hours=1)
CODE_RESTS = timedelta(hours=24)  # before an acknowledged page's number may be drawn again
LOST = (OutState.FAILED, OutState.UNDELIVERED, OutState.SUPPRESSED)
NOBODY = "nobody"


async def start_page(session: AsyncSession, case: Case, *, policy: Policy, now: datetime) -> Page:
    """Call the first person on duty about an urgent case, at once, in the caller's transaction."""
    page = await session.scalar(select(Page).where(Page.case_id == case.id))
    if page is None:
        code = await _free_code(session, now)
        page = Page(case_id=case.id, code=code, started_at=now, steps=0, next_at=now)
        session.add(page)
        await session.flush()
        await page_step(session, page, policy=policy, now=now)
    return page


async def page_step(session: AsyncSession, page: Page, *, policy: Policy, now: datetime) -> None:
    """Make the next call of an unanswered page, and set when the one after it is due."""
    if page.acknowledged_at is not None or not policy.chain:
        page.next_at = None
        return
    level, before = await _place(session, page, len(policy.chain))
    page.steps += 1
    while level != EVERYBODY:
        call = await call_number(
            session, page, policy.chain[level], level, mail=before == 0, policy=policy, now=now
        )
        if call.why_not is None:
            page.next_at = now + REPEAT_AFTER
            return
        await _tell_of(session, call, policy, now)
        level, before = _after(level, len(policy.chain)), 0
    await _nobody_answered(session, page, before, policy, now)


async def end_page(session: AsyncSession, case: Case, *, by: str, now: datetime) -> bool:
    """Stop the calls of a case that is over or taken otherwise. False if none were going on."""
    query = select(Page).where(Page.case_id == case.id, Page.acknowledged_at.is_(None)).with_for_update()
    page = await session.scalar(query)
    if page is None:
        return False
    page.acknowledged_at, page.acknowledged_by, page.next_at = now, by, None
    return True


class PageWork:
    """Calls that are due, and calls that did not arrive. Safe to run in several processes at once."""

    def __init__(self, database: Database, policy: Policy) -> None:
        self._db, self._policy = database, policy

    async def run(self) -> int:
        """Make every call that is due now; how many pages were worked on."""
        async with self._db.session() as session:
            now = await clock.now(session)
            due = await session.scalars(
                select(Page.id)
                .where(Page.acknowledged_at.is_(None), or_(Page.next_at <= now, _lost_calls().exists()))
                .order_by(Page.started_at)
            )
            pages = list(due)
        return sum([await self._work_on(page_id) for page_id in pages])

    async def _work_on(self, page_id: UUID) -> bool:
        async with self._db.session() as session:
            page = await session.scalar(
                select(Page)
                .where(Page.id == page_id, Page.acknowledged_at.is_(None))
                .with_for_update(skip_locked=True)
            )
            if page is None:
                return False
            now = await clock.now(session)
            await _note_lost(session, page, self._policy, now)
            if page.next_at is None or page.next_at > now:
                return False
            await page_step(session, page, policy=self._policy, now=now)
            return True


async def _place(session: AsyncSession, page: Page, chain: int) -> tuple[int, int]:
    """Where the next call goes, and how many calls this place has had."""
    query = select(PageCall).where(PageCall.page_id == page.id).order_by(PageCall.id)
    calls = (await session.scalars(query)).all()
    if not calls:
        return 0, 0
    last = calls[-1]
    before = sum(call.level == last.level for call in calls)
    if last.level == EVERYBODY:
        return EVERYBODY, before
    if last.why_not is not None or before >= TRIES_EACH:
        return _after(last.level, chain), 0
    return (last.level, before) if last.level < chain else (EVERYBODY, 0)


def _after(level: int, chain: int) -> int:
    return level + 1 if level + 1 < chain else EVERYBODY


async def _nobody_answered(
    session: AsyncSession, page: Page, before: int, policy: Policy, now: datetime
) -> None:
    """The whole chain was silent: a drill ends, a real page calls everybody."""
    case = await session.get_one(Case, page.case_id)
    if before == 0:
        session.add(CaseNote(case_id=case.id, at=now, by="Footbridge", what="nobody_answered"))
        log.error("nobody_answered_a_page", case=case.number, kind=case.kind)
    if case.kind == DRILL:
        page.acknowledged_at, page.acknowledged_by, page.next_at = now, NOBODY, None
        case.state, case.closed_at = "closed", now
        await say_it_is_over(session, page, policy=policy, now=now)
        return
    calls = [
        await call_number(session, page, number, EVERYBODY, mail=True, policy=policy, now=now)
        for number in policy.chain
    ]
    if all(call.why_not is not None for call in calls):
        session.add(CaseNote(case_id=case.id, at=now, by="Footbridge", what="nobody_can_be_texted"))
        log.error("no_number_of_the_chain_takes_texts", case=case.number)
    page.next_at = now + (SLOW_REPEAT if now - page.started_at >= SLOW_AFTER else EVERYBODY_AFTER)


def _lost_calls() -> Select[int]:
    """Calls whose text will not arrive, and which nobody has acted upon."""
    return select(PageCall.id).where(
        PageCall.page_id == Page.id,
        PageCall.why_not.is_(None),
        PageCall.outbound_id == Outbound.id,
        Outbound.state.in_(LOST),
    )


async def _note_lost(session: AsyncSession, page: Page, policy: Policy, now: datetime) -> None:
    """Note calls that will not arrive; if it is the last one, the next person is called without waiting."""
    rows = await session.execute(
        select(PageCall, Outbound)
        .join(Outbound, Outbound.id == PageCall.outbound_id)
        .where(PageCall.page_id == page.id, PageCall.why_not.is_(None), Outbound.state.in_(LOST))
        .order_by(PageCall.id)
    )
    for call, outbound in rows.all():
        call.why_not = outbound.why_suppressed or outbound.error_code or str(outbound.state)
        if call.step == page.steps and call.level != EVERYBODY:
            page.next_at = now
        await _tell_of(session, call, policy, now)
    await session.flush()


async def _tell_of(session: AsyncSession, call: PageCall, policy: Policy, now: datetime) -> None:
    """A number on duty that cannot be called is a matter for a person, once a day."""
    name = await name_of(session, call.number)
    new = NewCase(
        kind="oncall_unreachable",
        severity="soon",
        dedupe=f"oncall_unreachable:{call.number}:{now.astimezone(policy.timezone).date()}",
        facts={"number": call.number, "name": name, "why": call.why_not},
    )
    await open_case(session, new, policy=policy, now=now)


async def _free_code(session: AsyncSession, now: datetime) -> str:
    taken = set(
        await session.scalars(
            select(Page.code).where(
                or_(Page.acknowledged_at.is_(None), Page.acknowledged_at > now - CODE_RESTS)
            )
        )
    )
    free = [str(n) for n in range(100, 1000) if str(n) not in taken and str(n) not in ("911", "988")]
    return secrets.choice(free)
