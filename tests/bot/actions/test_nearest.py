"""Questions in words that no list holds: the answer that is nearest in meaning, a rule's way, or the truth."""

from pathlib import Path

import pytest

from bot.actions import nearest
from tests.bot.actions.conftest import ANA, BEN, GLORIA, LUIS, District

pytestmark = pytest.mark.skipif(not nearest.ready(), reason="there is no sentence encoder")

# need, question, language, role, who texts, the first text of the answer
ASKED = [
    ("ask_pay", "will the government take a bite out of my paycheck", "en", "student", None, "pay_taxes"),
    (
        "ask_eligibility",
        "i have an iep, does that shut me out",
        "en",
        "student",
        LUIS,
        "eligibility_support_plan",
    ),
    (
        "out_of_scope",
        "will they take money out of my check for the government?",
        "en",
        "student",
        None,
        "pay_taxes",
    ),
    (
        "talk_to_person",
        "who answers if a kid gets hurt in my shop?",
        "en",
        "employer",
        BEN,
        "employer_insurance",
    ),
]
# What stays a rule's or a record's, whatever it is near to.
KEPT = [
    ("ask_eligibility", "can i do an internship if im 15", "en", ANA, "eligibility_no"),
    ("ask_paperwork", "what forms do i need", "en", ANA, "paperwork_consent_asked"),
    ("directions", "hay bus a mercy", "es", LUIS, "directions_place"),
]


@pytest.mark.parametrize(("need", "text", "language", "role", "who", "expected"), ASKED)
async def test_a_question_goes_to_the_nearest_answer(
    district: District, need: str, text: str, language: str, role: str, who: str | None, expected: str
) -> None:
    keys = await district.keys(need, text, language=language, role=role, who=who)
    assert keys[:1] == [f"know.{expected}"]


@pytest.mark.parametrize(("need", "text", "language", "who", "expected"), KEPT)
async def test_rules_and_records_keep_their_questions(
    district: District, need: str, text: str, language: str, who: str, expected: str
) -> None:
    await district.book()
    assert (await district.keys(need, text, language=language, who=who))[:1] == [f"know.{expected}"]


async def test_a_question_far_from_every_answer_gets_no_general_one(district: District) -> None:
    payloads = await district.ask("ask_employer_info", "purple llamas fly over the moon tonight", who=BEN)
    assert [p.get("say") for p in payloads][:2] == [None, "info.not_known"]
    assert payloads[0]["do"]["verb"] == "unanswered"


async def test_a_deed_is_not_taken_for_a_question(district: District) -> None:
    payloads = await district.ask("talk_to_person", "get me a person about insurance", who=GLORIA)
    assert payloads[0]["do"]["verb"] == "talk_to_person"


async def test_without_an_encoder_the_words_decide(
    district: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nearest, "ready", lambda: False)
    assert await district.keys("ask_pay", "is a job shadow paid") == ["know.pay_job_shadow"]
    assert await district.keys("ask_pay", "will the government take a bite out of it") == ["know.pay"]


async def test_an_activity_at_a_dangerous_place_is_judged_by_its_own_rules_first(district: District) -> None:
    words = await district.words("ask_eligibility", "can i intern in a factory if im 15", who=ANA)
    assert words.startswith("Internship? Not yet. You need to be 16")
    keys = await district.keys(
        "ask_eligibility", "im 17 and a senior can i do an internship at a construction site"
    )
    assert keys == ["know.eligibility_yes", "know.eligibility_hazard_rule"]
    keys = await district.keys("ask_eligibility", "what age for an internship in a restaurant kitchen")
    assert keys[-1] == "know.eligibility_hazard_rule" and "eligibility_rule" in keys[0]


async def test_the_visitors_rule_is_no_answer_about_a_job(district: District) -> None:
    keys = await district.keys("ask_eligibility", "can i get hired at a factory at 15", who=ANA)
    assert not any("hazard" in key for key in keys)


async def test_two_activities_are_compared_whatever_the_need(district: District) -> None:
    keys = await district.keys("ask_activity", "is a worksite tour the same as a job shadow")
    assert keys[:1] == ["know.difference_not_same"]


async def test_a_wish_without_a_wish_is_asked_back(district: District) -> None:
    payloads = await district.ask("join_waitlist", "will my boss like me", who=LUIS)
    assert not any("do" in payload and payload["do"]["verb"] == "wait_in_line" for payload in payloads)


async def test_a_strangers_question_about_permission_is_no_wrong_number(district: District) -> None:
    payloads = await district.ask("refuse_consent", "what if my kids other parent says no?", role="guardian")
    assert not any("do" in p and p["do"]["verb"] == "consent_not_yours" for p in payloads)
    payloads = await district.ask("give_consent", "doy permiso para luis", role="guardian", language="es")
    assert payloads[0]["do"]["verb"] == "consent_not_yours"


def test_a_kept_file_that_cannot_be_read_is_made_anew(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(nearest, "KEPT", tmp_path / "answers.npz")
    assert nearest._kept() == {}
    nearest._keep({"a": [1.0, 2.0]})
    assert [list(row) for row in nearest._kept().values()] == [[1.0, 2.0]]
    (tmp_path / "answers.npz").write_bytes(b"half a file")
    assert nearest._kept() == {}
    assert [path.name for path in tmp_path.iterdir()] == ["answers.npz"]
