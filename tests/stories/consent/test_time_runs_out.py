"""Silence, late answers and the hour after which only a coordinator can help."""

from datetime import date, datetime

import pytest

from placements.cause import Cause
from placements.services import bookings
from placements.services.bookings import Booked, SignedForm
from tests.stories.consent.family import (
    ANA_ID,
    GLORIA_ID,
    TUESDAY,
    asks,
    booking_of,
    by_cora,
    decisions,
    open_questions,
    standing,
    states,
)
from tests.support.town import ANA, BEN, GLORIA, Town

pytestmark = pytest.mark.engine


async def test_silence_is_reminded_once_and_then_it_is_over(town: Town) -> None:
    await asks(town)
    heard = await town.move_to(datetime(2027, 2, 2, 11))
    assert "recordatorio" in heard[GLORIA][0] and heard[GLORIA][0].endswith("1. Sí\n2. No")
    heard = await town.move_to(datetime(2027, 2, 3, 11))
    assert "se cerró" in heard[GLORIA][0] and "Time ran out" in heard[ANA][0] and BEN not in heard
    assert (await states(town), await open_questions(town, GLORIA)) == (["expired"], [])


async def test_a_yes_that_comes_late_is_told_the_truth_and_goes_to_a_person(town: Town) -> None:
    await asks(town)
    await town.move_to(datetime(2027, 2, 3, 11))
    heard = await town.text(GLORIA, "sí")
    assert "Se acabó el tiempo" in heard[GLORIA][0] and await town.cases() == ["late_consent"]
    assert (await states(town), await decisions(town)) == (["expired"], [])


async def test_a_no_that_comes_late_still_stands(town: Town) -> None:
    await asks(town)
    await town.move_to(datetime(2027, 2, 3, 11))
    heard = await town.text(GLORIA, "no")
    assert "no va a Mercy Hospital" in heard[GLORIA][0]
    assert (await states(town), await standing(town)) == (["expired"], ["Gloria"])


async def test_after_the_cap_only_a_coordinator_books_and_takes_the_yes(town: Town) -> None:
    await town.move_to(datetime(2027, 2, 8, 17, 30))
    async with town.database.session() as session:
        by_text = await bookings.request_booking(
            session, student_id=ANA_ID, slot_id=TUESDAY, cause=Cause("message", "late", ANA_ID, ANA)
        )
        assert getattr(by_text, "reason", None) == "too_late"
        made = await bookings.request_booking(session, student_id=ANA_ID, slot_id=TUESDAY, cause=by_cora())
        assert isinstance(made, Booked)
        form = SignedForm(
            signed_by=GLORIA_ID, signed_on=date(2027, 2, 8), content=b"paper", media_type="image/jpeg"
        )
        taken = await bookings.record_form(session, booking_id=made.booking_id, form=form, cause=by_cora())
        assert taken.ok, taken
    heard = await town.settle()
    assert heard[BEN][-1].endswith("1. Yes\n2. No")
    await town.text(BEN, "1")
    assert await states(town) == ["confirmed"]


async def test_a_request_just_before_the_cap_has_until_the_cap(town: Town) -> None:
    await town.move_to(datetime(2027, 2, 8, 15))
    await asks(town)
    heard = await town.move_to(datetime(2027, 2, 8, 17, 1))
    assert "se cerró" in heard[GLORIA][-1] and await states(town) == ["expired"]
    assert await booking_of(town)
