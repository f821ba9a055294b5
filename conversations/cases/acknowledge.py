"""What a person on duty texts back: the number of a page takes it, and everybody who was called hears of it.

Decided in the transaction that stores the text, so that it needs neither engine nor worker, and works for a number that
stopped our texts and was called by mail.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from conversations.cases.calls import DRILL, about, mail_whoever_was_mailed, name_of, text_number
from conversations.ledger.gate import Cause, put_says
from conversations.models import (
    Address,
    Case,
    CaseNote,
    Conversation,
    Inbound,
    InState,
    Lane,
    Mail,
    MailState,
    MessageClass,
    Outbound,
    OutState,
    Page,
    PageCall,
)
from conversations.policy import Policy
from conversations.texts import Say, measure, render
from placements.queries.staff import staff_at

LATE = timedelta(hours=24)  # how long a number is still known after somebody took its page
# Words that may stand beside the number of a page. Anything else ("not me", "later") is asked again.
YES = re.compile(
    r"\b(ok(ay)?|yes|yep|yeah|sure|got( it)?|i|have|it|is|mine|i'?ve|i'?m|am|on|taking|take|here|thanks?|"
    r"s[ií]|vale|listo|lo|la|tengo|atiendo|yo|voy|gracias)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, kw_only=True)
class FromDuty:
    """A text from a number that has been called."""

    inbound: Inbound
    address: Address
    conversation: Conversation
    policy: Policy
    now: datetime


async def answer_page(session: AsyncSession, text: FromDuty) -> bool:
    """Act on the number of a page, texted by somebody it called. False if the text is nothing of the kind."""
    found = re.findall(r"(?<!\d)\d{3}(?!\d)", text.inbound.body)
    if len(found) != 1 or len(re.findall(r"\d", text.inbound.body)) != 3:
        return False
    page = await _page(session, found[0], text)
    if page is None:
        return False
    case = await session.get_one(Case, page.case_id)
    if page.acknowledged_at is not None:
        await _reply(session, text, [await _over(session, page, case, text)], "already_acknowledged")
    elif YES.sub("", text.inbound.body.replace(found[0], "")).strip(" .,!#\n\t'\"¡"):
        await _reply(session, text, [Say("page.number_alone", {"code": page.code})], "asked_for_number_alone")
    else:
        await acknowledge(session, page, case, text.address.value, policy=text.policy, now=text.now)
        await _reply(session, text, await _thanks(session, page, case, text), "acknowledged")
    return True


async def acknowledge(
    session: AsyncSession, page: Page, case: Case, number: str, *, policy: Policy, now: datetime
) -> None:
    """Stop calling, note who has it, and tell everybody else who was called, once."""
    by, seconds = await name_of(session, number), _seconds(now - page.started_at)
    page.acknowledged_at, page.acknowledged_by, page.next_at = now, number, None
    session.add(CaseNote(case_id=case.id, at=now, by=by, what=f"page_acknowledged: {seconds} s"))
    await _take_back(session, page, case, now)
    known = {"by": by, "number": case.number, "seconds": seconds}
    say = Say("page.drill_taken" if case.kind == DRILL else "page.taken", known)
    for other in await _texted(session, page):
        if other != number:
            await text_number(session, page, other, [say], f"taken:{page.id}:{other}", policy=policy, now=now)
    key = "mail.drill_taken" if case.kind == DRILL else "mail.taken"
    await mail_whoever_was_mailed(session, page, case, key, known, policy, now)
    if case.kind == DRILL:
        case.state, case.closed_at = "closed", now


async def _page(session: AsyncSession, code: str, text: FromDuty) -> Page | None:
    """The page of that number, if it called the sender: three digits are too easy to text by chance, or to guess."""
    called = select(PageCall.id).where(PageCall.page_id == Page.id, PageCall.number == text.address.value)
    page = await session.scalar(
        select(Page)
        .where(Page.code == code, called.exists())
        .order_by(Page.acknowledged_at.is_not(None), Page.started_at.desc())
        .limit(1)
        .with_for_update()
    )
    late = page is not None and page.acknowledged_at is not None and text.now - page.acknowledged_at > LATE
    return None if late else page


async def _take_back(session: AsyncSession, page: Page, case: Case, now: datetime) -> None:
    """Calls that have not left yet need not leave."""
    await session.execute(
        update(Outbound)
        .where(
            Outbound.cause_kind == "page",
            Outbound.cause_ref == str(page.id),
            Outbound.state == OutState.QUEUED,
        )
        .values(state=OutState.SUPPRESSED, why_suppressed="acknowledged", state_at=now)
    )
    await session.execute(
        update(Mail)
        .where(Mail.case_id == case.id, Mail.state == MailState.QUEUED)
        .values(state=MailState.SUPPRESSED, error="acknowledged", state_at=now)
    )


async def _texted(session: AsyncSession, page: Page) -> list[str]:
    """Numbers that have, or may have, a text of this page."""
    rows = await session.scalars(
        select(PageCall.number)
        .join(Outbound, Outbound.id == PageCall.outbound_id)
        .where(PageCall.page_id == page.id, Outbound.state != OutState.SUPPRESSED)
        .order_by(PageCall.id)
    )
    return list(dict.fromkeys(rows))


async def _thanks(session: AsyncSession, page: Page, case: Case, text: FromDuty) -> list[Say]:
    if case.kind == DRILL:
        return [Say("page.drill_acknowledged", {"seconds": _seconds(text.now - page.started_at)})]
    thanks = Say("page.acknowledged", {"number": case.number})
    words = await session.get(Inbound, case.inbound_id) if case.inbound_id else None
    if words is None:
        return [thanks]
    address = await session.get_one(Address, words.address_id)
    who = {"who": await about(session, case), "phone": address.value}
    return _fitted(thanks, who, " ".join(words.body.split()), await _language(session, text.address.value))


def _fitted(thanks: Say, who: dict[str, object], words: str, language: str) -> list[Say]:
    """The exact words, as many as one message takes; all of them stand in the case."""
    for length in range(len(words), 0, -1):
        cut = words if length == len(words) else f"{words[:length].rstrip()}..."
        says = [thanks, Say("page.words", {**who, "words": cut})]
        size = measure(render(says, language))
        if size.segments <= size.within:
            return says
    return [thanks]


async def _over(session: AsyncSession, page: Page, case: Case, text: FromDuty) -> Say:
    if case.kind == DRILL:
        return Say("page.drill_over")
    zone: ZoneInfo = text.policy.timezone
    by = page.acknowledged_by or ""
    return Say(
        "page.already",
        {
            "number": case.number,
            "by": await name_of(session, by) if by.startswith("+") else by,
            "when": {"at": (page.acknowledged_at or text.now).isoformat(), "tz": zone.key},
        },
    )


async def _reply(session: AsyncSession, text: FromDuty, says: list[Say], step: str) -> None:
    held_by = await staff_at(session, text.address.value)
    text.inbound.state, text.inbound.handled_at = InState.DONE, text.now
    text.inbound.person_id = held_by.id if held_by else None
    text.inbound.did = [{"step": f"page_{step}"}]
    await put_says(
        session,
        address=text.address,
        conversation=text.conversation,
        says=says,
        language=await _language(session, text.address.value),
        cause=Cause("inbound", str(text.inbound.id)),
        dedupe=f"reply:{text.inbound.id}",
        lane=Lane.URGENT,
        message_class=MessageClass.REPLY,
        person_id=text.inbound.person_id,
        reply_to=text.inbound.id,
        policy=text.policy,
        now=text.now,
    )


async def _language(session: AsyncSession, number: str) -> str:
    held_by = await staff_at(session, number)
    return held_by.language if held_by else "en"


def _seconds(length: timedelta) -> int:
    return round(length.total_seconds())
