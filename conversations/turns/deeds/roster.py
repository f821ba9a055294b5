"""Matching a stranger's number to the roster: student number, then birth date. One answer for every kind of miss."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from conversations.models import Prompt, PromptState
from conversations.prompts import Ask, close
from conversations.texts import Say
from conversations.turns.context import Answer, Turn
from conversations.turns.passing_on import pass_on
from placements.queries.people import people_at
from placements.services.people import match_roster

_DATE = re.compile(r"(?<!\d)(\d{1,2})[/.\- ](\d{1,2})[/.\- ](\d{4})(?!\d)")
_ISO = re.compile(r"(?<!\d)(\d{4})-(\d{1,2})-(\d{1,2})(?!\d)")
_MONTHS = (
    "jan ene",
    "feb",
    "mar",
    "apr abr",
    "may",
    "jun",
    "jul",
    "aug ago",
    "sep set",
    "oct",
    "nov",
    "dec dic",
)


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
        number = re.search(r"(?<![\w/])\d{4,12}(?![\w/])", turn.text)
        if number is None:
            return None
        return Answer(
            ask=Ask(kind="roster_birth", say=Say("roster.birth"), extra={**extra, "number": number.group()})
        )
    born = read_date(turn.text)
    return await _match(turn, extra, born) if born else None


async def _match(turn: Turn, extra: Mapping[str, Any], born: date) -> Answer:
    outcome = await match_roster(
        turn.session,
        school_hint=None,
        student_number=extra["number"],
        birth_date=born,
        phone=turn.address.value,
        cause=turn.cause(),
    )
    turn.step("roster", outcome=outcome.outcome)
    if turn.prompt is not None:
        close(turn.prompt, PromptState.ANSWERED, turn.now)
        await turn.session.flush()
        turn.prompt = None
    matched = outcome.outcome == "match"
    await pass_on(turn, "roster_match" if matched else "roster_miss", person_id=outcome.student_id)
    if not matched:
        return Answer(says=[Say("roster.no_match")])
    turn.people = await people_at(turn.session, turn.address.value)
    turn.person = next((p for p in turn.people if p.id == outcome.student_id), None)
    return await _then(turn, extra.get("then"))


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
    month = _named_month(text)
    return _real(int(year[0]), month, int(day[0])) if year and day and month else None


def _named_month(text: str) -> int | None:
    words = {w[:3] for w in re.findall(r"[a-záéíóú]{3,}", text.lower())}
    return next((n for n, names in enumerate(_MONTHS, 1) if words & set(names.split())), None)


def _real(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
