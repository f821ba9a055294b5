"""What a text is like, by its meaning: unseen wordings, everyday sentences, and what happens without an encoder."""

import pytest

from conversations.safety import classifier, meaning, normalise, read
from conversations.safety.meaning import Likeness

CRISIS = "crisis"


def like(text: str) -> Likeness | None:
    return meaning.likeness(normalise(text), text)


@pytest.mark.parametrize(
    "text",
    [
        "everyone would breathe easier with me gone for good",
        "wrote goodbye notes to my little brother and my mom",
        "ya le regale mis cosas a mi hermana, no las voy a necesitar",
    ],
)
def test_a_farewell_is_surer_to_be_a_crisis_than_an_everyday_text(text: str) -> None:
    told, everyday = like(text), like("any job shadows for nursing next week?")
    assert told and everyday
    assert told.needs[CRISIS] > 0.3 > 0.05 > everyday.needs[CRISIS]


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
    found = like(text)
    assert found
    assert meaning.gravest(found) is None


def test_of_two_needs_the_one_further_above_its_bar_counts_and_a_sure_crisis_always() -> None:
    assert meaning.gravest(_found(crisis=0.55, report_unsafe=0.9)) == ("report_unsafe", "")
    assert meaning.gravest(_found(crisis=0.9, report_unsafe=0.99)) == (CRISIS, "abuse")
    assert meaning.gravest(_found(crisis=0.1, report_unsafe=0.1)) is None


def test_what_a_rule_took_back_never_counts_by_meaning() -> None:
    found = _found(opt_out=0.99)
    assert meaning.gravest(found) == ("opt_out", "")
    assert meaning.gravest(found, {"opt_out"}) is None


def test_without_an_encoder_the_words_decide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(meaning, "ENCODER", "no_such_encoder")
    monkeypatch.setattr(classifier, "best", lambda words, doubted=(): (CRISIS, "abuse"))
    text = "any job shadows for nursing next week?"
    assert like(text) is None
    found = read(text)
    assert found and (found.need, found.kind) == (CRISIS, "abuse")


@pytest.mark.parametrize("text", ["", "ok", "1", "?!", "\ud800 lone surrogate here", "🙂 🙂 🙂", "a " * 5000])
def test_odd_texts_do_no_harm(text: str) -> None:
    like(text)


def _found(**needs: float) -> Likeness:
    return Likeness(needs={need: needs.get(need, 0.0) for need in meaning.NEEDS}, kind="abuse")
