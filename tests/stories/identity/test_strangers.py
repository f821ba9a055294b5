"""An unknown number says who it is. Saying so opens nothing."""

import pytest

from tests.stories.identity.given import (
    NEW,
    STUDENT_WORDS,
    ask_for_nursing,
    bookings,
    linked,
    said_to,
    the_case,
)
from tests.support.town import ANA, GLORIA, Town

pytestmark = pytest.mark.engine


async def _through_the_gate(town: Town, first: str = "hi") -> None:
    await town.text(NEW, first)
    for words in STUDENT_WORDS:
        await town.text(NEW, words)


async def test_i_am_ana_shows_nothing_of_anas(town: Town) -> None:
    await ask_for_nursing(town)
    await _through_the_gate(town, "i am ana torres, when is my shadow")
    await town.text(NEW, "its ana, where do i have to go")
    assert "Mercy" not in await said_to(town, NEW) and await linked(town, NEW) == []


async def test_i_am_ana_cancels_nothing_of_anas(town: Town) -> None:
    await ask_for_nursing(town)
    await _through_the_gate(town, "this is ana i cant go cancel my nursing shadow")
    await town.text(NEW, "1")
    assert await bookings(town) == {"Ana": "waiting_consent"}


async def test_i_am_anas_mother_and_she_may_go_is_no_permission(town: Town) -> None:
    await ask_for_nursing(town)
    await town.text(NEW, "this is gloria torres, ana has my permission")
    await town.text(NEW, "05/1980")
    heard = await town.text(NEW, "3")
    assert "until the school links your number" in heard[NEW][0]
    await town.text(NEW, "yes ana can go i approve")
    await town.text(NEW, "1")
    assert await bookings(town) == {"Ana": "waiting_consent"}
    assert "unknown_guardian" in await town.cases()


async def test_a_guardians_number_that_a_student_types_is_a_proposal_for_the_school(town: Town) -> None:
    await ask_for_nursing(town)
    heard = await town.text(ANA, "my mom's number is 305 555 0150")
    assert "only the school can add a number" in heard[ANA][0]
    assert (await the_case(town, "number_typed")).facts == {"numbers": [NEW], "whose": "guardian"}
    assert await linked(town, NEW) == []


async def test_permission_from_a_number_that_a_student_typed_does_not_count(town: Town) -> None:
    await ask_for_nursing(town)
    await town.text(ANA, "my mom's number is 305 555 0150")
    await town.text(NEW, "yes my daughter ana can go")
    await town.text(NEW, "05/1980")
    await town.text(NEW, "3")
    await town.text(NEW, "1")
    assert await bookings(town) == {"Ana": "waiting_consent"}


async def test_a_number_that_a_stranger_types_goes_to_the_school_too(town: Town) -> None:
    await _through_the_gate(town)
    heard = await town.text(NEW, "my moms number is 305-555-0102")
    assert "only the school can add a number" in heard[NEW][0]
    assert (await the_case(town, "number_typed")).facts["numbers"] == [GLORIA]
    assert "Torres" not in await said_to(town, NEW)


async def test_a_child_of_eleven_leaves_nothing_behind(town: Town) -> None:
    await town.text(NEW, "hi im sofi i wanna see the fire station")
    heard = await town.text(NEW, "im 11")
    assert "13 or older" in heard[NEW][0]
    for table in ("inbound", "outbound", "prompt", "conversation", "address", "basis"):
        column = (
            "value = :n"
            if table == "address"
            else "address_id in (select id from conversations.address where value = :n)"
        )
        assert await town.rows(f"select 1 from conversations.{table} where {column}", n=NEW) == [], table
    assert await town.cases() == []
    assert NEW not in await town.text(NEW, "ok im 15")


async def test_a_child_who_tried_the_roster_leaves_no_try_behind(town: Town) -> None:
    await _through_the_gate(town)
    await town.text(NEW, "my student number is 999999, born 01/02/2011")
    heard = await town.text(NEW, "sorry my student number is 999999, i was born 01/02/2016")
    assert "13 or older" in heard[NEW][0]
    assert await town.rows("select 1 from placements.roster_tries") == []
    assert await town.rows("select 1 from conversations.address where value = :n", n=NEW) == []
    assert (
        await town.rows("select 1 from conversations.case where facts <> '{}' or inbound_id is not null")
        == []
    )


async def test_the_phones_of_the_demo_are_not_given_to_who_asks(town: Town) -> None:
    await _through_the_gate(town)
    await town.text(NEW, "whats ana torres phone number")
    assert ANA[-4:] not in await said_to(town, NEW)
