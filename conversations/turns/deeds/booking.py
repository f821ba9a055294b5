"""A student's deeds: find, book, move, cancel."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from conversations.lists import query_of, slot_vars, slots_to_book
from conversations.models import Prompt
from conversations.prompts import Ask, withdraw_for_record, yes_no
from conversations.texts import Say
from conversations.turns.context import Answer, Turn
from conversations.turns.deeds import roster
from conversations.turns.passing_on import pass_on
from placements.queries.bookings import BookingView, booking
from placements.queries.catalogue import slot as slot_of
from placements.queries.people import champions_of
from placements.rules.bookings import HOLDING
from placements.services import bookings
from placements.services.bookings import Booked, NotBooked
from placements.services.interests import save_interest


async def find(turn: Turn, deed: Mapping[str, Any], prompt: Prompt | None) -> Answer:
    """List what is open for a wish."""
    return await slots_to_book(
        turn.session,
        deed.get("query") or {},
        student_id=_student(turn),
        now=turn.now,
        zone=turn.policy.timezone.key,
    )


async def book(turn: Turn, deed: Mapping[str, Any], prompt: Prompt | None) -> Answer:
    """Hold a place and say what happens next, or say why not and what else there is."""
    student = _student(turn)
    if student is None:
        return (
            await roster.start(turn, deed, prompt) if turn.role in ("student", "anyone") else _not_a_student()
        )
    outcome = await bookings.request_booking(
        turn.session, student_id=student, slot_id=UUID(deed["slot"]), cause=turn.cause()
    )
    slot = await slot_of(turn.session, UUID(deed["slot"]))
    facts = slot_vars(slot) if slot else {}
    if isinstance(outcome, Booked):
        return Answer(says=[Say(f"book.{outcome.state}", facts)])
    return await _not_booked(turn, outcome, facts, deed)


async def _not_booked(
    turn: Turn, outcome: NotBooked, facts: Mapping[str, Any], deed: Mapping[str, Any]
) -> Answer:
    turn.step("not_booked", reason=outcome.reason, rules=list(outcome.rules))
    if outcome.reason == "not_verified":
        return await roster.start(turn, deed, None)
    if outcome.reason == "too_late":
        await pass_on(turn, "too_late", record_id=UUID(deed["slot"]))
    says = [Say(f"book.{outcome.reason}", facts)]
    if outcome.reason in ("already", "refused_before", "too_late"):
        return Answer(says=says)
    rest = await slots_to_book(
        turn.session, await _near(turn, UUID(deed["slot"])), student_id=_student(turn), now=turn.now
    )
    return Answer(says=says, ask=rest.ask)


async def _near(turn: Turn, slot_id: UUID) -> Mapping[str, Any]:
    """What comes nearest to a slot that cannot be had: the same kind of visit at the same place, at any time."""
    wanted = await slot_of(turn.session, slot_id)
    return {"activity": wanted.activity, "partner_id": str(wanted.partner_id)} if wanted else {}


async def tell_when(turn: Turn, deed: Mapping[str, Any], prompt: Prompt | None) -> Answer:
    """Keep an interest, so that the student hears when something opens."""
    student = _student(turn)
    if student is None:
        return await roster.start(turn, deed, prompt)
    query = query_of(deed.get("query") or {}, student)
    await save_interest(
        turn.session,
        student_id=student,
        clusters=[*query.clusters, *query.occupations],
        activity=query.activity,
        cause=turn.cause(),
    )
    return Answer(says=[Say("find.will_tell")])


async def wait_in_line(turn: Turn, deed: Mapping[str, Any], prompt: Prompt | None) -> Answer:
    """Keep the student's place among those who hear first when something opens."""
    kept = await tell_when(turn, deed, prompt)
    if any(say.key == "find.will_tell" for say in kept.says):
        return Answer(says=[Say("find.in_line")])
    return kept


