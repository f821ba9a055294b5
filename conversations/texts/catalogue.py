"""The texts as they ship: one YAML file a topic, each key in both languages; `know.*` are the knowledge's."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import yaml

from knowledge import short_texts

LANGUAGES = ("en", "es")
_HERE = Path(__file__).parent


@cache
def catalogue() -> Mapping[str, Mapping[str, str]]:
    """All texts by key (`topic.name`) and language. Raises ValueError for a key that lacks one."""
    found: dict[str, Mapping[str, str]] = {}
    for path in sorted(_HERE.glob("*.yml")):
        topic = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        for name, wording in topic.items():
            if set(wording) - {"note"} != set(LANGUAGES):
                raise ValueError(f"{path.name}: {name} needs exactly {' and '.join(LANGUAGES)}")
            found[f"{path.stem}.{name}"] = {lang: wording[lang].rstrip("\n") for lang in LANGUAGES}
    found |= {f"know.{name}": wording for name, wording in short_texts().items()}
    return found


def known(key: str) -> bool:
    """Whether a text of that key exists."""
    return key in catalogue()
