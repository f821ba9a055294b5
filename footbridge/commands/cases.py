"""What waits for a person, from a terminal."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from conversations.cases import end_page
from conversations.cases.log import log_of
from conversations.ledger.gate import Cause, Letter, put
from conversations.models import (
    Address,
    Case,
    CaseNote,
    Conversation,
    Inbound,
    Lane,
    MessageClass,
    Page,
)
from conversations.texts import Say, render
from footbridge.commands import Refused, open_installation
from footbridge.settings import Settings
from placements import clock as installation_clock
from placements.queries.people import person


async def cases_list(settings: Settings, *, everything: bool, as_json: bool) -> str:
    """The cases, most urgent first."""
    order = {"urgent": 0, "soon": 1, "normal": 2}
    async with open_installation(settings) as parts, parts.database.session() as session:
        query = select(Case) if everything else select(Case).where(Case.state == "open")
        found = sorted(
            (await session.scalars(query)).all(), key=lambda c: (order.get(c.severity, 9), c.number)
        )
        rows = [await _case_row(session, case) for case in found]
    if as_json:
        return json.dumps(rows)
    lines = [
        f"{r['number']:>5}  {r['severity']:<7} {r['state']:<7} {r['opened'][:16]}  {r['about']}" for r in rows
    ]
    return "\n".join(lines) or "nothing waits for a person"


async def _case_row(session: AsyncSession, case: Case) -> dict[str, Any]:
    about = await person(session, case.person_id) if case.person_id else None
    who: Any = f"{about.first_name} {about.last_name[:1]}." if about else {"en": "Somebody", "es": "Alguien"}
    return {
        "number": case.number,
        "kind": case.kind,
        "severity": case.severity,
        "state": case.state,
        "opened": case.opened_at.isoformat(),
        "about": render([Say(f"case.{case.kind}", {"who": who})], "en"),
        "person": f"{about.first_name} {about.last_name}" if about else None,
    }


async def cases_show(settings: Settings, number: int, *, as_json: bool) -> str:
    """One case with the words that led to it and everything done since."""
    async with open_installation(settings) as parts, parts.database.session() as session:
        case = await _case(session, number)
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
            "log": [moment.as_json() for moment in await log_of(session, case)],
            "notes": [{"at": n.at.isoformat(), "by": n.by, "what": n.what} for n in notes],
            "page": {"code": page.code, "acknowledged": page.acknowledged_at is not None} if page else None,
        }
    if as_json:
        return json.dumps(row, ensure_ascii=False)
    lines = [f"Case {row['number']} ({row['severity']}, {row['state']}): {row['about']}"]
    if row["words"]:
        lines.append(f"  {row['number_texted_from']}: {row['words']}")
    lines += log_lines(row["log"], settings.zone)
    return "\n".join(lines)


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
    """Text the person of a case; the words are the school's own."""
    async with open_installation(settings) as parts, parts.database.session() as session:
        case = await _case(session, number)
        if case.conversation_id is None:
            raise Refused(f"case {number} has no conversation to answer")
        conversation = await session.get_one(Conversation, case.conversation_id)
        address = await session.get_one(Address, conversation.address_id)
        now = await installation_clock.now(session)
        note = CaseNote(case_id=case.id, at=now, by="school", what=f"replied: {text}")
        session.add(note)
        await session.flush()
        await put(
            session,
            Letter(
                address=address,
                conversation=conversation,
                body=f"{parts.policy.program}: {text}",
                texts=["person"],
                cause=Cause("person", str(case.id)),
                dedupe=f"person:{case.id}:{note.id}",
                lane=Lane.REPLY,
                message_class=MessageClass.REPLY,
                person_id=case.person_id,
            ),
            policy=parts.policy,
            now=now,
        )
        if address.opted_out_at is not None:
            raise Refused("this number has stopped our texts; call instead")
    return f"sent to the person of case {number}"


async def cases_close(settings: Settings, number: int, note: str) -> str:
    """Close a case and give the conversation back to the bot."""
    async with open_installation(settings) as parts, parts.database.session() as session:
        case = await _case(session, number)
        now = await installation_clock.now(session)
        session.add(
            CaseNote(case_id=case.id, at=now, by="school", what=f"closed: {note}" if note else "closed")
        )
        await end_page(session, case, by="school", now=now)
        case.state, case.closed_at = "closed", now
        if case.conversation_id is not None:
            conversation = await session.get_one(Conversation, case.conversation_id)
            conversation.status = "bot"
    return f"case {number} is closed"


async def _case(session: AsyncSession, number: int) -> Case:
    case = await session.scalar(select(Case).where(Case.number == number))
    if case is None:
        raise Refused(f"there is no case {number}")
    return case
