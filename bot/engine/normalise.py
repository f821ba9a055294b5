"""Text messages made comparable: what spelling carries no meaning for the need is taken out, the rest is
kept.
"""

import re
import unicodedata
from dataclasses import dataclass

_APOSTROPHES = str.maketrans({"’": "'", "‘": "'", "`": "'", "´": "'", "“": '"', "”": '"'})
_INVISIBLE = re.compile("[\u200b-\u200f\u2060\ufe00-\ufe0f\ufeff\U0001f3fb-\U0001f3ff]")
_URL = re.compile(r"(?:https?://|www\.)\S+|\b\w[\w.-]*\.(?:com|org|net|edu|gov|io|us|ly)\b(?:/\S*)?")
_EMAIL = re.compile(r"\S+@\S+\.\w+")
_PHONE = re.compile(r"(?:\+?1[\s.-]*)?(?:\(\d{3}\)|\d{3})[\s.-]*\d{3}[\s.-]*\d{4}\b")
_TIME = re.compile(
    r"\b\d{1,2}(?::\d{2})?\s?[ap]\.?m?\b\.?|\b\d{1,2}:\d{2}\b|\b\d{1,2}(?::\d{2})?\s?-\s?\d{1,2}(?::\d{2})?\b"
)
_DATE = re.compile(r"\b\d{1,2}[/-]\d{1,2}(?:[/-]\d{2,4})?\b")
_GRADE = re.compile(r"\b(\d{1,2})(?:th|st|nd|rd)\b")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)?")
_STRETCHED = re.compile(r"([a-záéíóúüñ!?])\1{2,}")
_TOKEN = re.compile(r"_[a-z0-9]+_|[^\W_]+|\?")
_FACES: tuple[tuple[str, str], ...] = (
    ("👍👌✅✔☑💯🙆🤝", "_yes_"),
    ("👎❌🚫🙅", "_no_"),
    ("🙏", "_please_"),
    ("❤💙💚💛💜🧡😍🥰😘💕💖", "_heart_"),
    ("😡🤬😠🖕😤", "_angry_"),
    ("😢😭😞😔💔😥", "_sad_"),
    ("👋", "_wave_"),
)
SAYS_MORE = 3  # tokens
_HELLO = frozenset(
    "hi hii hiii hiya hey heyy heyyy heya hello helo helloo yo hola holaa holis ola buenas buenos buen good gm".split()
)
_HELLO_TAIL = frozenset(
    "morning afternoon evening day there again everyone miss ms mr mrs sir maam dias días tardes noches dia día".split()
)
_FACE = {face: f" {name} " for faces, name in _FACES for face in faces}


@dataclass(frozen=True)
class Text:
    """Tokens of one message: `words` without accents, `accented` those words that had one, as written."""

    words: tuple[str, ...]
    accented: tuple[str, ...]


def normalise(text: str) -> Text:
    """Return the tokens of `text`.

    Letters are lower-cased, stretched ones shortened, apostrophes dropped; addresses, telephone numbers,
    times, dates, other numbers and emoji become class tokens such as `_phone_`. Of punctuation only `?`
    stays.
    """
    tokens = _without_greeting(_TOKEN.findall(_classes(_clean(text))))
    folded = [fold(token) for token in tokens]
    return Text(tuple(folded), tuple(t for t, f in zip(tokens, folded, strict=False) if t != f))


def _without_greeting(tokens: list[str]) -> list[str]:
    """The tokens after a greeting, where enough follows to say what is wanted: "hi i want a job shadow"."""
    start = 0
    while start < len(tokens) and (tokens[start] in _HELLO or (start and tokens[start] in _HELLO_TAIL)):
        start += 1
    return tokens[start:] if len(tokens) - start >= SAYS_MORE else tokens


def fold(text: str) -> str:
    """Return `text` without accents: `mañana` and `manana` become one."""
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))


def key(text: str) -> str:
    """Return what two texts share when they differ in spelling only; for finding duplicates."""
    return " ".join(normalise(text).words)


def _clean(text: str) -> str:
    text = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text)).translate(_APOSTROPHES).lower()
    return text.replace("_", " ").replace("'", "")


def _classes(text: str) -> str:
    text = _URL.sub(" _url_ ", _EMAIL.sub(" _mail_ ", text))
    text = _PHONE.sub(" _phone_ ", text)
    text = _GRADE.sub(r" _nth_ _nth\1_ ", text)
    text = _TIME.sub(" _time_ ", text)
    text = _DATE.sub(" _date_ ", text)
    text = _outside_classes(text)
    return _STRETCHED.sub(r"\1\1", text)


def _outside_classes(text: str) -> str:
    parts: list[str] = re.split(r"(_[a-z0-9]+_)", text)
    return "".join(part if i % 2 else _symbols(_NUMBER.sub(_number, part)) for i, part in enumerate(parts))


def _number(match: "re.Match[str]") -> str:
    digits = match.group().replace(",", ".")
    if digits.isdigit() and len(digits) == 1:
        return f" _n1_ _n1{digits}_ "
    return f" _n{min(len(digits), 5)}_ " if digits.isdigit() else " _decimal_ "


def _symbols(text: str) -> str:
    return "".join(_FACE.get(c, " _emoji_ " if unicodedata.category(c) == "So" else c) for c in text)
