from datetime import datetime
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from footbridge.demo import demo_id
from placements.cause import Cause
from placements.services import freezes
from tests.stories.consent.family import (
    BEN_ID,
    CORA_ID,
    ROBIN,
    TYLER,
    TYLER_ID,
    asks,
    booking_of,
    confirmed,
    later,
    states,
)
from tests.support.town import ANA, BEN, CORA, GLORIA, STRANGER, Heard, Town

pytestmark = pytest.mark.engine
MERCY = demo_id("mercy")
REPORT = "the manager at mercy hospital keeps asking for my number and pictures, it feels unsafe"


async def on_hold(town: Town) -> list[str]:
    rows = await town.rows(
        "select p.name from placements.partner_freezes f join placements.partners p on p.id = f.partner_id"
        " where f.cleared_at is null order by 1"
    )
    return [name for (name,) in rows]


async def clear(town: Town) -> Heard:
    async with town.database.session() as session:
        outcome = await freezes.clear_partner(
            session, partner_id=MERCY, person_id=CORA_ID, cause=Cause("console", str(uuid4()), CORA_ID)
        )
        assert outcome.ok, outcome
    return await town.settle()


async def test_a_students_report_holds_the_host_and_tells_it_nothing(town: Town) -> None:
    await confirmed(town)
    heard = await town.text(ANA, REPORT)
    assert await on_hold(town) == ["Mercy Hospital"]
    assert BEN not in heard and CORA in heard
    assert {"report_unsafe", "host_frozen"} <= set(await town.cases())
    [(facts,)] = await town.rows("select facts from conversations.\"case\" where kind = 'host_frozen'")
    assert facts["bookings"] == [str(await booking_of(town))] and facts["partner"] == "Mercy Hospital"


async def test_nothing_is_offered_and_nothing_is_booked_there(town: Town) -> None:
    listed = (await town.text(TYLER, "any shadows for nursing?"))[TYLER][0]
    assert "Mercy Hospital" in listed
    await asks(town)
    await town.text(ANA, REPORT)
    [refused] = (await town.text(TYLER, "1"))[TYLER]
    assert "on hold" in refused and "unsafe" not in refused and "report" not in refused
    assert await states(town) == ["waiting_consent"]
    [again] = (await town.text(TYLER, "is there a job shadow at mercy hospital?"))[TYLER]
    assert "Mercy Hospital" not in again


async def test_who_waits_is_told_it_is_on_hold_and_a_yes_changes_nothing(town: Town) -> None:
    await asks(town, TYLER)
    await asks(town)
    heard = await town.text(ANA, REPORT)
    assert "on hold" in heard[TYLER][-1] and ROBIN not in heard
    [reply] = (await town.text(ROBIN, "1"))[ROBIN]
    assert "on hold" in reply
    assert await states(town) == ["waiting_consent", "waiting_consent"]
    heard = await town.move_to(datetime(2027, 2, 4, 12))
    assert ROBIN not in heard and GLORIA not in heard and BEN not in heard
    assert await states(town) == ["waiting_consent", "waiting_consent"]
    heard = await clear(town)
    assert heard[ROBIN][-1].endswith("1. Yes\n2. No") and heard[GLORIA][-1].endswith("1. Sí\n2. No")
    assert await on_hold(town) == []
    await later(town, seconds=10)
    heard = await town.text(ROBIN, "1")
    assert heard[BEN][-1].endswith("1. Yes\n2. No")


async def test_a_hosts_yes_is_held_without_a_word_of_why(town: Town) -> None:
    await asks(town)
    await town.text(GLORIA, "1")
    await town.text(ANA, REPORT)
    [reply] = (await town.text(BEN, "1"))[BEN]
    assert "A person at school will get back to you" in reply
    assert await states(town) == ["waiting_host"] and "host_answer_held" in await town.cases()
    heard = await clear(town)
    assert heard[BEN][-1].endswith("1. Yes\n2. No")
    await later(town, seconds=10)
    await town.text(BEN, "1")
    assert await states(town) == ["confirmed"]


async def test_the_database_confirms_nothing_at_a_host_on_hold(town: Town) -> None:
    await asks(town)
    await town.text(GLORIA, "1")
    await town.text(ANA, REPORT)
    with pytest.raises(DBAPIError, match="on hold"):
        async with town.database.session() as session:
            await session.execute(text("update placements.bookings set state = 'confirmed'"))


async def test_a_request_that_cannot_go_on_in_time_ends_kindly(town: Town) -> None:
    await asks(town)
    await town.text(ANA, REPORT)
    heard = await town.move_to(datetime(2027, 2, 8, 17, 1))
    assert "You did nothing wrong" in heard[ANA][-1] or "nothing wrong" in "".join(heard[ANA])
    assert BEN not in heard and await states(town) == ["expired"]


async def test_a_confirmed_visit_waits_for_a_decision_and_nobody_is_sent_there(town: Town) -> None:
    await confirmed(town)
    await town.text(CORA, "hello")
    async with town.database.session() as session:
        held = await freezes.freeze_partner(
            session, partner_id=MERCY, why="coordinator", cause=Cause("console", "worry", CORA_ID)
        )
        assert held is not None and held.to_decide == [await booking_of(town)]
    await town.settle()
    heard = await town.move_to(datetime(2027, 2, 8, 17, 5))
    assert "do not go unless" in heard[ANA][-1] and "en pausa" in heard[GLORIA][-1]
    assert "still on hold" in heard[CORA][-1] and BEN not in heard
    assert await states(town) == ["confirmed"]
    heard = await clear(town)
    assert any("your visit is on" in told for told in heard[ANA])
    assert [told for told in heard[BEN] if "hold" in told] == []  # the reminder of the day, and no more
    assert await states(town) == ["confirmed"]


