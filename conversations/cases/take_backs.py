"""A guardian who wrote that a child can't go any more and did not confirm it: before the visit, a person asks."""

from datetime import datetime, timedelta

from sqlalchemy import Select, exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from conversations.cases.open import NewCase, open_case
from conversations.models import Case, Prompt, PromptState
from conversations.policy import Policy
from placements import clock
from placements.database import Database
from placements.queries.bookings import booking
from placements.rules.bookings import HOLDING

KIND = "take_back_confirm"
ANSWER_WITHIN = timedelta(hours=1)
_LOOK_BACK = timedelta(days=2)
_UNANSWERED = (PromptState.OPEN, PromptState.QUEUED, PromptState.REPLACED, PromptState.EXPIRED)


async def call_for_unanswered(database: Database, policy: Policy) -> int:
    """Open a case for every such question that is an hour old; how many there were."""
    async with database.session() as session:
        now = await clock.now(session)
        asked = (await session.scalars(_waiting(now).where(Prompt.created_at <= now - ANSWER_WITHIN))).all()
        return sum([await _call(session, prompt, policy, now) for prompt in asked])


async def next_call_at(session: AsyncSession, after: datetime, until: datetime) -> datetime | None:
    """The earliest moment later than `after` and not later than `until` at which such a case is opened."""
    waiting = _waiting(after).subquery()
    due_at = waiting.c.created_at + ANSWER_WITHIN
    found: datetime | None = await session.scalar(
        select(func.min(due_at)).where(due_at > after, due_at <= until)
    )
    return found


def _waiting(now: datetime) -> Select[Prompt]:
    called = exists().where(Case.dedupe == func.concat("take_back:", Prompt.record_id))
    return select(Prompt).where(
        Prompt.kind == KIND,
        Prompt.state.in_(_UNANSWERED),
        Prompt.record_id.is_not(None),
        Prompt.created_at > now - _LOOK_BACK,
        ~called,
    )


async def _call(session: AsyncSession, prompt: Prompt, policy: Policy, now: datetime) -> int:
    held = await booking(session, prompt.record_id) if prompt.record_id else None
    if held is None or held.state not in HOLDING or held.slot.starts_at <= now:
        return 0
    new = NewCase(
        kind="take_back_unanswered",
        severity="urgent",
        dedupe=f"take_back:{held.id}",
        person_id=held.student_id,
        record_id=held.id,
        facts={"bookings": [str(held.id)]},
    )
    await open_case(session, new, policy=policy, now=now)
    return 1
