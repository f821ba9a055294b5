"""What is decided before anything else reads a text: crisis, unsafe reports, opt-outs, wrong numbers.

Pure functions over this package's phrase lists and weights: no database, no network, no engine. They are called in the
transaction that stores the message and can be called again at any time with the same result.
"""

from conversations.safety import (
    abusive,
    classifier,
    crisis,
    grammar,
    keywords,
    meaning,
    opt_in,
    opt_out,
    unsafe,
    wrong_number,
)
from conversations.safety.finding import CRISIS_KINDS, NEEDS, OPT_OUT_KINDS, Finding
from conversations.safety.grammar import Hit
from conversations.safety.meaning import Likeness
from conversations.safety.normal import Normal, normalise

LESS_GRAVE = (("report_unsafe", unsafe.find), ("wrong_number", wrong_number.find))
LESSER = (
    ("report_unsafe", unsafe.FILE),
    ("opt_out", opt_out.FILE),
    ("wrong_number", wrong_number.FILE),
)

__all__ = ["CRISIS_KINDS", "NEEDS", "OPT_OUT_KINDS", "Finding", "normalise", "read", "warm"]


def read(text: str, *, opted_out: bool = False, role: str = "anyone") -> Finding | None:
    """What the safety rules find in one text, or None.

    Order: crisis, report_unsafe, wrong_number, opt_out, abusive; the first three say by `also_opt_out` that
    the sender asks besides for silence. A bare keyword is nothing but that keyword.
    opted_out: the sender's number is barred, so a bare YES is opt_in like START and UNSTOP, and so are plain words
    that ask for our texts again.
    role: of the sender ('student', 'employer', 'guardian', 'coordinator', 'anyone'). Every role is read alike,
    because a host or a guardian may be the one to tell.
    """
    normal = normalise(text)
    keyword = keywords.find(normal, opted_out=opted_out)
    if keyword:
        return keyword
    return _in_words(normal, text, opted_out=opted_out)


def warm() -> None:
    """Compiles every rule now (about a second) and not at the first text that needs it."""
    for name in (crisis.FILE, unsafe.FILE, opt_out.FILE, wrong_number.FILE, abusive.FILE):
        grammar.book(name).compile()
    grammar.book(crisis.FILE, "masks").compile()
    classifier.best("a text of some length")
    meaning.likeness(normalise("a text of some length"), "a text of some length")
    normalise("hello")


def _in_words(text: Normal, raw: str, *, opted_out: bool) -> Finding | None:
    leaves = opt_out.find(text)
    told = crisis.find(text)
    if told:
        return _finding("crisis", told, text, also_opt_out=leaves is not None)
    found = meaning.likeness(text, raw)
    sure = _sure_of_crisis(text, found)
    if sure:
        return _likely("crisis", sure, text, also_opt_out=leaves is not None)
    for need, find in LESS_GRAVE:
        hit = find(text)
        if hit:
            return _finding(need, hit, text, also_opt_out=leaves is not None)
    if leaves:
        return _finding("opt_out", leaves, text, kind="words")
    comes_back = opt_in.find(text)
    if comes_back and opted_out:
        return _finding("opt_in", comes_back, text)
    rude = abusive.find(text)
    if rude:
        return _finding("abusive", rude, text)
    likely = _by_likeness(text, found)
    wants_more = comes_back is not None and likely is not None and likely.need == "opt_out"
    return None if wants_more else likely


def _sure_of_crisis(text: Normal, found: Likeness | None) -> str:
    """The kind of a crisis so sure that it outweighs a rule for a lesser need, else ''."""
    if found is None:
        return classifier.sure_of_crisis(crisis.unmasked(text))
    return found.kind if found.needs["crisis"] > meaning.SURE else ""


def _by_likeness(text: Normal, found: Likeness | None) -> Finding | None:
    """Where no rule speaks: what the text is most like, if it is like something grave enough.

    A lesser need that a rule saw and took back ("stop texting me during class") does not count, or, where there is no
    encoder, has to be likelier.
    """
    taken_back = {need for need, name in LESSER if grammar.book(name).barred(text.words)}
    if found is None:
        weighed = classifier.best(crisis.unmasked(text), taken_back)
    else:
        weighed = meaning.gravest(found, taken_back)
    if weighed is None:
        return None
    need, kind = weighed
    return _likely(need, kind or ("words" if need == "opt_out" else ""), text)


def _likely(need: str, kind: str, text: Normal, *, also_opt_out: bool = False) -> Finding:
    language = "es" if text.marks("spanish") > text.marks("english") else "en"
    return Finding(need, kind, also_opt_out, language, f"classifier.{need}")


def _finding(need: str, hit: Hit, text: Normal, *, kind: str = "", also_opt_out: bool = False) -> Finding:
    return Finding(
        need=need,
        kind=kind or hit.rule.kind,
        also_opt_out=also_opt_out,
        language=_language(hit, text),
        rule=hit.rule.id,
    )


def _language(hit: Hit, text: Normal) -> str:
    """Rules hold words of both languages; the words around decide, and the rule where they do not."""
    spanish = text.marks("spanish")
    english = text.marks("english")
    if spanish == english:
        return hit.rule.language
    return "es" if spanish > english else "en"
