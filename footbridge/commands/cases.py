"""What waits for a person, from a terminal."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from conversations.cases.about import at_stake, case_about
from conversations.cases.answering import NotSent, close_case, reply
from conversations.cases.log import log_of
from conversations.models import (
    Address,
    Case,
    CaseNote,
    Inbound,
    Page,
)
from conversations.texts import render
from footbridge.commands import Refused, looker, open_installation
from footbridge.settings import Settings
from placements import clock as installation_clock
from placements.queries.people import person
from placements.services.looks import note_look


async def cases_list(settings: Settings, *, everything: bool, as_json: bool) -> str:
    """The cases, most urgent first."""
    order = {"urgent": 0, "soon": 1, "normal": 2}
    async with open_installation(settings) as parts, parts.database.session() as session:
        query = select(Case) if everything else select(Case).where(Case.state == "open")
        found = sorted(
            (await session.scalars(query)).all(), key=lambda c: (order.get(c.severity, 9), c.number)
        )
        rows = [await _case_row(session, case) for case in found]
        people = [case.person_id for case in found]
        await note_look(session, people=people, what="cases list", looker=looker())
    if as_json:
        return json.dumps(rows)
    lines = [
        f"{r['number']:>5}  {r['severity']:<7} {r['state']:<7} {r['opened'][:16]}  {r['about']}" for r in rows
    ]
    return "\n".join(lines) or "nothing waits for a person"


async def _case_row(session: AsyncSession, case: Case) -> dict[str, Any]:
    about = await person(session, case.person_id) if case.person_id else None
    return {
        "number": case.number,
        "kind": case.kind,
        "severity": case.severity,
        "state": case.state,
        "opened": case.opened_at.isoformat(),
        "about": render([await case_about(session, case)], "en"),
        "person": f"{about.first_name} {about.last_name}" if about else None,
    }


async def cases_show(settings: Settings, number: int, *, as_json: bool) -> str:
    """One case with the words that led to it and everything done since."""
    async with open_installation(settings) as parts, parts.database.session() as session:
        case = await _case(session, number)
        await note_look(session, people=[case.person_id], what=f"cases show {number}", looker=looker())
        row = await _case_row(session, case)
        inbound = await session.get(Inbound, case.inbound_id) if case.inbound_id else None
        address = await session.get(Address, inbound.address_id) if inbound else None
        page = await session.scalar(select(Page).where(Page.case_id == case.id))
        notes = (
            await session.scalars(select(CaseNote).where(CaseNote.case_id == case.id).order_by(CaseNote.id))
        ).all()
        row |= {
            "words": inbound.body if inbound else None,
            "number_texted_from": address.value if address else None,
            "facts": case.facts,
            "at_stake": await at_stake(session, case),
            "log": [moment.as_json() for moment in await log_of(session, case)],
            "notes": [await _note(session, note) for note in notes],
            "page": {"code": page.code, "acknowledged": page.acknowledged_at is not None} if page else None,
        }
    if as_json:
        return json.dumps(row, ensure_ascii=False)
    lines = [f"Case {row['number']} ({row['severity']}, {row['state']}): {row['about']}"]
    if row["words"]:
        lines.append(f"  {row['number_texted_from']}: {row['words']}")
    lines += [f"  at stake: {each}" for each in row["at_stake"]]
    lines += [f"  {name}: {value}" for name, value in (row["facts"] or {}).items()]
    lines += log_lines(row["log"], settings.zone)
    return "\n".join(lines)


async def _note(session: AsyncSession, note: CaseNote) -> dict[str, Any]:
    """A note; one about a text is shown with its words, which stand in the text alone."""
    inbound = await session.get(Inbound, note.inbound_id) if note.inbound_id else None
    what = f"{note.what}: {inbound.body}" if inbound else note.what
    return {"at": note.at.isoformat(), "by": note.by, "what": what}


def log_lines(log: Sequence[Mapping[str, Any]], zone: ZoneInfo) -> list[str]:
    """The log as a table: seconds since the text came in, the time there, what, and whom."""
    return [
        f"  {moment['seconds']:>8.1f} s  {datetime.fromisoformat(moment['at']).astimezone(zone):%Y-%m-%d %H:%M:%S}"
        f"  {moment['what']}{_beside(moment)}"
        for moment in log
    ]


def _beside(moment: Mapping[str, Any]) -> str:
    whom = f": {moment['whom']}" if moment["whom"] else ""
    return whom + (f" ({moment['detail']})" if moment["detail"] else "")


async def cases_reply(settings: Settings, number: int, text: str) -> str:
    """Text the person of a case; the words are the school's own, and the bot is silent there until it is closed."""
    async with open_installation(settings) as parts, parts.database.session() as session:
        case = await _case(session, number)
        now = await installation_clock.now(session)
        try:
            await reply(session, case, text, by=looker().who, policy=parts.policy, now=now)
        except NotSent as not_sent:
            raise Refused(str(not_sent)) from None
    return f"sent to the person of case {number}; the bot is silent there until you close the case"


async def cases_close(settings: Settings, number: int, note: str) -> str:
    """Close a case and give the conversation back to the bot."""
    async with open_installation(settings) as parts, parts.database.session() as session:
        case = await _case(session, number)
        now = await installation_clock.now(session)
        await close_case(session, case, note, by=looker().who, policy=parts.policy, now=now)
    return f"case {number} is closed"


async def _case(session: AsyncSession, number: int) -> Case:
    case = await session.scalar(select(Case).where(Case.number == number))
    if case is None:
        raise Refused(f"there is no case {number}")
    return case
