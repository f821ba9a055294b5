"""Who is shown on `/phones`: the people of the demo district with their numbers."""

from sqlalchemy import select

from footbridge.phones import PhonePerson
from placements.database import Database
from placements.models import ContactKind, ContactPoint
from placements.queries.people import people_at


async def phone_people(database: Database) -> list[PhonePerson]:
    """Everyone with a number, by number."""
    async with database.session() as session:
        numbers = await session.scalars(
            select(ContactPoint.value)
            .where(ContactPoint.kind == ContactKind.PHONE, ContactPoint.valid_until.is_(None))
            .distinct()
            .order_by(ContactPoint.value)
        )
        found = []
        for number in numbers.all():
            for person in await people_at(session, number):
                role = next((r.role for r in person.roles), "")
                about = f"grade {person.grade}" if person.grade else role
                found.append(
                    PhonePerson(
                        number=number, name=f"{person.first_name} {person.last_name}", role=role, about=about
                    )
                )
        return found
