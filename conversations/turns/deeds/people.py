"""Deeds about who is there and how we speak with them."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from conversations.models import Prompt
from conversations.prompts import Ask, Option
from conversations.texts import Say
from conversations.turns.context import Answer, Turn, acting_person
from conversations.turns.passing_on import pass_on
from placements.services.people import set_language as remember_language

ACTING_LASTS = timedelta(hours=2)
NAMING = 4  # words: "hi its leo here" says who is there; a longer text that holds a name may only mention it


def who_is_there(turn: Turn) -> Answer:
    """On a shared phone: ask who it is before anything is shown, and keep what was asked."""
    if turn.prompt is None or turn.prompt.kind != "who_is_there":
        turn.conversation.held_text = turn.text
    options = [Option(p.first_name, {"verb": "act_as", "person": str(p.id)}) for p in turn.people[:6]]
    return Answer(ask=Ask(kind="who_is_there", say=Say("people.who_is_there"), options=options))


def named_themselves(turn: Turn) -> int | None:
    """The choice whose name is in the text ("its leo"); None where no name is, or more than one."""
    words = set(re.findall(r"\w+", turn.text.lower()))
    named = [n for n, p in enumerate(turn.people[:6], 1) if p.first_name.lower() in words]
    return named[0] if len(named) == 1 and len(words) <= NAMING else None


async def act_as(turn: Turn, deed: Mapping[str, Any], prompt: Prompt | None) -> Answer:
    """Somebody on a shared phone said who they are; go on with what they had asked."""
    chosen = next((p for p in turn.people if str(p.id) == deed["person"]), None)
    if chosen is None:
        return who_is_there(turn)
    turn.conversation.acting_person_id = chosen.id
    turn.conversation.acting_until = turn.now + ACTING_LASTS
    turn.person = acting_person(turn.conversation, turn.people, turn.now)
    return _go_on(turn, Say("people.hello", {"name": chosen.first_name}))


async def i_am(turn: Turn, deed: Mapping[str, Any], prompt: Prompt | None) -> Answer:
    """A stranger says in which role they write; guardians and colleagues get general answers and a case."""
    role = deed["role"]
    turn.address.gate = {**turn.gate, "role": role}
    if role in ("guardian", "employer"):
        await pass_on(turn, f"unknown_{role}", once=str(turn.address.id))
    return _go_on(turn, Say(f"gate.hello_{role}"))


def _go_on(turn: Turn, hello: Say) -> Answer:
    held, turn.conversation.held_text = turn.conversation.held_text, None
    return Answer(says=[hello], replay=held)


async def set_language(turn: Turn, deed: Mapping[str, Any], prompt: Prompt | None) -> Answer:
    """Go on in the language that was asked for."""
    language = deed["language"]
    turn.address.language = language
    if turn.person is not None:
        await remember_language(turn.session, person_id=turn.person.id, language=language, cause=turn.cause())
        turn.person = replace(turn.person, language=language)
    if turn.prompt is not None:
        turn.prompt.language = language
    return Answer(says=[Say("people.language_set")], resume=True)


async def guardian_number(turn: Turn) -> Answer:
    """A student typed a phone number: it is not used; the coordinator links numbers."""
    await pass_on(turn, "number_typed")
    return Answer(says=[Say("people.number_typed")], resume=True)


async def guardian_number_deed(turn: Turn, deed: Mapping[str, Any], prompt: Prompt | None) -> Answer:
    return await guardian_number(turn)
