from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from footbridge.demo import demo_id, vocabulary
from placements import clock
from placements.models import Opportunity, OpportunityStatus, Partner, PartnerStatus, Place, Slot, SlotStatus
from placements.queries import catalogue
from placements.queries.catalogue import Found, SlotQuery, SlotView
from placements.services import bookings
from tests.placements.given import (
    ANA,
    GLORIA,
    LEO,
    LUIS,
    MORNING,
    THURSDAY,
    TUESDAY,
    booked,
    by_text,
    set_clock,
)

HEALTH_SHADOW = {"activity": "job_shadow", "clusters": ["health-science"]}


async def find(session: AsyncSession, **query: object) -> Found:
    return await catalogue.find_slots(session, SlotQuery(**query), await clock.now(session))  # type: ignore[arg-type]


def keys(found: list[SlotView]) -> list[object]:
    return [view.slot_id for view in found]


async def test_bens_two_slots_next_week(session: AsyncSession) -> None:
    found = await find(session, student_id=ANA, **HEALTH_SHADOW)
    assert (keys(found.exact), found.alternatives, found.relaxed) == ([TUESDAY, THURSDAY], [], "none")
    first = found.exact[0]
    assert (first.partner_name, first.places_left, first.ask_for["en"]) == (
        "Mercy Hospital",
        2,
        "the volunteer desk",
    )
    assert (first.local_start.isoformat(), first.local_end.isoformat()) == (
        "2027-03-09T09:00:00-05:00",
        "2027-03-09T12:00:00-05:00",
    )
    assert found.exact[1].local_start.isoformat() == "2027-03-11T13:00:00-05:00"


async def test_what_is_booked_refused_full_or_at_the_same_time_is_left_out(session: AsyncSession) -> None:
    booking_id = await booked(session, ANA)
    assert keys((await find(session, student_id=ANA, **HEALTH_SHADOW)).exact) == [THURSDAY]
    tour = await find(session, student_id=ANA, activity="worksite_tour", clusters=["law-public-safety"])
    assert demo_id("slot firerescue-tour 1") in keys(tour.exact)  # the same day, in the afternoon
    await booked(session, LUIS)
    assert keys((await find(session, student_id=LEO, **HEALTH_SHADOW)).exact) == [THURSDAY]
    await bookings.refuse_consent(
        session, booking_id=booking_id, guardian_id=GLORIA, cause=by_text(GLORIA), wording="2. No"
    )
    found = await find(session, student_id=ANA, **HEALTH_SHADOW)
    assert found.exact == []
    assert demo_id("mercy-nursing") not in {view.opportunity_id for view in found.alternatives}


async def test_what_is_too_late_to_ask_for_is_left_out(session: AsyncSession) -> None:
    await set_clock(session, datetime(2027, 3, 8, 22, tzinfo=UTC))
    assert keys((await find(session, student_id=ANA, **HEALTH_SHADOW)).exact) == [THURSDAY]


async def test_what_the_rules_forbid_is_left_out(session: AsyncSession) -> None:
    building = {"activity": "job_shadow", "clusters": ["architecture-construction"]}
    assert (await find(session, student_id=LEO, **building)).exact == []
    assert len((await find(session, student_id=ANA, **building)).exact) == 2


async def test_what_is_not_open_is_left_out(session: AsyncSession) -> None:
    await session.execute(update(Slot).where(Slot.id == TUESDAY).values(status=SlotStatus.CLOSED))
    assert keys((await find(session, student_id=ANA, **HEALTH_SHADOW)).exact) == [THURSDAY]
    await session.execute(
        update(Partner).where(Partner.id == demo_id("mercy")).values(status=PartnerStatus.PAUSED)
    )
    assert (await find(session, student_id=ANA, **HEALTH_SHADOW)).exact == []
    await session.execute(
        update(Partner).where(Partner.id == demo_id("mercy")).values(status=PartnerStatus.ACTIVE)
    )
    await session.execute(
        update(Opportunity)
        .where(Opportunity.id == demo_id("mercy-nursing"))
        .values(status=OpportunityStatus.DRAFT)
    )
    assert (await find(session, student_id=ANA, **HEALTH_SHADOW)).exact == []


async def test_dates_are_days_of_the_site(session: AsyncSession) -> None:
    day = date(2027, 3, 11)
    assert keys((await find(session, student_id=ANA, date_from=day, date_to=day, **HEALTH_SHADOW)).exact) == [
        THURSDAY
    ]
    # Five in the evening in Miami is the next day in UTC only after 19:00: shift the slot there.
    await session.execute(
        update(Slot)
        .where(Slot.id == THURSDAY)
        .values(starts_at=datetime(2027, 3, 12, 1, tzinfo=UTC), ends_at=datetime(2027, 3, 12, 2, tzinfo=UTC))
    )
    assert keys((await find(session, student_id=ANA, date_from=day, date_to=day, **HEALTH_SHADOW)).exact) == [
        THURSDAY
    ]