async def ask_cancel(turn: Turn, deed: Mapping[str, Any], prompt: Prompt | None) -> Answer:
    """Ask once before a booking is cancelled."""
    held = await _open_booking(turn, deed)
    if held is None:
        return Answer(says=[Say("turn.already_settled")])
    return Answer(
        ask=Ask(
            kind="cancel_confirm",
            say=Say("cancel.sure", slot_vars(held.slot)),
            yes_no=True,
            record_id=held.id,
            options=yes_no(
                {"verb": "cancel", "booking": str(held.id)}, {"verb": "keep", "booking": str(held.id)}
            ),
            again=dict(deed),
        )
    )


async def cancel(turn: Turn, deed: Mapping[str, Any], prompt: Prompt | None) -> Answer:
    """Cancel: the place is free and everyone concerned hears of it."""
    held = await _open_booking(turn, deed)
    if held is None or turn.person is None:
        return Answer(says=[Say("turn.already_settled")])
    role = "employer" if turn.role == "employer" else "student"
    await bookings.cancel_booking(
        turn.session, booking_id=held.id, person_id=turn.person.id, role=role, cause=turn.cause()
    )
    await withdraw_for_record(turn.session, held.id, turn.now)
    return Answer(
        says=[Say("cancel.done" if role == "student" else "cancel.done_host", slot_vars(held.slot))]
    )


async def ask_reschedule(turn: Turn, deed: Mapping[str, Any], prompt: Prompt | None) -> Answer:
    """Offer other times for a booking."""
    held = await _open_booking(turn, deed)
    if held is None:
        return Answer(says=[Say("turn.already_settled")])
    query = {**(deed.get("query") or {}), "moving": str(held.id), "activity": held.slot.activity}
    query.setdefault("partner_id", str(held.slot.partner_id))
    answer = await slots_to_book(
        turn.session,
        query,
        student_id=_student(turn),
        now=turn.now,
        zone=turn.policy.timezone.key,
        verb="reschedule",
        extra={"booking": str(held.id)},
    )
    return Answer(says=[Say("reschedule.now", slot_vars(held.slot)), *answer.says], ask=answer.ask)


async def reschedule(turn: Turn, deed: Mapping[str, Any], prompt: Prompt | None) -> Answer:
    """Move a booking: the new place first, then the old one is free; consent is asked again."""
    held = await _open_booking(turn, deed)
    if held is None:
        return Answer(says=[Say("turn.already_settled")])
    outcome = await bookings.reschedule_booking(
        turn.session, booking_id=held.id, slot_id=UUID(deed["slot"]), cause=turn.cause()
    )
    slot = await slot_of(turn.session, UUID(deed["slot"]))
    facts = slot_vars(slot) if slot else {}
    if isinstance(outcome, NotBooked):
        return await _not_booked(turn, outcome, facts, deed)
    await withdraw_for_record(turn.session, held.id, turn.now)
    return Answer(says=[Say(f"reschedule.{outcome.state}", facts)])


async def nudge(turn: Turn, deed: Mapping[str, Any], prompt: Prompt | None) -> Answer:
    """Remind a silent guardian, once."""
    outcome = await bookings.nudge_guardian(
        turn.session, booking_id=UUID(deed["booking"]), cause=turn.cause()
    )
    return Answer(says=[Say(f"nudge.{outcome}")])


async def _open_booking(turn: Turn, deed: Mapping[str, Any]) -> BookingView | None:
    """The booking, if it is still open and this person's to deal with."""
    held = await booking(turn.session, UUID(deed["booking"]))
    if held is None or held.state not in HOLDING or turn.person is None:
        return None
    mine = turn.person.id == held.student_id or turn.person.id in await champions_of(
        turn.session, held.slot.partner_id
    )
    return held if mine else None


def _student(turn: Turn) -> UUID | None:
    """The sender as a student of ours."""
    person = turn.person
    return person.id if person is not None and "student" in turn.roles else None


def _not_a_student() -> Answer:
    return Answer(says=[Say("book.only_students")])
