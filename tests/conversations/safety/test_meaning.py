"""What a text is like, by its meaning: unseen wordings, everyday sentences, and what happens without an encoder."""

import pytest

from conversations.safety import meaning

CRISIS = "crisis"


@pytest.mark.parametrize(
    "text",
    [
        "everyone would breathe easier with me gone for good",
        "wrote goodbye notes to my little brother and my mom",
        "ya le regale mis cosas a mi hermana, no las voy a necesitar",
    ],
)
def test_a_farewell_is_nearer_to_a_crisis_than_an_everyday_text(text: str) -> None:
    told, everyday = meaning.likeness(text), meaning.likeness("any job shadows for nursing next week?")
    assert told and everyday
    assert told.needs[CRISIS] > everyday.needs[CRISIS] + 0.5


@pytest.mark.parametrize(
    "text",
    [
        "I was born in June 1979",
        "mi hijo no me dijo nada",
        "what if she never shows up",
        "ya dijo que sí mi mamá?",
        "can my dad drop me off at the hospital",
    ],
)
def test_everyday_sentences_raise_nothing(text: str) -> None:
    assert meaning.weigh(text, None) is None


def test_words_count_unless_the_meaning_speaks_against_them() -> None:
    far, near = "any job shadows for nursing next week?", "i dont want to be alive anymore"
    assert meaning.weigh(far, (CRISIS, "self_harm")) is None
    assert meaning.weigh(near, (CRISIS, "self_harm")) == (CRISIS, "self_harm")


def test_what_a_rule_took_back_never_counts_by_meaning_alone() -> None:
    text = "please take me off this list and never text me again"
    assert meaning.weigh(text, None) == ("opt_out", "")
    assert meaning.weigh(text, None, {"opt_out"}) is None


def test_without_an_encoder_the_words_decide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(meaning, "ENCODER", "no_such_encoder")
    assert meaning.likeness("i dont want to be alive anymore") is None
    assert meaning.weigh("anything at all", (CRISIS, "abuse")) == (CRISIS, "abuse")


@pytest.mark.parametrize("text", ["", "ok", "1", "?!", "\ud800 lone surrogate here", "🙂 🙂 🙂", "a " * 5000])
def test_odd_texts_do_no_harm(text: str) -> None:
    meaning.weigh(text, None)
