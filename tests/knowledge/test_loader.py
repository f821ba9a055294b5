"""What a file of answers must hold, and how a mistake in one is told."""

from pathlib import Path

import pytest

from knowledge.loader import load, parse, size

GOOD = """---
id: greeting
needs: [ask_activity]
source: [the programme]
reviewed: 2026-11-22
owner: coordinator
---
## en
### Short
Hello, {contact} can help.

### Long
Hello there.

## es
### Short
Hola, ayuda {contact}.

### Long
Hola a todos.
"""


def test_a_file_is_read_in_both_languages() -> None:
    answer = parse(GOOD, "topic")
    assert (answer.key, answer.topic, answer.needs) == ("greeting", "topic", ("ask_activity",))
    assert answer.short == {"en": "Hello, {contact} can help.", "es": "Hola, ayuda {contact}."}
    assert answer.long["es"] == "Hola a todos."
    assert answer.reviewed.isoformat() == "2026-11-22"


def test_questions_that_it_answers_are_kept_by_language() -> None:
    asked = GOOD.replace(
        "owner: coordinator", "owner: coordinator\nasked:\n  en: [who r u]\n  es: [quien eres]"
    )
    assert parse(asked, "topic").asked == {"en": ("who r u",), "es": ("quien eres",)}
    assert parse(GOOD, "topic").asked == {}


@pytest.mark.parametrize(
    ("mistake", "told"),
    [
        (GOOD.replace("## es", "## fr"), "exactly the sections en and es"),
        (GOOD.replace("owner: coordinator", "colour: red\nowner: x"), "unknown front matter: colour"),
        (GOOD.replace("source: [the programme]\n", ""), "missing: source"),
        (GOOD.replace("reviewed: 2026-11-22", "reviewed: last year"), "reviewed is not a date"),
        (GOOD.replace("needs: [ask_activity]", "needs: ask_activity"), "needs is not a list"),
        (GOOD.replace("owner: coordinator", "owner: x\nasked: [who r u]"), "asked is not a map"),
        (GOOD.replace("owner: coordinator", "owner: x\nasked: {fr: [qui]}"), "asked is not a map"),
        (GOOD.replace("owner: coordinator", "owner: x\nasked: {en: who}"), "en is not a list"),
        (GOOD.replace("Hola a todos.", ""), "es has no long form"),
        (GOOD.replace("### Long\nHello", "### Longer\nHello"), "unknown heading: Longer"),
        (GOOD.replace("Hello, {contact}", "Hello, {reach}"), "other values than en"),
        (GOOD.replace("{contact}", "{name}"), "no longest value for name"),
        (GOOD.replace("id: greeting", "id: greeting\nvars: {name: Ana}"), "does not name name"),
        (GOOD.replace("Hello, {contact}", "Hello " * 60 + "{contact}"), "306 fit"),
        (GOOD.replace("Hola, ayuda", "Sí " * 70), "201 fit"),
        (GOOD.replace("Hello, {contact}", "Hello – {contact}"), "not a character for text messages"),
        (GOOD.replace("---\nid", "id", 1), "needs front matter"),
    ],
)
def test_a_mistake_is_told_with_the_name_of_the_file(mistake: str, told: str, tmp_path: Path) -> None:
    folder = tmp_path / "topic"
    folder.mkdir()
    (folder / "broken.md").write_text(mistake, encoding="utf-8")
    with pytest.raises(ValueError, match=r"topic/broken\.md") as caught:
        load(tmp_path)
    assert told in str(caught.value)


def test_an_id_is_used_once(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "same.md").write_text(GOOD, encoding="utf-8")
    with pytest.raises(ValueError, match="the id greeting is taken"):
        load(tmp_path)


def test_accents_that_the_basic_alphabet_lacks_leave_less_room() -> None:
    assert size("mañana ¿qué?") == (12, 306)
    assert size("sí") == (2, 201)
