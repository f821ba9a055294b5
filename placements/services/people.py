"""Languages, numbers, and matching a number to the roster."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from placements import clock
from placements.cause import Cause, audit, once
from placements.models import (
    ContactKind,
    ContactPoint,
    District,
    LinkedHow,
    Person,
    RosterTry,
    Student,
    new_id,
)
from placements.queries.people import VERIFIED
from placements.queries.schools import pack_of
from placements.rules.packs import RulePack, load_pack
from placements.services.consents import recheck_reach

How = Literal["school", "coordinator", "roster_match", "self_said"]


@dataclass(frozen=True)
class RosterMatch:
    """`had_phone`: the school already knew another number of this student, so a person should look."""

    student_id: UUID | None
    outcome: Literal["match", "no_match", "locked"]
    had_phone: bool = False


async def set_language(session: AsyncSession, *, person_id: UUID, language: str, cause: Cause) -> None:
    """From now on the person is written to in `language` (en or es); ValueError for another."""
    if language not in ("en", "es"):
        raise ValueError(f"no such language: {language}")
    await session.execute(update(Person).where(Person.id == person_id).values(language=language))
    await audit(session, cause, "set_language", "person", person_id, {"language": language})


async def link_phone(
    session: AsyncSession, *, person_id: UUID, phone: str, role: str | None, how: How, cause: Cause
) -> None:
    """Record that `phone` (E.164) is this person's. A better source replaces a worse one, not the reverse."""
    now = await clock.now(session)
    linked = LinkedHow(how)
    current = await session.scalar(
        select(ContactPoint).where(
            ContactPoint.person_id == person_id,
            ContactPoint.kind == ContactKind.PHONE,
            ContactPoint.value == phone,
            ContactPoint.valid_until.is_(None),
        )
    )
    if linked in (LinkedHow.SCHOOL, LinkedHow.COORDINATOR):
        await session.execute(update(RosterTry).where(RosterTry.phone == phone).values(cleared=True))
    if current is not None and _rank(current.how) <= _rank(linked):
        return
    if current is not None:
        current.valid_until, current.ended_why = now, "better_known"
        await session.flush()
    point = ContactPoint(id=new_id(), person_id=person_id, value=phone, role=role, how=linked, valid_from=now)
    session.add(point)
    await session.flush()
    await audit(session, cause, "link_phone", "person", person_id, {"how": how, "contact_point": point.id})


async def unlink_phone(
    session: AsyncSession, *, phone: str, person_id: UUID | None, why: str, cause: Cause
) -> list[UUID]:
    """End every current link of `phone`, or only that of one person. Returns whose it no longer is."""
    ended = update(ContactPoint).where(
        ContactPoint.kind == ContactKind.PHONE,
        ContactPoint.value == phone,
        ContactPoint.valid_until.is_(None),
    )
    if person_id is not None:
        ended = ended.where(ContactPoint.person_id == person_id)
    rows = await session.execute(
        ended.values(valid_until=await clock.now(session), ended_why=why).returning(ContactPoint.person_id)
    )
    people = list(rows.scalars())
    for each in people:
        await audit(session, cause, "unlink_phone", "person", each, {"why": why})
        await recheck_reach(session, person_id=each, cause=cause)
    return people


async def match_roster(
    session: AsyncSession,
    *,
    school_hint: UUID | None,
    student_number: str,
    birth_date: date,
    phone: str,
    cause: Cause,
) -> RosterMatch:
    """Match a number to a student who knows the student number and birth date, and link it.

    Misses are counted for the phone and for the student number; after too many of either the outcome is
    `locked`, also for the right answer. Tell the person the same for `no_match` and `locked`.
    """

    async def do() -> dict[str, Any]:
        return await _match(session, school_hint, student_number.strip(), birth_date, phone, cause)

    found = await once(session, cause, "match_roster", do)
    student_id = UUID(found["student_id"]) if found["student_id"] else None
    return RosterMatch(student_id, found["outcome"], found["had_phone"])


async def _match(
    session: AsyncSession,
    school_id: UUID | None,
    number: str,
    birth_date: date,
    phone: str,
    cause: Cause,
) -> dict[str, Any]:
    for key in sorted((f"phone {phone}", f"student {number}")):
        await session.execute(text("select pg_advisory_xact_lock(hashtextextended(:key, 0))"), {"key": key})
    candidates = await _candidates(session, number, school_id)
    pack = await _limits(session, candidates)
    if await _is_locked(session, phone, number, pack):
        return {"student_id": None, "outcome": "locked", "had_phone": False}
    matching = [student for student in candidates if student.person.birth_date == birth_date]
    student = matching[0] if len(matching) == 1 else None
    now = await clock.now(session)
    session.add(RosterTry(phone=phone, student_number=number, at=now, matched=student is not None))
    await session.flush()
    if student is None:
        await audit(session, cause, "match_roster", "roster_try", "none", {"outcome": "no_match"})
        return {"student_id": None, "outcome": "no_match", "had_phone": False}
    had_phone = await _has_other_phone(session, student.person_id, phone)
    await link_phone(
        session,
        person_id=student.person_id,
        phone=phone,
        role="student",
        how="roster_match",
        cause=cause,
    )
    return {"student_id": str(student.person_id), "outcome": "match", "had_phone": had_phone}


async def _limits(session: AsyncSession, candidates: list[Student]) -> RulePack:
    """The rules of the student's district; for a number that no student has, those of the first district."""
    if candidates:
        return pack_of(candidates[0].school)
    names = select(District.rule_pack).order_by(District.id).limit(1)
    return load_pack((await session.execute(names)).scalar_one())


async def _candidates(session: AsyncSession, number: str, school_id: UUID | None) -> list[Student]:
    query = select(Student).where(Student.student_number == number, Student.valid_until.is_(None))
    if school_id is not None:
        query = query.where(Student.school_id == school_id)
    return list((await session.execute(query)).scalars())


async def _is_locked(session: AsyncSession, phone: str, number: str, pack: RulePack) -> bool:
    misses = select(func.count()).select_from(RosterTry).where(RosterTry.matched.is_(False))
    of_phone = await session.scalar(misses.where(RosterTry.phone == phone, RosterTry.cleared.is_(False)))
    since = await clock.now(session) - timedelta(hours=24)
    of_student = await session.scalar(misses.where(RosterTry.student_number == number, RosterTry.at > since))
    return (of_phone or 0) >= pack.tries_per_phone or (of_student or 0) >= pack.tries_per_student_a_day


async def _has_other_phone(session: AsyncSession, person_id: UUID, phone: str) -> bool:
    other = select(ContactPoint.id).where(
        ContactPoint.person_id == person_id,
        ContactPoint.kind == ContactKind.PHONE,
        ContactPoint.valid_until.is_(None),
        ContactPoint.value != phone,
        ContactPoint.how.in_(VERIFIED),
    )
    return (await session.execute(other.limit(1))).scalar_one_or_none() is not None


def _rank(how: LinkedHow) -> int:
    return VERIFIED.index(how) if how in VERIFIED else len(VERIFIED)
