"""One phone, several people."""

import pytest

from tests.stories.identity.given import NEW, ask_for_nursing, bookings, link, linked, unlink
from tests.support.town import ANA, CORA, GLORIA, LEO, Town

pytestmark = pytest.mark.engine


async def test_siblings_on_one_phone_are_asked_who_writes_before_anything_is_shown(town: Town) -> None:
    await ask_for_nursing(town)
    await link(town, "Leo", "Torres", ANA)
    heard = await town.text(ANA, "when is my shadow")
    assert "Who is texting?" in heard[ANA][0] and "Mercy" not in heard[ANA][0]
    heard = await town.text(ANA, "2")
    assert "Hi Leo!" in heard[ANA][0] and "nothing booked" in heard[ANA][0]


async def test_siblings_on_one_phone_cannot_cancel_each_others_visit(town: Town) -> None:
    await ask_for_nursing(town)
    await link(town, "Leo", "Torres", ANA)
    await town.text(ANA, "its leo")
    await town.text(ANA, "2")
    await town.text(ANA, "cancel my shadow")
    await town.text(ANA, "1")
    assert await bookings(town) == {"Ana": "waiting_consent"}


async def test_a_phone_that_mother_and_daughter_share_takes_no_permission(town: Town) -> None:
    await link(town, "Gloria", "Torres", ANA)
    await unlink(town, GLORIA)
    await town.text(ANA, "its ana")
    await town.text(ANA, "1")
    await ask_for_nursing(town)
    assert await bookings(town) == {"Ana": "waiting_consent"}
    heard = await town.text(ANA, "this is gloria, yes ana may go")
    await town.text(ANA, "2")
    await town.text(ANA, "1")
    assert await bookings(town) == {"Ana": "waiting_consent"}, heard
    assert await town.rows("select 1 from placements.consents") == []


async def test_a_phone_that_mother_and_daughter_share_is_told_to_the_coordinator(town: Town) -> None:
    await link(town, "Gloria", "Torres", ANA)
    await unlink(town, GLORIA)
    await town.text(ANA, "its ana")
    await town.text(ANA, "1")
    await town.text(ANA, "any shadows for nursing?")
    heard = await town.text(ANA, "1")
    assert any("no number to ask for permission" in body for body in heard[CORA])


async def test_two_guardians_on_one_phone_answer_once(town: Town) -> None:
    await link(town, "Marta", "Romero", GLORIA)
    await town.rows(
        "insert into placements.guardian_links (id, guardian_id, student_id, relation, barred, how, valid_from)"
        " select gen_random_uuid(), g.id, s.id, 'aunt', false, 'school', '2026-11-03' from placements.people g,"
        " placements.people s where g.first_name = 'Marta' and s.first_name = 'Ana' and s.last_name = 'Torres'"
        " returning 1"
    )
    await ask_for_nursing(town)
    await town.text(GLORIA, "1")
    assert await bookings(town) == {"Ana": "waiting_host"}
    waiting = await town.rows(
        "select 1 from conversations.prompt where kind = 'consent' and state in ('open', 'queued')"
    )
    assert waiting == []


async def test_a_sibling_who_is_not_on_the_phone_cannot_be_chosen(town: Town) -> None:
    await link(town, "Dana", "Whitlock", LEO)
    heard = await town.text(LEO, "hi")
    assert "1. Dana\n2. Leo" in heard[LEO][0]
    heard = await town.text(LEO, "its ana")
    assert "Who is texting?" in heard[LEO][0] and "Hi Ana" not in heard[LEO][0]


async def test_a_phone_that_two_students_share_is_unlinked_for_one_of_them_alone(town: Town) -> None:
    await link(town, "Leo", "Torres", NEW)
    await link(town, "Ana", "Torres", NEW)
    await town.rows(
        "update placements.contact_points c set valid_until = now() from placements.people p"
        " where p.id = c.person_id and c.value = :n and p.first_name = 'Leo' returning 1",
        n=NEW,
    )
    assert await linked(town, NEW) == ["Ana school"]
    heard = await town.text(NEW, "what do i have booked")
    assert "nothing booked" in heard[NEW][0]
