"""Signed forms, families without a mobile phone, and students of eighteen."""

import hashlib
from datetime import date, datetime

import pytest
from sqlalchemy import text

from footbridge.demo import demo_id
from placements.cause import Cause
from placements.models import Person
from placements.services import bookings
from placements.services.bookings import Booked, SignedForm
from tests.stories.consent.family import (
    ANA_ID,
    DENISE,
    GLORIA_ID,
    ISAIAH,
    MARCUS,
    NADIA,
    asks,
    booking_of,
    by_cora,
    confirmed,
    decisions,
    open_questions,
    standing,
    states,
)
from tests.support.town import ANA, BEN, CORA, GLORIA, Heard, Town

pytestmark = pytest.mark.engine
PAGE = b"%PDF-1.7 signed by hand"


def signed(on: date, by: object = GLORIA_ID) -> SignedForm:
    return SignedForm(signed_by=by, signed_on=on, content=PAGE, media_type="application/pdf")  # type: ignore[arg-type]


async def asks_for_internship(town: Town) -> Heard:
    [(slot,)] = await town.rows(
        "select s.id from placements.slots s join placements.opportunities o on o.id = s.opportunity_id"
        " where o.activity = 'internship' order by s.starts_at limit 1"
    )
    async with town.database.session() as session:
        made = await bookings.request_booking(
            session, student_id=ANA_ID, slot_id=slot, cause=Cause("message", "wish", ANA_ID, ANA)
        )
    assert isinstance(made, Booked), made
    return await town.settle()


async def record(town: Town, form: SignedForm, cause: Cause | None = None) -> str | None:
    booking_id = await booking_of(town)
    async with town.database.session() as session:
        outcome = await bookings.record_form(
            session, booking_id=booking_id, form=form, cause=cause or by_cora()
        )
    return outcome.reason


async def test_an_internship_needs_a_signature_and_a_text_is_not_enough(town: Town) -> None:
    heard = await asks_for_internship(town)
    assert "firme" in heard[GLORIA][-1].lower() and "Cora 305-555-0109" in heard[GLORIA][-1]
    assert "signed form" in heard[CORA][0] and await open_questions(town, GLORIA) == []
    await town.text(GLORIA, "sí, doy permiso para Ana")
    assert (await states(town), await decisions(town)) == (["waiting_consent"], [])


async def test_the_coordinator_takes_the_form_in_with_date_and_file(town: Town) -> None:
    await asks_for_internship(town)
    assert await record(town, signed(date(2027, 1, 30))) is None
    heard = await town.settle()
    assert "you have permission" in heard[ANA][-1] and await states(town) == ["waiting_host"]
    [row] = await town.rows(
        "select f.signed_on, f.sha256, f.content, f.recorded_by, c.form_id = f.id, c.decision"
        " from placements.consent_forms f join placements.consents c on c.form_id = f.id"
    )
    digest = hashlib.sha256(PAGE).hexdigest()
    assert row == (date(2027, 1, 30), digest, PAGE, demo_id("cora"), True, "given")


async def test_a_form_that_is_too_old_too_new_or_not_theirs_is_not_taken(town: Town) -> None:
    await asks_for_internship(town)
    assert await record(town, signed(date(2025, 12, 1))) == "form_expired"
    assert await record(town, signed(date(2027, 2, 2))) == "signed_later"
    assert await record(town, signed(date(2027, 1, 30), by=demo_id("marta"))) == "not_guardian"
    nadia = Cause("console", "elsewhere", demo_id("nadia"))
    assert await record(town, signed(date(2027, 1, 30)), nadia) == "not_coordinator"
    assert await states(town) == ["waiting_consent"]


async def test_a_no_to_what_needs_a_form_is_a_text(town: Town) -> None:
    await asks_for_internship(town)
    await town.text(GLORIA, "no doy permiso")
    await town.text(GLORIA, "1")
    assert (await states(town), await standing(town)) == (["refused"], ["Gloria"])
    assert await record(town, signed(date(2027, 1, 30))) == "closed"


async def test_a_family_without_a_mobile_phone_signs_on_paper(town: Town) -> None:
    heard = await asks(town, ISAIAH)
    assert NADIA in heard and await states(town) == ["waiting_consent"]
    booking_id = await booking_of(town, demo_id("isaiah"))
    async with town.database.session() as session:
        outcome = await bookings.record_form(
            session,
            booking_id=booking_id,
            form=signed(date(2027, 2, 1), by=demo_id("lorraine")),
            cause=Cause("console", "paper", demo_id("nadia")),
        )
    assert outcome.ok, outcome
    heard = await town.settle()
    assert "you have permission" in heard[ISAIAH][0] and heard[BEN][-1].endswith("1. Yes\n2. No")


async def test_eighteen_means_asking_nobody_at_home(town: Town) -> None:
    heard = await asks(town, MARCUS)
    assert DENISE not in heard and "The family said yes" not in heard[BEN][-1]
    assert (await states(town), await decisions(town)) == (["waiting_host"], [])
    heard = await town.text(BEN, "1")
    assert DENISE not in heard and "You're in" in heard[MARCUS][0]


async def _born(town: Town, on: date) -> None:
    async with town.database.session() as session:
        await session.execute(text("select 1"))
        (await session.get_one(Person, ANA_ID)).birth_date = on


async def test_an_eighteenth_birthday_while_the_mother_is_asked(town: Town) -> None:
    await _born(town, date(2009, 2, 3))
    await asks(town)
    heard = await town.move_to(datetime(2027, 2, 3, 9))
    assert "18 now" in heard[ANA][0] and "18" in heard[GLORIA][-1]
    assert heard[BEN][-1].endswith("1. Yes\n2. No") and "The family said yes" not in heard[BEN][-1]
    assert (await states(town), await open_questions(town, GLORIA)) == (["waiting_host"], [])
    heard = await town.text(GLORIA, "2")
    assert "18" in heard[GLORIA][0] and await states(town) == ["waiting_host"]


async def test_after_an_eighteenth_birthday_the_mother_takes_nothing_back(town: Town) -> None:
    await _born(town, date(2009, 2, 3))
    await confirmed(town)
    await town.move_to(datetime(2027, 2, 4, 9))
    booking_id = await booking_of(town)
    async with town.database.session() as session:
        outcome = await bookings.revoke_consent(
            session,
            booking_id=booking_id,
            guardian_id=GLORIA_ID,
            cause=Cause("message", "late", GLORIA_ID, GLORIA),
            wording="no",
        )
    assert (outcome.reason, await states(town)) == ("adult", ["confirmed"])


async def test_a_no_outlives_the_birthday_until_a_coordinator_lifts_it(town: Town) -> None:
    await _born(town, date(2009, 2, 3))
    await asks(town)
    await town.text(GLORIA, "2")
    await town.move_to(datetime(2027, 2, 4, 9))
    async with town.database.session() as session:
        made = await bookings.request_booking(
            session,
            student_id=ANA_ID,
            slot_id=demo_id("slot mercy-nursing 2"),
            cause=Cause("message", "again", ANA_ID, ANA),
        )
    assert getattr(made, "reason", None) == "refused_before"
