"""The inspection copy: everything held about one student, for a parent or an eligible student (34 CFR 99.10).

Other people stand in it by first name and relation; their numbers, addresses and surnames do not. What was said in a
safety matter is left out unless it is asked for: who may see it is a person's decision, and the copy reads the same
whether there is anything left out or not.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from conversations.models import Address, Basis, Case, CaseNote, Inbound, Outbound
from conversations.privacy.likeness import without_contacts
from placements import clock
from placements.models import (
    Booking,
    BookingEvent,
    Consent,
    ConsentForm,
    ContactPoint,
    GuardianLink,
    Interest,
    Opportunity,
    Person,
    Refusal,
    Slot,
    Student,
    StudentForm,
)
from placements.services.erasure import Identity, identity_of
from placements.services.looks import looks_at

SAFETY_KINDS = ("crisis", "report_unsafe")
_SAFETY_TEXTS = ("crisis.", "safety.")


class NotAStudent(Exception):
    """The copy is for students; the id is somebody else's."""


async def record_of(session: AsyncSession, person_id: UUID, *, with_safety: bool = False) -> dict[str, Any]:
    """Everything held about a student, ready for JSON: dates are ISO, times UTC. Raises NotAStudent."""
    student = await session.get(Student, person_id)
    if student is None:
        raise NotAStudent(str(person_id))
    known = await identity_of(session, person_id)
    own = (*known.phones, *known.mails)
    cases = await _cases(session, known, with_safety=with_safety)
    return {
        "made_at": _iso(await clock.now(session)),
        "student": _student(student),
        "numbers_and_addresses": await _contacts(session, person_id),
        "guardians": await _guardians(session, person_id),
        "bookings": await _bookings(session, person_id),
        "permissions": await _permissions(session, person_id, own),
        "refusals": await _refusals(session, person_id),
        "forms": await _forms(session, person_id),
        "would_like_to_hear_of": await _interests(session, person_id),
        "why_texted": await _basis(session, known),
        "messages": await _messages(session, known, with_safety=with_safety),
        "messages_about_the_student": await _messages_about(session, person_id, own),
        "passed_to_a_person": cases,
        "who_has_looked": await _looks(session, person_id, with_safety=with_safety),
    }


def _student(student: Student) -> dict[str, Any]:
    person = student.person
    return {
        "first_name": person.first_name,
        "last_name": person.last_name,
        "birth_date": _iso(person.birth_date),
        "language": person.language,
        "student_number": student.student_number,
        "grade": student.grade,
        "school": student.school.name,
        "academy": student.academy.name if student.academy else None,
        "at_school_from": _iso(student.valid_from),
        "until": _iso(student.valid_until),
    }


async def _contacts(session: AsyncSession, person_id: UUID) -> list[dict[str, Any]]:
    rows = await session.scalars(
        select(ContactPoint).where(ContactPoint.person_id == person_id).order_by(ContactPoint.valid_from)
    )
    return [
        {
            "kind": row.kind.value,
            "value": row.value,
            "known_by": row.how.value,
            "from": _iso(row.valid_from),
            "until": _iso(row.valid_until),
        }
        for row in rows
    ]


async def _guardians(session: AsyncSession, person_id: UUID) -> list[dict[str, Any]]:
    rows = await session.execute(
        select(GuardianLink, Person.first_name)
        .join(Person, Person.id == GuardianLink.guardian_id)
        .where(GuardianLink.student_id == person_id)
        .order_by(GuardianLink.valid_from, GuardianLink.id)
    )
    return [
        {
            "first_name": name,
            "relation": link.relation,
            "may_decide": not link.barred and link.valid_until is None,
            "known_by": link.how.value,
            "from": _iso(link.valid_from),
            "until": _iso(link.valid_until),
        }
        for link, name in rows
    ]


