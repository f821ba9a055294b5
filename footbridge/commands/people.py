"""Who has which number, and what only a coordinator may change about it. Each change is audited: who, and why."""

import json
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import phonenumbers
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from conversations.holders import release
from footbridge.commands import Refused, looker, open_installation
from footbridge.commands.export import one_person
from footbridge.settings import Settings
from placements import clock
from placements.cause import Cause, audit
from placements.models import ContactKind, ContactPoint
from placements.queries.people import needs_confirming, people_at, person
from placements.services.consents import recheck_reach
from placements.services.looks import note_look
from placements.services.people import clear_tries, confirm_phone, link_phone, unlink_phone


async def people_show(settings: Settings, wanted: str, *, as_json: bool) -> str:
    """The numbers of a person, or the people of a number, with how each link is known and since when."""
    async with open_installation(settings) as parts, parts.database.session() as session:
        number = _as_number(wanted)
        people = [p.id for p in await people_at(session, number)] if number else []
        if not number:
            people = [(await one_person(session, wanted)).id]
        await note_look(session, people=people, what="people show", looker=looker())
        rows = [await _row(session, each) for each in people]
    if as_json:
        return json.dumps(rows, ensure_ascii=False)
    return "\n".join(line for row in rows for line in _lines(row)) or "nobody has that number"


async def people_link(settings: Settings, number: str, wanted: str, *, why: str, alone: bool) -> str:
    """Link a number to a person as a coordinator; with `alone` the person's other numbers end."""
    phone = _number(number)
    async with open_installation(settings) as parts, parts.database.session() as session:
        found = await one_person(session, wanted)
        now, cause = await clock.now(session), await _cause(session, why, found.id)
        others = [p.first_name for p in await people_at(session, phone) if p.id != found.id]
        await link_phone(session, person_id=found.id, phone=phone, role=None, how="coordinator", cause=cause)
        ended = await _end_others(session, found.id, phone, cause, now) if alone else 0
        await recheck_reach(session, person_id=found.id, cause=cause)
    shared = f"; shared with {', '.join(others)}, so who writes is asked" if others else ""
    return f"{phone} is {found.first_name} {found.last_name}'s{shared}" + (
        f"; {ended} ended" if ended else ""
    )


async def people_unlink(settings: Settings, number: str, wanted: str | None, *, why: str) -> str:
    """End the link of a number to one person, or to everybody. What was open there for them is withdrawn."""
    phone = _number(number)
    async with open_installation(settings) as parts, parts.database.session() as session:
        found = await one_person(session, wanted) if wanted else None
        cause = await _cause(session, why, found.id if found else None)
        ended = await unlink_phone(
            session, phone=phone, person_id=found.id if found else None, why="coordinator", cause=cause
        )
        if not ended:
            raise Refused(f"{phone} is not linked to " + (found.first_name if found else "anybody"))
        await release(session, phone, people=ended, now=await clock.now(session))
    return f"{phone} is no longer linked to {len(ended)} " + ("person" if len(ended) == 1 else "people")


async def people_confirm(settings: Settings, number: str, *, why: str) -> str:
    """Say that a number is still with those to whom it is linked, for this school year."""
    phone = _number(number)
    async with open_installation(settings) as parts, parts.database.session() as session:
        confirmed = await confirm_phone(session, phone=phone, cause=await _cause(session, why, None))
        if not confirmed:
            raise Refused(f"{phone} is not linked to anybody")
    return f"{phone} is confirmed for {len(confirmed)} " + ("person" if len(confirmed) == 1 else "people")


async def people_lift(settings: Settings, number: str, *, why: str) -> str:
    """Let a phone that guessed wrong too often try the roster again."""
    phone = _number(number)
    async with open_installation(settings) as parts, parts.database.session() as session:
        cleared = await clear_tries(session, phone=phone, cause=await _cause(session, why, None))
    return f"{phone} may try again; {cleared} misses are cleared"


async def _end_others(session: AsyncSession, person_id: UUID, phone: str, cause: Cause, now: datetime) -> int:
    others = await session.scalars(
        select(ContactPoint.value).where(
            ContactPoint.person_id == person_id,
            ContactPoint.kind == ContactKind.PHONE,
            ContactPoint.valid_until.is_(None),
            ContactPoint.value != phone,
        )
    )
    numbers = list(others)
    for each in numbers:
        await unlink_phone(session, phone=each, person_id=person_id, why="moved", cause=cause)
        await release(session, each, people=[person_id], now=now)
    return len(numbers)


async def _cause(session: AsyncSession, why: str, about: UUID | None) -> Cause:
    """The cause of one command; who gave it and why is a line of the audit trail of its own."""
    if not why.strip():
        raise Refused("say why with --why: it is kept beside the change")
    cause = Cause("console", f"cli:{uuid4()}")
    await audit(
        session,
        cause,
        "by_command",
        "person",
        about or "none",
        {"who": looker().who, "why": why.strip()},
    )
    return cause


async def _row(session: AsyncSession, person_id: UUID) -> dict[str, Any]:
    about = await person(session, person_id)
    assert about is not None
    points = await session.scalars(
        select(ContactPoint)
        .where(ContactPoint.person_id == person_id, ContactPoint.kind == ContactKind.PHONE)
        .order_by(ContactPoint.valid_from, ContactPoint.id)
    )
    return {
        "id": str(person_id),
        "name": f"{about.first_name} {about.last_name}",
        "roles": sorted({r.role for r in about.roles}),
        "numbers": [await _point(session, point) for point in points],
    }


async def _point(session: AsyncSession, point: ContactPoint) -> dict[str, Any]:
    current = point.valid_until is None
    return {
        "number": point.value,
        "how": point.how.value,
        "since": point.valid_from.isoformat(),
        "until": point.valid_until.isoformat() if point.valid_until else None,
        "ended_why": point.ended_why,
        "to_confirm": current and await needs_confirming(session, point.value),
        "doubted_why": point.doubted_why,
    }


def _lines(row: dict[str, Any]) -> list[str]:
    lines = [f"{row['id']}  {row['name']}  ({', '.join(row['roles']) or 'no role'})"]
    for each in row["numbers"]:
        state = f"until {each['until'][:10]} ({each['ended_why']})" if each["until"] else "now"
        asks = ", to be confirmed" if each["to_confirm"] else ""
        lines.append(f"  {each['number']}  {each['how']}  {each['since'][:10]} to {state}{asks}")
    return lines


def _number(text: str) -> str:
    number = _as_number(text)
    if number is None:
        raise Refused(f"{text!r} is no phone number; write it like 305-555-0150 or +13055550150")
    return number


def _as_number(text: str) -> str | None:
    try:
        parsed = phonenumbers.parse(text, "US")
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(parsed) or len(str(parsed.national_number)) < 10:
        return None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
