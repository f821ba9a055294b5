"""What is personal waits until a number of an earlier school year, or one in doubt, is confirmed."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from conversations.cases import NewCase, open_case
from conversations.ledger.addresses import SMS, address_of, conversation_of
from conversations.ledger.gate import Cause, edits, put_says
from conversations.models import Case, CaseNote, HeldNotice, Lane, MessageClass
from conversations.policy import Policy, school_year
from conversations.prompts import Ask, open_prompt, put_prompt, question_of
from conversations.texts import Edits, Say, measure, render
from placements import clock
from placements.notices import NoticeView, notice
from placements.queries.people import PersonView, is_doubted, needs_confirming, people_at

_WHY = {
    "en": {
        "opted_out": "stopped our texts",
        "carrier_bar": "is blocked by the phone carrier",
        "dead_number": "has a number that takes no texts",
        "in_doubt": "has a number that may be somebody else's",
        "not_confirmed": "has not said whose phone it is",
        "no_number": "has no number for texts",
        "students_phone": "has only the student's phone",
        "not_now": "gets no other texts for now",
    },
    "es": {
        "opted_out": "ya no quiere mensajes",
        "carrier_bar": "no recibe: la telefónica bloquea",
        "dead_number": "tiene un número que no recibe",
        "in_doubt": "tiene un número que puede ser ajeno",
        "not_confirmed": "no dijo de quién es el teléfono",
        "no_number": "no tiene número para mensajes",
        "students_phone": "solo tiene el teléfono del estudiante",
        "not_now": "no recibe otros mensajes por ahora",
    },
}


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
    # In August every number is asked whose it is: a case at once only where the carrier gave reason to doubt.
    in_doubt = await is_doubted(session, number)
    if told.event == "consent_reminder" or (told.event == "consent_asked" and in_doubt):
        why = "in_doubt" if in_doubt else "not_confirmed"
        await permission_waits(session, told, recipient, why, policy=policy, now=now)
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
    intro = Say("intro.notice", {"program": policy.program, "contact": policy.contact_name})
    for part, says in _parts(intro, question_of(prompt), recipient.language, await edits(session)):
        await put_says(
            session,
            address=address,
            conversation=conversation,
            says=says,
            language=recipient.language,
            cause=Cause("notice", str(told.id)),
            dedupe=f"whose:{address.id}:{year}:{told.id}{part}",
            lane=Lane.OTHER,
            message_class=MessageClass.CAUSED,
            prompt_id=prompt.id if says[-1].key != intro.key else None,
            policy=policy,
            now=now,
        )


def _parts(intro: Say, question: list[Say], language: str, wording: Edits) -> list[tuple[str, list[Say]]]:
    """Who writes and the question in one message, or in two where one would be too long."""
    size = measure(render([intro, *question], language, wording))
    if size.segments <= size.within:
        return [("", [intro, *question])]
    return [(":intro", [intro]), ("", question)]


async def permission_waits(
    session: AsyncSession,
    told: NoticeView,
    recipient: PersonView,
    why: str,
    *,
    policy: Policy,
    now: datetime,
) -> None:
    """A guardian cannot be asked for a permission: a case says who, about which visit and why, before it lapses.

    While one is open about the same visit and guardian, being asked again or reminded is the same matter.
    """
    if (await session.scalars(_waiting(told, recipient.id))).first() is not None:
        return
    student = told.data.get("student_id")
    await open_case(
        session,
        NewCase(
            kind="permission_waits",
            severity="soon",
            dedupe=f"permission_waits:{told.id}:{recipient.id}",
            person_id=UUID(student) if student else recipient.id,
            record_id=UUID(str(told.record_id)),
            facts={
                "recipient": str(recipient.id),
                "why": {language: words[why] for language, words in _WHY.items()},
                "bookings": [str(told.record_id)],
            },
        ),
        policy=policy,
        now=now,
    )


def _waiting(told: NoticeView, person_id: UUID) -> Select[Case]:
    return select(Case).where(
        Case.kind == "permission_waits",
        Case.state == "open",
        Case.record_id == told.record_id,
        Case.facts["recipient"].astext == str(person_id),
    )


async def _goes_on(session: AsyncSession, told: NoticeView, person_id: UUID) -> None:
    """The number is confirmed: the question goes out, and nobody has to see to it any more."""
    now = await clock.now(session)
    for case in await session.scalars(_waiting(told, person_id)):
        case.state, case.closed_at = "closed", now
        session.add(CaseNote(case_id=case.id, at=now, by="Footbridge", what="closed: the number is confirmed"))


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
            await _goes_on(session, told, row.person_id)
            found.append((told, row.person_id))
        await session.execute(
            delete(HeldNotice).where(
                HeldNotice.notice_id == row.notice_id, HeldNotice.person_id == row.person_id
            )
        )
    return found
