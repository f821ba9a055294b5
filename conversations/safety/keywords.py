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


@cache
def never_asked_for() -> frozenset[str]:
    """Words in lower case that no text of ours may ask a person to send."""
    return frozenset(str(w) for w in lexicon.data(FILE)["never_asked_for"])


@cache
def _words(group: str) -> dict[str, str]:
    """Keyword in lower case -> language."""
    by_language = lexicon.data(FILE)[group]
    return {str(word): language for language, words in by_language.items() for word in words}
