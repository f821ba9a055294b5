"""Questions in the middle of something else, by their words; and what coordinators ask by text."""

import pytest

from knowledge import overheard
from tests.bot.actions.conftest import ANA, BEN, GLORIA, LUIS, District

HEARD = [
    ("guardian", "cuanto nos va a costar eso", None),
    ("guardian", "how much does it cost", "family_cost"),
    ("guardian", "hay que pagar algo por el dia", "family_cost"),
    ("guardian", "who is with her all day", "family_with_whom"),
    ("guardian", "quien se queda a cargo de ellos", "family_with_whom"),
    ("guardian", "what time do i pick her up", "family_time"),
    ("guardian", "is it safe in there", "family_safe"),
    ("guardian", "can i come along", "family_come_along"),
    ("guardian", "does she have to go", "family_required"),
    ("guardian", "do you give my son's number to the company", None),
    ("guardian", "do you give them his number", "family_host_learns"),
    ("guardian", "what if i change my mind", "family_change_mind"),
    ("employer", "what's her last name", "employer_who_comes"),
    ("employer", "who brings the kid", "employer_ride"),
    ("student", "do the hours count if they never confirm", "credit_confirmed"),
    ("student", "will they let me hold the baby", "preparation_see_there"),
    ("student", "what is a job shadow", None),
    ("guardian", "sí, puede ir", None),
    ("guardian", "no, ella no va", None),
    ("employer", "yes she can come", None),
]


@pytest.mark.parametrize(("role", "text", "expected"), HEARD)
def test_words_ask_for_an_answer_of_their_own(role: str, text: str, expected: str | None) -> None:
    found = overheard(text, role)
    assert (found.key if found else None) == expected


async def test_a_guardian_who_was_taken_for_something_else_gets_the_answer(district: District) -> None:
    await district.book()
    for need in ("ask_guardian_info", "out_of_scope", "ask_pay", "give_consent"):
        assert (await district.keys(need, "y cuanto cuesta?", who=GLORIA))[:1] == ["know.family_cost"]


async def test_what_time_and_with_whom_are_told_of_the_visit_in_question(district: District) -> None:
    assert await district.keys("ask_guardian_info", "a que hora sale", who=GLORIA) == ["know.family_time"]
    await district.book()
    words = await district.words("ask_guardian_info", "a que hora sale", who=GLORIA, language="es")
    assert "12:00 PM" in words and "Ana" in words
    words = await district.words("ask_guardian_info", "quien la acompaña?", who=GLORIA, language="es")
    assert "Mercy Hospital" in words


async def test_the_time_to_answer_is_the_rule_packs(district: District) -> None:
    words = await district.words("ask_guardian_info", "how long do i have to answer", who=GLORIA)
    assert words.startswith("48 hours") and "5:00 PM" in words


async def test_two_questions_of_one_text_are_both_answered(district: District) -> None:
    keys = await district.keys("ask_guardian_info", "how much does it cost and can i come along?", who=GLORIA)
    assert keys == ["know.family_cost", "know.family_come_along"]
    keys = await district.keys("ask_employer_info", "how many hours is it, and what about insurance", who=BEN)
    assert "know.employer_insurance" in keys and len(keys) == 2


async def test_a_guardians_question_that_nothing_answers_gets_no_guess(district: District) -> None:
    payloads = await district.ask("ask_guardian_info", "do they have good coffee", who=GLORIA)
    assert [p.get("say") for p in payloads] == [None, "info.not_known"]
    assert payloads[0]["do"]["verb"] == "unanswered"


async def test_from_which_age_a_place_may_be_seen(district: District) -> None:
    young = await district.keys("ask_eligibility", "me dejan entrar a una fabrica", who=LUIS, language="es")
    assert young[0] == "know.eligibility_hazard_yes"
    assert (await district.keys("ask_eligibility", "can i go to a building site", who=LUIS))[0] == (
        "know.eligibility_hazard_no"
    )
    assert "16" in await district.words("ask_eligibility", "can i go to a building site", who=LUIS)


async def test_a_host_hears_no_age_number_or_surname(district: District) -> None:
    words = await district.words("out_of_scope", "how old is she and whats her number", who=BEN)
    assert "Torres" not in words and "555-0101" not in words and "16" not in words


async def test_the_next_step_follows_from_the_bookings(district: District) -> None:
    assert await district.keys("next_plan", "what should i do next", who=ANA) == ["record.step_first"]
    await district.book()
    assert await district.keys("ask_continuum", "what do i do next", who=ANA) == [
        "record.step_waiting_consent"
    ]


async def test_hours_are_those_on_record(district: District) -> None:
    assert await district.keys("my_hours", "how many hours do i have", who=ANA) == [
        "record.none",
        "record.needed",
    ]
    assert await district.keys("my_hours", "how many hours does she have", who=GLORIA) == [
        "record.not_a_student"
    ]


async def test_late_and_sick_are_told_apart(district: District) -> None:
    for text, event in (
        ("my bus broke down ill be 20 min late", "student_late"),
        ("im sick i cant make it", "student_sick"),
        ("estoy enferma hoy", "student_sick"),
        ("voy tarde 15 min", "student_late"),
    ):
        payloads = await district.ask("running_late", text, who=ANA)
        assert payloads[0]["do"]["event"] == event, text
