"""What a "1" answers: two requests, two children, a reminder in between, yesterday's list, a borrowed phone."""

from datetime import datetime

import pytest

from conversations.texts import measure
from tests.support.town import ANA, BEN, GLORIA, LEO, LUIS, MARTA, STRANGER, Town

pytestmark = pytest.mark.engine


async def _ask_for_nursing(town: Town, who: str, pick: str = "1") -> None:
    await town.text(who, "any shadows for nursing?")
    await town.text(who, pick)


async def test_two_children_wait_on_one_mother(town: Town) -> None:
    await _ask_for_nursing(town, ANA)
    await town.text(LEO, "any shadows for nursing?")
    heard = await town.text(LEO, "1")
    [second] = heard[GLORIA]
    assert "Hay dos preguntas" in second and "permiso para Ana" in second
    heard = await town.text(GLORIA, "1")
    assert "Anotado" in heard[GLORIA][0] and "Leo quiere ir" in heard[GLORIA][0]
    heard = await town.text(GLORIA, "2")
    assert "Leo no va" in heard[GLORIA][0]
    states = dict(
        await town.rows(
            "select p.first_name, b.state from placements.bookings b join placements.people p on p.id = b.student_id"
        )
    )
    assert states == {"Ana": "waiting_host", "Leo": "refused"}


async def test_two_requests_to_one_host(town: Town) -> None:
    await _ask_for_nursing(town, ANA)
    await _ask_for_nursing(town, LUIS)
    await town.text(GLORIA, "1")
    heard = await town.text(MARTA, "1")
    assert "Two questions are waiting" in heard[BEN][0] and "Ana" in heard[BEN][0]
    heard = await town.text(BEN, "1")
    assert "Ana comes" in heard[BEN][0] and "Luis" in heard[BEN][0]
    await town.text(BEN, "2")
    states = dict(
        await town.rows(
            "select p.first_name, b.state from placements.bookings b join placements.people p on p.id = b.student_id"
        )
    )
    assert states == {"Ana": "confirmed", "Luis": "declined"}


async def test_a_reminder_in_the_middle_of_a_choice(town: Town) -> None:
    await _ask_for_nursing(town, ANA, "2")
    await town.text(GLORIA, "1")
    await town.text(BEN, "1")
    await town.move_to(datetime(2027, 2, 10, 16, 58))
    await town.text(ANA, "what shadows are there in engineering?")
    [(day_before,)] = await town.rows("select day_before_at from placements.bookings")
    heard = await town.move_to(day_before)
    assert any("Reminder" in body for body in heard[ANA])
    heard = await town.text(ANA, "1")
    assert "Your place is held" in heard[ANA][0] or "overlap" in heard[ANA][0] or "too late" in heard[ANA][0]


async def test_yesterdays_list_is_asked_afresh(town: Town) -> None:
    await town.text(ANA, "any shadows for nursing?")
    await town.move_to(datetime(2027, 2, 2, 11))
    heard = await town.text(ANA, "1")
    assert "from a while ago" in heard[ANA][0] and "1. " in heard[ANA][0]
    assert await town.rows("select 1 from placements.bookings") == []


async def test_a_number_out_of_nowhere_changes_nothing(town: Town) -> None:
    heard = await town.text(ANA, "1")
    assert "not waiting for a number" in heard[ANA][0]


async def test_a_student_cannot_type_a_guardians_number(town: Town) -> None:
    await _ask_for_nursing(town, ANA)
    heard = await town.text(ANA, "my moms number is 305 555 0142")
    assert "only the school can add a number" in heard[ANA][0]
    assert "number_typed" in await town.cases()
    assert await town.rows("select 1 from placements.contact_points where value = '+13055550142'") == []


async def test_a_student_cannot_consent_for_herself(town: Town) -> None:
    await _ask_for_nursing(town, ANA)
    heard = await town.text(ANA, "my mom says yes i can go, this is her permission")
    [(state,)] = await town.rows("select state from placements.bookings")
    assert state == "waiting_consent"
    assert "consent_not_theirs" in await town.cases(), heard


