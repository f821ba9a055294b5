"""Who people are, what they are to each other, and which numbers are theirs now."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, case, exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from placements import clock
from placements.models import (
    Champion,
    ContactKind,
    ContactPoint,
    GuardianLink,
    LinkedHow,
    Person,
    School,
    Staff,
    StaffRole,
    Student,
)
from placements.queries.schools import zone_of
from placements.rules.ages import is_adult, is_child
from placements.rules.consent import TRUSTED
from placements.rules.school_year import school_year

VERIFIED = (LinkedHow.SCHOOL, LinkedHow.COORDINATOR, LinkedHow.OLD_NUMBER, LinkedHow.ROSTER_MATCH)
GUARDIAN_VERIFIED = tuple(LinkedHow(how) for how in sorted(TRUSTED))


@dataclass(frozen=True)
class RoleView:
    """One thing that a person is: student of a school, guardian of a student, champion of a partner, staff.

    `role` is student, guardian, employer, coordinator, teacher or counselor. Staff of the whole district have
    no `school_id`.
    """

    role: str
    school_id: UUID | None = None
    partner_id: UUID | None = None
    student_id: UUID | None = None
    district_id: UUID | None = None


@dataclass(frozen=True)
class PersonView:
    """`how` says how the number that was asked for is theirs; it is set by `people_at` only."""

    id: UUID
    first_name: str
    last_name: str
    birth_date: date | None
    language: str
    roles: tuple[RoleView, ...]
    grade: int | None = None
    how: str | None = None

    def has_role(self, role: str) -> bool:
        """Whether one of the roles is `role`."""
        return any(own.role == role for own in self.roles)


@dataclass(frozen=True)
class GuardianView:
    """A guardian of one student. `verified`: `phone` was linked by the school or a coordinator."""

    person: PersonView
    phone: str | None
    language: str
    barred: bool
    verified: bool


async def people_at(session: AsyncSession, phone: str) -> list[PersonView]:
    """Everyone whose number `phone` (E.164) is now, by first name."""
    rows = await session.execute(
        select(ContactPoint.person_id, ContactPoint.how).where(_current_phone(), ContactPoint.value == phone)
    )
    how = {person_id: linked.value for person_id, linked in rows}
    return await _views(session, list(how), how)


async def person(session: AsyncSession, person_id: UUID) -> PersonView | None:
    """One person with every current role."""
    found = await _views(session, [person_id], {})
    return found[0] if found else None


async def needs_confirming(session: AsyncSession, phone: str) -> bool:
    """Whether `phone` is linked to somebody, but nothing says that it is theirs still.

    A link holds for the school year in which it was made or last confirmed, and until something makes it doubtful: an
    error of the carrier's. Those of staff hold over the years. One link that holds is enough for all on the number,
    for it shows that the phone has not passed on.
    """
    staff = exists().where(Staff.person_id == ContactPoint.person_id, Staff.valid_until.is_(None))
    rows = await session.execute(
        select(
            func.coalesce(ContactPoint.confirmed_at, ContactPoint.valid_from),
            ContactPoint.doubted_at.is_not(None),
            staff,
        ).where(_current_phone(), ContactPoint.value == phone)
    )
    year = school_year(await clock.now(session))
    links = [not doubted and (is_staff or school_year(since) == year) for since, doubted, is_staff in rows]
    return bool(links) and not any(links)


async def is_doubted(session: AsyncSession, phone: str) -> bool:
    """Whether something made it doubtful that `phone` is with the people it is linked to: an error of the carrier's."""
    doubted = exists().where(
        _current_phone(), ContactPoint.value == phone, ContactPoint.doubted_at.is_not(None)
    )
    return bool(await session.scalar(select(doubted)))


async def children_at(session: AsyncSession, phone: str) -> set[UUID]:
    """Students under 13, by their school's clock, whose number `phone` is. They are never texted."""
    now = await clock.now(session)
    return {
        student.person_id
        for student in await _students_at(session, phone)
        if is_child(student.person.birth_date, now.astimezone(zone_of(student.school)).date())
    }


async def only_children_at(session: AsyncSession, phone: str) -> bool:
    """Whether `phone` is nobody's but students' under 13."""
    young = await children_at(session, phone)
    return bool(young) and all(view.id in young for view in await people_at(session, phone))


async def is_young(session: AsyncSession, person_id: UUID) -> bool:
    """Whether the person is a student under 13, by the school's clock."""
    student = await session.get(Student, person_id)
    if student is None:
        return False
    today = (await clock.now(session)).astimezone(zone_of(student.school)).date()
    return is_child(student.person.birth_date, today)


