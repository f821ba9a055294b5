"""Training texts as hurried thumbs would send them: typos, text-speak, dropped vowels, accents and marks.

Only for training; what it does to a text is decided by the random source that is handed in.
"""

import random
from collections.abc import Callable, Sequence

from bot.engine.normalise import fold

# fmt: off
_NEIGHBOURS: dict[str, str] = {
    "q": "wa", "w": "qes", "e": "wrd", "r": "etf", "t": "ryg", "y": "tuh", "u": "yij", "i": "uok", "o": "ipl",
    "p": "ol", "a": "qsz", "s": "adwx", "d": "sfec", "f": "dgrv", "g": "fhtb", "h": "gjyn", "j": "hkum",
    "k": "jlim", "l": "kop", "z": "asx", "x": "zsc", "c": "xdv", "v": "cfb", "b": "vgn", "n": "bhm",
    "m": "njk",
}
_SHORT: tuple[tuple[str, str], ...] = (
    ("you", "u"), ("your", "ur"), ("are", "r"), ("please", "pls"), ("tomorrow", "tmrw"), ("thanks", "thx"),
    ("because", "bc"), ("with", "w"), ("to", "2"), ("for", "4"), ("people", "ppl"), ("about", "abt"),
    ("something", "smth"), ("okay", "ok"), ("message", "msg"), ("appointment", "appt"), ("schedule", "sched"),
    ("today", "2day"), ("before", "b4"), ("what", "wat"), ("know", "kno"), ("the", "da"), ("and", "n"),
    ("though", "tho"), ("que", "q"), ("qué", "q"), ("porque", "xq"), ("también", "tmb"), ("favor", "fa"),
    ("para", "pa"), ("estoy", "toy"), ("está", "ta"), ("mañana", "mñn"), ("mensaje", "msj"), ("bien", "bn"),
    ("cuando", "cdo"), ("donde", "dnd"), ("quiero", "kiero"), ("gracias", "grax"), ("por", "x"), ("te", "t"),
    ("aquí", "aki"), ("hola", "ola"), ("hoy", "oy"), ("ahora", "ahorita"), ("usted", "ud"), ("haber", "aver"),
)
_SHORT_OF = dict(_SHORT)
_SOUNDS_ALIKE: tuple[tuple[str, str], ...] = (
    ("b", "v"), ("v", "b"), ("z", "s"), ("c", "s"), ("ll", "y"), ("y", "ll"), ("h", ""), ("qu", "k"),
)
_FRONT = (
    "hi", "hey", "hello", "ok", "so", "um", "hola", "oye", "buenas", "disculpe", "hi good morning",
    "buenos dias", "hey there", "yo", "pues",
)
_BEHIND = ("thanks", "pls", "thx", "lol", "please", "gracias", "porfa", "por favor", "ty", "!!", "...")
# fmt: on

Change = Callable[[str, random.Random], str]


def noisy(text: str, rng: random.Random) -> str:
    """Return `text` with one to three changes."""
    for change in rng.sample(_CHANGES, rng.choice((1, 1, 2, 2, 3))):
        text = change(text, rng)
    return text


def _typo(text: str, rng: random.Random) -> str:
    places = [i for i, c in enumerate(text) if c.lower() in _NEIGHBOURS]
    if len(places) < 4:
        return text
    i = rng.choice(places)
    c = text[i].lower()
    kind = rng.randrange(4)
    if kind == 0:
        return text[:i] + rng.choice(_NEIGHBOURS[c]) + text[i + 1 :]
    if kind == 1:
        return text[:i] + text[i + 1 :]
    if kind == 2:
        return text[:i] + c + text[i:]
    return text[:i] + text[i + 1 : i + 2] + text[i] + text[i + 2 :]


def _typos(text: str, rng: random.Random) -> str:
    return _typo(_typo(text, rng), rng)


def _text_speak(text: str, rng: random.Random) -> str:
    words = text.split(" ")
    return " ".join(_SHORT_OF.get(w.lower(), w) if rng.random() < 0.7 else w for w in words)


def _plain(text: str, _: random.Random) -> str:
    return fold(text).replace("'", "").replace("’", "").lower()


def _no_marks(text: str, _: random.Random) -> str:
    return "".join(c for c in text if c not in "?!.,;:¿¡").lower()


def _fewer_vowels(text: str, rng: random.Random) -> str:
    words = text.split(" ")
    long = [i for i, w in enumerate(words) if len(w) >= 5 and w.isalpha()]
    if not long:
        return text
    i = rng.choice(long)
    words[i] = words[i][0] + "".join(c for c in words[i][1:-1] if c not in "aeiouáéíóú") + words[i][-1]
    return " ".join(words)


def _by_ear(text: str, rng: random.Random) -> str:
    pairs = [(a, b) for a, b in _SOUNDS_ALIKE if a in text.lower()]
    if not pairs or (not any(c in text.lower() for c in "áéíóúñ¿") and rng.random() < 0.7):
        return text
    a, b = rng.choice(pairs)
    return text.lower().replace(a, b, 1)


def _front(text: str, rng: random.Random) -> str:
    return f"{rng.choice(_FRONT)} {text}" if len(text.split()) > 2 else text


def _behind(text: str, rng: random.Random) -> str:
    return f"{text} {rng.choice(_BEHIND)}" if len(text.split()) > 2 else text


def _drop_word(text: str, rng: random.Random) -> str:
    words = text.split(" ")
    if len(words) < 5:
        return text
    del words[rng.randrange(len(words))]
    return " ".join(words)


_CHANGES: Sequence[Change] = (
    _typo,
    _typos,
    _text_speak,
    _plain,
    _no_marks,
    _fewer_vowels,
    _by_ear,
    _front,
    _behind,
    _drop_word,
)


def copies(texts: Sequence[str], times: int, seed: int) -> list[tuple[int, str]]:
    """Return `(index, changed text)` of up to `times` noisy copies a text, the same for a seed."""
    rng = random.Random(seed)
    made: list[tuple[int, str]] = []
    for _ in range(times):
        for index, text in enumerate(texts):
            changed = noisy(text, rng)
            if changed != text:
                made.append((index, changed))
    return made
