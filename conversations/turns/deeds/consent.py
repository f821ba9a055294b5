"""A guardian's deeds. Consent counts only from a number that the school or a coordinator linked to the guardian."""

import re
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from conversations.ledger.gate import edits
from conversations.lists import slot_vars
from conversations.models import Prompt, PromptState
from conversations.prompts import Ask, asked_before, question_of, withdraw_for_record, yes_no
from conversations.reading.answers import plain_answer
from conversations.texts import Say, render
from conversations.turns.context import Answer, Turn
from conversations.turns.passing_on import pass_on
from placements.models import Refusal
from placements.queries.bookings import BookingView, booking, last_booking
from placements.queries.people import PersonView, students_of_guardian
from placements.rules.bookings import HOLDING
from placements.services import bookings
from placements.services.consents import standing_refusals


async def give(turn: Turn, deed: Mapping[str, Any], prompt: Prompt | None) -> Answer:
    """Record a yes with its wording, number and time."""
    return await _decide(turn, deed, prompt, yes=True)


async def refuse(turn: Turn, deed: Mapping[str, Any], prompt: Prompt | None) -> Answer:
    """Record a no; the place is free and the coordinator hears of it."""
    return await _decide(turn, deed, prompt, yes=False)


async def _decide(turn: Turn, deed: Mapping[str, Any], prompt: Prompt | None, *, yes: bool) -> Answer:
    booking_id = UUID(deed["booking"])
    if turn.person is None:
        return Answer(says=[Say("turn.already_settled")])
    wording = await _as_read(turn, prompt) if prompt else ""
    verb = bookings.give_consent if yes else bookings.refuse_consent
    outcome = await verb(
        turn.session, booking_id=booking_id, guardian_id=turn.person.id, cause=turn.cause(), wording=wording
    )
    held = await booking(turn.session, booking_id)
    if held is None:
        return Answer(says=[Say("turn.already_settled")])
    if not outcome.ok:
        turn.step("consent_not_counted", reason=outcome.reason)
        return await _not_counted(turn, held, outcome.reason)
    await withdraw_for_record(turn.session, booking_id, turn.now, kinds={"consent"} if yes else ())
    return Answer(says=[Say("consent.thanks_yes" if yes else "consent.thanks_no", _facts(turn, held))])


async def _as_read(turn: Turn, prompt: Prompt) -> str:
    """The question in the words that the guardian read."""
    return render(question_of(prompt), prompt.language, await edits(turn.session))


_WHY_NOT = {
    "already": "consent.already_yes",
    "closed": "consent.closed",
    "refused_before": "consent.closed",
    "adult": "consent.adult",
    "on_hold": "consent.on_hold",
    "needs_form": "consent.needs_form",
    "too_late": "consent.too_late",
}


async def _not_counted(turn: Turn, held: BookingView, reason: str | None) -> Answer:
    """Say truthfully why an answer changed nothing; a yes that came too late goes to a person."""
    if reason == "too_late":
        await _late_yes(turn, held)
    if reason in ("students_number", "number_not_linked"):
        await pass_on(turn, "consent_not_theirs", record_id=held.id)
        return Answer(says=[Say("consent.only_guardian")])
    return Answer(says=[Say(_WHY_NOT.get(reason or "", "turn.already_settled"), _facts(turn, held))])


async def _late_yes(turn: Turn, held: BookingView) -> None:
    await pass_on(turn, "late_consent", severity="soon", record_id=held.id, person_id=held.student_id)


def _facts(turn: Turn, held: BookingView) -> dict[str, Any]:
    known = {"student": held.student_first_name, "contact": turn.policy.help_contact}
    return slot_vars(held.slot) | known


async def late_answer(turn: Turn, last: Prompt | None) -> Answer | None:
    """A plain answer to a consent question that is closed, where nothing else is open; None if the text is none.

    Any guardian's no counts as long as the visit is ahead, whoever said yes meanwhile; a yes decides nothing now.
    """
    if last is None or last.kind != "consent" or last.record_id is None:
        return None
    choice = plain_answer(turn.text, options=2, yes_no=True)
    person = next((p for p in turn.people if p.id == last.person_id), None)
    held = await booking(turn.session, last.record_id)
    if choice not in (1, 2) or person is None or held is None or held.slot.ends_at <= turn.now:
        return None
    if not await asked_before(turn.session, last, turn.inbound.received_at):
        return None
    turn.person = person
    turn.step("late_answer", choice=choice, state=str(held.state))
    return await (_late_no(turn, last, held) if choice == 2 else _late_yes_answer(turn, last, held))


