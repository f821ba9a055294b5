"""Another day, time, place or person at the host: permission was for the old plan and is asked for again."""

from datetime import datetime
from uuid import uuid4

import pytest

from footbridge.demo import demo_id
from placements.cause import Cause
from placements.models import Site
from placements.services import bookings, plans
from placements.services.freezes import clear_partner, freeze_partner
from tests.stories.consent.family import (
    BEN_ID,
    CORA_ID,
    NORA,
    NURSING,
    TUESDAY,
    asks,
    booking_of,
    by_cora,
    confirmed,
    decisions,
    later,
    second_champion,
    states,
)
from tests.support.town import ANA, BEN, CORA, GLORIA, ZONE, Town

pytestmark = pytest.mark.engine


async def test_the_student_moves_the_visit(town: Town) -> None:
    await confirmed(town)
    await town.text(ANA, "can i move my shadow to another day?")
    heard = await town.text(ANA, "1")
    assert "Le pido permiso de nuevo" in heard[GLORIA][0] and "jue 11 feb" in heard[GLORIA][-1]
    assert heard[GLORIA][-1].endswith("1. Sí\n2. No")
    assert await states(town) == ["cancelled", "waiting_consent"]


async def test_the_school_moves_the_hour(town: Town) -> None:
    await confirmed(town)
    async with town.database.session() as session:
        again = await plans.change_time(
            session,
            slot_id=TUESDAY,
            starts_at=datetime(2027, 2, 9, 10, tzinfo=ZONE),
            ends_at=datetime(2027, 2, 9, 13, tzinfo=ZONE),
            cause=by_cora(),
        )
    assert again == 1
    heard = await town.settle()
    assert "10:00 AM-1:00 PM" in heard[GLORIA][-1] and heard[GLORIA][-1].endswith("1. Sí\n2. No")
    assert "plan anterior" in heard[GLORIA][0] and "ask you again" in heard[BEN][0]
    assert await states(town) == ["waiting_consent"]
    await later(town, seconds=10)
    heard = await town.text(GLORIA, "1")
    assert heard[BEN][-1].endswith("1. Yes\n2. No")
    await later(town, seconds=10)
    await town.text(BEN, "1")
    assert await states(town) == ["confirmed"]
    assert [decision for decision, _ in await decisions(town)] == ["given", "given"]


async def test_a_host_who_answers_the_old_plan_confirms_nothing(town: Town) -> None:
    await asks(town)
    await town.text(GLORIA, "1")
    async with town.database.session() as session:
        await plans.change_time(
            session,
            slot_id=TUESDAY,
            starts_at=datetime(2027, 2, 9, 13, tzinfo=ZONE),
            ends_at=datetime(2027, 2, 9, 15, tzinfo=ZONE),
            cause=by_cora(),
        )
    await town.settle()
    [reply] = (await town.text(BEN, "1"))[BEN]
    assert "settled" in reply and await states(town) == ["waiting_consent"]
    async with town.database.session() as session:
        held = await bookings.accept_request(
            session,
            booking_id=await booking_of(town),
            champion_id=BEN_ID,
            cause=Cause("message", "again", BEN_ID, BEN),
        )
    assert held.reason == "not_waiting"


async def test_another_place(town: Town) -> None:
    await confirmed(town)
    async with town.database.session() as session:
        site = Site(
            id=uuid4(),
            partner_id=demo_id("mercy"),
            name="North wing",
            address="77 Lake Rd",
            city="Hialeah",
            ask_for={"en": "the front desk", "es": "la recepción"},
        )
        session.add(site)
        await session.flush()
        await plans.change_place(session, opportunity_id=NURSING, site_id=site.id, cause=by_cora())
    heard = await town.settle()
    assert "Hialeah" in heard[GLORIA][-1] and heard[GLORIA][-1].endswith("1. Sí\n2. No")
    assert "77 Lake Rd" in heard[ANA][0] and await states(town) == ["waiting_consent"]


async def test_another_person_at_the_host(town: Town) -> None:
    await confirmed(town)
    nora = await second_champion(town)
    async with town.database.session() as session:
        await plans.change_champion(session, opportunity_id=NURSING, champion_id=nora, cause=by_cora())
    heard = await town.settle()
    assert heard[GLORIA][-1].endswith("1. Sí\n2. No") and await states(town) == ["waiting_consent"]
    assert NORA not in heard, "before the yes a host reads no name"
    await later(town, seconds=10)
    heard = await town.text(GLORIA, "1")
    assert heard[NORA][-1].endswith("1. Yes\n2. No") and "Torres" not in heard[NORA][-1]


async def test_so_late_that_a_coordinator_has_to_follow_it_up(town: Town) -> None:
    """After 17:00 on the day before, and not by a coordinator's own hand."""
    await confirmed(town)
    nora = await second_champion(town)
    await town.move_to(datetime(2027, 2, 8, 18))
    assert "plan_changed_late" not in await town.cases()
    async with town.database.session() as session:
        cause = Cause("system", "erase:1")
        await plans.change_champion(session, opportunity_id=NURSING, champion_id=nora, cause=cause)
    heard = await town.settle()
    assert await town.cases() == ["plan_changed_late"] and "Ana T." in heard[CORA][-1]
    assert await states(town) == ["waiting_consent"], "nobody goes on a permission for another plan"


async def test_while_the_host_is_on_hold_nobody_is_asked(town: Town) -> None:
    await confirmed(town)
    nora = await second_champion(town)
    async with town.database.session() as session:
        await freeze_partner(session, partner_id=demo_id("mercy"), why="coordinator", cause=by_cora())
        await plans.change_champion(session, opportunity_id=NURSING, champion_id=nora, cause=by_cora())
    heard = await town.settle()
    assert await states(town) == ["waiting_consent"] and "on hold" in heard[ANA][-1]
    assert not any("1. S" in each for each in heard[GLORIA]) and NORA not in heard
    async with town.database.session() as session:
        await clear_partner(session, partner_id=demo_id("mercy"), person_id=CORA_ID, cause=by_cora())
    heard = await town.settle()
    assert heard[GLORIA][-1].endswith("1. Sí\n2. No")
