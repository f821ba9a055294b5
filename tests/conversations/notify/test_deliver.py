import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

import conversations.notify.deliver as deliver
from conversations.models import OutState
from conversations.notify.deliver import Notifier
from placements.notices import unsent
from placements.services import bookings
from tests.conversations.given import ANA, BEN, CORA, GLORIA, ZONE, Desk
from tests.placements import given


@pytest.fixture
def notifier(district: Desk) -> Notifier:
    return Notifier(district.database, district.policy)


async def booked(district: Desk, student: UUID = given.ANA) -> UUID:
    async with district.database.session() as session:
        return await given.booked(session, student)


async def waiting(district: Desk) -> list[str]:
    async with district.database.session() as session:
        return [notice.event for notice in await unsent(session)]


async def prompts(district: Desk, number: str) -> list[tuple[Any, ...]]:
    return await district.rows(
        "select p.kind, p.state, p.role, p.language from conversations.prompt p"
        " join conversations.address a on a.id = p.address_id where a.value = :n order by p.seq",
        n=number,
    )


async def keys(district: Desk, number: str) -> list[list[Any]]:
    return [row.texts for row in await district.outbox(number)]


async def test_a_guardian_hears_who_writes_and_is_asked_in_her_language(
    district: Desk, notifier: Notifier
) -> None:
    booking = await booked(district)
    assert await notifier.deliver_all() >= 1
    intro, question = await district.outbox(GLORIA)
    assert intro.texts == ["intro.notice"]
    assert question.body.endswith("1. Sí\n2. No") and "Ana" in question.body
    assert question.cause_kind == "notice" and question.state == OutState.QUEUED
    assert await prompts(district, GLORIA) == [("consent", "open", "guardian", "es")]
    assert await district.rows("select record_id from conversations.prompt") == [(booking,)]
    assert await waiting(district) == []


async def test_two_notifiers_at_once_tell_a_thing_once(district: Desk, notifier: Notifier) -> None:
    await booked(district)
    others = [Notifier(district.database, district.policy) for _ in range(3)]
    await asyncio.gather(notifier.deliver_all(), *(each.deliver_all() for each in others))
    assert len(await district.outbox(GLORIA)) == 2
    assert len(await prompts(district, GLORIA)) == 1
    assert await notifier.deliver_all() == 0


async def test_a_process_that_died_before_it_noted_what_it_had_told(
    district: Desk, notifier: Notifier
) -> None:
    await booked(district)
    await notifier.deliver_all()
    await district.run("update placements.notices set done_at = null")
    await notifier.deliver_all()
    assert len(await district.outbox(GLORIA)) == 2
    assert len(await prompts(district, GLORIA)) == 1


async def test_consent_is_never_asked_on_the_students_own_phone(district: Desk, notifier: Notifier) -> None:
    await booked(district)
    await district.run(
        "update placements.contact_points set value = :ana where person_id = :gloria and kind = 'phone'",
        ana=ANA,
        gloria=given.GLORIA,
    )
    await notifier.deliver_all()
    assert await prompts(district, ANA) == []
    assert not any("consent.ask" in texts for texts in await keys(district, ANA))
    assert [(c.kind, c.person_id) for c in await district.cases()] == [("permission_waits", given.ANA)]


async def test_who_has_no_number_becomes_a_case_once(district: Desk, notifier: Notifier) -> None:
    booking = await booked(district)
    await district.run("delete from placements.contact_points where person_id = :g", g=given.GLORIA)
    await notifier.deliver_all()
    await district.run("update placements.notices set done_at = null")
    await notifier.deliver_all()
    [case] = await district.cases()
    assert (case.kind, case.severity, case.person_id, case.record_id) == (
        "permission_waits",
        "soon",
        given.ANA,
        booking,
    )
    assert case.facts["recipient"] == str(given.GLORIA) and case.facts["bookings"] == [str(booking)]


async def test_who_is_opted_out_is_not_asked_and_the_coordinator_hears_of_it(
    district: Desk, notifier: Notifier
) -> None:
    await district.text(GLORIA, "STOP")
    await booked(district)
    await notifier.deliver_all()
    _, *later = await district.outbox(GLORIA)
    assert later and all((o.state, o.why_suppressed) == (OutState.SUPPRESSED, "opted_out") for o in later)
    assert "permission_waits" in [c.kind for c in await district.cases()]
    [told] = [o.body for o in await district.outbox(CORA) if "permission" in o.body]
    assert "permission for Ana T. waits: Gloria T. stopped our texts." in told
    assert any("case.opened" in texts for texts in await keys(district, CORA))


