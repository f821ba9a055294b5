"""What the commands do on the database of an installation."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from conversations.due import DueWork, next_due_at, nothing_left
from conversations.ledger.gate import Cause, Letter, put
from conversations.models import (
    Address,
    Callback,
    Case,
    CaseNote,
    Conversation,
    Inbound,
    Lane,
    MessageClass,
    Outbound,
    Page,
    Prompt,
)
from conversations.texts import Say, render
from footbridge import postgres
from footbridge.demo import DemoRefused, is_demo_only
from footbridge.demo_district import reset_installation
from footbridge.settings import Settings
from footbridge.wiring import Parts, connect
from placements import clock as installation_clock
from placements import migrate
from placements.queries.people import person

FLUSH_PATIENCE = 600.0  # seconds that a step of `tick` waits for the outbox


class Refused(Exception):
    """The command does not do this; the message is one line."""


@asynccontextmanager
async def _open(settings: Settings) -> AsyncIterator[Parts]:
    with postgres.running(settings) as url:
        await asyncio.to_thread(migrate.upgrade, url)
        parts = connect(settings, name="command", pool_size=3)
        try:
            yield parts
        finally:
            await parts.database.close()


async def clock(settings: Settings, *, as_json: bool) -> str:
    """The installation's clock, and how far it is ahead."""
    async with _open(settings) as parts, parts.database.session() as session:
        now, ahead = await installation_clock.now(session), await installation_clock.offset(session)
    local = now.astimezone(settings.zone)
    if as_json:
        return json.dumps({"now": local.isoformat(), "ahead_seconds": ahead.total_seconds()})
    lead = timedelta(seconds=round(ahead.total_seconds()))
    return f"{local.isoformat(timespec='seconds')} (ahead of the real time by {lead})"


async def tick(settings: Settings, at: datetime) -> str:
    """Go to a moment step by step: whatever falls due on the way is done at its own time, and sent."""
    at = at if at.tzinfo else at.replace(tzinfo=settings.zone)
    async with _open(settings) as parts:
        due = DueWork(parts.database, parts.policy)
        await _may_move(parts, at)
        done = await _settle(parts, due)
        while True:
            async with parts.database.session() as session:
                now = await installation_clock.now(session)
                step = await next_due_at(session, now, at)
                if at > now:
                    await installation_clock.move_to(session, step or at)
            done += await _settle(parts, due)
            if step is None:
                break
    return f"{at.astimezone(settings.zone).isoformat(timespec='seconds')}: {done} things fell due"


async def _may_move(parts: Parts, at: datetime) -> None:
    async with parts.database.session() as session:
        ahead = at > datetime.now(UTC) + timedelta(seconds=1)
        if ahead and not await is_demo_only(session):
            raise Refused("a time ahead is for demo data only; with other data only what is due now is run")


async def _settle(parts: Parts, due: DueWork) -> int:
    """Do what is due until nothing is, and wait until it has left the outbox."""
    done = 0
    deadline = asyncio.get_running_loop().time() + FLUSH_PATIENCE
    while True:
        done += (again := await due.run())
        async with parts.database.session() as session:
            if not again and await nothing_left(session):
                return done
        if asyncio.get_running_loop().time() > deadline:
            raise Refused("the outbox does not empty; is `footbridge serve` running?")
        await asyncio.sleep(0.05)


async def cases_list(settings: Settings, *, everything: bool, as_json: bool) -> str:
    """The cases, most urgent first."""
    order = {"urgent": 0, "soon": 1, "normal": 2}
    async with _open(settings) as parts, parts.database.session() as session:
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
    async with _open(settings) as parts, parts.database.session() as session:
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
            "notes": [{"at": n.at.isoformat(), "by": n.by, "what": n.what} for n in notes],
            "page": {"code": page.code, "acknowledged": page.acknowledged_at is not None} if page else None,
        }
    if as_json:
        return json.dumps(row, ensure_ascii=False)
    lines = [f"Case {row['number']} ({row['severity']}, {row['state']}): {row['about']}"]
    if row["words"]:
        lines.append(f"  {row['number_texted_from']}: {row['words']}")
    lines += [f"  {note['at'][:16]} {note['by']}: {note['what']}" for note in row["notes"]]
    return "\n".join(lines)