async def _late_no(turn: Turn, last: Prompt, held: BookingView) -> Answer:
    if last.state == PromptState.ANSWERED and last.answer == 1 and held.state in HOLDING:
        return await ask_take_back(turn, {"verb": "ask_take_back", "booking": str(held.id)}, None)
    return await _decide(turn, {"booking": str(held.id)}, last, yes=False)


async def _late_yes_answer(turn: Turn, last: Prompt, held: BookingView) -> Answer:
    if last.state == PromptState.EXPIRED and held.state == "waiting_consent":  # on hold, or this very minute
        return await _decide(turn, {"booking": str(held.id)}, last, yes=True)
    if held.state == "expired":
        return await _not_counted(turn, held, "too_late")
    permitted = held.state in HOLDING and held.consent == "given"
    return await _not_counted(turn, held, "already" if permitted else "closed")


async def ask_take_back(turn: Turn, deed: Mapping[str, Any], prompt: Prompt | None) -> Answer:
    """Ask once before a permission is taken back."""
    held = await booking(turn.session, UUID(deed["booking"]))
    if held is None or held.state not in HOLDING:
        return Answer(says=[Say("turn.already_settled")])
    facts = slot_vars(held.slot) | {"student": held.student_first_name}
    return Answer(
        ask=Ask(
            kind="take_back_confirm",
            say=Say("consent.take_back_sure", facts),
            yes_no=True,
            record_id=held.id,
            options=yes_no(
                {"verb": "take_back", "booking": str(held.id)}, {"verb": "keep", "booking": str(held.id)}
            ),
            again=dict(deed),
        )
    )


async def take_back(turn: Turn, deed: Mapping[str, Any], prompt: Prompt | None) -> Answer:
    """Take a permission back; the booking ends and everyone concerned hears of it."""
    held = await booking(turn.session, UUID(deed["booking"]))
    if held is None or turn.person is None:
        return Answer(says=[Say("turn.already_settled")])
    outcome = await bookings.revoke_consent(
        turn.session, booking_id=held.id, guardian_id=turn.person.id, cause=turn.cause(), wording=turn.text
    )
    if not outcome.ok:
        return await _not_counted(turn, held, outcome.reason)
    await withdraw_for_record(turn.session, held.id, turn.now)
    return Answer(says=[Say("consent.taken_back", _facts(turn, held))])


async def ask_lift(turn: Turn, deed: Mapping[str, Any], prompt: Prompt | None) -> Answer:
    """A guardian gives permission where none is asked for: perhaps for what they refused before."""
    no_question = Answer(says=[Say("consent.nothing_to_decide")], resume=True)
    if turn.person is None or "guardian" not in turn.roles:
        return no_question
    children = await students_of_guardian(turn.session, turn.person.id)
    refused = await standing_refusals(
        turn.session, student_ids=[child.id for child in children], person_id=turn.person.id
    )
    meant = _named(turn, children, refused)
    last = await last_booking(turn.session, meant[-1].student_id, meant[-1].opportunity_id) if meant else None
    if last is None:
        return no_question
    lift = {"student": str(last.student_id), "opportunity": str(meant[-1].opportunity_id)}
    return Answer(
        ask=Ask(
            kind="lift_confirm",
            say=Say("consent.lift_sure", _facts(turn, last)),
            yes_no=True,
            options=yes_no({"verb": "lift", **lift}, {"verb": "keep"}),
        )
    )


def _named(turn: Turn, children: Sequence[PersonView], refused: Sequence[Refusal]) -> Sequence[Refusal]:
    """The refusals about the child whose name is in the text, else all of them."""
    words = set(re.findall(r"\w+", turn.text.lower()))
    named = {child.id for child in children if child.first_name.lower() in words}
    return [each for each in refused if each.student_id in named] or refused


async def lift(turn: Turn, deed: Mapping[str, Any], prompt: Prompt | None) -> Answer:
    """Take a no back: the student may ask again; nothing that ended comes back by itself."""
    if turn.person is None:
        return Answer(says=[Say("turn.already_settled")])
    student, opportunity = UUID(deed["student"]), UUID(deed["opportunity"])
    outcome = await bookings.lift_refusal(
        turn.session,
        student_id=student,
        opportunity_id=opportunity,
        person_id=turn.person.id,
        cause=turn.cause(),
    )
    last = await last_booking(turn.session, student, opportunity)
    if not outcome.ok or last is None:
        turn.step("not_lifted", reason=outcome.reason)
        return Answer(says=[Say("turn.already_settled")])
    return Answer(says=[Say("consent.lifted", _facts(turn, last))])


async def not_yours(turn: Turn, deed: Mapping[str, Any], prompt: Prompt | None) -> Answer:
    """Somebody who may not decide says yes for a guardian: nothing counts, and the coordinator sees it."""
    await pass_on(turn, "consent_not_theirs")
    return Answer(says=[Say("consent.only_guardian")], resume=True)