async def test_the_mothers_report_counts_for_where_the_child_is_booked(town: Town) -> None:
    await confirmed(town)
    await town.move_to(datetime(2027, 2, 9, 10))
    heard = await town.text(GLORIA, "un hombre de ahí le pidió fotos a mi hija, no es seguro")
    assert await on_hold(town) == ["Mercy Hospital"] and BEN not in heard
    assert await states(town) == ["confirmed"]  # it has begun: a person decides


async def test_a_stranger_who_names_a_host(town: Town) -> None:
    await town.text(STRANGER, "the boss at mercy hospital harasses the students, that place is not safe")
    assert await on_hold(town) == ["Mercy Hospital"]


HARASSED = "the boss at {} harasses the students, that place is not safe"


async def test_a_stranger_holds_two_hosts_a_day_and_of_more_a_person_decides(town: Town) -> None:
    [*names] = [n for (n,) in await town.rows("select name from placements.partners order by name limit 4")]
    for name in names:
        await town.text(STRANGER, HARASSED.format(name))
    assert await on_hold(town) == sorted(names[:2])
    rows = await town.rows(
        "select facts->>'partner', severity from conversations.\"case\" where kind = 'host_named' order by number"
    )
    assert rows == [(name, "urgent") for name in names[2:]]
    assert (await town.cases()).count("report_unsafe") == 4, "each of them called a person"
    await town.text(STRANGER, HARASSED.format(names[0]))
    assert (await town.cases()).count("host_named") == 2, "what is on hold already is only on hold once more"
    await town.rows("update placements.partner_freezes set at = at - interval '25 hours' returning 1")
    await town.text(STRANGER, HARASSED.format(names[2]))
    assert set(await on_hold(town)) == set(names[:3])


async def test_what_was_cleared_is_not_held_by_the_same_stranger_again_and_again(town: Town) -> None:
    for _ in range(3):
        await town.text(STRANGER, HARASSED.format("mercy hospital"))
        if await on_hold(town):
            await clear(town)
    assert await on_hold(town) == [] and "host_named" in await town.cases()
    await town.text(ANA, REPORT)
    assert await on_hold(town) == ["Mercy Hospital"], "a student is heard whatever strangers wrote"


async def test_a_text_that_names_many_hosts_holds_two(town: Town) -> None:
    names = [n for (n,) in await town.rows("select name from placements.partners order by name limit 4")]
    await town.text(STRANGER, HARASSED.format(" and ".join(names)))
    assert len(await on_hold(town)) == 2 and (await town.cases()).count("host_named") == 2


async def test_who_is_known_holds_whatever_they_name(town: Town) -> None:
    names = [n for (n,) in await town.rows("select name from placements.partners order by name limit 4")]
    for name in names:
        await town.text(GLORIA, HARASSED.format(name))
    assert await on_hold(town) == sorted(names)


async def test_where_no_host_can_be_told_a_person_is_told_so(town: Town) -> None:
    await town.text(TYLER, "the manager there keeps asking for my number and pictures, it feels unsafe")
    assert await on_hold(town) == [] and "host_unclear" in await town.cases()


async def test_two_reports_are_one_hold_that_one_look_clears(town: Town) -> None:
    await confirmed(town)
    await town.text(ANA, REPORT)
    await town.text(
        ANA, "i still feel unsafe, the manager at mercy hospital touched nothing but asks for pictures"
    )
    assert set(await on_hold(town)) == {"Mercy Hospital"}
    await clear(town)
    assert await on_hold(town) == []


async def test_only_a_coordinator_clears(town: Town) -> None:
    await confirmed(town)
    await town.text(ANA, REPORT)
    async with town.database.session() as session:
        for person in (BEN_ID, TYLER_ID, UUID(int=7)):
            outcome = await freezes.clear_partner(
                session, partner_id=MERCY, person_id=person, cause=Cause("console", str(uuid4()), person)
            )
            assert outcome.reason == "not_coordinator"
    assert await on_hold(town) == ["Mercy Hospital"]


async def test_a_refusal_counts_while_the_host_is_on_hold(town: Town) -> None:
    await asks(town)
    await town.text(TYLER, REPORT)
    await town.text(GLORIA, "2")
    assert await states(town) == ["refused"]


async def test_a_question_that_waits_for_the_morning_is_not_put_to_the_host(town: Town) -> None:
    await asks(town)
    await town.move_to(datetime(2027, 2, 1, 20, 30))
    await town.text(GLORIA, "1")
    await town.text(ANA, REPORT)
    heard = await town.move_to(datetime(2027, 2, 2, 9))
    assert BEN not in heard and await states(town) == ["waiting_host"]
    [(why,)] = await town.rows(
        "select distinct o.why_suppressed from conversations.outbound o"
        " join conversations.address a on a.id = o.address_id where a.value = :ben and o.texts::text like '%host.ask%'",
        ben=BEN,
    )
    assert why == "host_on_hold"
    heard = await clear(town)
    assert heard[BEN][-1].endswith("1. Yes\n2. No")


async def test_a_late_yes_while_it_is_on_hold_is_told_the_truth(town: Town) -> None:
    await asks(town, TYLER)
    await town.text(ANA, REPORT)
    await town.move_to(datetime(2027, 2, 4, 12))
    [reply] = (await town.text(ROBIN, "1"))[ROBIN]
    assert "on hold" in reply and await states(town) == ["waiting_consent"]
