"""What is personal waits until a number of an earlier school year, or one in doubt, is confirmed."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from conversations.ledger.addresses import SMS, address_of, conversation_of
from conversations.ledger.gate import Cause, put_says
from conversations.models import HeldNotice, Lane, MessageClass
from conversations.policy import Policy, school_year
from conversations.prompts import Ask, open_prompt, put_prompt, question_of
from conversations.texts import Say
from placements.notices import NoticeView, notice
from placements.queries.people import PersonView, needs_confirming, people_at


async def hold(
    session: AsyncSession,
    told: NoticeView,
    recipient: PersonView,
    number: str,
    *,
    policy: Policy,
    now: datetime,
) -> None:
    """Keep a notice back, and ask once a school year whose number this is. The question names nobody."""
    await session.execute(
        insert(HeldNotice)
        .values(notice_id=told.id, person_id=recipient.id, number=number, at=now)
        .on_conflict_do_nothing()
    )
    address = await address_of(session, SMS, number, now)
    conversation = await conversation_of(session, address.id, lock=True)
    year = school_year(now)
    standing = await open_prompt(session, address.id)
    if address.introduced_for == year or (standing is not None and standing.kind == "whose_number"):
        return
    address.introduced_for = year
    prompt = await put_prompt(
        session,
        address.id,
        Ask(kind="whose_number", say=Say("people.whose_number_news")),
        person_id=None,
        role="anyone",
        language=recipient.language,
        now=now,
    )
    await put_says(
        session,
        address=address,
        conversation=conversation,
        says=[
            Say("intro.notice", {"program": policy.program, "contact": policy.contact_name}),
            *question_of(prompt),
        ],
        language=recipient.language,
        cause=Cause("notice", str(told.id)),
        dedupe=f"whose:{address.id}:{year}:{told.id}",
        lane=Lane.OTHER,
        message_class=MessageClass.CAUSED,
        prompt_id=prompt.id,
        policy=policy,
        now=now,
    )


async def released_notices(session: AsyncSession) -> list[tuple[NoticeView, UUID]]:
    """Take what was held for numbers that are confirmed by now. What is moot is left out when it is worded.

    What was held for a number that is nobody's any more is dropped: its new holder is told nothing of it.
    """
    found: list[tuple[NoticeView, UUID]] = []
    rows = await session.scalars(select(HeldNotice).order_by(HeldNotice.at).with_for_update(skip_locked=True))
    for row in rows:
        if await needs_confirming(session, row.number):
            continue
        if (
            await people_at(session, row.number)
            and (told := await notice(session, row.notice_id)) is not None
        ):
            found.append((told, row.person_id))
        await session.execute(
            delete(HeldNotice).where(
                HeldNotice.notice_id == row.notice_id, HeldNotice.person_id == row.person_id
            )
        )
    return found
