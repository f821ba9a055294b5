"""The demo's files, the ids of what is in them, and the names in them."""

import uuid
from functools import cache
from importlib import resources
from typing import Any

import yaml

from placements.queries.catalogue import VocabularyRows

_NAMESPACE = uuid.UUID("5b0d7c3a-6f3e-5d0e-9a51-0f00b71d6e00")


def demo_id(key: str) -> uuid.UUID:
    """The id of the person, partner or other record that the demo's files call `key`; the same everywhere."""
    return uuid.uuid5(_NAMESPACE, key)


@cache
def read(name: str) -> dict[str, Any]:
    """One of the demo's files. Callers must not change what they get."""
    text = (resources.files(__package__) / f"{name}.yml").read_text(encoding="utf-8")
    data: dict[str, Any] = yaml.safe_load(text)
    return data


def vocabulary() -> VocabularyRows:
    """What `placements.queries.catalogue.vocabulary_rows` answers on demo data, without a database."""
    partners, schools = read("partners")["partners"], read("schools")["schools"]
    cities = [each["site"]["city"] for each in partners] + [each["city"] for each in schools]
    return VocabularyRows(
        employers=_names(partners),
        schools=_names(schools),
        places={city.lower(): city for city in cities},
    )


def _names(entries: list[dict[str, Any]]) -> dict[str, uuid.UUID]:
    names = {}
    for entry in entries:
        for name in (entry["name"], *entry["aliases"]):
            names[name.lower()] = demo_id(entry["key"])
    return names
