"""Opt-outs in plain words: "stop texting me", "no me mandes mas mensajes"."""

from conversations.safety import grammar
from conversations.safety.grammar import Hit
from conversations.safety.normal import Normal

FILE = "opt_out.yml"


def find(text: Normal) -> Hit | None:
    return grammar.book(FILE).first(text.words)