async def test_one_that_fails_holds_up_no_other_and_is_tried_again(
    district: Desk, notifier: Notifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    await booked(district, given.LUIS)
    await booked(district)
    real = deliver.word

    async def word(session: Any, notice: Any, role: str, person: Any) -> Any:
        if notice.data["student_id"] == str(given.LUIS):
            raise RuntimeError("broken")
        return await real(session, notice, role, person)

    monkeypatch.setattr(deliver, "word", word)
    await notifier.deliver_all()
    assert len(await district.outbox(GLORIA)) == 2
    assert await district.outbox(given.PHONES[given.MARTA]) == []
    assert await waiting(district) == ["consent_asked"]
    monkeypatch.setattr(deliver, "word", real)
    await notifier.deliver_all()
    assert len(await district.outbox(given.PHONES[given.MARTA])) == 2
    assert await waiting(district) == []


async def test_a_second_question_waits_behind_the_first(district: Desk, notifier: Notifier) -> None:
    await booked(district)
    await booked(district, given.LEO)
    await notifier.deliver_all()
    assert [row[:2] for row in await prompts(district, GLORIA)] == [
        ("consent", "open"),
        ("consent", "queued"),
    ]
    last = (await district.outbox(GLORIA))[-1]
    assert last.texts[0] == "prompt.another_waits" and "Ana" in last.body and "Leo" not in last.body


async def test_a_reminder_shows_the_open_question_again(district: Desk, notifier: Notifier) -> None:
    booking = await booked(district)
    await notifier.deliver_all()
    async with district.database.session() as session:
        sent = await bookings.nudge_guardian(session, booking_id=booking, cause=given.by_text(given.ANA))
    assert sent == "sent"
    await notifier.deliver_all()
    last = (await district.outbox(GLORIA))[-1]
    assert last.texts[:2] == ["notice.consent_reminder_guardian", "consent.ask_short"]
    assert last.prompt_id is not None and len(await prompts(district, GLORIA)) == 1


async def test_what_is_settled_is_asked_no_more_and_the_next_question_comes_up(
    district: Desk, notifier: Notifier
) -> None:
    booking = await booked(district)
    await booked(district, given.LEO)
    await notifier.deliver_all()
    async with district.database.session() as session:
        await bookings.cancel_booking(
            session, booking_id=booking, person_id=given.ANA, role="student", cause=given.by_text(given.ANA)
        )
    await notifier.deliver_all()
    assert [row[1] for row in await prompts(district, GLORIA)] == ["withdrawn", "open"]
    told, question = (await district.outbox(GLORIA))[-2:]
    assert told.texts == ["notice.booking_cancelled_guardian", "prompt.next_question"]
    assert question.texts[0] == "consent.ask"  # whole, since she has not read it: in a text of its own
    assert "Leo" in question.body
    assert (told.prompt_id, question.prompt_id is None) == (None, False)


async def test_a_question_that_was_settled_before_it_was_put_is_not_put(
    district: Desk, notifier: Notifier
) -> None:
    booking = await booked(district)
    async with district.database.session() as session:
        await bookings.cancel_booking(
            session, booking_id=booking, person_id=given.ANA, role="student", cause=given.by_text(given.ANA)
        )
    await notifier.deliver_all()
    assert await prompts(district, GLORIA) == []
    assert not any("consent.ask" in texts for texts in await keys(district, GLORIA))


async def test_who_we_are_is_said_once_a_school_year(district: Desk, notifier: Notifier) -> None:
    for student in (given.ANA, given.LEO):
        await booked(district, student)
        await notifier.deliver_all()
    assert [texts for texts in await keys(district, GLORIA) if texts == ["intro.notice"]] == [
        ["intro.notice"]
    ]


async def test_a_host_is_asked_and_never_reads_a_surname_or_a_number(
    district: Desk, notifier: Notifier
) -> None:
    async with district.database.session() as session:
        await given.consented(session)
    await notifier.deliver_all()
    question = (await district.outbox(BEN))[-1]
    assert await prompts(district, BEN) == [("host_request", "open", "employer", "en")]
    assert "Ana" in question.body and "Torres" not in question.body and "0101" not in question.body


async def test_by_night_it_waits_for_the_morning(district: Desk, notifier: Notifier) -> None:
    await district.later(timedelta(hours=11))  # 21:00
    await booked(district)
    await notifier.deliver_all()
    morning = datetime(2027, 2, 2, 8, tzinfo=ZONE).astimezone(UTC)
    assert [o.due_at for o in await district.outbox(GLORIA)] == [morning, morning]
