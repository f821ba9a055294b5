"""The log of a case: every moment of it in order, from the rows that say what happened."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from conversations.cases.calls import DRILL, name_of
from conversations.models import (
    EVERYBODY,
    Address,
    Case,
    CaseNote,
    Inbound,
    Mail,
    Outbound,
    OutState,
    Page,
    PageCall,
)

ENDS = {OutState.DELIVERED, OutState.UNDELIVERED, OutState.FAILED, OutState.SUPPRESSED}


@dataclass(frozen=True)
class Moment:
    """One thing that happened. `seconds` since the text that opened the case came in."""

    at: datetime
    seconds: float
    what: str
    whom: str
    detail: str = ""

    def as_json(self) -> Mapping[str, Any]:
        return {
            "at": self.at.isoformat(),
            "seconds": self.seconds,
            "what": self.what,
            "whom": self.whom,
            "detail": self.detail,
        }


@dataclass(frozen=True)
class _Raw:
    at: datetime
    what: str
    whom: str
    detail: str = ""


async def log_of(session: AsyncSession, case: Case) -> list[Moment]:
    """Everything that is on record about a case, in order of time."""
    inbound = await session.get(Inbound, case.inbound_id) if case.inbound_id else None
    start = inbound.received_at if inbound else case.opened_at
    found = [
        *await _beginning(session, case, inbound),
        *await _calls(session, case),
        *await _other_texts(session, case),
        *await _mails(session, case),
        *await _notes(session, case),
    ]
    found.sort(key=lambda raw: raw.at)
    return [Moment(r.at, round((r.at - start).total_seconds(), 1), r.what, r.whom, r.detail) for r in found]


async def _beginning(session: AsyncSession, case: Case, inbound: Inbound | None) -> list[_Raw]:
    if inbound is None:
        return [_Raw(case.opened_at, "drill started" if case.kind == DRILL else "case opened", "")]
    address = await session.get_one(Address, inbound.address_id)
    replies = await session.scalars(select(Outbound).where(Outbound.reply_to == inbound.id))
    found = [_Raw(inbound.received_at, "text received", address.value)]
    for reply in replies.all():
        found += _text(reply, "answer", address.value)
    return found


async def _calls(session: AsyncSession, case: Case) -> list[_Raw]:
    """Every call of a page: made or not, handed over, arrived or not."""
    rows = await session.execute(
        select(PageCall, Outbound)
        .join(Page, Page.id == PageCall.page_id)
        .outerjoin(Outbound, Outbound.id == PageCall.outbound_id)
        .where(Page.case_id == case.id)
        .order_by(PageCall.id)
    )
    found = []
    for call, text in rows.all():
        whom = await _whom(session, call.number)
        name = f"page {call.step}" + (" (everybody)" if call.level == EVERYBODY else "")
        if text is None:
            found.append(_Raw(call.at, f"{name} skipped", whom, call.why_not or ""))
        else:
            found += _text(text, name, whom)
    return found


async def _other_texts(session: AsyncSession, case: Case) -> list[_Raw]:
    """Texts to people on duty that are no call: that somebody has it, or that a drill is over."""
    page = await session.scalar(select(Page).where(Page.case_id == case.id))
    if page is None:
        return []
    calls = select(PageCall.outbound_id).where(PageCall.page_id == page.id, PageCall.outbound_id.is_not(None))
    rows = await session.execute(
        select(Outbound, Address.value)
        .join(Address, Address.id == Outbound.address_id)
        .where(Outbound.cause_kind == "page", Outbound.cause_ref == str(page.id), Outbound.id.not_in(calls))
        .order_by(Outbound.seq)
    )
    found = []
    for text, number in rows.all():
        name = "told that it is over" if "page.drill_over" in text.texts else "told who has it"
        found += _text(text, name, await _whom(session, number))
    return found


async def _mails(session: AsyncSession, case: Case) -> list[_Raw]:
    rows = (await session.scalars(select(Mail).where(Mail.case_id == case.id).order_by(Mail.seq))).all()
    found = []
    for mail in rows:
        name = "mail: who has it" if mail.cause.endswith("taken") else "mail"
        found.append(_Raw(mail.created_at, f"{name} written", mail.to_address))
        if mail.state_at is not None:
            found.append(_Raw(mail.state_at, f"{name} {mail.state}", mail.to_address, mail.error or ""))
    return found


async def _notes(session: AsyncSession, case: Case) -> list[_Raw]:
    rows = await session.scalars(select(CaseNote).where(CaseNote.case_id == case.id).order_by(CaseNote.id))
    found = []
    for note in rows.all():
        words = await session.get(Inbound, note.inbound_id) if note.inbound_id else None
        found.append(_Raw(note.at, f"{note.what}: {words.body}" if words else note.what, note.by))
    return found


def _text(text: Outbound, name: str, whom: str) -> list[_Raw]:
    """What became of one text."""
    found = [_Raw(text.created_at, f"{name} written", whom)]
    if text.handed_at is not None:
        found.append(_Raw(text.handed_at, f"{name} handed to the carrier", whom))
    if text.sent_at is not None:
        found.append(_Raw(text.sent_at, f"{name} accepted by the carrier", whom))
    if text.state in ENDS and text.state_at is not None:
        why = text.why_suppressed or text.error_code or ""
        found.append(_Raw(text.state_at, f"{name} {text.state}", whom, why))
    return found


async def _whom(session: AsyncSession, number: str) -> str:
    name = await name_of(session, number)
    return number if name == number else f"{name} ({number})"
