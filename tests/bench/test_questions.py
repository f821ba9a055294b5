"""Which questions are asked, and from whose phone; the answers are judged by a person."""

from pathlib import Path

from bench import questions

SECOND = Path(questions.QUESTIONS).with_name("questions_2.yml")


def test_either_file_of_questions_can_be_asked() -> None:
    assert {each["id"].partition("-")[0] for each in questions.load(file=SECOND)} == {"q2"}
    assert len(questions.load()) == len(questions.load(file=SECOND)) == 60
    assert [each["id"] for each in questions.load(["q01", "q02"])] == ["q01", "q02"]


def test_a_strangers_question_can_go_from_somebody_known_in_that_role() -> None:
    asked = questions.load(file=SECOND, known=True)
    assert {each["role"]: each["who"] for each in asked} == questions.KNOWN
    assert {each["who"] for each in questions.load(file=SECOND)} == {"Ana", "stranger"}
    assert {each["who"] for each in asked} <= questions.WHO.keys()
