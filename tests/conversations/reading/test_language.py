"""English or Spanish, text by text."""

import pytest

from conversations.reading.language import detect_language, whole_sentence

ENGLISH = [
    "when is my shadow",
    "i cant go",
    "im gonna be late",
    "whats a job shadow",
    "any shadows for nursing next week",
    "sign me up for 2",
    "who is this",
    "can i get paid",
    "tell ms rivera im sick",
    "what do i wear",
    "how do i get to mercy hospital",
    "i did 3 hrs today",
    "we can take 2 students on march 4",
    "she never showed up",
    "is it safe",
    "thx so much",
    "u there?",
    "idk what to do",
    "my son can go",
    "not this semester",
    "the second one",
    "im in 11th grade",
    "call me mari",
    "stop texting me",
    "lol ok bye",
    "do u have anything in hialeah",
    "what does a nurse make",
    "ya im here",
    "bus was late",
    "can my mom come con nosotros",
    "is there lunch or comida there",
    "the señora at the desk was nice",
    "what is el precio of the shirt we need",
    "good morning",
    "need a ride",
    "pls cancel it",
    "nvm start over",
]
SPANISH = [
    "cuando es mi shadow",
    "no puedo ir",
    "voy a llegar tarde",
    "que es un job shadow",
    "hay shadows de enfermeria la proxima semana",
    "apuntame en la 2",
    "quien es",
    "me pagan?",
    "q me pongo",
    "como llego al hospital",
    "hice 3 horas hoy",
    "podemos recibir 2 estudiantes",
    "nunca llego",
    "es seguro",
    "gracias por todo",
    "estas ahi?",
    "no se q hacer",
    "mi hijo si puede ir",
    "este semestre no",
    "la segunda",
    "estoy en noveno",
    "llamame mari",
    "ya no me manden mensajes",
    "tienes algo en hialeah",
    "cuanto gana una enfermera",
    "ya llegue",
    "perdi el bus",
    "xq no me contestan",
    "tmb quiero ir",
    "q onda",
    "asere q bola",
    "el jueves a las 3",
    "mi hija is sick hoy no va a ir",
    "quiero hacer el shadow de nursing el friday",
    "puedo llevar mis sneakers al job shadow",
    "cancela mi internship porfa",
    "el host no me dijo nada del parking",
    "buenos días",
    "necesito un ride a la escuela",
    "dónde queda mercy hospital",
    "Mi mamá ya firmó el form",
    "español por favor",
]


@pytest.mark.parametrize("text", ENGLISH)
@pytest.mark.parametrize("given", [None, "en", "es"])
def test_english(text: str, given: str | None) -> None:
    assert detect_language(text, given)[0] == "en"


@pytest.mark.parametrize("text", SPANISH)
@pytest.mark.parametrize("given", [None, "en", "es"])
def test_spanish(text: str, given: str | None) -> None:
    assert detect_language(text, given)[0] == "es"


@pytest.mark.parametrize(
    "text",
    [
        "ok",
        "no",
        "si",
        "thx",
        "lol",
        "k",
        "2",
        "👍",
        "",
        "...",
        "12/4",
        "Ana",
        "hola",
        "yes",
        "mercy hospital",
    ],
)
@pytest.mark.parametrize("given", ["en", "es"])
def test_one_word_keeps_the_conversations_language(text: str, given: str) -> None:
    assert detect_language(text, given) == (given, False)


@pytest.mark.parametrize(
    ("text", "sure"),
    [("cuando es mi cita con el hospital", True), ("when do i have to be there", True), ("ok", False), ("no", False),
     ("thx", False),     ("ok no", False), ("lincoln high", False)],
)  # fmt: skip
def test_what_counts_as_evidence(text: str, sure: bool) -> None:
    assert detect_language(text, "en")[1] is sure
    assert detect_language(text, "es")[1] is sure


@pytest.mark.parametrize(
    ("text", "language"),
    [("a que hora tengo que estar ahi mañana", "es"), ("what time do i have to be there", "en"), ("ok gracias", None),
     ("did my abuela say yes ya?", None), ("quiero un job shadow de nursing", None),
     ("me pagan en el job shadow o es sin stipend", "es"),
     ("que diferencia hay entre mock interview y workplace tour", "es"),
     ("is my tio allowed to sign esa forma", None)],
)  # fmt: skip
def test_a_whole_sentence_of_one_language(text: str, language: str | None) -> None:
    assert whole_sentence(text) == language
