"""How hard a text is to read: Flesch-Kincaid's grade for English, Fernandez Huerta's ease for Spanish.

Syllables are counted as groups of vowels, which is right for Spanish but for hiatuses, and near for English.
"""

import re

_WORD = re.compile(r"[^\W_]+(?:'\w+)?")
_VOWELS = re.compile(r"[aeiouy]+|[áéíóúü]", re.IGNORECASE)
_SILENT_E = re.compile(r"(?<=[^aeiouyl])e(?:d|s)?$", re.IGNORECASE)


def english_grade(text: str) -> float:
    """The US school grade, after Kincaid and others (1975)."""
    per_sentence, per_word = _ratios(text, "en")
    return 0.39 * per_sentence + 11.8 * per_word - 15.59


def spanish_ease(text: str) -> float:
    """The ease after Fernandez Huerta (1959): 60 to 70 is grade 8 to 9, and more is easier."""
    per_sentence, per_word = _ratios(text, "es")
    return 206.84 - 60 * per_word - 1.02 * per_sentence


def _ratios(text: str, language: str) -> tuple[float, float]:
    sentences = [s for s in re.split(r"[.!?]+(?:\s|$)", text) if s.strip()]
    words = _WORD.findall(text)
    return len(words) / len(sentences), sum(_syllables(word, language) for word in words) / len(words)


def _syllables(word: str, language: str) -> int:
    if word.isdigit():
        return len(word)
    spoken = _SILENT_E.sub("", word) if language == "en" and len(word) > 3 else word
    return max(1, len(_VOWELS.findall(spoken)))
