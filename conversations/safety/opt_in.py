"""Opt-ins in plain words: "please text me again", "quiero recibir mensajes otra vez"."""

from conversations.safety import grammar
from conversations.safety.grammar import Hit
from conversations.safety.normal import Normal

FILE = "opt_in.yml"


def find(text: Normal) -> Hit | None:
    return grammar.book(FILE).first(text.words)
