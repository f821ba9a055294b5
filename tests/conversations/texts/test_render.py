from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.texts import Say, catalogue, render
from conversations.texts.render import value

AT = "2027-02-02T14:00:00+00:00"
UNTIL = "2027-02-02T17:00:00+00:00"


@pytest.mark.parametrize(
    ("zone", "language", "more", "words"),
    [
        ("America/New_York", "en", {}, "Tue, Feb 2, 9:00 AM"),
        ("America/New_York", "es", {}, "mar 2 feb, 9:00 AM"),
        ("America/New_York", "en", {"until": UNTIL}, "Tue, Feb 2, 9:00 AM-12:00 PM"),
        ("America/Chicago", "en", {"until": UNTIL}, "Tue, Feb 2, 8:00 AM-11:00 AM"),
        ("America/New_York", "en", {"only": "day"}, "Tue, Feb 2"),
        ("America/New_York", "es", {"only": "day"}, "mar 2 feb"),
        ("America/New_York", "en", {"only": "time", "until": UNTIL}, "9:00 AM-12:00 PM"),
        ("America/New_York", "es", {"only": "time"}, "9:00 AM"),
        ("Pacific/Kiritimati", "es", {}, "mié 3 feb, 4:00 AM"),
        ("Pacific/Honolulu", "en", {}, "Tue, Feb 2, 4:00 AM"),
    ],
)
def test_a_moment_by_the_clock_of_a_place(zone: str, language: str, more: dict[str, Any], words: str) -> None:
    assert value({"at": AT, "tz": zone} | more, language) == words


@pytest.mark.parametrize(
    ("at", "words"),
    [
        ("2027-02-02T05:00:00+00:00", "12:00 AM"),
        ("2027-02-02T17:05:00+00:00", "12:05 PM"),
        ("2027-03-14T06:59:00+00:00", "1:59 AM"),  # the last minute before the clocks go forward
        ("2027-03-14T07:00:00+00:00", "3:00 AM"),
        ("2027-11-07T05:30:00+00:00", "1:30 AM"),  # the same hour twice as they go back
        ("2027-11-07T06:30:00+00:00", "1:30 AM"),
        ("2027-02-02T12:00:00-05:00", "12:00 PM"),
    ],
)
def test_hours_as_people_say_them(at: str, words: str) -> None:
    assert value({"at": at, "tz": "America/New_York", "only": "time"}, "en") == words


@pytest.mark.parametrize(
    ("parts", "en", "es"),
    [
        ([], "", ""),
        (["a"], "a", "a"),
        (["a", "b"], "a and b", "a y b"),
        (["a", {"en": "one", "es": "uno"}, 3], "a, one and 3", "a, uno y 3"),
    ],
)
def test_an_enumeration(parts: list[Any], en: str, es: str) -> None:
    assert (value({"and": parts}, "en"), value({"and": parts}, "es")) == (en, es)


def test_a_text_within_a_text_in_the_same_language() -> None:
    keep = {"say": "reschedule.keep", "vars": {}}
    for language in ("en", "es"):
        line = render([Say("prompt.option", {"number": 2, "label": keep})], language)
        assert line == f"2. {catalogue()['reschedule.keep'][language]}"


def test_a_coordinators_wording_wins_in_its_language_and_also_within_a_text() -> None:
    edits = {("reschedule.keep", "en"): "Leave it"}
    keep = Say("reschedule.keep")
    assert render([keep], "en", edits) == "Leave it"
    assert render([keep], "es", edits) == catalogue()["reschedule.keep"]["es"]
    line = Say("prompt.option", {"number": 1, "label": keep.as_json()})
    assert render([line], "en", edits) == "1. Leave it"


@pytest.mark.parametrize(
    "say",
    [
        Say("no.such_text"),
        Say("keyword.stopped"),
        Say("prompt.option", {"number": 1, "label": {"en": "English alone"}}),
        Say("prompt.option", {"number": 1, "label": {"say": "no.such_text"}}),
    ],
)
def test_what_cannot_be_worded_raises(say: Say) -> None:
    with pytest.raises(KeyError):
        render([say], "es")


def test_several_texts_stand_one_below_the_other() -> None:
    two = [Say("prompt.option", {"number": n, "label": "x"}) for n in (1, 2)]
    assert render(two, "en") == "1. x\n2. x"
    assert render([], "en") == ""


def test_a_say_survives_as_json() -> None:
    say = Say("prompt.option", {"number": 1, "label": {"en": "Yes", "es": "Sí"}})
    assert Say.of(say.as_json()) == say
    assert Say.of({"say": "turn.empty"}) == Say("turn.empty")


@given(st.text())
def test_a_persons_words_are_never_read_as_a_template(words: str) -> None:
    assert render([Say("prompt.option", {"number": 1, "label": words})], "en") == f"1. {words}"
