""" "Tell me when": remembered, and told when a place opens."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from placements import clock
from placements.cause import Cause, audit, once
from placements.models import ActivityType, Interest, School, Slot, Student, new_id
from placements.notices import tell
from placements.queries import catalogue
from placements.queries.schools import pack_of


async def save_interest(
    session: AsyncSession,
    *,
    student_id: UUID,
    clusters: Sequence[str],
    activity: str | None,
    cause: Cause,
) -> UUID:
    """Remember what a student would like to hear of; the same wish twice is one.

    Raises ValueError for an activity that does not exist.
    """

    async def do() -> dict[str, Any]:
        return {"interest_id": str(await _save(session, student_id, sorted(set(clusters)), activity, cause))}

    saved = await once(session, cause, f"save_interest:{student_id}", do)
    return UUID(saved["interest_id"])


async def tell_interested(
    session: AsyncSession, *, slot_id: UUID, places: int, cause: Cause, leave_out: UUID | None = None
) -> int:
    """Tell those who asked first, a few for each of `places` that opened. Returns how many were told."""
    slot = await session.get(Slot, slot_id)
    now = await clock.now(session)
    if slot is None or places < 1:
        return 0
    told = 0
    for interest, pack_limit in await _waiting(session, slot, now):
        if told >= places * pack_limit:
            break
        if interest.student_id == leave_out:
            continue
        if not await catalogue.may_take(session, interest.student_id, slot, now):
            continue
        interest.told_at = now
        await tell(
            session,
            event="interest_opened",
            record_type="slot",
            record_id=slot.id,
            audience={interest.student_id: "student"},
            data={"student_id": str(interest.student_id), "slot_id": str(slot.id)},
            cause=cause,
        )
        told += 1
    return told


async def _save(
    session: AsyncSession, student_id: UUID, clusters: list[str], activity: str | None, cause: Cause
) -> UUID:
    if activity is not None and await session.get(ActivityType, activity) is None:
        raise ValueError(f"no such activity: {activity}")
    same = select(Interest.id).where(
        Interest.student_id == student_id,
        Interest.clusters == clusters,
        Interest.activity.is_not_distinct_from(activity),
        Interest.told_at.is_(None),
    )
    known = (await session.execute(same.limit(1))).scalar_one_or_none()
    if known is not None:
        return known
    interest = Interest(
        id=new_id(),
        student_id=student_id,
        clusters=clusters,
        activity=activity,
        at=await clock.now(session),
    )
    session.add(interest)
    await session.flush()
    await audit(session, cause, "save_interest", "interest", interest.id, {"student_id": student_id})
    return interest.id


async def _waiting(session: AsyncSession, slot: Slot, now: datetime) -> list[tuple[Interest, int]]:
    """Open interests that this slot meets, the oldest first, each student once."""
    opportunity = slot.opportunity
    about = [*opportunity.clusters, *opportunity.occupations]
    rows = await session.execute(
        select(Interest, Student)
        .join(Student, Student.person_id == Interest.student_id)
        .join(School, School.id == Student.school_id)
        .where(
            Interest.told_at.is_(None),
            Student.valid_until.is_(None),
            School.district_id == opportunity.partner.district_id,
            or_(Interest.activity.is_(None), Interest.activity == opportunity.activity),
            or_(
                func.cardinality(Interest.clusters) == 0,
                Interest.clusters.overlap(about),
            ),
        )
        .order_by(Interest.at, Interest.id)
        .with_for_update(of=Interest, skip_locked=True)
    )
    first: dict[UUID, tuple[Interest, int]] = {}
    for interest, student in rows:
        first.setdefault(interest.student_id, (interest, pack_of(student.school).told_per_place))
    return list(first.values())