async def students_of_guardian(session: AsyncSession, guardian_id: UUID) -> list[PersonView]:
    """The students for whom this guardian may decide, by first name.

    Links that are barred are left out, and students of 18: from their birthday on they decide for themselves
    (20 U.S.C. 1232g(d)).
    """
    linked = await _linked_students(session, guardian_id)
    now = await clock.now(session)
    minors = [
        student.person_id
        for student in linked
        if not is_adult(student.person.birth_date, now.astimezone(zone_of(student.school)).date())
    ]
    return await _views(session, minors, {})


async def has_only_adults(session: AsyncSession, guardian_id: UUID) -> bool:
    """Whether all of a guardian's students are 18, so that there is nothing more to tell."""
    return bool(await _linked_students(session, guardian_id)) and not await students_of_guardian(
        session, guardian_id
    )


async def _linked_students(session: AsyncSession, guardian_id: UUID) -> list[Student]:
    linked = (
        select(Student)
        .join(GuardianLink, GuardianLink.student_id == Student.person_id)
        .where(
            GuardianLink.guardian_id == guardian_id,
            GuardianLink.valid_until.is_(None),
            GuardianLink.barred.is_(False),
        )
    )
    return list((await session.execute(linked)).scalars())


async def _students_at(session: AsyncSession, phone: str) -> list[Student]:
    at = (
        select(Student)
        .join(ContactPoint, ContactPoint.person_id == Student.person_id)
        .where(_current_phone(), ContactPoint.value == phone, Student.valid_until.is_(None))
    )
    return list((await session.execute(at)).scalars())


async def guardians_of(session: AsyncSession, student_id: UUID) -> list[GuardianView]:
    """Every current guardian of a student, barred ones too, by first name."""
    links = select(GuardianLink.guardian_id, GuardianLink.barred).where(
        GuardianLink.student_id == student_id, GuardianLink.valid_until.is_(None)
    )
    barred = {guardian: is_barred for guardian, is_barred in (await session.execute(links))}
    phones = await _phones(session, list(barred))
    return [
        GuardianView(
            person=view,
            phone=phones[view.id][0][0] if phones[view.id] else None,
            language=view.language,
            barred=barred[view.id],
            verified=any(how in GUARDIAN_VERIFIED for _, how in phones[view.id]),
        )
        for view in await _views(session, list(barred), {})
    ]


async def reachable_guardians(session: AsyncSession, student_id: UUID) -> list[UUID]:
    """The guardians who can be asked for permission by text: not barred, with a number that the school or a
    coordinator linked and that is not the student's own."""
    guardians = [view.person.id for view in await guardians_of(session, student_id) if not view.barred]
    phones = await _phones(session, [*guardians, student_id])
    own = {value for value, _ in phones[student_id]}
    return [
        guardian
        for guardian in guardians
        if any(how in GUARDIAN_VERIFIED and value not in own for value, how in phones[guardian])
    ]


async def phone_of(session: AsyncSession, person_id: UUID) -> str | None:
    """The number to text: the one that is best known to be theirs. One that was merely typed is never it."""
    return next(
        (value for value, how in (await _phones(session, [person_id]))[person_id] if how in VERIFIED), None
    )


async def number_how(session: AsyncSession, person_id: UUID, phone: str) -> LinkedHow | None:
    """How `phone` is this person's now, or None if it is not."""
    return next(
        (how for value, how in (await _phones(session, [person_id]))[person_id] if value == phone), None
    )


async def was_theirs(session: AsyncSession, person_id: UUID, phone: str) -> bool:
    """Whether `phone` was this person's once and is not any more."""
    ends = await session.scalars(
        select(ContactPoint.valid_until).where(
            ContactPoint.kind == ContactKind.PHONE,
            ContactPoint.person_id == person_id,
            ContactPoint.value == phone,
        )
    )
    found = list(ends)
    return bool(found) and None not in found


async def is_verified(session: AsyncSession, person_id: UUID, phone: str | None = None) -> bool:
    """Whether the person may book: with `phone`, from that number; without, from any."""
    return any(
        how in VERIFIED and phone in (None, value)
        for value, how in (await _phones(session, [person_id]))[person_id]
    )


async def student_numbers(session: AsyncSession, person_ids: Sequence[UUID]) -> set[str]:
    """The student numbers of those among these people who are students now."""
    rows = await session.execute(
        select(Student.student_number).where(Student.person_id.in_(person_ids), Student.valid_until.is_(None))
    )
    return set(rows.scalars())


