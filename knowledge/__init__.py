"""What the assistant knows: Markdown and YAML in English and Spanish."""

from collections.abc import Mapping
from typing import Any

from knowledge.choosing import clauses, mentions, overheard, pick, plain_text
from knowledge.labels import stage_labels
from knowledge.loader import ALWAYS, Answer, answers, texts

__all__ = [
    "Answer",
    "answers",
    "clauses",
    "longest_values",
    "mentions",
    "overheard",
    "pick",
    "plain_text",
    "short_texts",
    "stage_labels",
]


def short_texts() -> Mapping[str, Mapping[str, str]]:
    """Every answer as a text message, by id and language. Raises ValueError naming a file that breaks a rule."""
    return texts(answers())


def longest_values(key: str) -> Mapping[str, Any]:
    """The values that an answer names, each at its longest; none for an id that is no answer's."""
    found = answers().get(key.removesuffix("_line").removesuffix("_long"))
    return {**ALWAYS, **(found.vars or {})} if found else {}
