"""Sentence vectors, where an encoder is installed: texts that mean the same lie close, in either language.

Nothing depends on one. With none the classifier trains and reads from words and their pieces alone, less well.
"""

import importlib
import importlib.util
import inspect
import re
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

from bot.engine.features import Floats


class Encoder(Protocol):
    """What an encoder must do; an operator may bring another, named in config.yml as `module:Class`."""

    def encode(self, texts: Sequence[str]) -> Floats:
        """Return one row of length one for each text."""


def load_encoder(name: str) -> Encoder | None:
    """Return the encoder `module:Class`, or None if that module is not installed."""
    module, _, attribute = name.partition(":")
    if not name or importlib.util.find_spec(module) is None:
        return None
    make: Any = getattr(importlib.import_module(module), attribute)
    if "threads" in inspect.signature(make).parameters:
        return _OneByOne(make(threads=1))
    return _OneByOne(make())


class _OneByOne:
    """One thread and one text at a time: ten times as fast for one text as with a thread for each processor, and three
    times as fast for many as in one go, where short texts wait for the longest."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder

    def encode(self, texts: Sequence[str]) -> Floats:
        rows: Floats = np.asarray([self._encoder.encode([text])[0] for text in texts], dtype=np.float32)
        return rows


# What encoders, raised on written language, do not know of the language of texts. Only what is never another
# word in the other language: "no", "me", "sale", "once" and the like stay as they are.
_SPOKEN = {
    short: whole
    for line in """
    u=you ur=your r=are pls=please plz=please tmrw=tomorrow tmr=tomorrow 2moro=tomorrow 2day=today thx=thanks
    ty=thank_you bc=because cuz=because w=with abt=about smth=something idk=i_don't_know msg=message
    appt=appointment sched=schedule b4=before wat=what kno=know tho=though rn=right_now wanna=want_to
    gonna=going_to gotta=have_to dont=don't cant=can't wont=won't im=i'm ive=i've whats=what's wheres=where's
    hows=how's whos=who's thats=that's isnt=isn't doesnt=doesn't didnt=didn't lemme=let_me gimme=give_me
    yall=you_all hw=homework hr=hour hrs=hours min=minutes mins=minutes
    q=que xq=porque pq=porque tmb=también tb=también xfa=por_favor porfa=por_favor toy=estoy msj=mensaje
    dnd=donde kiero=quiero grax=gracias aki=aquí tngo=tengo
    """.split()
    for short, whole in [line.split("=")]
}
_WORD = re.compile(r"[\w']+|[^\w\s]")


def spoken(text: str) -> str:
    """Return `text` with the abbreviations of text messages written out, for an encoder."""
    whole = text.encode(
        "utf-8", "ignore"
    ).decode()  # half a character, as broken senders make them, is left out
    words = _WORD.findall(whole.lower().replace("’", "'"))
    return " ".join(_SPOKEN.get(word, word).replace("_", " ") for word in words)