async def coordinator_for(
    session: AsyncSession, *, student_id: UUID | None = None, school_id: UUID | None = None
) -> PersonView | None:
    """The coordinator of the student's school (or of `school_id`), else of its district."""
    if school_id is None and student_id is not None:
        student = await session.get(Student, student_id)
        school_id = student.school_id if student else None
    school = await session.get(School, school_id) if school_id else None
    posts = select(Staff.person_id).where(
        Staff.role == StaffRole.COORDINATOR, Staff.valid_until.is_(None), _covers(school)
    )
    posts = posts.order_by(Staff.school_id.is_(None), Staff.valid_from, Staff.id).limit(1)
    found = (await session.execute(posts)).scalar_one_or_none()
    return await person(session, found) if found else None


async def champions_of(session: AsyncSession, partner_id: UUID) -> list[UUID]:
    """The people who speak for a partner now, longest first."""
    rows = select(Champion.person_id).where(Champion.partner_id == partner_id, Champion.valid_until.is_(None))
    return list((await session.execute(rows.order_by(Champion.valid_from, Champion.id))).scalars())


def _covers(school: School | None) -> ColumnElement[bool]:
    if school is None:
        return Staff.school_id.is_(None)
    of_district = Staff.school_id.is_(None) & (Staff.district_id == school.district_id)
    return (Staff.school_id == school.id) | of_district


def _current_phone() -> ColumnElement[bool]:
    return (ContactPoint.kind == ContactKind.PHONE) & ContactPoint.valid_until.is_(None)


async def _phones(
    session: AsyncSession, person_ids: Sequence[UUID]
) -> dict[UUID, list[tuple[str, LinkedHow]]]:
    best_first = case(
        {how: place for place, how in enumerate(VERIFIED)}, value=ContactPoint.how, else_=len(VERIFIED)
    )
    rows = await session.execute(
        select(ContactPoint.person_id, ContactPoint.value, ContactPoint.how)
        .where(_current_phone(), ContactPoint.person_id.in_(person_ids))
        .order_by(best_first, ContactPoint.valid_from.desc(), ContactPoint.id)
    )
    phones: dict[UUID, list[tuple[str, LinkedHow]]] = defaultdict(list)
    for person_id, value, how in rows:
        phones[person_id].append((value, how))
    return phones


async def _views(session: AsyncSession, person_ids: Sequence[UUID], how: dict[UUID, str]) -> list[PersonView]:
    if not person_ids:
        return []
    people = await session.execute(
        select(Person).where(Person.id.in_(person_ids)).order_by(Person.first_name, Person.id)
    )
    roles, grades = await _roles(session, person_ids)
    return [
        PersonView(
            id=found.id,
            first_name=found.first_name,
            last_name=found.last_name,
            birth_date=found.birth_date,
            language=found.language,
            roles=tuple(roles[found.id]),
            grade=grades.get(found.id),
            how=how.get(found.id),
        )
        for found in people.scalars()
    ]


async def _roles(
    session: AsyncSession, person_ids: Sequence[UUID]
) -> tuple[dict[UUID, list[RoleView]], dict[UUID, int]]:
    roles: dict[UUID, list[RoleView]] = defaultdict(list)
    grades: dict[UUID, int] = {}
    students = await session.execute(
        select(Student.person_id, Student.school_id, Student.grade).where(
            Student.person_id.in_(person_ids), Student.valid_until.is_(None)
        )
    )
    for person_id, school_id, grade in students:
        roles[person_id].append(RoleView("student", school_id=school_id, student_id=person_id))
        grades[person_id] = grade
    links = await session.execute(
        select(GuardianLink.guardian_id, GuardianLink.student_id)
        .where(
            GuardianLink.guardian_id.in_(person_ids),
            GuardianLink.valid_until.is_(None),
            GuardianLink.barred.is_(False),
        )
        .order_by(GuardianLink.id)
    )
    for person_id, student_id in links:
        roles[person_id].append(RoleView("guardian", student_id=student_id))
    champions = await session.execute(
        select(Champion.person_id, Champion.partner_id)
        .where(Champion.person_id.in_(person_ids), Champion.valid_until.is_(None))
        .order_by(Champion.id)
    )
    for person_id, partner_id in champions:
        roles[person_id].append(RoleView("employer", partner_id=partner_id))
    posts = await session.execute(
        select(Staff).where(Staff.person_id.in_(person_ids), Staff.valid_until.is_(None)).order_by(Staff.id)
    )
    for post in posts.scalars():
        roles[post.person_id].append(
            RoleView(post.role.value, school_id=post.school_id, district_id=post.district_id)
        )
    return roles, grades
