"""One call of a page: the text to a number, the mail that goes with it, and the row that says so."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from conversations.ledger.addresses import conversation_of, on_call_address
from conversations.ledger.gate import Cause, edits, put_says
from conversations.mail import put_mail
from conversations.models import Address, Case, Lane, Mail, MailState, MessageClass, Page, PageCall
from conversations.policy import Policy
from conversations.texts import Say, render
from placements.queries.people import person
from placements.queries.staff import staff_at

DRILL = "drill"  # the kind of a case that only tests the chain


async def call_number(
    session: AsyncSession, page: Page, number: str, level: int, *, mail: bool, policy: Policy, now: datetime
) -> PageCall:
    """Text a number of the chain, and mail its holder if `mail`. A number that stopped our texts gets the mail only;
    one that the carrier called out of service is texted all the same, but `why_not` says not to wait for it."""
    case = await session.get_one(Case, page.case_id)
    address = await on_call_address(session, number, now)
    call = PageCall(
        page_id=page.id,
        step=page.steps,
        level=level,
        number=number,
        at=now,
        why_not=takes_no_texts(address),
        outbound_id=None,
    )
    if call.why_not in (None, "dead_number"):
        say = await _words(session, page, case)
        call.outbound_id = await text_number(
            session, page, number, [say], f"page:{page.id}:{page.steps}:{number}", policy=policy, now=now
        )
    session.add(call)
    await session.flush()
    if mail:
        await _mail(session, page, case, number, policy, now)
    return call


async def text_number(
    session: AsyncSession,
    page: Page,
    number: str,
    says: Sequence[Say],
    dedupe: str,
    *,
    policy: Policy,
    now: datetime,
) -> UUID | None:
    """Text somebody on duty about a page, in their language, at any hour and before everything else."""
    address = await on_call_address(session, number, now)
    held_by = await staff_at(session, number)
    return await put_says(
        session,
        address=address,
        conversation=await conversation_of(session, address.id),
        says=says,
        language=held_by.language if held_by else "en",
        cause=Cause("page", str(page.id)),
        dedupe=dedupe,
        lane=Lane.URGENT,
        message_class=MessageClass.PAGE,
        person_id=held_by.id if held_by else None,
        policy=policy,
        now=now,
    )


async def mail_whoever_was_mailed(
    session: AsyncSession,
    page: Page,
    case: Case,
    key: str,
    values: dict[str, Any],
    policy: Policy,
    now: datetime,
) -> None:
    """A word more to every address that has, or may have, a mail of this page."""
    rows = await session.execute(
        select(Mail.to_address, Mail.language)
        .where(
            Mail.case_id == case.id, Mail.state.in_((MailState.SENDING, MailState.SENT, MailState.UNKNOWN))
        )
        .order_by(Mail.seq)
    )
    for to, language in dict(rows.all()).items():
        await _mail_to(session, page, case, to, language, key, values, policy, now)


async def say_it_is_over(session: AsyncSession, page: Page, *, policy: Policy, now: datetime) -> None:
    """Tell everybody whom a drill called that it is over."""
    for number in await numbers_called(session, page):
        dedupe = f"drill_over:{page.id}:{number}"
        await text_number(session, page, number, [Say("page.drill_over")], dedupe, policy=policy, now=now)


async def numbers_called(session: AsyncSession, page: Page) -> list[str]:
    """Every number that a page has called, in order."""
    rows = await session.scalars(
        select(PageCall.number).where(PageCall.page_id == page.id).order_by(PageCall.id)
    )
    return list(dict.fromkeys(rows))


def takes_no_texts(address: Address) -> str | None:
    """Why it is no use to wait for a number's answer, or None."""
    if address.opted_out_at is not None:
        return "opted_out"
    if address.carrier_barred_at is not None:
        return "carrier_bar"
    return "dead_number" if address.dead_at is not None else None


async def first_who_takes_texts(session: AsyncSession, policy: Policy, now: datetime) -> str | None:
    """The first number of the chain that can be told something."""
    for number in policy.chain:
        if takes_no_texts(await on_call_address(session, number, now)) is None:
            return number
    return next(iter(policy.chain), None)


async def name_of(session: AsyncSession, number: str) -> str:
    """Who holds a number of the chain, as the school has it."""
    held_by = await staff_at(session, number)
    return held_by.name if held_by else number


async def about(session: AsyncSession, case: Case) -> object:
    """Whom a case is about, without a surname."""
    who = await person(session, case.person_id) if case.person_id else None
    return (
        f"{who.first_name} {who.last_name[:1]}."
        if who
        else {"en": "an unknown number", "es": "un número desconocido"}
    )


def what_about(case: Case) -> dict[str, Any]:
    """What a case is about, in a few words."""
    return {"say": f"page.{case.facts.get('kind', case.kind)}", "vars": {}}


async def _words(session: AsyncSession, page: Page, case: Case) -> Say:
    known = {"code": page.code, "number": case.number}
    if case.kind == DRILL:
        return Say("page.drill_call", known)
    return Say("page.call", {"kind": what_about(case), "who": await about(session, case), **known})


async def _mail(
    session: AsyncSession, page: Page, case: Case, number: str, policy: Policy, now: datetime
) -> None:
    """Mail the holder of a number, and the addresses of the settings, that a page is going on."""
    drill = case.kind == DRILL
    values = {"code": page.code, "to": policy.text_number or {"en": "our number", "es": "nuestro número"}}
    if not drill:
        values["kind"] = what_about(case)
    held_by = await staff_at(session, number)
    own = {to: held_by.language for to in held_by.mails} if held_by else {}
    for to, language in {**dict.fromkeys(policy.oncall_mail, "en"), **own}.items():
        await _mail_to(
            session, page, case, to, language, "mail.drill" if drill else "mail.call", values, policy, now
        )


async def _mail_to(
    session: AsyncSession,
    page: Page,
    case: Case,
    to: str,
    language: str,
    key: str,
    values: dict[str, Any],
    policy: Policy,
    now: datetime,
) -> None:
    wordings = await edits(session)
    subject = Say(f"{key}_subject", {"number": case.number})
    await put_mail(
        session,
        case_id=case.id,
        to=to,
        language=language,
        subject=render([subject], language, wordings),
        body=render([Say(key, {**values, "number": case.number})], language, wordings),
        cause=key.removeprefix("mail."),
        dedupe=f"{key}:{page.id}:{page.steps}:{to}",
        policy=policy,
        now=now,
    )
