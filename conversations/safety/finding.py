"""What the safety rules say about one text."""

from dataclasses import dataclass

NEEDS = ("crisis", "report_unsafe", "opt_out", "opt_in", "help_keyword", "wrong_number", "abusive")
CRISIS_KINDS = ("self_harm", "danger_now", "abuse", "friend")
OPT_OUT_KINDS = ("keyword", "words")


@dataclass(frozen=True)
class Finding:
    """One decision, made before anything else reads the text.

    need: one of NEEDS. kind: one of CRISIS_KINDS for a crisis, one of OPT_OUT_KINDS for an opt-out, else ''.
    also_opt_out: the text asks besides that nothing more be sent. language: 'en' or 'es', of the phrase that
    matched. rule: id of the phrase group, for `footbridge why`.
    """

    need: str
    kind: str
    also_opt_out: bool
    language: str
    rule: str
