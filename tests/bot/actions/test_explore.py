"""Sixty questions as people text them, and the answer that each must get; and what still waits for a person."""

from bot.actions import action_names
from bot.actions.explore import FOR_A_PERSON
from footbridge.check import needs
from tests.bot.actions.conftest import ANA, BEN, GLORIA, LUIS, District

# need, question, language, who texts, the first text of the answer
QUESTIONS = [
    ("ask_continuum", "what even is work based learning", "en", None, "work_based_learning"),
    ("ask_continuum", "que es el aprendizaje basado en el trabajo", "es", None, "work_based_learning"),
    ("ask_continuum", "what are the stages", "en", None, "continuum"),
    ("ask_continuum", "cuáles son las etapas", "es", None, "continuum"),
    ("ask_continuum", "what comes after career exploration", "en", None, "stage_order"),
    ("ask_continuum", "que sigue despues de la exploracion", "es", None, "stage_order"),
    ("ask_continuum", "awareness what is", "en", None, "stage_awareness"),
    ("ask_continuum", "which stage is an internship in", "en", None, "stage_of_activity"),
    ("ask_continuum", "which stage am i supposed to be in as a sophomore", "en", None, "stage_grade"),
    ("ask_continuum", "para que sirve todo esto", "es", None, "why_work_based_learning"),
    (
        "ask_continuum",
        "awareness exploration preparation... what do u do in each one",
        "en",
        None,
        "continuum",
    ),
    ("ask_activity", "job shadow??", "en", None, "activity_job_shadow"),
    ("ask_activity", "que es una pasantía", "es", None, "activity_internship"),
    ("ask_activity", "whats pathway week", "en", None, "activity_career_event"),
    ("ask_activity", "q hace uno en una feria de carreras", "es", None, "activity_career_fair"),
    ("ask_activity", "is a clinical an internship", "en", None, "difference_not_same"),
    ("ask_difference", "diff between job shadow n internship", "en", None, "difference"),
    ("ask_difference", "diferencia entre co-op y aprendizaje", "es", None, "difference"),
    ("ask_difference", "how is a mock interview different", "en", None, "difference_from_which"),
    ("ask_difference", "tour and field trip same thing?", "en", None, "difference_same"),
    (
        "ask_difference",
        "how is volunteering different from an internship",
        "en",
        None,
        "difference_volunteering",
    ),
    ("ask_difference", "exploration vs preparation", "en", None, "continuum"),
    ("ask_difference", "cual es la diferencia", "es", None, "difference_which_two"),
    ("ask_preparation", "what do i wear to the tour", "en", LUIS, "preparation_wear"),
    ("ask_preparation", "que pregunto", "es", LUIS, "preparation_ask"),
    ("ask_preparation", "how do i get ready for a mock interview", "en", LUIS, "preparation_mock_interview"),
    ("ask_preparation", "estoy bien nerviosa", "es", LUIS, "preparation_nervous"),
    ("ask_preparation", "what should i bring", "en", ANA, "preparation_booked"),
    ("ask_preparation", "que tiene que llevar", "es", GLORIA, "preparation_child"),
    ("ask_pay", "is a job shadow paid", "en", None, "pay_job_shadow"),
    ("ask_pay", "me pagan en la pasantia", "es", None, "pay_internship"),
    ("ask_pay", "how much an hr", "en", None, "pay_amount"),
    ("ask_pay", "do apprentices make money", "en", None, "pay_youth_apprenticeship"),
    ("ask_pay", "dan para el pasaje?", "es", None, "pay_costs"),
    ("ask_pay", "is it paid", "en", ANA, "pay_job_shadow"),
    ("ask_pay", "is it paid", "en", LUIS, "pay"),
    ("ask_pay", "do i have to pay them", "en", BEN, "employer_pay"),
    ("ask_credit", "cuantas horas necesito para graduarme", "es", None, "credit_hours"),
    ("ask_credit", "does a job shadow count toward graduation", "en", None, "credit_job_shadow"),
    ("ask_credit", "do i get credit", "en", None, "credit"),
    ("ask_paperwork", "what forms do i need", "en", LUIS, "paperwork"),
    ("ask_paperwork", "what forms do i need", "en", ANA, "paperwork_consent_asked"),
    ("ask_paperwork", "que papeles faltan", "es", GLORIA, "paperwork_child_asked"),
    ("ask_paperwork", "quien firma", "es", None, "paperwork_who_signs"),
    ("ask_paperwork", "i lost my form", "en", ANA, "paperwork_where"),
    ("ask_paperwork", "forms for an internship", "en", ANA, "paperwork_training_agreement"),
    ("directions", "how do i get there", "en", ANA, "directions_booked"),
    ("directions", "como llego", "es", LUIS, "directions_none"),
    ("directions", "hay bus a mercy", "es", LUIS, "directions_place"),
    ("resume_help", "never had a job what do i put", "en", None, "resume_no_experience"),
    ("resume_help", "ayuda con mi curriculum", "es", None, "resume_help"),
    ("interview_help", "whats a good answer for weakness", "en", None, "interview_weakness"),
    ("interview_help", "quiero practicar para una entrevista", "es", None, "interview_mock_where"),
    ("ask_career", "how much does a nurse make", "en", None, "cluster_health_science"),
    ("ask_career", "que hace un soldador", "es", None, "cluster_manufacturing"),
    ("ask_pathway", "what classes for nursing", "en", None, "pathway"),
    ("ask_local_demand", "que trabajos hay por aqui", "es", None, "local_demand"),
    ("ask_employer_info", "do we need insurance", "en", BEN, "employer_insurance"),
    ("ask_employer_info", "que edad tienen", "es", BEN, "employer_ages"),
    ("ask_employer_info", "whats involved", "en", BEN, "employer_info"),
]

