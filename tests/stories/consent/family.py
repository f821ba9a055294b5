"""Short words for the stories: who asks, what stands in the rows."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from footbridge.demo import demo_id
from placements import clock
from placements.cause import Cause
from placements.models import Champion, ContactPoint, GuardianLink, LinkedHow, PartnerStatus, Person
from placements.services import bookings
from tests.support.town import ANA, Heard, Town

ANA_ID, GLORIA_ID, LEO_ID, BEN_ID, CORA_ID = (demo_id(key) for key in ("ana", "gloria", "leo", "ben", "cora"))
TYLER_ID, ROBIN_ID, GARY_ID = (demo_id(key) for key in ("tyler", "robin", "gary"))
NURSING = demo_id("mercy-nursing")
TUESDAY, THURSDAY = demo_id("slot mercy-nursing 1"), demo_id("slot mercy-nursing 2")
TYLER, ROBIN, GARY = "+17865550113", "+16455550113", "+16455550150"
MARCUS, DENISE = "+17865550108", "+16455550108"
ISAIAH, NADIA = "+17865550135", "+17865550170"
NORA = "+13055550161"  # who speaks for Mercy Hospital too, where a story needs it
HUGO = "+13055550160"  # Ana's father, where a story needs a second guardian


async def asks(town: Town, who: str = ANA) -> Heard:
    """A student asks for the first nursing visit, on Tuesday."""
    await town.text(who, "any shadows for nursing?")
    return await town.text(who, "1")


async def states(town: Town) -> list[str]:
    """The states of all bookings, the oldest first."""
    rows = await town.rows("select state from placements.bookings order by requested_at, id")
    return [state for (state,) in rows]


async def decisions(town: Town) -> list[tuple[str, str]]:
    """What was decided, by whom, in order."""
    rows = await town.rows(
        "select c.decision, p.first_name from placements.consents c"
        " join placements.people p on p.id = c.person_id order by c.id"
    )
    return [(decision, name) for decision, name in rows]


async def standing(town: Town) -> list[str]:
    """Whose no stands."""
    rows = await town.rows(
        "select p.first_name from placements.refusals r join placements.people p on p.id = r.person_id"
        " where r.lifted_at is null order by r.at"
    )
    return [name for (name,) in rows]


async def open_questions(town: Town, number: str) -> list[tuple[str, str]]:
    """The questions that wait at a number: kind and state."""
    rows = await town.rows(
        "select p.kind, p.state from conversations.prompt p"
        " join conversations.address a on a.id = p.address_id"
        " where a.value = :number and p.state in ('open', 'queued') order by p.seq",
        number=number,
    )
    return [(kind, state) for kind, state in rows]


async def second_guardian(town: Town, student: UUID = ANA_ID, phone: str = HUGO) -> UUID:
    """A father, Hugo, with a number that the school has on file."""
    person = uuid4()
    since = datetime(2026, 9, 1, tzinfo=UTC)
    async with town.database.session() as session:
        session.add(Person(id=person, first_name="Hugo", last_name="Vega", language="en", is_demo=True))
        await session.flush()
        session.add(
            ContactPoint(
                person_id=person, value=phone, how=LinkedHow.SCHOOL, valid_from=since, role="guardian"
            )
        )
        session.add(
            GuardianLink(
                guardian_id=person,
                student_id=student,
                relation="father",
                how=LinkedHow.SCHOOL,
                valid_from=since,
            )
        )
    return person


async def second_champion(town: Town, phone: str = NORA) -> UUID:
    """Nora, who speaks for Mercy Hospital too, with a number that the school has on file."""
    person, since = uuid4(), datetime(2026, 9, 1, tzinfo=UTC)
    async with town.database.session() as session:
        session.add(Person(id=person, first_name="Nora", last_name="Lane", language="en", is_demo=True))
        await session.flush()
        session.add(ContactPoint(person_id=person, value=phone, how=LinkedHow.SCHOOL, valid_from=since))
        session.add(
            Champion(
                person_id=person, partner_id=demo_id("mercy"), status=PartnerStatus.ACTIVE, valid_from=since
            )
        )
    return person


def by_cora() -> Cause:
    """A coordinator's click or command."""
    return Cause("console", str(uuid4()), CORA_ID)


async def booking_of(town: Town, student: UUID = ANA_ID) -> UUID:
    """The student's latest booking."""
    rows = await town.rows(
        "select id from placements.bookings where student_id = :student order by requested_at desc limit 1",
        student=student,
    )
    return UUID(str(rows[0][0]))


async def confirmed(town: Town) -> None:
    """Ana asked, Gloria and Ben said yes."""
    from tests.support.town import BEN, GLORIA

    await asks(town)
    await town.text(GLORIA, "1")
    await town.text(BEN, "1")


async def lift(town: Town, student: UUID = ANA_ID) -> Heard:
    """Cora lifts whatever no stands against the nursing visit."""
    async with town.database.session() as session:
        outcome = await bookings.lift_refusal(
            session, student_id=student, opportunity_id=NURSING, person_id=CORA_ID, cause=by_cora()
        )
        assert outcome.ok, outcome
    return await town.settle()


async def later(town: Town, **passed: float) -> Heard:
    """Some time passes, such as `minutes=10`."""
    async with town.database.session() as session:
        now = await clock.now(session)
    return await town.move_to(now + timedelta(**passed))