async def test_a_conditional_yes_goes_to_a_person(town: Town) -> None:
    await _ask_for_nursing(town, ANA)
    await town.text(GLORIA, "si pero solo si yo la llevo")
    [(state,)] = await town.rows("select state from placements.bookings")
    assert state == "waiting_consent"
    assert "conditional" in await town.cases()
    await town.text(GLORIA, "1")
    [(state,)] = await town.rows("select state from placements.bookings")
    assert state == "waiting_host"


async def test_a_shared_phone_is_asked_who_it_is(town: Town) -> None:
    await _share(town, "Leo", ANA)
    heard = await town.text(ANA, "when is my shadow?")
    assert "Who is texting?" in heard[ANA][0] and "1. Ana" in heard[ANA][0] and "2. Leo" in heard[ANA][0]
    heard = await town.text(ANA, "1")
    assert "Hi Ana!" in heard[ANA][0] and "nothing booked" in heard[ANA][0]


async def test_a_phone_shared_with_the_guardian_takes_no_consent(town: Town) -> None:
    await _share(town, "Gloria", ANA)
    await town.rows(
        "update placements.contact_points set valid_until = now() where value = :g returning 1", g=GLORIA
    )
    await town.text(ANA, "any shadows for nursing?")
    await town.text(ANA, "1")
    heard = await town.text(ANA, "1")
    assert not any("¿Da permiso?" in body for bodies in heard.values() for body in bodies)
    assert not any("1. Sí" in body and "permiso" in body for bodies in heard.values() for body in bodies)


async def test_a_strangers_questions_come_after_age_and_role(town: Town) -> None:
    heard = await town.text(STRANGER, "any shadows for nursing?")
    assert "month and year" in heard[STRANGER][0]
    heard = await town.text(STRANGER, "march 2010")
    assert "1. A student" in heard[STRANGER][0]
    heard = await town.text(STRANGER, "1")
    assert "Mercy Hospital" in heard[STRANGER][0]
    heard = await town.text(STRANGER, "1")
    assert "student number" in heard[STRANGER][0]
    heard = await town.text(STRANGER, "100234")
    assert "birth date" in heard[STRANGER][0]
    heard = await town.text(STRANGER, "03/04/2010")
    assert "Your place is held" in heard[STRANGER][0]
    assert "Dana" not in heard[STRANGER][0]
    assert "roster_match" in await town.cases()


async def test_every_kind_of_roster_miss_sounds_the_same(town: Town) -> None:
    said = set()
    for phone, number, born in (
        ("+13055550151", "999999", "03/04/2010"),
        ("+13055550152", "100234", "03/05/2010"),
    ):
        for body in ("hi", "2010-03", "1", "i want to book the nursing shadow", "1", number):
            await town.text(phone, body)
        heard = await town.text(phone, born)
        said.add(heard[phone][0])
    assert len(said) == 1


async def _share(town: Town, first_name: str, phone: str) -> None:
    await town.rows(
        "insert into placements.contact_points (id, person_id, kind, value, how, valid_from)"
        " select gen_random_uuid(), id, 'phone', :phone, 'school', now() from placements.people"
        " where first_name = :name and last_name = 'Torres' returning 1",
        phone=phone,
        name=first_name,
    )


async def test_a_question_below_a_list_leaves_its_choices_as_they_are_on_the_phone(town: Town) -> None:
    heard = await town.text(LUIS, "que visitas hay en febrero o marzo")
    shown = heard[LUIS][0].count("\n3. ")
    heard = await town.text(LUIS, "cuanto dura eso y que me pongo")
    assert "lista de arriba" in heard[LUIS][0] and "1. " not in heard[LUIS][0]
    [(options,)] = await town.rows("select jsonb_array_length(options) from conversations.prompt where state = 'open'")
    assert (options >= 3) == bool(shown)
    heard = await town.text(LUIS, "1")
    assert "Tu lugar" in heard[LUIS][0]


async def test_a_reminder_puts_the_question_in_short(town: Town) -> None:
    await _ask_for_nursing(town, LUIS)
    heard = await town.text(LUIS, "ya contesto mi mama?")
    heard = await town.text(LUIS, "1")
    [reminder] = heard[MARTA]
    assert reminder.endswith("1. Sí\n2. No") and measure(reminder).segments <= 3
