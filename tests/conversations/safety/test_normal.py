"""One spelling for every way of writing a word."""

import pytest

from conversations.safety import normalise
from conversations.safety.grammar import Grammar


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("I'm DYING", "i am dying"),
        ("I’m gonna", "i am going to"),
        ("k1ll mys3lf", "kill myself"),
        ("s.u.i.c.i.d.e", "suicide"),
        ("k i l l myself", "kill myself"),
        ("stoooop", "stop"),
        ("diiieee", "die"),
        ("iwanttodie", "i want to die"),
        ("su*cide", "suicide"),
        ("suiside", "suicide"),
        ("ya no quiero más", "no quiero mas"),
        ("kiero", "quiero"),
        ("he has a 🔫", "he has a gun"),
        ("lol ngl fr", ""),
        ("5 kms away", "5 km away"),
        ("homeless", "homeless"),
        ("testing", "testing"),
        ("a homework at 4pm", "a homework at 4pm"),
        ("no. yes!", "no . yes ."),
        ("wait... what", "wait what"),
    ],
)
def test_words(text: str, words: str) -> None:
    assert normalise(text).words.split() == words.split()


@pytest.mark.parametrize(
    ("text", "bare"), [("  STOP!! ", "stop"), ("¡Alto!", "alto"), ("opt-out", "opt out"), ("", "")]
)
def test_bare(text: str, bare: str) -> None:
    assert normalise(text).bare == bare


GRAMMAR = Grammar({"who": ["my friend", "{kin}"], "kin": ["mom|dad"]})


@pytest.mark.parametrize(
    ("phrase", "text", "matches"),
    [
        ("kill time", "we kill time here", True),
        ("kill time", "we kill. time here", False),
        ("{who} ..2 left", "my mom just now left", True),
        ("{who} left", "my friend left", True),
        ("i am? here", "i here", True),
        ("go !home", "go home", False),
        ("go !home", "go away", True),
        ("^ stop $", "stop", True),
        ("^ stop $", "bus stop", False),
        ("stop >", "please stop. thanks", True),
        ("stop >", "please stop thanks", False),
        ("< no", "yes. no way", True),
        ("kill* me", "killing me", True),
        ("a|b_c d", "b c d", True),
        ("i ..1 go", "i one two go", False),
        ("somebody left", "somebody left", True),
    ],
)
def test_grammar(phrase: str, text: str, matches: bool) -> None:
    assert bool(GRAMMAR.phrase(phrase).search(normalise(text).words)) is matches


@pytest.mark.parametrize("slots", [{"a": ["{b}"], "b": ["{a}"]}, {"a": ["x?"]}])
def test_a_slot_that_cannot_be_is_refused(slots: dict[str, list[str]]) -> None:
    with pytest.raises(ValueError, match="slot a"):
        Grammar(slots).phrase("{a} b")