async def cases_reply(settings: Settings, number: int, text: str) -> str:
    """Text the person of a case; the words are the school's own."""
    async with _open(settings) as parts, parts.database.session() as session:
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
    async with _open(settings) as parts, parts.database.session() as session:
        case = await _case(session, number)
        now = await installation_clock.now(session)
        session.add(
            CaseNote(case_id=case.id, at=now, by="school", what=f"closed: {note}" if note else "closed")
        )
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


async def demo_reset(settings: Settings) -> str:
    """Empty everything and load the demo district afresh."""
    async with _open(settings) as parts:
        try:
            return await reset_installation(parts.database, settings)
        except DemoRefused as refused:
            raise Refused(str(refused)) from None


async def why(settings: Settings, message: str, *, as_json: bool) -> str:
    """The story of one message, in or out."""
    async with _open(settings) as parts, parts.database.session() as session:
        inbound = await _inbound(session, message)
        story = await _story_in(session, inbound) if inbound else await _story_out(session, message)
    return json.dumps(story, ensure_ascii=False) if as_json else _told(story)


async def _inbound(session: AsyncSession, message: str) -> Inbound | None:
    wanted = Inbound.id == _uuid(message) if _uuid(message) else Inbound.carrier_id == message
    return (await session.scalars(select(Inbound).where(wanted))).first()


async def _outbound(session: AsyncSession, message: str) -> Outbound | None:
    wanted = Outbound.id == _uuid(message) if _uuid(message) else Outbound.carrier_id == message
    return (await session.scalars(select(Outbound).where(wanted))).first()


async def _story_in(session: AsyncSession, inbound: Inbound) -> dict[str, Any]:
    replies = (
        await session.scalars(
            select(Outbound).where(Outbound.cause_kind == "inbound", Outbound.cause_ref == str(inbound.id))
        )
    ).all()
    return {
        "message": str(inbound.id),
        "direction": "in",
        "text": inbound.body,
        "received": inbound.received_at.isoformat(),
        "safety": inbound.safety,
        "understood": inbound.understood,
        "steps": inbound.did or [],
        "silence": inbound.silence,
        "state": inbound.state,
        "replies": [await _fate(session, reply) for reply in replies],
    }


async def _story_out(session: AsyncSession, message: str) -> dict[str, Any]:
    outbound = await _outbound(session, message)
    if outbound is None:
        raise Refused(f"there is no message {message}")
    return {"message": str(outbound.id), "direction": "out", **await _fate(session, outbound)}


async def _fate(session: AsyncSession, outbound: Outbound) -> dict[str, Any]:
    callbacks = await session.scalars(
        select(Callback.status).where(Callback.outbound_id == outbound.id).order_by(Callback.id)
    )
    prompt = await session.get(Prompt, outbound.prompt_id) if outbound.prompt_id else None
    return {
        "text": outbound.body,
        "texts": outbound.texts,
        "cause": f"{outbound.cause_kind} {outbound.cause_ref}",
        "asked": prompt.kind if prompt else None,
        "due": outbound.due_at.isoformat(),
        "sent": outbound.sent_at.isoformat() if outbound.sent_at else None,
        "state": outbound.state,
        "why_not": outbound.why_suppressed or outbound.error_code,
        "callbacks": list(callbacks),
    }


def _told(story: Mapping[str, Any]) -> str:
    lines = []
    for key, value in story.items():
        if isinstance(value, list):
            lines.append(f"{key}:")
            lines += [f"  - {json.dumps(item, ensure_ascii=False)}" for item in value]
        elif value is not None:
            lines.append(
                f"{key}: {value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}"
            )
    return "\n".join(lines)


def _uuid(value: str) -> UUID | None:
    try:
        return UUID(value)
    except ValueError:
        return None
