"""May I: yes or no by the district's rules, which rule, and what clears it; never a guess."""

import pytest

from tests.bot.actions.conftest import ANA, LEO, LUIS, District


@pytest.mark.parametrize(
    ("who", "text", "language", "said"),
    [
        # The record decides: Ana is 16 in grade 11, Luis 15 in grade 10, Leo 14 in grade 9.
        (ANA, "can i do an internship", "en", ["Yes! Internship", "permission first"]),
        (LUIS, "can i do an internship", "en", ["Internship? Not yet.", "grade 11 and up", "16 or older"]),
        (LUIS, "puedo hacer una pasantía", "es", ["¿Pasantía? Todavía no.", "grado 11", "16 años"]),
        (LEO, "am i allowed to do a job shadow", "en", ["Yes! Job shadow"]),
        (ANA, "can i do a clinical", "en", ["Clinical experience? Not yet.", "shot record", "Cora Diaz"]),
        # What the text says comes before the record.
        (ANA, "can i do an internship if im 15", "en", ["Internship? Not yet.", "16 or older"]),
        (ANA, "estoy en decimo, califico para pasantia", "es", ["¿Pasantía? Todavía no.", "grado 11"]),
        # Somebody else's record is not the sender's.
        (
            ANA,
            "can my brother do an internship",
            "en",
            ["Internship?", "grade 11", "Tell me your grade and age"],
        ),
        # An age that is still to come does not count.
        (LUIS, "i turn 16 next week can i do co-op", "en", ["Cooperative education? Not yet."]),
        # Somebody unknown: only what was said is judged.
        (None, "can i do an internship", "en", ["grade 11", "16 or older", "Tell me your grade and age"]),
        (None, "im 15 can i intern", "en", ["Internship? Not yet.", "16 or older"]),
        (None, "im 16 and a junior can i intern", "en", ["Yes! Internship"]),
        (None, "im 16 and in 11th grade can i do a clinical", "en", ["Yes! Clinical", "shot record first"]),
        # The rule itself.
        (
            ANA,
            "how old do you have to be for an internship",
            "en",
            ["Internship? This one is for grade 11", "16"],
        ),
        (
            LUIS,
            "do i have to be a junior for co-op",
            "en",
            ["Cooperative education? This one is for grade 11"],
        ),
        (None, "hay q tener 16 para construccion?", "es", ["Flagler Builders", "16 años"]),
        (None, "¿Un estudiante de décimo grado puede hacer la clínica?", "es", ["Todavía no.", "grado 11"]),
        # A place and its own rules.
        (ANA, "can i do the shadow at mercy hospital", "en", ["Yes! Job shadow in nursing, Mercy Hospital"]),
        (LEO, "me dejan ir a flagler builders", "es", ["¿Flagler Builders? Esa no se puede.", "16 años"]),
        (ANA, "can i go to riverside", "en", ["Nothing is open there"]),
        # In general.
        (
            LUIS,
            "am i too young for this",
            "en",
            ["You can do most things", "internship", "youth apprenticeship"],
        ),
        (None, "am i too young for this", "en", ["It depends"]),
        # What no rule looks at is neither yes nor no.
        (ANA, "do i need a 3.0 gpa for an internship", "en", ["None of my rules looks at your marks"]),
        (ANA, "puedo participar sin papeles", "es", ["Una visita no pide estatus"]),
        (ANA, "can i go without my moms permission", "en", ["Under 18, no."]),
    ],
)
async def test_the_answer_follows_the_rules(
    district: District, who: str | None, text: str, language: str, said: list[str]
) -> None:
    words = await district.words("ask_eligibility", text, who=who, language=language)
    assert all(part in words for part in said), words


async def test_the_question_does_not_change_with_what_is_booked(district: District) -> None:
    await district.book()
    assert await district.keys("ask_eligibility", "what can i do", who=ANA) == ["know.eligibility_some_open"]
