"""The answers as they ship: nothing missing, nothing unknown, each of them reachable and easy to read."""

import pytest
import yaml

from conversations.texts import catalogue, known, measure
from footbridge.check import needs, reading_grade
from footbridge.settings import PROJECT_ROOT
from knowledge import Answer, answers, pick, short_texts

ANSWERS = list(answers().values())
KNOWLEDGE = PROJECT_ROOT / "knowledge"
EASY = 9.0  # school grade of a long form


def codes(file: str, within: str | None = None) -> set[str]:
    data = yaml.safe_load((KNOWLEDGE / file).read_text(encoding="utf-8"))
    return set(data[within] if within else data)


def test_every_activity_is_explained_in_full_and_in_one_line() -> None:
    for code in codes("activities.yml", "activities"):
        assert answers()[f"activity_{code}"].line, code


def test_every_field_of_work_is_explained() -> None:
    told = {cluster for answer in ANSWERS for cluster in answer.clusters}
    assert told == codes("vocabulary/clusters.yml")


def test_pay_and_preparation_are_answered_for_every_activity() -> None:
    for need in ("ask_pay", "ask_preparation"):
        told = {code for answer in ANSWERS if need in answer.needs for code in answer.activities}
        assert told == codes("activities.yml", "activities") - {"other"}, need


def test_the_texts_are_in_the_catalogue() -> None:
    for key, wording in short_texts().items():
        assert known(f"know.{key}") and catalogue()[f"know.{key}"] == wording


@pytest.mark.parametrize("answer", ANSWERS, ids=lambda answer: answer.key)
def test_an_answer_names_only_what_exists(answer: Answer) -> None:
    assert set(answer.needs) <= set(needs())
    assert set(answer.activities) <= codes("activities.yml", "activities")
    assert set(answer.clusters) <= codes("vocabulary/clusters.yml")
    assert set(answer.roles) <= {"student", "guardian", "employer", "coordinator", "anyone"}


@pytest.mark.parametrize("answer", ANSWERS, ids=lambda answer: answer.key)
def test_a_long_form_reads_easily_and_needs_no_odd_characters(answer: Answer) -> None:
    for language, wording in answer.long.items():
        if not answer.vars:
            assert reading_grade(wording, language) <= EASY, language
        assert not set(wording) & set("–—’“”…"), language


PICKED = [a for a in ANSWERS if not a.by_name and (a.general or a.narrowed)]


@pytest.mark.parametrize("answer", PICKED, ids=lambda answer: answer.key)
def test_an_answer_is_found_by_its_own_words(answer: Answer) -> None:
    """What is looked for by words wins for the longest of its own at least."""
    text = max(answer.words, key=len, default="").removesuffix("*")
    role = answer.roles[0] if answer.roles else "student"
    found = pick(
        answer.needs[0], text, role=role, activities=answer.activities[:1], clusters=answer.clusters[:1]
    )
    assert found is not None and found.key == answer.key


def test_an_answer_that_no_rule_tells_can_be_found() -> None:
    """By its words, as the general one of its need, or by what is asked."""
    lost = [a.key for a in ANSWERS if not (a.by_name or a.general or a.narrowed or a.heard or a.asked)]
    assert lost == []


def test_a_need_has_at_most_one_general_answer_for_everybody() -> None:
    general = [
        need
        for answer in ANSWERS
        if answer.general and not answer.roles
        for need in answer.needs
    ]
    assert sorted(general) == sorted(set(general))


def test_a_text_fits_its_segments_with_the_longest_contact() -> None:
    for answer in ANSWERS:
        if answer.vars:
            continue
        for wording in answer.short.values():
            words = wording.format(contact="Guadalupe Hernandez", reach="Guadalupe Hernandez, 305-555-0109")
            size = measure(words)
            assert size.segments <= size.within, answer.key
