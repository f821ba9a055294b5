"""English or Spanish: the words of a text weigh more than its letters, and one short word weighs nothing."""

import re
from functools import cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier

from conversations.reading.text import fold
from conversations.reading.vocabulary import common_words, load

SENTENCE = 4  # words
MIXED = 0.2  # of the words' weight, from which on a text is a mixture
# English words that a Spanish sentence about work-based learning holds as its own.
_BORROWED = frozenset(
    "job shadow shadows shadowing internship internships tour tours virtual mock interview interviews resume resumes "
    "host hosts feedback co op coop apprenticeship apprenticeships career careers day fair guest speaker speakers "
    "mentor mentors mentoring stipend check cash link text texts app email part full time summer high school college "
    "clinical clinicals service learning field trip workplace industry program training agreement work permit".split()
)
_WORD = re.compile(r"[^\W\d_]+(?:'[a-z]+)?")


@cache
def _words(kind: str) -> frozenset[str]:
    return frozenset(str(load("function_words")[kind]).split())


@cache
def function_words() -> frozenset[str]:
    """Both languages' words of every day, folded."""
    return frozenset(fold(word)[0] for word in _words("en") | _words("es"))


_ACCENT = re.compile(r"[áéíóúñ¿¡]")
_CLITIC = re.compile(
    r"(?:cion|ciones|mente|arme|erme|irme|arlo|erlo|irlo|arla|ando|iendo|[aei]n?me|alo|ala|"
    r"elo|selo|sela|melo|mela|[aei]rte|[aei]rse|aron|ieron|abamos|iamos|aste|iste|ito|ita|"
    r"itos|dad)$"
)
_ENGLISH_END = re.compile(r"(?:ing|tion|n't|'ll|'re|'ve|'m|ly|ness|ful|ould|ght|wh\w+)$")


@cache
def _identifier() -> LanguageIdentifier:
    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(["en", "es"])
    return identifier


def _weigh(word: str) -> tuple[float, float]:
    plain = fold(word)[0]
    spanish = 1.0 if word in _words("es") or plain in _words("es") or plain in common_words("es") else 0.0
    english = 1.0 if word in _words("en") or plain in _words("en") or plain in common_words("en") else 0.0
    if spanish and english:
        return 0.3, 0.3
    if plain in _words("either"):
        return 0.35 * spanish, 0.35 * english
    if _ACCENT.search(word):
        spanish += 0.8
    if not spanish and not english and len(plain) > 4:
        spanish += 0.5 * bool(_CLITIC.search(plain))
        english += 0.5 * bool(_ENGLISH_END.search(plain))
    return spanish, english


def detect_language(text: str, given: str | None) -> tuple[str, bool]:
    """The language of a text, and whether the text itself is evidence of it.

    `given` is the conversation's language: it stands where the text shows neither (default English).
    Of a text in both, the one with more words.
    """
    fallback = given if given in ("en", "es") else "en"
    words = [w for w in _WORD.findall(text.lower().replace("’", "'")[:1600])]
    if not words:
        return fallback, False
    weights = [_weigh(word) for word in words]
    spanish, english = sum(s for s, _ in weights), sum(e for _, e in weights)
    spanish += 0.6 * bool(re.search("[¿¡]", text))
    if len(words) == 1:
        return _single(words[0], spanish, english, fallback if given else None)
    balance = spanish - english + _lean(words, spanish, english)
    if abs(balance) < 0.5 or (given and max(spanish, english) < 0.5):
        return (fallback if given in ("en", "es") else ("es" if balance > 0 else "en")), False
    return ("es" if balance > 0 else "en"), max(spanish, english) >= 0.9 and abs(balance) >= 0.9


def whole_sentence(text: str) -> str | None:
    """The language of a text that is a sentence of one language; None for few words, and for a mixture."""
    words = [w for w in _WORD.findall(text.lower().replace("’", "'")[:1600])]
    language, plainly = detect_language(text, None)
    if len(words) < SENTENCE or not plainly:
        return None
    weights = [_weigh(word) for word in words if not (language == "es" and word in _BORROWED)]
    spanish, english = sum(s for s, _ in weights), sum(e for _, e in weights)
    other = english if language == "es" else spanish
    return language if other <= MIXED * (spanish + english) else None


def _lean(words: list[str], spanish: float, english: float) -> float:
    """What the letters alone say, above zero for Spanish: less where the words speak with one voice."""
    label, sure = _identifier().classify(" ".join(words))
    weight = min(2.0, 0.5 + 0.12 * len(words))
    if min(spanish, english) < 0.4 <= max(spanish, english):
        weight = 0.35
    lean = (float(sure) - 0.5) * 2 * weight
    return lean if label == "es" else -lean


def _single(word: str, spanish: float, english: float, fallback: str | None) -> tuple[str, bool]:
    """One word changes nothing unless it is plainly of one language; with no conversation yet, a guess."""
    plain = fold(word)[0]
    if fallback:
        return fallback, False
    if word in _words("sure_alone") or plain in _words("sure_alone"):
        return ("es" if spanish > english else "en"), True
    if len(re.sub(r"(.)\1{2,}", r"\1", plain)) < 4 and abs(spanish - english) < 0.3:
        return "en", False
    return ("es" if spanish - english + _lean([plain], spanish, english) > 0 else "en"), False
