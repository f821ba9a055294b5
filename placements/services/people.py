"""Languages, numbers, and matching a number to the roster."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from placements import clock
from placements.cause import Cause, audit, once
from placements.models import (
    ClaimState,
    ContactKind,
    ContactPoint,
    District,
    LinkedHow,
    NumberClaim,
    Person,
    RosterTry,
    Student,
    new_id,
)
from placements.notices import tell
from placements.queries.people import VERIFIED, phone_of
from placements.queries.schools import pack_of
from placements.rules.packs import RulePack, load_pack
from placements.services.consents import recheck_reach

How = Literal["school", "coordinator", "old_number", "roster_match", "self_said"]
CLAIM_LASTS = timedelta(hours=48)


@dataclass(frozen=True)
class RosterMatch:
    """`had_phone`: the school already knows another number of this student. Nothing is linked then: that number was
    asked (`claim_id`), or, with no claim, one is being asked already. `taken`: this number is somebody else's, so
    nothing is linked either."""

    student_id: UUID | None
    outcome: Literal["match", "no_match", "locked"]
    had_phone: bool = False
    claim_id: UUID | None = None
    taken: bool = False

    @property
    def linked(self) -> bool:
        return self.outcome == "match" and not self.had_phone and not self.taken


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
        select(ContactPoint).where(_current(phone), ContactPoint.person_id == person_id)
    )
    if linked is not LinkedHow.SELF_SAID and current is not None:
        current.confirmed_at, current.doubted_at, current.doubted_why = now, None, None
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
    ended = update(ContactPoint).where(_current(phone))
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


async def confirm_phone(session: AsyncSession, *, phone: str, cause: Cause) -> list[UUID]:
    """Record that `phone` is still with those to whom it is linked, for this school year. Returns who they are."""
    rows = await session.execute(
        update(ContactPoint)
        .where(_current(phone))
        .values(confirmed_at=await clock.now(session), doubted_at=None, doubted_why=None)
        .returning(ContactPoint.person_id)
    )
    people = list(rows.scalars())
    for each in people:
        await audit(session, cause, "confirm_phone", "person", each)
    return people


async def doubt_phone(session: AsyncSession, *, phone: str, why: str, cause: Cause) -> list[UUID]:
    """Record that `phone` may no longer be with those to whom it is linked, so that they are asked before anything
    personal is said there. Returns whose link was not in doubt before."""
    rows = await session.execute(
        update(ContactPoint)
        .where(_current(phone), ContactPoint.doubted_at.is_(None))
        .values(doubted_at=await clock.now(session), doubted_why=why)
        .returning(ContactPoint.person_id)
    )
    people = list(rows.scalars())
    for each in people:
        await audit(session, cause, "doubt_phone", "person", each, {"why": why})
        await tell(
            session,
            event="number_doubted",
            record_type="person",
            record_id=each,
            audience={each: ""},
            data={"why": why},
            cause=cause,
        )
    return people


async def clear_tries(session: AsyncSession, *, phone: str, cause: Cause) -> int:
    """Let a phone try again to match the roster; how many misses were cleared."""
    rows = await session.execute(
        update(RosterTry)
        .where(RosterTry.phone == phone, RosterTry.matched.is_(False), RosterTry.cleared.is_(False))
        .values(cleared=True)
        .returning(RosterTry.id)
    )
    cleared = len(rows.scalars().all())
    await audit(session, cause, "clear_tries", "roster_try", "none", {"cleared": cleared})
    return cleared


async def forget_tries(session: AsyncSession, *, phone: str) -> None:
    """Drop every trace of a phone from the attempts to match the roster: its holder is under 13."""
    await session.execute(delete(RosterTry).where(RosterTry.phone == phone))


async def settle_claim(
    session: AsyncSession, *, claim_id: UUID, agreed: bool, cause: Cause
) -> NumberClaim | None:
    """The old number's answer to a claim; it counts only from that number, once and in time. None if it does not.

    After a yes the new number is linked, and the old one is no longer this person's.
    """
    claim = await session.get(NumberClaim, claim_id, with_for_update=True)
    now = await clock.now(session)
    if claim is None or claim.state is not ClaimState.WAITING or cause.address != claim.old_number:
        return None
    if now >= claim.until:
        claim.state, claim.settled_at = ClaimState.EXPIRED, now
        return None
    if not await _holds_verified(session, claim.person_id, claim.old_number):
        return None
    claim.state, claim.settled_at = ClaimState.AGREED if agreed else ClaimState.REFUSED, now
    await audit(session, cause, "settle_claim", "number_claim", claim.id, {"agreed": agreed})
    if agreed:
        await link_phone(
            session,
            person_id=claim.person_id,
            phone=claim.new_number,
            role="student",
            how="old_number",
            cause=cause,
        )
        await unlink_phone(
            session, phone=claim.old_number, person_id=claim.person_id, why="moved", cause=cause
        )
    return claim


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
    claim_id = UUID(found["claim_id"]) if found.get("claim_id") else None
    return RosterMatch(student_id, found["outcome"], found["had_phone"], claim_id, found.get("taken", False))


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
    result = {"student_id": str(student.person_id), "outcome": "match", "had_phone": False}
    if await _is_somebody_elses(session, student.person_id, phone):
        return result | {"taken": True}
    old = await _other_phone(session, student.person_id, phone)
    if old is not None:
        claim_id = await _claim(session, student.person_id, old, phone, cause)
        return result | {"had_phone": True, "claim_id": str(claim_id) if claim_id else None}
    await link_phone(
        session,
        person_id=student.person_id,
        phone=phone,
        role="student",
        how="roster_match",
        cause=cause,
    )
    return result


async def _claim(session: AsyncSession, person_id: UUID, old: str, new: str, cause: Cause) -> UUID | None:
    """Ask the old number, unless it is being asked already."""
    now = await clock.now(session)
    await session.execute(
        update(NumberClaim)
        .where(
            NumberClaim.person_id == person_id,
            NumberClaim.state == ClaimState.WAITING,
            NumberClaim.until <= now,
        )
        .values(state=ClaimState.EXPIRED, settled_at=now)
    )
    claim_id = await session.scalar(
        insert(NumberClaim)
        .values(
            id=new_id(),
            person_id=person_id,
            old_number=old,
            new_number=new,
            state=ClaimState.WAITING,
            asked_at=now,
            until=now + CLAIM_LASTS,
        )
        .on_conflict_do_nothing()
        .returning(NumberClaim.id)
    )
    if claim_id is not None:
        await tell(
            session,
            event="number_claimed",
            record_type="number_claim",
            record_id=claim_id,
            audience={person_id: "student"},
            data={"student_id": str(person_id), "ending": new[-4:], "until": (now + CLAIM_LASTS).isoformat()},
            cause=cause,
        )
    return claim_id


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


def _current(phone: str) -> ColumnElement[bool]:
    return (
        (ContactPoint.kind == ContactKind.PHONE)
        & (ContactPoint.value == phone)
        & ContactPoint.valid_until.is_(None)
    )


async def _is_somebody_elses(session: AsyncSession, person_id: UUID, phone: str) -> bool:
    other = select(ContactPoint.id).where(_current(phone), ContactPoint.person_id != person_id)
    return (await session.execute(other.limit(1))).scalar_one_or_none() is not None


async def _holds_verified(session: AsyncSession, person_id: UUID, phone: str) -> bool:
    held = select(ContactPoint.id).where(
        _current(phone), ContactPoint.person_id == person_id, ContactPoint.how.in_(VERIFIED)
    )
    return (await session.execute(held.limit(1))).scalar_one_or_none() is not None


async def _other_phone(session: AsyncSession, person_id: UUID, phone: str) -> str | None:
    """The number by which the student is known already; None if this one is theirs as well."""
    if await _holds_verified(session, person_id, phone):
        return None
    known = await phone_of(session, person_id)
    return known if known != phone else None


def _rank(how: LinkedHow) -> int:
    return VERIFIED.index(how) if how in VERIFIED else len(VERIFIED)