async def _bookings(session: AsyncSession, person_id: UUID) -> list[dict[str, Any]]:
    rows = await session.execute(
        select(Booking, Slot)
        .join(Slot, Slot.id == Booking.slot_id)
        .where(Booking.student_id == person_id)
        .order_by(Booking.requested_at)
    )
    return [
        {
            "what": slot.opportunity.title,
            "kind": slot.opportunity.activity,
            "where": slot.opportunity.partner.name,
            "starts": _iso(slot.starts_at),
            "ends": _iso(slot.ends_at),
            "hours": round((slot.ends_at - slot.starts_at).total_seconds() / 3600, 2),
            "state": booking.state.value,
            "requested": _iso(booking.requested_at),
            "ended_why": booking.ended_why,
            "steps": await _steps(session, booking.id),
        }
        for booking, slot in rows.unique().all()
    ]


async def _steps(session: AsyncSession, booking_id: UUID) -> list[dict[str, Any]]:
    rows = await session.scalars(
        select(BookingEvent).where(BookingEvent.booking_id == booking_id).order_by(BookingEvent.id)
    )
    return [{"at": _iso(row.at), "state": row.to_state.value} for row in rows]


async def _permissions(session: AsyncSession, person_id: UUID, own: Sequence[str]) -> list[dict[str, Any]]:
    rows = await session.execute(
        select(Consent, Person.first_name, Opportunity)
        .join(Person, Person.id == Consent.person_id)
        .join(Opportunity, Opportunity.id == Consent.opportunity_id)
        .where(Consent.student_id == person_id)
        .order_by(Consent.id)
    )
    return [
        {
            "at": _iso(row.at),
            "decision": row.decision.value,
            "by": name,
            "for": opportunity.title,
            "in_these_words": without_contacts(row.wording, tuple(own)),
            "number_ends_in": row.number[-4:] if row.number else None,
        }
        for row, name, opportunity in rows.unique().all()
    ]


async def _refusals(session: AsyncSession, person_id: UUID) -> list[dict[str, Any]]:
    rows = await session.execute(
        select(Refusal, Person.first_name, Opportunity)
        .join(Person, Person.id == Refusal.person_id)
        .join(Opportunity, Opportunity.id == Refusal.opportunity_id)
        .where(Refusal.student_id == person_id)
        .order_by(Refusal.at)
    )
    return [
        {"at": _iso(row.at), "by": name, "for": opportunity.title, "lifted": _iso(row.lifted_at)}
        for row, name, opportunity in rows.unique().all()
    ]


async def _forms(session: AsyncSession, person_id: UUID) -> list[dict[str, Any]]:
    held = await session.scalars(select(StudentForm).where(StudentForm.student_id == person_id))
    signed = await session.scalars(select(ConsentForm).where(ConsentForm.student_id == person_id))
    return [
        {"kind": row.kind, "received": _iso(row.received_at), "valid_until": _iso(row.valid_until)}
        for row in held
    ] + [
        {
            "kind": "signed permission",
            "signed_on": _iso(row.signed_on),
            "received": _iso(row.recorded_at),
            "file": row.media_type,
            "size": row.size,
            "sha256": row.sha256,
        }
        for row in signed
    ]


async def _interests(session: AsyncSession, person_id: UUID) -> list[dict[str, Any]]:
    rows = await session.scalars(select(Interest).where(Interest.student_id == person_id))
    return [
        {"fields": row.clusters, "activity": row.activity, "since": _iso(row.at), "told": _iso(row.told_at)}
        for row in rows
    ]


async def _basis(session: AsyncSession, known: Identity) -> list[dict[str, Any]]:
    mine = [phone for phone in known.phones if phone not in known.held_by_others]
    rows = await session.execute(
        select(Basis, Address.value)
        .join(Address, Address.id == Basis.address_id)
        .where(Address.value.in_(mine))
        .order_by(Basis.id)
    )
    return [
        {"at": _iso(row.at), "number": number, "what": row.kind, "from": row.source, "words": row.wording}
        for row, number in rows
    ]


