from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from footbridge.demo import demo_id
from placements.cause import Cause
from placements.models import ContactPoint, Student
from placements.queries import people as queries
from placements.services import people
from placements.services.people import RosterMatch
from tests.placements.given import (
    ANA,
    BEN,
    CORA,
    DANA,
    GLORIA,
    LEO,
    MORNING,
    PHONES,
    booked,
    by_console,
    by_text,
    set_clock,
    told,
)

NEW = "+13055550150"
BORN = date(2010, 3, 4)  # on 1 March 2027 Dana is 16 until the 4th


async def match(
    session: AsyncSession, phone: str = NEW, number: str = "100234", born: date = BORN
) -> RosterMatch:
    return await people.match_roster(
        session,
        school_hint=None,
        student_number=number,
        birth_date=born,
        phone=phone,
        cause=Cause("message", f"{phone} {datetime.now(UTC).timestamp()}", None, phone),
    )


async def test_a_match_links_the_number_and_the_student_may_book(session: AsyncSession) -> None:
    assert await match(session) == RosterMatch(DANA, "match")
    assert [view.id for view in await queries.people_at(session, NEW)] == [DANA]
    assert await queries.is_verified(session, DANA, NEW)
    assert await queries.phone_of(session, DANA) == NEW


async def claimed(session: AsyncSession, phone: str = NEW) -> RosterMatch:
    ana = await session.get_one(Student, ANA)
    assert ana.person.birth_date is not None
    return await match(session, phone, number="100201", born=ana.person.birth_date)


async def test_a_match_of_somebody_whose_number_is_known_asks_there_and_links_nothing(
    session: AsyncSession,
) -> None:
    found = await claimed(session)
    assert (found.student_id, found.outcome, found.had_phone, found.linked) == (ANA, "match", True, False)
    assert await queries.people_at(session, NEW) == []
    assert await told(session) == [("number_claimed", {ANA})]


async def test_one_claim_is_asked_at_a_time(session: AsyncSession) -> None:
    assert (await claimed(session)).claim_id is not None
    assert (await claimed(session, "+13055550151")).claim_id is None
    assert len(await told(session)) == 1
    await set_clock(session, MORNING + timedelta(hours=49))
    assert (await claimed(session, "+13055550151")).claim_id is not None


@pytest.mark.parametrize("answered_from", [NEW, PHONES[LEO]])
async def test_only_the_old_number_can_agree(session: AsyncSession, answered_from: str) -> None:
    claim_id = (await claimed(session)).claim_id
    assert claim_id is not None
    assert (
        await people.settle_claim(session, claim_id=claim_id, agreed=True, cause=by_text(ANA, answered_from))
        is None
    )
    assert await queries.phone_of(session, ANA) == PHONES[ANA]


async def test_the_old_numbers_yes_moves_the_link_once(session: AsyncSession) -> None:
    claim_id = (await claimed(session)).claim_id
    assert claim_id is not None
    assert await people.settle_claim(session, claim_id=claim_id, agreed=True, cause=by_text(ANA)) is not None
    assert await queries.phone_of(session, ANA) == NEW
    assert await queries.people_at(session, PHONES[ANA]) == []
    again = Cause("message", "later", ANA, PHONES[ANA])
    assert await people.settle_claim(session, claim_id=claim_id, agreed=False, cause=again) is None


async def test_an_answer_after_two_days_moves_nothing(session: AsyncSession) -> None:
    claim_id = (await claimed(session)).claim_id
    assert claim_id is not None
    await set_clock(session, MORNING + timedelta(hours=49))
    assert await people.settle_claim(session, claim_id=claim_id, agreed=True, cause=by_text(ANA)) is None
    assert await queries.phone_of(session, ANA) == PHONES[ANA]


async def test_a_number_that_is_somebody_elses_is_not_linked_to_a_second_student(
    session: AsyncSession,
) -> None:
    found = await match(session, phone=PHONES[LEO])
    assert found.taken and not found.linked
    assert [view.id for view in await queries.people_at(session, PHONES[LEO])] == [LEO]


async def test_a_link_holds_for_a_school_year(session: AsyncSession) -> None:
    assert not await queries.needs_confirming(session, PHONES[ANA])
    assert not await queries.needs_confirming(session, NEW)  # nobody's
    await set_clock(session, datetime(2027, 8, 2, 15, tzinfo=UTC))
    assert await queries.needs_confirming(session, PHONES[ANA])
    assert not await queries.needs_confirming(session, PHONES[CORA])  # staff
    assert await people.confirm_phone(session, phone=PHONES[ANA], cause=by_text(ANA)) == [ANA]
    assert not await queries.needs_confirming(session, PHONES[ANA])
    await set_clock(session, datetime(2028, 8, 2, 15, tzinfo=UTC))
    assert await queries.needs_confirming(session, PHONES[ANA])


