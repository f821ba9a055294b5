"""Plain answers to a numbered or yes/no question."""

import pytest

from conversations.reading.answers import OUT_OF_RANGE, plain_answer

CHOICES = [
    ("1", 1),
    ("1.", 1),
    ("#1", 1),
    (" 2 ", 2),
    ("2)", 2),
    ("(3)", 3),
    ("3!", 3),
    ("one", 1),
    ("One", 1),
    ("uno", 1),
    ("dos", 2),
    ("Tres", 3),
    ("option 1", 1),
    ("Option 2 please", 2),
    ("number 3", 3),
    ("the first one", 1),
    ("first", 1),
    ("2nd", 2),
    ("the third option", 3),
    ("la 2", 2),
    ("el 1", 1),
    ("la primera", 1),
    ("el segundo", 2),
    ("la tercera opcion", 3),
    ("opción 2", 2),
    ("numero 1", 1),
    ("2 pls", 2),
    ("1 por favor", 1),
    ("2 gracias", 2),
    ("4", OUT_OF_RANGE),
    ("0", OUT_OF_RANGE),
    ("the fifth one", OUT_OF_RANGE),
    ("17", OUT_OF_RANGE),
    ("1 or 2", None),
    ("1 and 3", None),
    ("2 but not tuesday", None),
    ("when is 2", None),
    ("2?", None),
    ("¿la 2?", None),
    ("12/4", None),
    ("3:30", None),
    ("3pm", None),
    ("2 students", None),
    ("yes", None),
    ("", None),
    ("hi", None),
    ("305 555 0123", None),
    ("one more thing", None),
    ("the first week of may", None),
    ("2 2", None),
]


@pytest.mark.parametrize(("text", "expected"), CHOICES)
def test_choices(text: str, expected: int | None) -> None:
    assert plain_answer(text, options=3, yes_no=False) == expected


YES = [
    "1",
    "yes",
    "Yes",
    "YES!",
    "yep",
    "yup",
    "yeah",
    "yea",
    "y",
    "ya",
    "ok",
    "OK.",
    "okay",
    "k",
    "sure",
    "si",
    "sí",
    "Sí.",
    "si si",
    "dale",
    "claro",
    "por supuesto",
    "claro que si",
    "of course",
    "yes please",
    "yes pls",
    "ok thanks",
    "si gracias",
    "sip",
    "simon",
    "va",
    "sale",
    "de acuerdo",
    "está bien",
    "perfecto",
    "yesss",
    "yeahhh",
    "bet",
    "sounds good",
    "sure thanks",
    "yes yes",
    "ok sure",
    "👍",
    "👍🏽",
    "i approve",
    "confirmo",
    "uno",
    "option 1",
    "the first one",
    "#1",
]
NO = [
    "2",
    "no",
    "No.",
    "NO!!",
    "nope",
    "nah",
    "n",
    "no no",
    "no gracias",
    "No, gracias",
    "no thanks",
    "no thank you",
    "nop",
    "not really",
    "claro que no",
    "para nada",
    "no way",
    "dos",
    "option 2",
    "👎",
]
NEITHER = [
    "ok but only if I drive him",
    "si pero tiene que volver a las 3",
    "yes if it is after 3",
    "no i mean yes",
    "yes and no",
    "not sure",
    "no se",
    "no sé",
    "maybe",
    "tal vez",
    "quizas",
    "yes?",
    "ok?",
    "si...?",
    "why",
    "who is this",
    "when",
    "no idea",
    "no problem",
    "yes can he bring lunch",
    "si puede el martes",
    "i don't know",
    "creo que si",
    "i think so",
    "ok when",
    "no hablo ingles",
    "no estoy segura",
    "yes on tuesday",
    "not yet",
    "todavia no",
    "nothing",
    "yes stop",
    "no not him",
    "no puede",
    "yes she can go",
    "ok ok but call me",
    "",
    "...",
    "?",
    "yes for ana no for leo",
]


@pytest.mark.parametrize("text", YES)
def test_yes_is_1(text: str) -> None:
    assert plain_answer(text, options=2, yes_no=True) == 1


@pytest.mark.parametrize("text", NO)
def test_no_is_2(text: str) -> None:
    assert plain_answer(text, options=2, yes_no=True) == 2


@pytest.mark.parametrize("text", NEITHER)
def test_more_than_an_answer_is_left_to_understanding(text: str) -> None:
    assert plain_answer(text, options=2, yes_no=True) is None


def test_a_number_beyond_yes_and_no() -> None:
    assert plain_answer("3", options=2, yes_no=True) == OUT_OF_RANGE


@pytest.mark.parametrize("text", ["yes", "ok", "no", "dale"])
def test_words_answer_only_yes_no_questions(text: str) -> None:
    assert plain_answer(text, options=3, yes_no=False) is None