async def _messages(session: AsyncSession, known: Identity, *, with_safety: bool) -> list[dict[str, Any]]:
    """Texts to and from the student, oldest first. On a number that others hold too, only what is known to be the
    student's own."""
    mine = [phone for phone in known.phones if phone not in known.held_by_others]
    own = list(await session.scalars(select(Address.id).where(Address.value.in_(mine))))
    came = await session.scalars(
        select(Inbound).where(or_(Inbound.address_id.in_(own), Inbound.person_id == known.person_id))
    )
    went = await session.scalars(
        select(Outbound).where(or_(Outbound.address_id.in_(own), Outbound.person_id == known.person_id))
    )
    inbound = [row for row in came if row.person_id in (None, known.person_id)]
    hidden = set() if with_safety else {row.id for row in inbound if _is_safety_in(row)}
    contacts = (*known.phones, *known.mails)
    found = [_came(row, contacts) for row in inbound if row.id not in hidden]
    found += [
        _went(row, contacts)
        for row in went
        if row.person_id in (None, known.person_id)
        and (with_safety or (row.reply_to not in hidden and not _is_safety_out(row)))
    ]
    return sorted(found, key=lambda row: str(row["at"]))


def _came(row: Inbound, contacts: tuple[str, ...]) -> dict[str, Any]:
    return {
        "at": _iso(row.received_at),
        "way": "from the student",
        "words": without_contacts(row.body, contacts),
        "erased": _iso(row.erased_at),
        "read_as": (row.understood or {}).get("need"),
    }


def _went(row: Outbound, contacts: tuple[str, ...]) -> dict[str, Any]:
    return {
        "at": _iso(row.sent_at or row.created_at),
        "way": "to the student",
        "words": without_contacts(row.body, contacts),
        "erased": _iso(row.erased_at),
        "state": row.state,
    }


def _is_safety_in(row: Inbound) -> bool:
    return (row.safety or {}).get("need") in SAFETY_KINDS


def _is_safety_out(row: Outbound) -> bool:
    return any(str(key).startswith(_SAFETY_TEXTS) for key in row.texts) or row.cause_kind == "page"


async def _messages_about(session: AsyncSession, person_id: UUID, own: Sequence[str]) -> list[dict[str, Any]]:
    """Texts to the family and to hosts about this student's bookings."""
    rows = await session.execute(
        text(
            """
            select o.created_at, o.body, n.data->'roles'->>(o.person_id::text) as role
            from conversations.outbound o join placements.notices n
                on o.cause_kind = 'notice' and o.cause_ref = n.id::text
            where n.data->>'student_id' = cast(:person as text) and o.person_id <> cast(:person as uuid)
              and o.state <> 'suppressed'
            order by o.created_at
            """
        ),
        {"person": str(person_id)},
    )
    return [
        {
            "at": _iso(row.created_at),
            "to": row.role or "somebody",
            "words": without_contacts(row.body, tuple(own)),
        }
        for row in rows
    ]


async def _cases(session: AsyncSession, known: Identity, *, with_safety: bool) -> list[dict[str, Any]]:
    rows = await session.scalars(select(Case).where(Case.person_id == known.person_id).order_by(Case.number))
    found = []
    for case in rows:
        if case.kind in SAFETY_KINDS and not with_safety:
            continue
        notes = await session.scalars(
            select(CaseNote).where(CaseNote.case_id == case.id).order_by(CaseNote.id)
        )
        own = (*known.phones, *known.mails)
        found.append(
            {
                "number": case.number,
                "about": case.kind,
                "opened": _iso(case.opened_at),
                "closed": _iso(case.closed_at),
                "notes": [{"at": _iso(n.at), "what": without_contacts(n.what, own)} for n in notes],
            }
        )
    return found


async def _looks(session: AsyncSession, person_id: UUID, *, with_safety: bool) -> list[dict[str, Any]]:
    hidden = set()
    if not with_safety:
        numbers = await session.scalars(
            select(Case.number).where(Case.person_id == person_id, Case.kind.in_(SAFETY_KINDS))
        )
        hidden = {f"cases show {number}" for number in numbers}
    return [
        {"at": _iso(look.at), "who": look.who, "what": look.what, "why": look.why}
        for look in await looks_at(session, person_id)
        if look.what not in hidden
    ]


def _iso(value: date | datetime | None) -> str | None:
    return value.isoformat() if value is not None else None
