"""No way leads from a refusal that nobody lifted to a confirmed visit: two guardians, second thoughts, new plans, court
orders, coordinators, birthdays, hosts on hold, and two connections at once."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import NullPool, func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine

from footbridge.demo import demo_id
from placements import clock
from placements.models import Booking, Consent, Decision, GuardianLink, LinkedHow, Person, Refusal, Slot
from placements.queries.bookings import due_bookings
from placements.rules.bookings import BookingState
from placements.services import bookings, freezes, plans
from tests.placements.conftest import load_demo
from tests.placements.given import (
    ANA,
    BEN,
    CORA,
    GLORIA,
    MARTA,
    NURSING,
    THURSDAY,
    TUESDAY,
    booked,
    by_clock,
    by_console,
    by_text,
    consented,
    request,
    set_clock,
    state,
)
from tests.support.cluster import Cluster

MERCY = demo_id("mercy")
GUARDIANS = (GLORIA, MARTA)
Deed = Callable[[AsyncSession, UUID], Awaitable[object]]


async def second_guardian(session: AsyncSession) -> None:
    """Marta may decide for Ana as well."""
    session.add(
        GuardianLink(
            guardian_id=MARTA,
            student_id=ANA,
            relation="aunt",
            how=LinkedHow.SCHOOL,
            valid_from=datetime(2026, 9, 1, tzinfo=UTC),
        )
    )
    await session.flush()


def _guardian(verb: str, person: UUID) -> Deed:
    async def deed(session: AsyncSession, booking_id: UUID) -> object:
        do = getattr(bookings, verb)
        return await do(
            session, booking_id=booking_id, guardian_id=person, cause=by_text(person), wording="-"
        )

    return deed


def _lift(person: UUID) -> Deed:
    async def deed(session: AsyncSession, _: UUID) -> object:
        cause = by_console(person) if person == CORA else by_text(person)
        return await bookings.lift_refusal(
            session, student_id=ANA, opportunity_id=NURSING, person_id=person, cause=cause
        )

    return deed


async def _paper(session: AsyncSession, booking_id: UUID) -> object:
    form = bookings.SignedForm(
        signed_by=GLORIA, signed_on=date(2027, 3, 1), content=b"form", media_type="image/png"
    )
    return await bookings.record_form(session, booking_id=booking_id, form=form, cause=by_console(CORA))


async def _new_time(session: AsyncSession, booking_id: UUID) -> object:
    slot_id = await session.scalar(select(Booking.slot_id).where(Booking.id == booking_id))
    slot = await session.get_one(Slot, slot_id or TUESDAY)
    if slot.starts_at <= await clock.now(session):
        return None
    later = timedelta(minutes=30)
    return await plans.change_time(
        session,
        slot_id=slot.id,
        starts_at=slot.starts_at + later,
        ends_at=slot.ends_at + later,
        cause=by_console(CORA),
    )


async def _court_order(session: AsyncSession, _: UUID) -> object:
    return await bookings.bar_guardian(session, student_id=ANA, guardian_id=MARTA, cause=by_console(CORA))


async def _hold(session: AsyncSession, _: UUID) -> object:
    return await freezes.freeze_partner(session, partner_id=MERCY, why="coordinator", cause=by_console(CORA))


async def _clear(session: AsyncSession, _: UUID) -> object:
    return await freezes.clear_partner(session, partner_id=MERCY, person_id=CORA, cause=by_console(CORA))


async def _birthday(session: AsyncSession, _: UUID) -> None:
    now = await clock.now(session)
    (await session.get_one(Person, ANA)).birth_date = date(now.year - 18, now.month, now.day)
    await session.flush()
    await _due(session)


async def _hours_pass(session: AsyncSession, _: UUID) -> None:
    await set_clock(session, await clock.now(session) + timedelta(hours=20))
    await _due(session)


async def _due(session: AsyncSession) -> None:
    for item in await due_bookings(session, await clock.now(session)):
        await bookings.do_due(session, item=item, cause=by_clock())


async def _by_force(session: AsyncSession, booking_id: UUID) -> object:
    """Code that goes round every service: the database has the last word."""
    try:
        async with session.begin_nested():
            await session.execute(
                text("update placements.bookings set state = 'confirmed' where id = :id"), {"id": booking_id}
            )
    except DBAPIError:
        return None
    session.expire_all()
    return None


DEEDS: dict[str, Deed] = {
    "ask for Tuesday": lambda s, _: request(s, ANA, TUESDAY),
    "ask for Thursday": lambda s, _: request(s, ANA, THURSDAY),
    "Cora asks for Thursday": lambda s, _: bookings.request_booking(
        s, student_id=ANA, slot_id=THURSDAY, cause=by_console(CORA)
    ),
    "move to Thursday": lambda s, b: bookings.reschedule_booking(
        s, booking_id=b, slot_id=THURSDAY, cause=by_console(CORA)
    ),
    "accept": lambda s, b: bookings.accept_request(s, booking_id=b, champion_id=BEN, cause=by_text(BEN)),
    "Gloria permits": _guardian("give_consent", GLORIA),
    "Marta permits": _guardian("give_consent", MARTA),
    "Gloria refuses": _guardian("refuse_consent", GLORIA),
    "Marta refuses": _guardian("refuse_consent", MARTA),
    "Gloria takes back": _guardian("revoke_consent", GLORIA),
    "Marta takes back": _guardian("revoke_consent", MARTA),
    "Gloria lifts": _lift(GLORIA),
    "Marta lifts": _lift(MARTA),
    "Cora lifts": _lift(CORA),
    "paper": _paper,
    "another hour": _new_time,
    "court order": _court_order,
    "on hold": _hold,
    "goes on": _clear,
    "eighteen": _birthday,
    "twenty hours pass": _hours_pass,
    "by force": _by_force,
}
# Often enough to get anywhere near a confirmed visit, and past it.
ON_THE_WAY = ["ask for Tuesday", "ask for Thursday", "Gloria permits", "Marta permits", "accept"] * 3


@pytest.mark.slow
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(
        st.tuples(st.sampled_from([*sorted(DEEDS), *ON_THE_WAY]), st.integers(0, 2)), min_size=4, max_size=14
    )
)
def test_no_order_of_deeds_confirms_what_was_refused(demo_url: str, story: list[tuple[str, int]]) -> None:
    asyncio.run(_play(demo_url, story))


async def _play(url: str, story: list[tuple[str, int]]) -> None:
    engine = create_async_engine(url, poolclass=NullPool)
    async with engine.connect() as connection:
        transaction = await connection.begin()
        async with AsyncSession(connection, expire_on_commit=False) as session:
            await second_guardian(session)
            for deed, which in story:
                await _do(session, deed, which)
                await _check(session)
        await transaction.rollback()
    await engine.dispose()


async def _do(session: AsyncSession, deed: str, which: int) -> None:
    """Do a deed, about the latest booking, the one before, or the one before that."""
    mine = (
        select(Booking.id).where(Booking.student_id == ANA).order_by(Booking.requested_at.desc(), Booking.id)
    )
    found = (await session.execute(mine)).scalars().all()
    about = found[min(which, len(found) - 1)] if found else uuid4()
    try:
        await DEEDS[deed](session, about)
    except (LookupError, ValueError):
        return  # a time that is over is no plan


async def _check(session: AsyncSession) -> None:
    rows = await session.execute(select(Booking).execution_options(populate_existing=True))
    for each in rows.scalars().all():
        if each.state is BookingState.CONFIRMED:
            assert await _refused_before_it_was_confirmed(session, each) == 0
            assert not each.needs_consent or await _permitted(session, each)


async def _refused_before_it_was_confirmed(session: AsyncSession, held: Booking) -> int:
    """Refusals that stand and were there when it was confirmed; a later no to another day leaves this one."""
    standing = select(func.count(Refusal.id)).where(
        Refusal.student_id == held.student_id,
        Refusal.opportunity_id == held.opportunity_id,
        Refusal.lifted_at.is_(None),
        Refusal.at <= held.state_since,
    )
    return (await session.execute(standing)).scalar_one()


async def _permitted(session: AsyncSession, held: Booking) -> bool:
    given_for_it = select(Consent.id).where(
        Consent.booking_id == held.id,
        Consent.decision == Decision.GIVEN,
        Consent.at >= held.plan_since,
        Consent.person_id.in_(GUARDIANS),
    )
    return await session.scalar(given_for_it.limit(1)) is not None


async def test_the_way_to_confirmed_is_open_where_nobody_refused(session: AsyncSession) -> None:
    """That the property is not empty: these deeds do confirm, also after a lifted no and on paper."""
    await second_guardian(session)
    for deed in ("ask for Tuesday", "Marta refuses", "Cora lifts", "ask for Thursday", "paper", "accept"):
        await _do(session, deed, 0)
        await _check(session)
    last = select(Booking.state).order_by(Booking.requested_at.desc()).limit(1)
    assert await session.scalar(last) is BookingState.CONFIRMED


async def test_nothing_is_confirmed_by_force(session: AsyncSession) -> None:
    waiting = await booked(session)
    with pytest.raises(DBAPIError, match="nobody has permitted this plan"):
        async with session.begin_nested():
            await session.execute(text("update placements.bookings set state = 'confirmed'"))
    with pytest.raises(DBAPIError, match="nobody has permitted this plan"):
        async with session.begin_nested():
            await session.execute(text("update placements.bookings set state = 'waiting_host'"))
    assert await state(session, waiting) is BookingState.WAITING_CONSENT


@pytest.mark.parametrize(
    "statement",
    [
        "delete from placements.refusals",
        "update placements.refusals set person_id = gen_random_uuid(), at = now()",
    ],
)
async def test_a_refusal_is_lifted_and_never_undone_otherwise(session: AsyncSession, statement: str) -> None:
    booking_id = await booked(session)
    await bookings.refuse_consent(
        session, booking_id=booking_id, guardian_id=GLORIA, cause=by_text(GLORIA), wording="2"
    )
    with pytest.raises(DBAPIError, match="lifted"):
        async with session.begin_nested():
            await session.execute(text(statement))
    await _lift(GLORIA)(session, booking_id)
    with pytest.raises(DBAPIError, match="lifted, once"):
        async with session.begin_nested():
            await session.execute(text("update placements.refusals set lifted_at = null, lifted_by = null"))


@pytest.fixture
async def two(postgres: Cluster) -> AsyncIterator[AsyncEngine]:
    """A database of its own for two connections that commit."""
    with postgres.database() as url:
        await load_demo(url)
        engine = create_async_engine(url, poolclass=NullPool)
        yield engine
        await engine.dispose()


async def _waits_for_host(engine: AsyncEngine) -> UUID:
    async with AsyncSession(engine) as session, session.begin():
        return await consented(session)


@pytest.mark.parametrize("first", ["host", "guardian"])
async def test_a_yes_of_the_host_and_a_no_at_the_same_instant(two: AsyncEngine, first: str) -> None:
    booking_id = await _waits_for_host(two)

    async def host() -> None:
        async with AsyncSession(two) as session, session.begin():
            await bookings.accept_request(session, booking_id=booking_id, champion_id=BEN, cause=by_text(BEN))

    async def guardian() -> None:
        async with AsyncSession(two) as session, session.begin():
            await _guardian("revoke_consent", GLORIA)(session, booking_id)

    pair = (host, guardian) if first == "host" else (guardian, host)
    await asyncio.gather(*(each() for each in pair))
    async with AsyncSession(two) as session:
        assert await state(session, booking_id) is BookingState.REFUSED


async def test_code_that_takes_no_lock_waits_for_the_refusal(two: AsyncEngine) -> None:
    """Straight SQL on two connections: the trigger lets the confirmation see what the other is about to commit."""
    booking_id = await _waits_for_host(two)
    async with AsyncSession(two) as refusing, AsyncSession(two) as confirming:
        await refusing.execute(
            text(
                "insert into placements.refusals (id, student_id, opportunity_id, person_id, at)"
                " values (gen_random_uuid(), :student, :opportunity, :guardian, now())"
            ),
            {"student": ANA, "opportunity": NURSING, "guardian": GLORIA},
        )
        confirmation = asyncio.create_task(
            confirming.execute(
                text("update placements.bookings set state = 'confirmed' where id = :id"), {"id": booking_id}
            )
        )
        await asyncio.sleep(0.3)
        assert not confirmation.done()
        await refusing.commit()
        with pytest.raises(DBAPIError, match="a guardian has refused this"):
            await confirmation
