"""The files of `knowledge/vocabulary`."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml

import knowledge


@cache
def load(name: str) -> dict[str, Any]:
    """One file by its name without `.yml`; raises FileNotFoundError where there is none."""
    folder = Path(next(iter(knowledge.__path__))) / "vocabulary"
    with (folder / f"{name}.yml").open(encoding="utf-8") as file:
        loaded = yaml.safe_load(file)
    return loaded if isinstance(loaded, dict) else {}


@cache
def common_words(language: str) -> frozenset[str]:
    """Everyday words of `en` or `es` that the other language does not use, folded."""
    return frozenset(str(word) for word in str(load("common_words")[language]).split())
