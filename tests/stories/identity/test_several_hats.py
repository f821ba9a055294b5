"""One person, several roles."""

import pytest

from tests.stories.identity.given import ask_for_nursing, bookings
from tests.support.town import ANA, BEN, CORA, GLORIA, Town

pytestmark = pytest.mark.engine
_MERCY = "(select id from placements.partners where name = 'Mercy Hospital')"


async def _gloria_hosts(town: Town) -> None:
    """Gloria speaks for Mercy Hospital instead of Ben."""
    await town.rows(
        "update placements.champions set valid_until = now() where partner_id = " + _MERCY + " returning 1"
    )
    await town.rows(
        "insert into placements.champions (id, person_id, partner_id, status, valid_from) select gen_random_uuid(),"
        f" p.id, {_MERCY}, 'active', '2026-11-03' from placements.people p where p.first_name = 'Gloria' returning 1"
    )


async def test_a_mother_who_is_the_host_gives_two_answers_in_two_roles(town: Town) -> None:
    await _gloria_hosts(town)
    await ask_for_nursing(town)
    heard = await town.text(GLORIA, "1")
    assert await bookings(town) == {"Ana": "waiting_host"}
    assert "Ana" in heard[GLORIA][-1] and BEN not in heard
    await town.text(GLORIA, "1")
    assert await bookings(town) == {"Ana": "confirmed"}


async def test_a_mother_who_is_the_host_may_say_yes_as_mother_and_no_as_host(town: Town) -> None:
    await _gloria_hosts(town)
    await ask_for_nursing(town)
    await town.text(GLORIA, "1")
    await town.text(GLORIA, "2")
    assert await bookings(town) == {"Ana": "declined"}


async def test_a_mother_who_is_the_host_gives_no_permission_as_host(town: Town) -> None:
    await _gloria_hosts(town)
    await ask_for_nursing(town)
    await town.text(GLORIA, "2")
    assert await bookings(town) == {"Ana": "refused"}


async def test_a_coordinator_who_is_a_mother_is_asked_for_her_own_child(town: Town) -> None:
    await town.rows(
        "update placements.guardian_links set guardian_id ="
        " (select id from placements.people where first_name = 'Cora')"
        " where student_id = (select id from placements.people where first_name = 'Ana' and last_name = 'Torres')"
        " returning 1"
    )
    await town.text(ANA, "any shadows for nursing?")
    heard = await town.text(ANA, "1")
    assert GLORIA not in heard and any("Ana" in body and "1. Yes" in body for body in heard[CORA])
    await town.text(CORA, "1")
    assert await bookings(town) == {"Ana": "waiting_host"}


async def test_a_coordinator_is_not_asked_for_other_peoples_children(town: Town) -> None:
    heard = await town.text(ANA, "any shadows for nursing?")
    heard = await town.text(ANA, "1")
    assert CORA not in heard
    await town.text(CORA, "1")
    assert await bookings(town) == {"Ana": "waiting_consent"}
