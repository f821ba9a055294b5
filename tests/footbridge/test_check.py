"""The content has no findings, and each kind of fault would be one."""

import sys
from collections.abc import Mapping

import pytest

from footbridge import check


def test_the_content_has_no_findings() -> None:
    assert check.findings() == []


@pytest.mark.parametrize(
    ("wording", "finds"),
    [
        ({"en": "Hi {name}", "es": "Hola"}, "different values"),
        ({"en": "Reply YES to confirm", "es": "Hola"}, "carrier keyword YES"),
        ({"en": "Hi " * 110, "es": "Hola"}, "3 segments of gsm7"),
        ({"en": "Hi", "es": "Está aquí la información. " * 9}, "segments of ucs2"),
        (
            {
                "en": "Notwithstanding institutional considerations, participation necessitates comprehensive parental "
                "authorization documentation before the scheduled observational engagement",
                "es": "Hola",
            },
            "reading grade",
        ),
    ],
)
def test_a_faulty_text_is_found(
    monkeypatch: pytest.MonkeyPatch, wording: Mapping[str, str], finds: str
) -> None:
    monkeypatch.setattr(check, "catalogue", lambda: {"turn.faulty": wording})
    monkeypatch.setattr(
        sys.modules["conversations.texts.render"], "catalogue", lambda: {"turn.faulty": wording}
    )
    assert any(finds in finding for finding in check._texts()), list(check._texts())


def test_a_need_without_rule_action_or_examples_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check, "_domain", lambda: [{"intents": ["fly"], "actions": ["action_fly"]}])
    found = [*check._understanding(), *check._dialogue()]
    assert {
        "need fly: no examples in en",
        "need fly: no examples in es",
        "need fly: no rule handles it",
        "action action_fly: in the domain, but nobody runs it",
    } <= set(found)


def test_plain_words_read_easier_than_long_ones() -> None:
    plain = check.reading_grade(
        "I will ask your mom and then the host. I will text you at each step of the way.", "en"
    )
    long = check.reading_grade(
        "Authorization is a precondition for participation in observational opportunities at "
        "organizations collaborating with the institution",
        "en",
    )
    assert plain < check.GRADE < long
