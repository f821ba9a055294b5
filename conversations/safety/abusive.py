"""Insults, sexual messages and threats at the assistant."""

from conversations.safety import grammar
from conversations.safety.grammar import Hit
from conversations.safety.normal import Normal

FILE = "abusive.yml"


def find(text: Normal) -> Hit | None:
    return grammar.book(FILE).first(text.words)
