"""This package's data files, and the one spelling in which the rules and the texts meet."""

from functools import cache
from importlib.resources import files
from itertools import groupby
from typing import Any

import yaml

RULE_FILES = ("slots.yml", "crisis.yml", "unsafe.yml", "opt_out.yml", "wrong_number.yml", "abusive.yml")


@cache
def data(name: str) -> Any:
    """One of the YAML files, read once."""
    return yaml.safe_load(files(__package__).joinpath(name).read_text(encoding="utf-8"))


@cache
def fillers() -> frozenset[str]:
    """Words without meaning for a rule; they are dropped from texts and from phrases."""
    return frozenset(" ".join(data("words.yml")["fillers"]).split())


@cache
def expansions() -> dict[str, tuple[str, ...]]:
    """Written form -> the words it stands for."""
    written = data("words.yml")["written"]
    return {
        form: tuple(str(words).split()) for words, forms in written.items() for form in str(forms).split()
    }


def canonical(words: list[str]) -> list[str]:
    """Phrase words in the spelling that texts are brought to; [] where nothing but fillers is left."""
    spelled = [s for w in words for s in ((w,) if w.endswith("*") else _canonical(w))]
    return [w for w, _ in groupby(spelled)]


def _canonical(word: str) -> tuple[str, ...]:
    return () if word in fillers() else expansions().get(word, (word,))
