"""Opt-outs in plain words: "stop texting me", "no me mandes mas mensajes"."""

import re

from conversations.safety import grammar
from conversations.safety.grammar import Hit
from conversations.safety.normal import Normal

FILE = "opt_out.yml"
BANTER = (
    5  # words; a laughing "stop it lol" that names no texts is surprise, a longer one is read as it stands
)
_LAUGH = re.compile(
    r"\b(?:lo+l+|lma+o+|lmfao|rofl|omg|xd+|(?:ha){2,}h?|(?:ja){2,}j?|(?:je){2,}|jsjs\w*|no manches)\b"
)
_ABOUT_TEXTS = re.compile(
    r"\b(?:txt|text|texts|texting|messag\w+|msg\w*|mensaj\w+|sms|list|lista|number|numero|phone|telefono|unsub\w*)\b"
)


def find(text: Normal) -> Hit | None:
    return None if _banter(text.bare) else grammar.book(FILE).first(text.words)


def _banter(bare: str) -> bool:
    """True for a short laughing "stop": bare as in Normal.bare."""
    short = len(bare.split()) <= BANTER
    return short and bool(_LAUGH.search(bare)) and not _ABOUT_TEXTS.search(bare)
