"""What the rules and the classifier together make of every example text: a floor, not a measure (they learnt it)."""

from collections import Counter
from itertools import islice

import pytest

from conversations.safety import CRISIS_KINDS, read, train

EACH = 5  # of all 20,000 texts every fifth is read, which takes seconds
WANTED = {
    "unsafe": "report_unsafe",
    "optout": "opt_out",
    "wrong": "wrong_number",
    "abusive": "abusive",
    "none": "",
}


def counts() -> tuple[Counter[tuple[str, str]], Counter[tuple[str, str]], int]:
    """Texts and right ones by (language, need), and false crises."""
    total: Counter[tuple[str, str]] = Counter()
    right: Counter[tuple[str, str]] = Counter()
    false_crises = 0
    for text, label, language in islice(train.examples_by_language(), 0, None, EACH):
        want = "crisis" if label in CRISIS_KINDS else WANTED[label]
        found = read(text)
        got = found.need if found else ""
        total[language, want] += 1
        right[language, want] += got == want
        false_crises += got == "crisis" != want
    return total, right, false_crises


@pytest.fixture(scope="module")
def counted() -> tuple[Counter[tuple[str, str]], Counter[tuple[str, str]], int]:
    return counts()


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize(
    ("need", "floor"),
    [("crisis", 0.985), ("opt_out", 0.91), ("report_unsafe", 0.9), ("wrong_number", 0.93), ("", 0.955)],
)
def test_floor(
    counted: tuple[Counter[tuple[str, str]], Counter[tuple[str, str]], int],
    language: str,
    need: str,
    floor: float,
) -> None:
    total, right, _ = counted
    assert total[language, need] > 0
    assert right[language, need] / total[language, need] >= floor


def test_few_false_crises(counted: tuple[Counter[tuple[str, str]], Counter[tuple[str, str]], int]) -> None:
    _, right, false_crises = counted
    true_crises = sum(n for (_, need), n in right.items() if need == "crisis")
    assert true_crises > 1000
    assert true_crises / (true_crises + false_crises) >= 0.97


def test_a_line_with_choices_is_several_texts() -> None:
    assert list(train.variants("my [mom|dad] left [marks|bruises|a scar]")) == [
        "my mom left marks",
        "my dad left bruises",
        "my mom left a scar",
    ]
    assert list(train.variants("no choice")) == ["no choice"]
