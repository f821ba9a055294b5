"""The school's own people, by the number that they are called at."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from placements.models import ContactKind, ContactPoint
from placements.queries.people import people_at

STAFF_ROLES = ("coordinator", "teacher", "counselor")


@dataclass(frozen=True)
class StaffView:
    """One of the school's people. `mails` are the addresses that the school holds for them."""

    id: UUID
    name: str
    language: str
    mails: tuple[str, ...]


async def staff_at(session: AsyncSession, phone: str) -> StaffView | None:
    """The first of the school's people, by first name, whose number this is."""
    person = next(
        (p for p in await people_at(session, phone) if any(p.has_role(role) for role in STAFF_ROLES)), None
    )
    if person is None:
        return None
    mails = await session.scalars(
        select(ContactPoint.value)
        .where(
            ContactPoint.person_id == person.id,
            ContactPoint.kind == ContactKind.EMAIL,
            ContactPoint.valid_until.is_(None),
        )
        .order_by(ContactPoint.value)
    )
    return StaffView(person.id, f"{person.first_name} {person.last_name}", person.language, tuple(mails))
