"""Texts that say they reached someone else."""

from conversations.safety import grammar
from conversations.safety.grammar import Hit
from conversations.safety.normal import Normal

FILE = "wrong_number.yml"


def find(text: Normal) -> Hit | None:
    return grammar.book(FILE).first(text.words)
