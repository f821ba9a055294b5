"""What a case is about, in words: whom it names, and what is at stake for them."""

from collections import Counter
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from conversations.lists import slot_vars
from conversations.models import Case
from conversations.texts import Say
from conversations.texts.render import value
from placements.queries.bookings import BookingView, booking
from placements.queries.people import PersonView, person

SOMEBODY = {"en": "Somebody", "es": "Alguien"}
AN_UNKNOWN_NUMBER = {"en": "our number", "es": "nuestro número"}


async def case_about(session: AsyncSession, case: Case) -> Say:
    """The line that says what happened, with everyone it happened to."""
    people = await _people(session, case)
    named: list[Any] = [short_name(each) for each in people] or [SOMEBODY]
    facts: dict[str, Any] = {name: each for name, each in case.facts.items() if isinstance(each, (str, int, dict))}
    facts["who"] = named[0] if len(named) == 1 else {"and": named}
    if case.kind == "stopped_with_booking":
        facts["visits"] = {"and": await _whose(session, await _bookings(session, case))}
    if case.kind == "permission_waits":
        asked = await person(session, UUID(case.facts["recipient"])) if "recipient" in case.facts else None
        facts["guardian"] = short_name(asked) if asked else SOMEBODY
        facts.setdefault("why", SOMEBODY)
    if "partner" in case.facts:
        facts["partner"] = case.facts["partner"]
    if case.kind == "must_text_start":
        facts["our_number"] = case.facts.get("our_number") or AN_UNKNOWN_NUMBER
    return Say(f"case.{case.kind}", facts)


async def at_stake(session: AsyncSession, case: Case) -> list[str]:
    """The visits that a case puts at risk, a line each, in English as coordinators read it."""
    return [await _line(session, each) for each in await _bookings(session, case)]


def short_name(of: PersonView) -> str:
    """First name and initial: enough for a coordinator, in a text that others may see."""
    return f"{of.first_name} {of.last_name[:1]}."


async def _people(session: AsyncSession, case: Case) -> list[PersonView]:
    named = [UUID(each) for each in case.facts.get("people", ())]
    if not named and case.person_id is not None:
        named = [case.person_id]
    found = [await person(session, each) for each in named]
    return [each for each in found if each is not None]


async def _bookings(session: AsyncSession, case: Case) -> list[BookingView]:
    found = [await booking(session, UUID(each)) for each in case.facts.get("bookings", ())]
    return [each for each in found if each is not None]


async def _whose(session: AsyncSession, bookings: Sequence[BookingView]) -> list[str]:
    """Ana T. (2): whose visits they are, and how many of each."""
    counted = Counter(each.student_id for each in bookings)
    students = [(await person(session, student), count) for student, count in counted.items()]
    return [
        f"{short_name(who)} ({count})" if count > 1 else short_name(who) for who, count in students if who
    ]


async def _line(session: AsyncSession, held: BookingView) -> str:
    student = await person(session, held.student_id)
    facts = {name: value(each, "en") for name, each in slot_vars(held.slot).items()}
    who = short_name(student) if student else held.student_first_name
    return f"{who}: {facts['title']}, {facts['partner']}, {facts['when']} ({held.state.replace('_', ' ')})"
