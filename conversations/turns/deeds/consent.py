"""A guardian's deeds. Consent counts only from a number that the school or a coordinator linked to the guardian."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from conversations.lists import slot_vars
from conversations.models import Prompt
from conversations.prompts import Ask, question_of, withdraw_for_record, yes_no
from conversations.texts import Say, render
from conversations.turns.context import Answer, Turn
from conversations.turns.passing_on import pass_on
from placements.queries.bookings import booking
from placements.rules.bookings import HOLDING
from placements.services import bookings


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
    wording = render(question_of(prompt), prompt.language) if prompt else ""
    verb = bookings.give_consent if yes else bookings.refuse_consent
    outcome = await verb(
        turn.session, booking_id=booking_id, guardian_id=turn.person.id, cause=turn.cause(), wording=wording
    )
    held = await booking(turn.session, booking_id)
    if not outcome.ok or held is None:
        turn.step("consent_not_counted", reason=outcome.reason)
        return Answer(says=[Say("turn.already_settled")])
    await withdraw_for_record(turn.session, booking_id, turn.now)
    facts = slot_vars(held.slot) | {"student": held.student_first_name}
    return Answer(says=[Say("consent.thanks_yes" if yes else "consent.thanks_no", facts)])


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
        return Answer(says=[Say("turn.already_settled")])
    await withdraw_for_record(turn.session, held.id, turn.now)
    facts = slot_vars(held.slot) | {"student": held.student_first_name}
    return Answer(says=[Say("consent.taken_back", facts)])


async def not_yours(turn: Turn, deed: Mapping[str, Any], prompt: Prompt | None) -> Answer:
    """Somebody who may not decide says yes for a guardian: nothing counts, and the coordinator sees it."""
    await pass_on(turn, "consent_not_theirs")
    return Answer(says=[Say("consent.only_guardian")], resume=True)
