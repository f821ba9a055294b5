"""Another day, time, place or person at the host: permission was for the old plan and is asked for again."""

from datetime import datetime
from uuid import uuid4

import pytest

from footbridge.demo import demo_id
from placements.cause import Cause
from placements.models import Champion, ContactPoint, LinkedHow, PartnerStatus, Person, Site
from placements.services import bookings, plans
from tests.stories.consent.family import (
    BEN_ID,
    NURSING,
    TUESDAY,
    asks,
    booking_of,
    by_cora,
    confirmed,
    decisions,
    later,
    states,
)
from tests.support.town import ANA, BEN, GLORIA, ZONE, Town

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
    nora, number = uuid4(), "+13055550161"
    since = datetime(2026, 9, 1, tzinfo=ZONE)
    async with town.database.session() as session:
        session.add(Person(id=nora, first_name="Nora", last_name="Lane", language="en", is_demo=True))
        await session.flush()
        session.add(ContactPoint(person_id=nora, value=number, how=LinkedHow.SCHOOL, valid_from=since))
        session.add(
            Champion(
                person_id=nora,
                partner_id=demo_id("mercy"),
                status=PartnerStatus.ACTIVE,
                valid_from=since,
            )
        )
        await session.flush()
        await plans.change_champion(session, opportunity_id=NURSING, champion_id=nora, cause=by_cora())
    heard = await town.settle()
    assert heard[GLORIA][-1].endswith("1. Sí\n2. No") and await states(town) == ["waiting_consent"]
    await later(town, seconds=10)
    heard = await town.text(GLORIA, "1")
    assert heard[number][-1].endswith("1. Yes\n2. No") and "Torres" not in heard[number][-1]
