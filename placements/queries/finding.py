"""Finding one person by what somebody at a terminal knows of them."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from placements.models import ContactPoint, Person, School, Student
from placements.queries.people import PersonView, person


@dataclass(frozen=True)
class Found:
    """A person as they are told apart in a list: `about` is role, grade and school, never a number."""

    id: UUID
    first_name: str
    last_name: str
    about: str


async def find_people(session: AsyncSession, wanted: str) -> list[Found]:
    """Everyone that `wanted` may mean: an id, a student number (`100201` or `100201@Lincoln High`), a phone number, a
    mail address, or a name. An exact id, number or address comes before names."""
    wanted = wanted.strip()
    ids = await _by_key(session, wanted) or await _by_name(session, wanted)
    views = [await person(session, each) for each in dict.fromkeys(ids)]
    return [await _found(session, view) for view in views if view is not None]


async def _by_key(session: AsyncSession, wanted: str) -> Sequence[UUID]:
    try:
        found = await session.get(Person, UUID(wanted))
        return [found.id] if found else []
    except ValueError:
        pass
    if "@" in wanted and "." in wanted.split("@")[1] and " " not in wanted:
        query = select(ContactPoint.person_id).where(ContactPoint.value == wanted.lower())
        return (await session.scalars(query)).all()
    number, _, school = wanted.partition("@")
    query = select(Student.person_id).join(School).where(Student.student_number == number.strip())
    if school:
        query = query.where(School.name.ilike(school.strip()))
    students = (await session.scalars(query)).all()
    return students or await _by_phone(session, wanted)


async def _by_phone(session: AsyncSession, wanted: str) -> Sequence[UUID]:
    digits = re.sub(r"\D", "", wanted)
    if len(digits) < 10 or re.search(r"[^\d\s()+.-]", wanted):
        return []
    value = f"+{digits}" if wanted.startswith("+") or len(digits) > 10 else f"+1{digits}"
    now = select(ContactPoint.person_id).where(
        ContactPoint.value == value, ContactPoint.valid_until.is_(None)
    )
    return (await session.scalars(now)).all()


async def _by_name(session: AsyncSession, wanted: str) -> list[UUID]:
    """Whole name first; else everyone with all the words of `wanted` in the name."""
    words = _plain(wanted).replace(",", " ").split()
    rows = (await session.execute(select(Person.id, Person.first_name, Person.last_name))).all()
    names = {row.id: f"{_plain(row.first_name)} {_plain(row.last_name)}" for row in rows}
    whole = [each for each, name in names.items() if name == " ".join(words)]
    return whole or [each for each, name in names.items() if words and set(words) <= set(name.split())]


async def _found(session: AsyncSession, view: PersonView) -> Found:
    said = []
    for role in dict.fromkeys(each.role for each in view.roles):
        said.append(role if role != "student" else f"student, grade {view.grade}")
    student = await session.get(Student, view.id)
    if student is not None:
        said.append(student.school.name)
    return Found(view.id, view.first_name, view.last_name, ", ".join(said) or "no role now")


def _plain(words: str) -> str:
    decomposed = unicodedata.normalize("NFD", words.lower())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))
