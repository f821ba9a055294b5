"""Keywords: texts that consist of one known word and nothing else."""

from functools import cache

from conversations.safety import lexicon
from conversations.safety.finding import Finding
from conversations.safety.normal import Normal

FILE = "keywords.yml"


def find(text: Normal, *, opted_out: bool) -> Finding | None:
    """opted_out: the number has opted out, so that a bare YES lifts it and answers nothing."""
    language = _words("stop").get(text.bare)
    if language:
        return Finding("opt_out", "keyword", False, language, f"keyword.stop.{text.bare.replace(' ', '_')}")
    start = _words("start") | (_words("start_when_opted_out") if opted_out else {})
    if text.bare in start:
        return Finding("opt_in", "", False, start[text.bare], f"keyword.start.{text.bare}")
    language = _words("help").get(text.bare)
    if language:
        return Finding("help_keyword", "", False, language, f"keyword.help.{text.bare}")
    return None


def taken_by_carriers(text: str) -> str:
    """What a carrier makes of a text by itself: STOP, START, HELP or ''.

    Carriers look at the bare word in any case, without the leniency of ours: "STOP!!" and ALTO are keywords to us and
    nothing to them.
    """
    word = text.strip().lower()
    return next((kind for kind, words in _carriers().items() if word in words), "")


@cache
def groups() -> dict[str, list[str]]:
    """Every keyword by what it does: stop, start, start_when_opted_out, help."""
    return {group: list(_words(group)) for group in ("stop", "start", "start_when_opted_out", "help")}


@cache
def _carriers() -> dict[str, frozenset[str]]:
    listed = lexicon.data(FILE)["carriers"]
    return {kind: frozenset(str(word) for word in words) for kind, words in listed.items()}


@cache
def never_asked_for() -> frozenset[str]:
    """Words in lower case that no text of ours may ask a person to send."""
    return frozenset(str(w) for w in lexicon.data(FILE)["never_asked_for"])


@cache
def _words(group: str) -> dict[str, str]:
    """Keyword in lower case -> language."""
    by_language = lexicon.data(FILE)[group]
    return {str(word): language for language, words in by_language.items() for word in words}
