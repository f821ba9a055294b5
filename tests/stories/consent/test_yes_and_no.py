"""One guardian answers: yes, no, something in between, from the right phone and from a wrong one."""

import pytest

from conversations.texts import measure
from tests.stories.consent.family import (
    ANA_ID,
    asks,
    booking_of,
    confirmed,
    decisions,
    later,
    lift,
    open_questions,
    standing,
    states,
)
from tests.support.town import ANA, BEN, CORA, GLORIA, LEO, Town

pytestmark = pytest.mark.engine


async def test_the_question_says_everything(town: Town) -> None:
    """What, where with the city, when, with whom, what the host learns, whom to call; in one text."""
    heard = await asks(town)
    question = heard[GLORIA][-1]
    for part in (
        "Ana",
        "enfermería",
        "Mercy Hospital, Miami",
        "mar 9 feb, 9:00 AM-12:00 PM",
        "Cora 305-555-0109",
    ):
        assert part in question
    assert "personal" in question and "nombre y grado" in question
    assert question.endswith("1. Sí\n2. No") and measure(question).segments <= 3


async def test_a_yes_is_kept_with_wording_number_and_time(town: Town) -> None:
    question = (await asks(town))[GLORIA][-1]
    heard = await town.text(GLORIA, "1")
    assert "queda anotado" in heard[GLORIA][0] and "permission" in heard[ANA][0] and "Ana" in heard[BEN][-1]
    [(decision, wording, number, at)] = await town.rows(
        "select decision, wording, number, at from placements.consents"
    )
    assert (decision, wording, number) == ("given", question, GLORIA) and at is not None
    assert await states(town) == ["waiting_host"]


async def test_the_host_reads_no_name_before_the_yes(town: Town) -> None:
    heard = await asks(town)
    assert BEN not in heard
    bodies = await town.rows("select body from conversations.outbound where body like '%Ana%'")
    numbers = await town.rows(
        "select a.value from conversations.outbound o join conversations.address a on a.id = o.address_id"
        " where o.body like '%Ana%'"
    )
    assert bodies and (BEN,) not in numbers


async def test_a_no_ends_it_and_stands(town: Town) -> None:
    await asks(town)
    heard = await town.text(GLORIA, "2")
    assert "no va a Mercy Hospital" in heard[GLORIA][0]
    assert "no permission" in heard[ANA][0] and "No permission for Ana" in heard[CORA][0] and BEN not in heard
    assert (await states(town), await decisions(town)) == (["refused"], [("refused", "Gloria")])
    assert await standing(town) == ["Gloria"]
    await town.text(ANA, "2")
    [reply] = (await town.text(ANA, "can i shadow a nurse at mercy hospital?"))[ANA]
    assert "Mercy Hospital" not in reply.split("\n", 1)[-1]
    assert await states(town) == ["refused"]


async def test_a_no_is_lifted_by_the_guardian_who_said_it(town: Town) -> None:
    await asks(town)
    await town.text(GLORIA, "2")
    await town.text(ANA, "2")
    [asked] = (await town.text(GLORIA, "le doy permiso a Ana"))[GLORIA]
    assert "¿Retira ese no?" in asked and asked.endswith("1. Sí\n2. No")
    heard = await town.text(GLORIA, "1")
    assert "queda retirado" in heard[GLORIA][0] and "again" in heard[ANA][0]
    assert await standing(town) == [] and await states(town) == ["refused"]
    heard = await asks(town)
    assert heard[GLORIA][-1].endswith("1. Sí\n2. No")
    assert await states(town) == ["refused", "waiting_consent"]


async def test_a_no_is_lifted_by_a_coordinator_and_nothing_comes_back_by_itself(town: Town) -> None:
    await asks(town)
    await town.text(GLORIA, "2")
    heard = await lift(town)
    assert "again" in heard[ANA][0] and GLORIA not in heard
    assert (await standing(town), await states(town)) == ([], ["refused"])
    assert (await decisions(town))[-1] == ("lifted", "Cora")


@pytest.mark.parametrize("words", ["vale, pero si la llevo yo", "sí, pero solo si va con su hermano"])
async def test_a_yes_with_a_condition_goes_to_a_person(town: Town, words: str) -> None:
    await asks(town)
    heard = await town.text(GLORIA, words)
    assert "pasé sus palabras a la escuela" in heard[GLORIA][0] and BEN not in heard
    assert (await states(town), await decisions(town)) == (["waiting_consent"], [])
    assert await town.cases() == ["conditional"]
    assert await open_questions(town, GLORIA) == [("consent", "open")]
    await town.text(GLORIA, "1")
    assert await states(town) == ["waiting_host"]


async def test_a_thumb_or_kind_words_are_no_permission(town: Town) -> None:
    await asks(town)
    [reply] = (await town.text(GLORIA, "qué bueno, me parece muy bien que vaya"))[GLORIA]
    assert reply.endswith("1. Sí\n2. No")
    await town.text(GLORIA, "👍")
    assert (await states(town), await decisions(town)) == (["waiting_consent"], [])


async def test_a_student_cannot_say_yes_for_the_mother(town: Town) -> None:
    await asks(town)
    heard = await town.text(ANA, "my mom says yes she gives permission")
    assert "Only a parent or guardian" in heard[ANA][0]
    assert (await states(town), await decisions(town)) == (["waiting_consent"], [])
    assert await town.cases() == ["consent_not_theirs"]


async def test_two_children_are_two_questions_and_each_names_the_child(town: Town) -> None:
    await asks(town)
    heard = await asks(town, LEO)
    assert "Dos" in heard[GLORIA][-1] or "dos preguntas" in heard[GLORIA][-1]
    assert "Ana" in heard[GLORIA][-1] and "Leo" not in heard[GLORIA][-1]
    await later(town, seconds=10)
    heard = await town.text(GLORIA, "1")
    assert "Leo" in heard[GLORIA][-1] and heard[GLORIA][-1].endswith("1. Sí\n2. No")
    await later(town, seconds=10)
    await town.text(GLORIA, "2")
    rows = await town.rows(
        "select p.first_name, b.state from placements.bookings b"
        " join placements.people p on p.id = b.student_id order by 1"
    )
    assert rows == [("Ana", "waiting_host"), ("Leo", "refused")]


async def test_a_no_to_one_visit_leaves_the_other_that_was_permitted(town: Town) -> None:
    await confirmed(town)
    await town.text(ANA, "any shadows for nursing?")
    await town.text(ANA, "1")
    assert await states(town) == ["confirmed", "waiting_consent"]
    heard = await town.text(GLORIA, "2")
    assert await states(town) == ["confirmed", "refused"] and BEN not in heard


async def test_what_the_student_drops_is_asked_no_more(town: Town) -> None:
    await asks(town)
    await town.text(ANA, "i cant go anymore")
    heard = await town.text(ANA, "1")
    assert "no tiene que hacer nada" in heard[GLORIA][0].lower() and await open_questions(town, GLORIA) == []
    heard = await town.text(GLORIA, "1")
    assert "ya se cerró" in heard[GLORIA][0]
    assert (await states(town), await decisions(town)) == (["cancelled"], [])
    assert await booking_of(town, ANA_ID)
