import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from conversations.texts import catalogue, known

MODULE = sys.modules[catalogue.__module__]  # the package names the function as its module is named


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setattr(MODULE, "_HERE", tmp_path)
    catalogue.cache_clear()
    yield tmp_path
    catalogue.cache_clear()


@pytest.mark.parametrize(
    "wording",
    ["{en: Hello}", "{es: Hola}", "{en: Hello, es: Hola, fr: Bonjour}", "{note: nothing said}"],
)
def test_a_text_that_lacks_a_language_or_has_one_more_is_refused(folder: Path, wording: str) -> None:
    (folder / "greet.yml").write_text(f"hello: {wording}\n")
    with pytest.raises(ValueError, match=r"greet\.yml: hello"):
        catalogue()


def test_a_note_is_no_language_and_the_last_line_end_no_part_of_the_words(folder: Path) -> None:
    (folder / "greet.yml").write_text("hello:\n  note: to everybody\n  en: |\n    Hello\n  es: Hola\n")
    assert catalogue()["greet.hello"] == {"en": "Hello", "es": "Hola"}


def test_an_empty_file_is_no_fault(folder: Path) -> None:
    (folder / "greet.yml").write_text("# nothing yet\n")
    assert not known("greet.hello")


def test_every_text_that_ships_has_words_in_both_languages() -> None:
    assert len(catalogue()) > 100
    for key, wording in catalogue().items():
        assert set(wording) >= {"en", "es"}, key
        assert all(wording[language].strip() for language in ("en", "es")), key