# Needs whose own service is missing: a person is told. This list may only become shorter.
WAIT_FOR_A_PERSON = {
    "relay_message",
    "log_hours",
    "give_reflection",
    "ask_proof",
    "become_champion",
    "offer_opportunity",
    "change_offer",
    "report_attendance",
    "verify_hours",
    "give_feedback",
    "pause_champion",
    "event_rsvp",
    "update_profile",
}


async def test_sixty_questions_get_the_right_answer(district: District) -> None:
    await district.book()
    wrong = []
    for need, text, language, who, expected in QUESTIONS:
        keys = await district.keys(need, text, language=language, who=who)
        if keys[:1] != [f"know.{expected}"]:
            wrong.append((text, expected, keys))
        await district.words(need, text, language=language, who=who)
    assert len(QUESTIONS) == 60 and wrong == []


def test_every_need_has_an_action_or_is_settled_before_the_engine() -> None:
    before = {"opt_out", "opt_in", "help_keyword", "wrong_number", "crisis", "report_unsafe", "abusive"}
    assert {name.removeprefix("action_") for name in action_names()} >= set(needs()) - before


def test_what_waits_for_a_person_only_becomes_less() -> None:
    assert set(FOR_A_PERSON) <= WAIT_FOR_A_PERSON


async def test_what_waits_for_a_person_opens_a_case_and_says_so(district: District) -> None:
    payloads = await district.ask("log_hours", "i did 3 hours today", who=ANA)
    assert payloads[0]["do"]["kind"] == "not_yet"
    assert payloads[0]["do"]["matter"]["say"] == "matter.log_hours"
    assert payloads[1]["say"] == "info.person_told"


async def test_an_activity_that_is_not_named_is_asked_for(district: District) -> None:
    assert await district.keys("ask_activity", "what is it") == ["info.which_activity"]


async def test_a_question_about_figures_gets_none(district: District) -> None:
    for language, text in (("en", "how much does a nurse make"), ("es", "cuanto gana una enfermera")):
        words = await district.words("ask_career", text, language=language)
        assert not any(character.isdigit() for character in words), words
