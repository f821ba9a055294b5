"""What the assistant knows: Markdown and YAML in English and Spanish."""

from collections.abc import Mapping

from knowledge.loader import Answer, answers, texts

__all__ = ["Answer", "answers", "short_texts"]


def short_texts() -> Mapping[str, Mapping[str, str]]:
    """Every answer as a text message, by id and language. Raises ValueError naming a file that breaks a rule."""
    return texts(answers())
