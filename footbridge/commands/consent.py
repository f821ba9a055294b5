"""Permission, from a terminal: signed forms taken in, a no lifted, a guardian barred, what stands for a student."""

import json
import mimetypes
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from conversations.prompts import withdraw_for_person, withdraw_for_record
from footbridge.commands import Refused, looker, open_installation
from footbridge.commands.export import one_person
from footbridge.settings import Settings
from placements import clock
from placements.cause import Cause, audit
from placements.models import Booking, Consent, ConsentForm, Slot
from placements.queries.bookings import BookingView, booking, bookings_of
from placements.queries.finding import Found
from placements.queries.people import guardians_of, person
from placements.rules.bookings import BookingState
from placements.services import bookings
from placements.services.bookings import Booked, SignedForm
from placements.services.consents import standing_refusals
from placements.services.looks import note_look

LARGEST = 10 * 1024 * 1024  # bytes of one scanned form
_WHY_NOT = {
    "unknown": "there is no such booking",
    "closed": "that booking is over",
    "already": "permission is given already",
    "refused_before": "a guardian's no stands; lift it first (footbridge consent lift)",
    "on_hold": "visits there are on hold (footbridge partners clear)",
    "not_coordinator": "only a coordinator of the student's school takes in a form",
    "not_yours": "only a coordinator of the student's school may do this",
    "not_guardian": "that person is no guardian of this student",
    "barred": "that guardian is barred",
    "not_student": "this student is 18 and signs alone",
    "signed_later": "the date of the signature is still to come",
    "form_expired": "the form is too old for the day of the visit",
    "other_plan": "the form was signed before the plan changed",
    "none": "no refusal stands there",
}


@dataclass(frozen=True)
class Paper:
    """A form as it is given on the command line. `late` books the visit first where its time to answer is over."""

    file: Path
    signed: date
    by: str
    guardian: str | None = None
    booking: UUID | None = None
    late: bool = False


async def consent_record(settings: Settings, student: str, paper: Paper) -> str:
    """Take in a signed form for the booking that waits for it."""
    content = _read(paper.file)
    async with open_installation(settings) as parts, parts.database.session() as session:
        found, cause = await one_person(session, student), await _by(session, paper.by)
        held = await _waiting(session, found, paper, cause)
        signer = await _signer(session, held, paper.guardian)
        form = SignedForm(
            signed_by=signer,
            signed_on=paper.signed,
            content=content,
            media_type=mimetypes.guess_type(paper.file.name)[0] or "application/octet-stream",
        )
        _ok(await bookings.record_form(session, booking_id=held.id, form=form, cause=cause))
        await withdraw_for_record(session, held.id, await clock.now(session), kinds={"consent"})
        now = await booking(session, held.id)
    state = now.state.replace("_", " ") if now else ""
    return f"recorded for {found.first_name}: {held.slot.partner_name}, {held.slot.local_start:%Y-%m-%d}; {state}"


async def consent_lift(settings: Settings, student: str, *, by: str, partner: str | None) -> str:
    """Take back every no that stands against a student, or those about one partner."""
    async with open_installation(settings) as parts, parts.database.session() as session:
        found, cause = await one_person(session, student), await _by(session, by)
        lifted = []
        for opportunity_id, name in await _refused(session, found.id):
            if partner is not None and partner.lower() not in name.lower():
                continue
            outcome = await bookings.lift_refusal(
                session,
                student_id=found.id,
                opportunity_id=opportunity_id,
                person_id=UUID(str(cause.actor)),
                cause=cause,
            )
            _ok(outcome)
            lifted.append(name)
        if not lifted:
            raise Refused("no refusal stands there")
    return f"lifted for {found.first_name}: {', '.join(lifted)}; nothing that ended comes back by itself"


async def consent_bar(settings: Settings, student: str, guardian: str, *, by: str) -> str:
    """A court order: this guardian decides nothing and hears nothing about the student from now on."""
    async with open_installation(settings) as parts, parts.database.session() as session:
        found, cause = await one_person(session, student), await _by(session, by)
        barred = await _guardian(session, found.id, guardian)
        _ok(await bookings.bar_guardian(session, student_id=found.id, guardian_id=barred, cause=cause))
        await withdraw_for_person(session, barred, "consent", await clock.now(session))
    return f"barred for {found.first_name}; what only this guardian permitted is asked of the others"


async def consent_show(settings: Settings, student: str, *, as_json: bool) -> str:
    """What was decided about a student's visits, by whom, when and how, and whose no stands."""
    async with open_installation(settings) as parts, parts.database.session() as session:
        found = await one_person(session, student)
        await note_look(session, people=[found.id], what="consent show", looker=looker())
        rows = [await _decision(session, each) for each in await _decisions(session, found.id)]
        refused = [name for _, name in await _refused(session, found.id)]
    if as_json:
        return json.dumps({"decisions": rows, "standing_refusals": refused}, ensure_ascii=False)
    lines = [f"{r['at'][:16]}  {r['decision']:<8} {r['person']:<20} {r['how']}" for r in rows]
    lines += [f"a no stands: {name}" for name in refused]
    return "\n".join(lines) or "nothing was decided"


