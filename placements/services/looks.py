"""Every look at a person's record or words is written down, in the transaction that reads them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from placements import clock
from placements.models import Look


@dataclass(frozen=True)
class Looker:
    """Who looks, and why; `why` may be empty where nobody was asked for a reason."""

    who: str
    why: str = ""


async def note_look(
    session: AsyncSession, *, people: Iterable[UUID | None], what: str, looker: Looker
) -> None:
    """One row for each person whose record or words are shown; nobody is counted twice."""
    if not looker.who:
        raise ValueError("a look needs somebody who looks")
    at = await clock.now(session)
    for person_id in dict.fromkeys(each for each in people if each is not None):
        session.add(Look(at=at, person_id=person_id, who=looker.who, what=what, why=looker.why))
    await session.flush()


@dataclass(frozen=True)
class LookView:
    at: datetime
    who: str
    what: str
    why: str


async def looks_at(session: AsyncSession, person_id: UUID) -> list[LookView]:
    """Who has looked at this person's record, in order."""
    rows = await session.scalars(select(Look).where(Look.person_id == person_id).order_by(Look.id))
    return [LookView(row.at, row.who, row.what, row.why) for row in rows]
