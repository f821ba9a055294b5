"""Every sentence of the flow, in English and Spanish side by side, and the one renderer that words them."""

from conversations.texts.catalogue import catalogue, known
from conversations.texts.render import Edits, Say, render
from conversations.texts.segments import Size, measure

__all__ = ["Edits", "Say", "Size", "catalogue", "known", "measure", "render"]