@pytest.mark.parametrize(
    ("query", "relaxed", "first"),
    [
        # Nothing on that day: the nearest day.
        (
            {**HEALTH_SHADOW, "date_from": date(2027, 3, 12), "date_to": date(2027, 3, 12)},
            "date",
            TUESDAY,
        ),
        # No internship in nursing: other things in the field.
        ({"activity": "clinical", "clusters": ["health-science"]}, "activity", TUESDAY),
        # No mentoring anywhere, no field said: whatever there is.
        ({"activity": "mentoring"}, "all", TUESDAY),
        # No job shadow in marketing: other job shadows.
        ({"activity": "job_shadow", "occupations": ["astronaut"]}, "field", TUESDAY),
        # Riverside offers nothing yet.
        ({"partner_id": demo_id("riverside")}, "all", TUESDAY),
        # Riverside has no job shadow: job shadows elsewhere.
        ({"activity": "job_shadow", "partner_id": demo_id("riverside")}, "employer", TUESDAY),
        # No such occupation, but its field.
        (
            {"activity": "job_shadow", "clusters": ["health-science"], "occupations": ["surgeon"]},
            "occupation",
            TUESDAY,
        ),
    ],
)
async def test_never_a_dead_end(
    session: AsyncSession, query: dict[str, object], relaxed: str, first: object
) -> None:
    found = await find(session, student_id=ANA, **query)
    assert found.exact == []
    assert found.relaxed == relaxed
    assert first in keys(found.alternatives)
    assert len(found.alternatives) <= 4


async def test_alternatives_are_near_the_day_that_was_asked_for(session: AsyncSession) -> None:
    day = date(2027, 3, 12)  # a Friday without shadows; Thursday is a day off, Tuesday three
    found = await find(session, student_id=ANA, activity="job_shadow", date_from=day, date_to=day, limit=1)
    assert keys(found.alternatives) == [THURSDAY]


async def test_nothing_at_all(session: AsyncSession) -> None:
    await set_clock(session, MORNING + timedelta(days=300))
    assert await find(session, student_id=ANA, **HEALTH_SHADOW) == Found()


async def test_the_limit_and_the_order(session: AsyncSession) -> None:
    found = await find(session, limit=3)
    assert len(found.exact) == 3
    assert [view.starts_at for view in found.exact] == sorted(view.starts_at for view in found.exact)


async def test_many_that_do_not_suit_hide_none_that_does(session: AsyncSession) -> None:
    """A hundred and fifty earlier slots of a building site, for which Leo is too young."""
    early = datetime(2027, 3, 8, 13, tzinfo=UTC)
    ids = [demo_id(f"crowd {number}") for number in range(150)]
    for slot_id in ids:
        session.add(
            Slot(
                id=slot_id,
                opportunity_id=demo_id("flagler-shadow"),
                starts_at=early,
                ends_at=early + timedelta(hours=1),
                timezone="America/New_York",
                status=SlotStatus.OPEN,
            )
        )
    await session.flush()
    session.add_all(Place(slot_id=slot_id, place_no=1) for slot_id in ids)
    await session.flush()
    found = await find(session, student_id=LEO, activity="job_shadow")
    assert keys(found.exact)[0] == TUESDAY


async def test_moving_looks_past_the_booking_itself(session: AsyncSession) -> None:
    booking_id = await booked(session, ANA)
    await session.execute(
        update(Slot)
        .where(Slot.id == THURSDAY)
        .values(starts_at=datetime(2027, 3, 9, 15, tzinfo=UTC), ends_at=datetime(2027, 3, 9, 18, tzinfo=UTC))
    )
    assert (await find(session, student_id=ANA, **HEALTH_SHADOW)).exact == []
    assert keys((await find(session, student_id=ANA, moving=booking_id, **HEALTH_SHADOW)).exact) == [THURSDAY]


async def test_the_vocabulary_is_that_of_the_files(session: AsyncSession) -> None:
    rows = await catalogue.vocabulary_rows(session)
    assert rows == vocabulary()
    assert rows.employers["mercy hosp"] == rows.employers["mercy hospital"] == demo_id("mercy")
    assert rows.schools["lincoln high"] == demo_id("lincoln")
    assert rows.places["hialeah"] == "Hialeah"


async def test_an_unknown_slot(session: AsyncSession) -> None:
    assert await catalogue.slot(session, demo_id("nothing")) is None
