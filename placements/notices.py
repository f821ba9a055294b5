"""What people should hear of. A service appends notices in its transaction; others turn them into texts."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from placements import clock
from placements.cause import Cause, audit
from placements.models import Notice, new_id


@dataclass(frozen=True)
class NoticeView:
    """One notice. `data["roles"]` maps each person of the audience to the role in which they are told."""

    id: UUID
    event: str
    record_type: str
    record_id: UUID
    audience: list[UUID]
    data: Mapping[str, Any]
    at: datetime


async def tell(
    session: AsyncSession,
    *,
    event: str,
    record_type: str,
    record_id: UUID,
    audience: Mapping[UUID, str] | Iterable[UUID],
    data: dict[str, Any],
    cause: Cause,
) -> UUID | None:
    """Append one notice; None if there is nobody to tell, which the audit trail then says.

    `audience` may map person ids to roles. `data` holds ids and codes, never a name or a number.
    """
    roles = {str(key): value for key, value in audience.items()} if isinstance(audience, Mapping) else {}
    people = [str(each) for each in audience]
    if not people:
        await audit(session, cause, "nobody_to_tell", record_type, record_id, {"event": event})
        return None
    notice = Notice(
        id=new_id(),
        event=event,
        record_type=record_type,
        record_id=record_id,
        audience=people,
        data={**data, "roles": roles},
        at=await clock.now(session),
    )
    session.add(notice)
    await session.flush()
    return notice.id


async def unsent(session: AsyncSession, limit: int = 100) -> list[NoticeView]:
    """Notices that nobody has turned into texts yet, oldest first; another worker's are skipped."""
    rows = await session.execute(
        select(Notice)
        .where(Notice.done_at.is_(None))
        .order_by(Notice.position)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return [_view(notice) for notice in rows.scalars()]


async def notice(session: AsyncSession, notice_id: UUID) -> NoticeView | None:
    """One notice by id."""
    found = await session.get(Notice, notice_id)
    return _view(found) if found else None


async def notices_since(session: AsyncSession, event: str, record_id: UUID, since: datetime) -> bool:
    """Whether an event of a record was told after `since`."""
    query = select(Notice.id).where(Notice.event == event, Notice.record_id == record_id, Notice.at > since)
    return (await session.execute(query.limit(1))).scalar_one_or_none() is not None


async def mark_done(session: AsyncSession, notice_id: UUID) -> None:
    """The notice has become prompts or messages for everyone in its audience."""
    await session.execute(
        update(Notice)
        .where(Notice.id == notice_id, Notice.done_at.is_(None))
        .values(done_at=await clock.now(session))
    )


def _view(found: Notice) -> NoticeView:
    return NoticeView(
        id=found.id,
        event=found.event,
        record_type=found.record_type,
        record_id=found.record_id,
        audience=[UUID(each) for each in found.audience],
        data=found.data,
        at=found.at,
    )
