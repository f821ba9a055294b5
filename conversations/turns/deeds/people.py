"""Deeds about who is there and how we speak with them."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from conversations.holders import release
from conversations.models import Prompt
from conversations.prompts import Ask, Option
from conversations.texts import Say
from conversations.turns.context import ACTING_LASTS, Answer, Turn, acting_person
from conversations.turns.passing_on import pass_on
from conversations.turns.words import phone_numbers_in, whose_number
from placements.notices import notices_since, tell
from placements.queries.people import guardians_of
from placements.services.people import set_language as remember_language
from placements.services.people import settle_claim

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
    turn.address.language, turn.spoken = language, None
    if turn.person is not None:
        await remember_language(turn.session, person_id=turn.person.id, language=language, cause=turn.cause())
        turn.person = replace(turn.person, language=language)
    if turn.prompt is not None:
        turn.prompt.language = language
    return Answer(says=[Say("people.language_set")], resume=True)


async def guardian_number(turn: Turn) -> Answer:
    """A student typed a phone number: it is not used, and never counts for a permission. It goes to the coordinator,
    who links numbers, as a proposal."""
    numbers = phone_numbers_in(turn.text)
    await pass_on(turn, "number_typed", facts={"numbers": numbers, "whose": whose_number(turn.text)})
    own = whose_number(turn.text) == "own" and turn.person is not None
    return Answer(says=[Say("people.own_number_typed" if own else "people.number_typed")], resume=True)


async def new_number(turn: Turn, deed: Mapping[str, Any], prompt: Prompt | None) -> Answer:
    """Somebody says that their number is new. The old number has to agree, or a coordinator."""
    if turn.person is None and "student" in turn.roles:
        return Answer(ask=Ask(kind="roster_number", say=Say("roster.number_new")))
    if turn.person is not None and "student" in turn.roles:
        return Answer(says=[Say("people.new_number", {"contact": turn.policy.contact_name})], resume=True)
    await pass_on(turn, "new_number", facts={"numbers": phone_numbers_in(turn.text)})
    return Answer(says=[Say("people.new_number_school", {"contact": turn.policy.contact_name})], resume=True)


async def claim(turn: Turn, deed: Mapping[str, Any], prompt: Prompt | None) -> Answer:
    """The old number says whether the new one is the same person's. Only its own word moves anything."""
    settled = await settle_claim(
        turn.session, claim_id=UUID(deed["claim"]), agreed=bool(deed["agreed"]), cause=turn.cause()
    )
    if settled is None:
        return Answer(says=[Say("turn.already_settled")])
    ending = {"ending": settled.new_number[-4:]}
    if not deed["agreed"]:
        await pass_on(
            turn,
            "number_refused",
            severity="soon",
            person_id=settled.person_id,
            record_id=settled.id,
            facts={"new_number": settled.new_number},
        )
        return Answer(says=[Say("people.claim_refused", ending)])
    await release(turn.session, settled.old_number, people=[settled.person_id], now=turn.now)
    await tell(
        turn.session,
        event="number_moved",
        record_type="number_claim",
        record_id=settled.id,
        audience={settled.person_id: "student"},
        data={"student_id": str(settled.person_id)},
        cause=turn.cause(),
    )
    return Answer(says=[Say("people.moved", ending)])


async def child_texts(turn: Turn) -> Answer:
    """A student under 13 writes: nothing is kept and nothing said to them; the guardians hear of it, once a day."""
    child = turn.children[0]
    turn.inbound.body, turn.person = "", None
    turn.step("under_13")
    guardians = [g.person.id for g in await guardians_of(turn.session, child.id) if not g.barred and g.phone]
    told = await notices_since(turn.session, "child_texted", child.id, turn.now - timedelta(days=1))
    if not told:
        await tell(
            turn.session,
            event="child_texted",
            record_type="person",
            record_id=child.id,
            audience=dict.fromkeys(guardians, "guardian"),
            data={"student_id": str(child.id), "student": child.first_name},
            cause=turn.cause(),
        )
    if not guardians:
        await pass_on(turn, "child_texted", person_id=child.id, once=f"{child.id}:{turn.now.date()}")
    return Answer(silence="under_13")
