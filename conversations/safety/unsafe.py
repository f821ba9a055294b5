"""Unsafe at a placement, short of a crisis: harassment, injury, dangerous tasks, private contact."""

from conversations.safety import crisis, grammar
from conversations.safety.grammar import Hit
from conversations.safety.normal import Normal

FILE = "unsafe.yml"


def find(text: Normal) -> Hit | None:
    return grammar.book(FILE).first(crisis.unmasked(text))
