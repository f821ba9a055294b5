"""Choosing by likeness: what counts, with an encoder that knows three topics."""

from collections.abc import Sequence

import pytest

from knowledge import bars
from knowledge.loader import LANGUAGES
from knowledge.meaning import Index, Near, margin, parts, ways

numpy = pytest.importorskip("numpy")
TOPICS = ("pay", "bus", "wear")


def encode(texts: Sequence[str]) -> list[list[float]]:
    """A row a text, with one place a topic."""
    return [[float(topic in text) for topic in TOPICS] + [0.1] for text in texts]


@pytest.fixture
def index() -> Index:
    return Index(
        {"pay": ["is it pay"], "way:directions": ["which bus", "the bus"], "preparation_wear": ["wear"]},
        encode,
    )


def test_the_nearest_examples_owner_comes_first(index: Index) -> None:
    found = index.near("what do i wear")
    assert found[0].key == "preparation_wear" and found[0].score > found[1].score
    assert index.near("the bus or what")[0] == Near(
        "directions", pytest.approx(found[0].score, abs=0.5), way=True
    )


def test_a_need_and_the_answers_own_words_count(index: Index) -> None:
    plain, meant = index.near("hm"), index.near("hm", need="ask_pay")
    score = {each.key: each.score for each in plain}
    assert {e.key: e.score for e in meant}["pay"] == pytest.approx(score["pay"] + 0.2)
    held = {each.key: each.score for each in index.near("dress code")}
    assert held["preparation_wear"] > held["pay"]


def test_an_example_does_not_count_for_itself(index: Index) -> None:
    place = index.texts.index("is it pay")
    assert "pay" not in {each.key for each in index.near("is it pay", without=place)}


def test_an_answer_for_somebody_else_is_left_out() -> None:
    index = Index({"employer_ride": ["bus"], "pay": ["pay"]}, encode)
    assert [each.key for each in index.near("bus", role="student")] == ["pay"]
    assert index.near("bus", role="employer")[0].key == "employer_ride"


def test_a_sentence_counts_nearly_as_the_whole_text() -> None:
    assert list(parts("hi there. is this thing paid at all")) == [
        ("hi there. is this thing paid at all", 1.0),
        ("is this thing paid at all", 0.97),
    ]
    assert list(parts("is it paid?")) == [("is it paid?", 1.0)]


def test_the_margin_is_to_the_next() -> None:
    assert margin([Near("a", 0.9), Near("b", 0.6)]) == pytest.approx(0.3)
    assert margin([Near("a", 0.9)]) == 1.0


def test_every_way_is_asked_in_both_languages() -> None:
    assert all(set(by) == set(LANGUAGES) and all(by.values()) for by in ways().values())


def test_questions_left_out_are_counted() -> None:
    found = [bars.Tried("a", "x", "x", 0.9, 0.3), bars.Tried("b", "x", "y", 0.5, 0.05)]
    lines = bars.table(found)
    assert lines[1].split() == ["0.00", "50.0", "50.0", "0.0", "50.0"]
    assert lines[-1].split() == ["0.20", "50.0", "0.0", "50.0", "100.0"]


def test_a_vector_that_is_kept_is_not_made_again(index: Index) -> None:
    again = Index({"pay": ["is it pay"], "way:directions": ["which bus"]}, _never, index.vectors())
    assert again.vectors().keys() < index.vectors().keys()


def _never(texts: Sequence[str]) -> list[list[float]]:
    raise AssertionError(f"{texts} were known")
