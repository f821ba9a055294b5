"""Deeds: what an answer or an action brings about, each done in the transaction that commits the reply.

A deed is JSON (`{"verb": ..., ...}`), so that it can wait in a prompt's option until somebody takes it. Since it is
done with the reply or not at all, a text that is dealt with twice has its effect once.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from conversations.models import Prompt
from conversations.turns.context import Answer, Turn
from conversations.turns.deeds import booking, consent, day, hosting, people, questions

Deed = Callable[[Turn, Mapping[str, Any], Prompt | None], Awaitable[Answer]]

DEEDS: Mapping[str, Deed] = {
    "find": booking.find,
    "book": booking.book,
    "tell_when": booking.tell_when,
    "ask_cancel": booking.ask_cancel,
    "cancel": booking.cancel,
    "ask_reschedule": booking.ask_reschedule,
    "reschedule": booking.reschedule,
    "nudge": booking.nudge,
    "give_consent": consent.give,
    "refuse_consent": consent.refuse,
    "ask_take_back": consent.ask_take_back,
    "take_back": consent.take_back,
    "consent_not_yours": consent.not_yours,
    "ask_lift": consent.ask_lift,
    "lift": consent.lift,
    "accept": hosting.accept,
    "decline": hosting.decline,
    "act_as": people.act_as,
    "i_am": people.i_am,
    "set_language": people.set_language,
    "new_number": people.new_number,
    "claim": people.claim,
    "talk_to_person": questions.talk_to_person,
    "no_thanks": questions.no_thanks,
    "keep": questions.keep,
    "start_over": questions.start_over,
    "fallback": questions.fallback_deed,
    "case": questions.case,
    "unanswered": questions.unanswered,
    "add_to_case": questions.add_to_case,
    "tell_the_day": day.tell_the_day,
    "wait_in_line": booking.wait_in_line,
    "drop": questions.drop,
    "offer_person": questions.offer_person,
}


async def perform(turn: Turn, deed: Mapping[str, Any], prompt: Prompt | None) -> Answer:
    """Do a deed. Raises KeyError for a verb that does not exist."""
    turn.step("did", verb=deed["verb"])
    return await DEEDS[deed["verb"]](turn, deed, prompt)