async def test_a_doubt_ends_with_the_schools_word(session: AsyncSession) -> None:
    assert await people.doubt_phone(session, phone=PHONES[ANA], why="30005", cause=by_console(CORA)) == [ANA]
    assert await people.doubt_phone(session, phone=PHONES[ANA], why="30005", cause=by_console(CORA)) == []
    assert await queries.needs_confirming(session, PHONES[ANA])
    await people.link_phone(
        session, person_id=ANA, phone=PHONES[ANA], role="student", how="school", cause=by_console(CORA)
    )
    assert not await queries.needs_confirming(session, PHONES[ANA])


@pytest.mark.parametrize(
    ("number", "born"),
    [("100234", date(2010, 3, 5)), ("999999", BORN), ("100201", BORN), ("", BORN)],
)
async def test_every_miss_is_the_same(session: AsyncSession, number: str, born: date) -> None:
    assert await match(session, number=number, born=born) == RosterMatch(None, "no_match")
    assert await queries.people_at(session, NEW) == []


async def test_after_three_misses_a_phone_is_locked_also_for_the_right_answer(session: AsyncSession) -> None:
    for number in ("1", "2", "3"):
        assert (await match(session, number=number)).outcome == "no_match"
    assert await match(session) == RosterMatch(None, "locked")
    await set_clock(session, MORNING + timedelta(days=2))
    assert (await match(session)).outcome == "locked"
    await people.link_phone(
        session, person_id=DANA, phone=NEW, role="student", how="coordinator", cause=by_console(CORA)
    )
    assert (await match(session)).outcome == "match"


async def test_five_misses_a_day_lock_a_student_from_any_phone(session: AsyncSession) -> None:
    for last in range(5):
        assert (await match(session, f"+1305555016{last}", born=date(2009, 1, 1))).outcome == "no_match"
    assert (await match(session, "+13055550170")).outcome == "locked"
    await set_clock(session, MORNING + timedelta(hours=25))
    assert (await match(session, "+13055550170")).outcome == "match"


async def test_the_same_message_is_one_try(session: AsyncSession) -> None:
    cause = Cause("message", "m-1", None, NEW)
    for _ in range(5):
        again = await people.match_roster(
            session,
            school_hint=demo_id("roosevelt"),
            student_number="100234",
            birth_date=date(2009, 1, 1),
            phone=NEW,
            cause=cause,
        )
        assert again.outcome == "no_match"
    assert (await match(session)).outcome == "match"


async def test_a_school_hint_narrows(session: AsyncSession) -> None:
    wrong = await people.match_roster(
        session,
        school_hint=demo_id("lincoln"),
        student_number="100234",
        birth_date=BORN,
        phone=NEW,
        cause=Cause("message", "m-2", None, NEW),
    )
    assert wrong == RosterMatch(None, "no_match")


async def test_language(session: AsyncSession) -> None:
    await people.set_language(session, person_id=ANA, language="es", cause=by_text(ANA))
    ana = await queries.person(session, ANA)
    assert ana is not None
    assert ana.language == "es"
    with pytest.raises(ValueError, match="fr"):
        await people.set_language(session, person_id=ANA, language="fr", cause=by_text(ANA))


async def test_a_better_source_replaces_a_worse_one_only(session: AsyncSession) -> None:
    async def how() -> list[str]:
        rows = select(ContactPoint.how).where(
            ContactPoint.person_id == DANA, ContactPoint.valid_until.is_(None)
        )
        return [each.value for each in (await session.execute(rows)).scalars()]

    async def link(source: people.How) -> None:
        await people.link_phone(
            session, person_id=DANA, phone=NEW, role="student", how=source, cause=by_console(CORA)
        )

    await link("self_said")
    assert await how() == ["self_said"]
    assert await queries.phone_of(session, DANA) is None
    assert not await queries.is_verified(session, DANA)
    await link("coordinator")
    await link("self_said")
    await link("roster_match")
    assert await how() == ["coordinator"]


async def test_a_wrong_number_is_nobodys_and_the_coordinator_hears(session: AsyncSession) -> None:
    await booked(session, ANA)
    await booked(session, LEO)
    gone = await people.unlink_phone(
        session, phone=PHONES[GLORIA], person_id=None, why="wrong_number", cause=by_text(GLORIA)
    )
    assert gone == [GLORIA]
    assert await queries.people_at(session, PHONES[GLORIA]) == []
    assert (await told(session))[-2:] == [
        ("consent_unreachable", {CORA}),
        ("consent_unreachable", {CORA}),
    ]


async def test_one_of_two_people_leaves_a_shared_number(session: AsyncSession) -> None:
    await people.link_phone(
        session, person_id=LEO, phone=PHONES[ANA], role="student", how="school", cause=by_console(CORA)
    )
    assert [view.id for view in await queries.people_at(session, PHONES[ANA])] == [ANA, LEO]
    await people.unlink_phone(
        session, phone=PHONES[ANA], person_id=ANA, why="new_number", cause=by_console(CORA)
    )
    assert [view.id for view in await queries.people_at(session, PHONES[ANA])] == [LEO]
    assert await queries.people_at(session, PHONES[BEN]) != []
