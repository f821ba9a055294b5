import pytest

from conversations.turns.words import is_conditional, is_number, is_only_punctuation, phone_number_in


@pytest.mark.parametrize("text", ["1", " 2 ", "#3", "1.", "2)", "1!", "12", "# 4 .", "1\n"])
def test_numbers_as_people_answer_a_list(text: str) -> None:
    assert is_number(text)


@pytest.mark.parametrize("text", ["", "one", "1 2", "123", "1 please", "-1", "1.5", "1?", "no 1", "1/2"])
def test_what_is_no_number_alone(text: str) -> None:
    assert not is_number(text)


@pytest.mark.parametrize(
    "text",
    [
        "vale, pero si la llevo yo",
        "lo dejo ir pero solo si va con su hermano",
        "ok but only if I drive him",
        "yes if its after 3",
        "Yes, as long as there is a teacher",
        "sure unless she has practice",
        "yeah until 2",
        "OK when i get off work",
        "i guess, depends on the time",
        "she can but not alone",
        "sí, pero yo lo llevo",
        "si, siempre que regrese antes de las 4",
        "claro, solo si va su hermana",
        "está bien si no pierde clases",
        "bueno, depende de la hora",
        "no, unless it is closer",
        "no pero quizá otro día",
    ],
)
def test_a_yes_or_no_with_strings_attached(text: str) -> None:
    assert is_conditional(text)


@pytest.mark.parametrize(
    "text",
    [
        "yes",
        "Yes, he can go",
        "ok thank you",
        "no",
        "no thanks",
        "sí",
        "Si",
        "claro que sí",
        "dale",
        "what if he is late?",
        "if he wants",
        "but why",
        "is there a bus",
        "1",
        "",
        "yesterday but",
        "nobody told me when",
    ],
)
def test_plain_words_and_questions_are_not_conditional(text: str) -> None:
    assert not is_conditional(text)


@pytest.mark.parametrize(
    "text",
    [
        "305-555-0142",
        "my moms number is (305) 555 0142",
        "su numero es 3055550142",
        "+1 305 555 0142",
        "call 305.555.0142 pls",
    ],
)
def test_a_phone_number_is_seen(text: str) -> None:
    assert phone_number_in(text)


@pytest.mark.parametrize(
    "text", ["1", "100201", "2027-02-02", "9 to 12 on 2/9", "room 305", "03/04/2010", "2026-27", "grade 11"]
)
def test_what_is_no_phone_number(text: str) -> None:
    assert not phone_number_in(text)


@pytest.mark.parametrize("text", ["?", "??", "...", "!!", " - "])
def test_only_punctuation_says_nothing(text: str) -> None:
    assert is_only_punctuation(text)


@pytest.mark.parametrize("text", ["", "k?", "👍", "1.", "+"])
def test_a_letter_a_figure_or_an_emoji_says_something(text: str) -> None:
    assert not is_only_punctuation(text)
