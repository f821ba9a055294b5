"""Bare keywords: the whole text is one known word."""

import pytest

from conversations.safety import keywords, read

STOP = [
    "STOP",
    "stopall",
    "Stop All",
    "UNSUBSCRIBE",
    "Cancel",
    "END",
    "quit",
    "REVOKE",
    "OPTOUT",
    "opt out",
    "opt-out",
]
STOP_SPANISH = ["ALTO", "parar", "Pare", "BAJA", "dar de baja", "basta", "detener", "desuscribir", "FIN"]


@pytest.mark.parametrize("word", STOP)
@pytest.mark.parametrize("form", ["{}", " {} ", "{}!!!", "{}.", '"{}"', "{}\n", "\x00{}", "{} 🛑"[:2] + "."])
def test_stop_words_in_any_dress(word: str, form: str) -> None:
    found = read(form.format(word))
    assert found is not None
    assert (found.need, found.kind, found.language) == ("opt_out", "keyword", "en")


@pytest.mark.parametrize("word", STOP_SPANISH)
def test_spanish_kin(word: str) -> None:
    found = read(word)
    assert found is not None
    assert (found.need, found.kind, found.language) == ("opt_out", "keyword", "es")


@pytest.mark.parametrize("word", ["CANCELAR", "cancela", "salir", "terminar", "no", "2", "1"])
def test_words_that_mean_something_else_in_a_dialogue(word: str) -> None:
    assert read(word) is None


@pytest.mark.parametrize("word", ["START", "Unstop", "start!"])
@pytest.mark.parametrize("opted_out", [True, False])
def test_start_lifts_an_opt_out(word: str, opted_out: bool) -> None:
    found = read(word, opted_out=opted_out)
    assert found is not None and found.need == "opt_in"


@pytest.mark.parametrize("word", ["YES", "yes.", " Yes! "])
def test_yes_lifts_an_opt_out_and_is_an_answer_otherwise(word: str) -> None:
    lifted = read(word, opted_out=True)
    assert lifted is not None and lifted.need == "opt_in"
    assert read(word) is None


@pytest.mark.parametrize("text", ["si", "sí", "yes please", "yeah", "1"])
def test_nothing_else_lifts_an_opt_out(text: str) -> None:
    assert read(text, opted_out=True) is None


@pytest.mark.parametrize(
    ("word", "language"), [("HELP", "en"), ("info?", "en"), ("Ayuda", "es"), ("AYUDA!!", "es")]
)
def test_help_words(word: str, language: str) -> None:
    found = read(word)
    assert found is not None and (found.need, found.language) == ("help_keyword", language)


@pytest.mark.parametrize("text", ["help me with my resume", "more info on 2", "ayuda con mi curriculum"])
def test_help_in_a_sentence_is_no_keyword(text: str) -> None:
    found = read(text)
    assert found is None or found.need != "help_keyword"


@pytest.mark.parametrize("text", ["STOP", "quit", "end"])
def test_a_stop_word_stays_one_when_opted_out(text: str) -> None:
    found = read(text, opted_out=True)
    assert found is not None and found.need == "opt_out"


def test_every_word_that_carriers_act_on_may_never_be_asked_for() -> None:
    carriers = {
        "stop",
        "stopall",
        "unsubscribe",
        "cancel",
        "end",
        "quit",
        "revoke",
        "optout",
        "start",
        "unstop",
    }
    assert carriers | {"yes", "no", "help", "info", "ayuda"} <= keywords.never_asked_for()