async def consent_file(settings: Settings, form: UUID, out: Path) -> str:
    """Write a stored form to a file; the look at it is on record."""
    async with open_installation(settings) as parts, parts.database.session() as session:
        kept = await session.get(ConsentForm, form)
        content = await session.scalar(select(ConsentForm.content).where(ConsentForm.id == form))
        if kept is None or content is None:
            raise Refused("there is no such form, or it was erased")
        await note_look(session, people=[kept.student_id], what="consent file", looker=looker())
        await audit(session, Cause("console", str(uuid4())), "read_form", "consent_form", form)
    out.touch(mode=0o600)
    out.write_bytes(content)
    return f"written to {out}"


async def _waiting(session: AsyncSession, found: Found, paper: Paper, cause: Cause) -> BookingView:
    """The booking that the form is for. Past its time, `late` makes it anew, which only a coordinator may."""
    every = await bookings_of(session, found.id, open_only=False)
    if paper.booking is not None:
        every = [each for each in every if each.id == paper.booking]
    waiting = [each for each in every if each.state is BookingState.WAITING_CONSENT]
    if len(waiting) == 1:
        return waiting[0]
    if waiting:
        ids = ", ".join(f"{each.id} ({each.slot.partner_name})" for each in waiting)
        raise Refused(f"several bookings wait for permission; name one with --booking: {ids}")
    expired = [each for each in every if each.state is BookingState.EXPIRED]
    if not paper.late or not expired:
        raise Refused("no booking of this student waits for permission")
    last = max(expired, key=lambda each: each.requested_at)
    made = await bookings.request_booking(
        session, student_id=found.id, slot_id=last.slot.slot_id, cause=cause
    )
    if not isinstance(made, Booked):
        raise Refused(f"the visit cannot be booked again: {made.reason}")
    again = await booking(session, made.booking_id)
    if again is None:
        raise Refused("the visit cannot be booked again")
    return again


async def _signer(session: AsyncSession, held: BookingView, guardian: str | None) -> UUID:
    if guardian is not None:
        return await _guardian(session, held.student_id, guardian)
    may = [link.person.id for link in await guardians_of(session, held.student_id) if not link.barred]
    if len(may) != 1:
        raise Refused("say who signed, with --guardian")
    return may[0]


async def _guardian(session: AsyncSession, student_id: UUID, named: str) -> UUID:
    """The guardian of this student by first name, whole name or id; the student where that is who signed."""
    wanted = named.strip().lower()
    signers = [link.person for link in await guardians_of(session, student_id)]
    student = await person(session, student_id)
    signers += [student] if student else []
    names = {
        each.id: (each.first_name.lower(), f"{each.first_name} {each.last_name}".lower()) for each in signers
    }
    found = [each for each, name in names.items() if wanted in (*name, str(each))]
    if len(found) != 1:
        raise Refused("that names no guardian of this student, or more than one")
    return found[0]


async def _by(session: AsyncSession, named: str) -> Cause:
    """The coordinator in whose name it is done; one command is one cause."""
    found = await one_person(session, named)
    return Cause("console", str(uuid4()), found.id)


async def _refused(session: AsyncSession, student_id: UUID) -> list[tuple[UUID, str]]:
    """Opportunities against which a no stands, with the name of the partner."""
    named: dict[UUID, str] = {}
    for refusal in await standing_refusals(session, student_ids=[student_id]):
        slot = await session.scalar(
            select(Slot).where(Slot.opportunity_id == refusal.opportunity_id).limit(1)
        )
        named[refusal.opportunity_id] = slot.opportunity.partner.name if slot else str(refusal.opportunity_id)
    return list(named.items())


async def _decisions(session: AsyncSession, student_id: UUID) -> list[Consent]:
    query = select(Consent).where(Consent.student_id == student_id).order_by(Consent.id)
    return list((await session.scalars(query)).all())


async def _decision(session: AsyncSession, kept: Consent) -> dict[str, Any]:
    who = await person(session, kept.person_id)
    held = await session.get(Booking, kept.booking_id) if kept.booking_id else None
    form = await session.get(ConsentForm, kept.form_id) if kept.form_id else None
    return {
        "at": kept.at.isoformat(),
        "decision": kept.decision.value,
        "person": f"{who.first_name} {who.last_name}" if who else str(kept.person_id),
        "how": f"form {form.id}, signed {form.signed_on}"
        if form
        else f"{kept.cause_kind} {kept.number or ''}".strip(),
        "wording": kept.wording,
        "booking": str(held.id) if held else None,
        "form": {"id": str(form.id), "signed_on": form.signed_on.isoformat(), "sha256": form.sha256}
        if form
        else None,
    }


def _read(file: Path) -> bytes:
    try:
        content = file.read_bytes()
    except OSError as error:
        raise Refused(f"{file}: {error.strerror}") from None
    if not content or len(content) > LARGEST:
        raise Refused(
            f"{file}: a form is a file of at most {LARGEST // 1024 // 1024} MB, and not an empty one"
        )
    return content


def _ok(outcome: bookings.Outcome) -> None:
    if not outcome.ok:
        raise Refused(_WHY_NOT.get(outcome.reason or "", outcome.reason or "refused"))
