"""Erasing a person from the placement database: what is open ends, what identifies goes, the bare facts stay."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, delete, func, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from placements import clock
from placements.cause import Cause, audit
from placements.models import (
    Booking,
    Champion,
    Consent,
    ConsentForm,
    ContactKind,
    ContactPoint,
    GuardianLink,
    Interest,
    NumberClaim,
    Opportunity,
    OpportunityStatus,
    Person,
    RosterTry,
    Slot,
    Staff,
    Student,
    StudentForm,
)
from placements.queries import people
from placements.rules.bookings import HOLDING, BookingState
from placements.services.booking_steps import guardians, host_of, notify, open_scene, step
from placements.services.consents import recheck_reach
from placements.services.plans import change_champion

ERASED_NAME = "[erased]"


@dataclass(frozen=True)
class Identity:
    """Everything by which a person is known here. Phones are E.164, past ones too; `held_by_others` are those that are
    somebody else's now."""

    person_id: UUID
    first_name: str
    last_name: str
    phones: tuple[str, ...]
    held_by_others: frozenset[str]
    mails: tuple[str, ...]
    student_numbers: tuple[str, ...]


async def identity_of(session: AsyncSession, person_id: UUID) -> Identity:
    """What identifies a person; raises NoResultFound for an unknown id."""
    person = await session.get_one(Person, person_id)
    rows = (
        await session.execute(
            select(ContactPoint.kind, ContactPoint.value).where(ContactPoint.person_id == person_id)
        )
    ).all()
    phones = tuple(dict.fromkeys(value for kind, value in rows if kind is ContactKind.PHONE))
    others = await session.scalars(
        select(ContactPoint.value).where(
            ContactPoint.value.in_(phones),
            ContactPoint.person_id != person_id,
            ContactPoint.valid_until.is_(None),
        )
    )
    numbers = await session.scalars(select(Student.student_number).where(Student.person_id == person_id))
    return Identity(
        person_id=person_id,
        first_name=person.first_name,
        last_name=person.last_name,
        phones=phones,
        held_by_others=frozenset(others),
        mails=tuple(dict.fromkeys(value for kind, value in rows if kind is ContactKind.EMAIL)),
        student_numbers=tuple(numbers),
    )


async def end_bookings(session: AsyncSession, *, person_id: UUID, cause: Cause) -> list[UUID]:
    """End what is open with this person: a student's bookings, and those at a host for whom nobody else speaks.

    The others concerned get a notice that names nobody. Returns the bookings that ended.
    """
    mine = list(await session.scalars(_open().where(Booking.student_id == person_id)))
    hosted = await _leave_hosting(session, person_id, cause)
    for booking_id in [*mine, *hosted]:
        scene = await open_scene(session, booking_id, cause)
        if scene is None or scene.booking.state not in HOLDING or scene.now >= scene.slot.ends_at:
            continue
        asked = scene.booking.host_asked
        concerned = {**(await host_of(scene) if asked else {}), **await guardians(scene)}
        concerned[scene.student.person_id] = "student"
        concerned.pop(person_id, None)
        await step(scene, BookingState.CANCELLED, why="erased")
        if concerned:
            await notify(scene, "booking_cancelled", concerned, by="coordinator")
    return [*mine, *hosted]


async def _leave_hosting(session: AsyncSession, person_id: UUID, cause: Cause) -> list[UUID]:
    """Hand a champion's opportunities to another of the partner's, about whom everyone is asked again, or close them.

    Returns the bookings that have to end because nobody is left.
    """
    ended: list[UUID] = []
    offered = await session.scalars(select(Opportunity).where(Opportunity.champion_id == person_id))
    for opportunity in offered.unique().all():
        other = await _somebody_else(session, opportunity.partner_id, person_id)
        if other is not None:
            await change_champion(session, opportunity_id=opportunity.id, champion_id=other, cause=cause)
            continue
        opportunity.status = OpportunityStatus.CLOSED
        ended += await session.scalars(_open().where(Booking.opportunity_id == opportunity.id))
    await session.flush()
    return ended


async def _somebody_else(session: AsyncSession, partner_id: UUID, person_id: UUID) -> UUID | None:
    """Who speaks for a partner beside this person: whoever can be texted, else whoever has done so the longest."""
    others = [each for each in await people.champions_of(session, partner_id) if each != person_id]
    with_phone = [each for each in others if await people.phone_of(session, each)]
    return next(iter([*with_phone, *others]), None)


def _open() -> Select[UUID]:
    return (
        select(Booking.id)
        .join(Slot, Slot.id == Booking.slot_id)
        .where(Booking.state.in_(HOLDING), Slot.ends_at > func.now() - text("interval '1 day'"))
    )


async def erase_person(session: AsyncSession, *, person_id: UUID, cause: Cause) -> int:
    """Remove what identifies a person. Call it where `footbridge.erasing` is on, after `end_bookings`.

    Returns how many signed forms lost their file: those that the person signed, or that are about the person.
    What stays: the row with no name, bookings and their steps, consents by fact and date, links by id.
    """
    known = await identity_of(session, person_id)
    now = await clock.now(session)
    await session.execute(delete(ContactPoint).where(ContactPoint.person_id == person_id))
    await recheck_reach(session, person_id=person_id, cause=cause)
    await session.execute(delete(NumberClaim).where(NumberClaim.person_id == person_id))
    for phone in known.phones:
        if phone not in known.held_by_others:
            await session.execute(
                delete(NumberClaim).where(
                    or_(NumberClaim.old_number == phone, NumberClaim.new_number == phone)
                )
            )
            await session.execute(delete(RosterTry).where(RosterTry.phone == phone))
    await session.execute(delete(RosterTry).where(RosterTry.student_number.in_(known.student_numbers)))
    await session.execute(delete(Interest).where(Interest.student_id == person_id))
    await session.execute(delete(StudentForm).where(StudentForm.student_id == person_id))
    forms = await _empty_proofs(session, person_id)
    await _end_links(session, person_id, now)
    await session.execute(
        update(Student)
        .where(Student.person_id == person_id)
        .values(
            student_number=f"erased-{person_id}",
            valid_until=func.coalesce(Student.valid_until, now),
            academy_id=None,
        )
    )
    await session.execute(
        update(Person)
        .where(Person.id == person_id)
        .values(first_name=ERASED_NAME, last_name=ERASED_NAME, birth_date=None, language="en")
    )
    await audit(session, cause, "erase_person", "person", person_id)
    session.expire_all()
    return forms


async def _empty_proofs(session: AsyncSession, person_id: UUID) -> int:
    """Decisions by or about the person keep their fact and date; words, number and file go."""
    concerned = or_(Consent.person_id == person_id, Consent.student_id == person_id)
    await session.execute(update(Consent).where(concerned).values(wording="", number=None))
    emptied = await session.scalars(
        update(ConsentForm)
        .where(
            or_(ConsentForm.signed_by == person_id, ConsentForm.student_id == person_id),
            ConsentForm.content.is_not(None),
        )
        .values(content=None)
        .returning(ConsentForm.id)
    )
    return len(emptied.all())


async def _end_links(session: AsyncSession, person_id: UUID, now: datetime) -> None:
    concerned = or_(GuardianLink.guardian_id == person_id, GuardianLink.student_id == person_id)
    for model, whose in ((GuardianLink, concerned), (Champion, Champion.person_id == person_id)):
        await session.execute(update(model).where(whose, model.valid_until.is_(None)).values(valid_until=now))
    await session.execute(
        update(Staff).where(Staff.person_id == person_id, Staff.valid_until.is_(None)).values(valid_until=now)
    )
