"""Matching a stranger's number to the roster: student number, then birth date. One answer for every kind of miss."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from conversations.models import Prompt, PromptState
from conversations.prompts import ACTS, Ask, close
from conversations.reading.months import named_month
from conversations.texts import Say
from conversations.turns.context import Answer, Turn
from conversations.turns.gate import turn_away
from conversations.turns.passing_on import pass_on
from placements.queries.people import people_at, student_numbers
from placements.rules.ages import is_child
from placements.services.people import RosterMatch, match_roster

_DATE = re.compile(r"(?<!\d)(\d{1,2})[/.\- ](\d{1,2})[/.\- ](\d{4})(?!\d)")
_ISO = re.compile(r"(?<!\d)(\d{4})-(\d{1,2})-(\d{1,2})(?!\d)")
_SAYS_NUMBER = re.compile(
    r"\b(?:student|school|estudiante|escolar|alumn[oa]|lunch)\s*(?:id|i\.d\.|number|no|num|n[uú]mero|#|carnet)?\b|"
    r"\b(?:id|carnet|matr[ií]cula)\b",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"(?<![\w/+.-])\d{4,12}(?![\w/-])")
_YEAR = re.compile(r"(?:19|20)\d{2}")


@dataclass(frozen=True)
class Said:
    """A student number in a text, and the birth date beside it, where there is one."""

    number: str
    born: date | None


def read_said(text: str) -> Said | None:
    """What a text says of itself that is on the roster ("my student number is 100234, born March 4 2010").

    A number counts where it is called a student's, or where a whole birth date stands beside it.
    """
    born = read_date(text)
    numbers = [found for found in _NUMBER.findall(text) if not _YEAR.fullmatch(found)]
    if len(numbers) != 1 or not (born or _SAYS_NUMBER.search(text)):
        return None
    return Said(numbers[0], born)


async def said(turn: Turn) -> Answer | None:
    """Take student number and birth date where somebody gives them unasked; None where the text holds no number.

    Whoever is known already has nothing to match, unless the number is another student's.
    """
    if turn.prompt is not None and turn.prompt.kind in ("roster_number", "roster_birth"):
        return None
    if turn.people and not await _is_about_another(turn):
        return None
    found = read_said(turn.text)
    if found is None:
        return None
    extra = {"number": found.number, "then": None}
    if found.born is None:
        return Answer(ask=Ask(kind="roster_birth", say=Say("roster.birth"), extra=extra))
    return await _match(turn, extra, found.born)


async def _is_about_another(turn: Turn) -> bool:
    """Whether a student number with its birth date is given on a phone that is somebody else's."""
    found = read_said(turn.text)
    if found is None or found.born is None:
        return False
    return found.number not in await student_numbers(turn.session, [p.id for p in turn.people])


async def start(turn: Turn, deed: Mapping[str, Any], prompt: Prompt | None) -> Answer:
    """Ask for the student number; what was wanted is done once the match is made."""
    if turn.people:
        return Answer(says=[Say("book.only_students")])
    then = dict(deed) if deed.get("verb") in ("book", "tell_when") else None
    return Answer(ask=Ask(kind="roster_number", say=Say("roster.number"), extra={"then": then}))


async def roster_answer(turn: Turn, prompt: Prompt) -> Answer | None:
    """Take a student number or a birth date; None if the text holds neither."""
    extra = prompt.question.get("extra") or {}
    if prompt.kind == "roster_number":
        whole = read_said(turn.text)
        if whole is not None and whole.born is not None:
            return await _match(turn, {**extra, "number": whole.number}, whole.born)
        number = re.search(r"(?<![\w/])\d{4,12}(?![\w/])", turn.text)
        if number is None:
            return None
        return Answer(
            ask=Ask(kind="roster_birth", say=Say("roster.birth"), extra={**extra, "number": number.group()})
        )
    born = read_date(turn.text)
    return await _match(turn, extra, born) if born else None


async def _match(turn: Turn, extra: Mapping[str, Any], born: date) -> Answer:
    if is_child(born, turn.now.astimezone(turn.zone).date()) and not turn.people:
        return await turn_away(turn)
    if not turn.people:
        turn.address.gate = {**turn.gate, "born": f"{born.year}-{born.month:02}", "role": "student"}
    found = await match_roster(
        turn.session,
        school_hint=None,
        student_number=extra["number"],
        birth_date=born,
        phone=turn.address.value,
        cause=turn.cause(),
    )
    turn.step("roster", outcome=found.outcome, linked=found.linked)
    if turn.prompt is not None and turn.prompt.kind not in ACTS:
        close(turn.prompt, PromptState.ANSWERED, turn.now)
        await turn.session.flush()
        turn.prompt = None
    if not found.linked:
        return await _not_linked(turn, found)
    await pass_on(turn, "roster_match", person_id=found.student_id)
    turn.people = await people_at(turn.session, turn.address.value)
    turn.person = next((p for p in turn.people if p.id == found.student_id), None)
    return await _then(turn, extra.get("then"))


async def _not_linked(turn: Turn, found: RosterMatch) -> Answer:
    """No match, or one that somebody else has to agree to: the number on file, or a coordinator."""
    kind, words = "roster_miss", "roster.no_match"
    if found.taken:
        kind, words = "number_shared", "roster.taken"
    elif found.had_phone:
        kind, words = "number_claimed", "roster.asked_old"
    await pass_on(
        turn,
        kind,
        person_id=found.student_id,
        record_id=found.claim_id,
        facts={"new_number": turn.address.value} if found.student_id else {},
    )
    return Answer(says=[Say(words, {"contact": turn.policy.contact_name})])


async def _then(turn: Turn, deed: Mapping[str, Any] | None) -> Answer:
    from conversations.turns.deeds import perform

    done = Answer(says=[Say("roster.matched")])
    if deed is None:
        return done
    rest = await perform(turn, deed, None)
    return Answer(says=[*done.says, *rest.says], ask=rest.ask)


def read_date(text: str) -> date | None:
    """A whole birth date ("3/4/2010", "March 4, 2010", "4 de marzo de 2010"); None if there is none."""
    if found := _ISO.search(text):
        return _real(int(found[1]), int(found[2]), int(found[3]))
    if found := _DATE.search(text):
        return _real(int(found[3]), int(found[1]), int(found[2]))
    year = re.search(r"(?<!\d)(?:19|20)\d{2}(?!\d)", text)
    day = re.search(r"(?<!\d)\d{1,2}(?!\d)", text)
    month = named_month(text)
    return _real(int(year[0]), month, int(day[0])) if year and day and month else None


def _real(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
