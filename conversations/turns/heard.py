"""What counts of the engine's word where the safety rules were silent: one decision for turns and for `understand`."""

from collections.abc import Mapping, Sequence
from typing import Any

OUT_OF_SCOPE = "out_of_scope"
BARS: Mapping[str, float] = dict.fromkeys(("crisis", "report_unsafe", "opt_out", "wrong_number"), 0.95)
"""Confidence from which the engine alone is believed; how they were chosen is in docs/safety.md. Below it nobody is
paged and nobody is shown how to stop. What rules and meaning leave is seldom one of these."""
ASK_BACK = frozenset({"crisis", "report_unsafe"})
"""In doubt about these no other reading is acted on: the answer asks what was meant."""
ONLY_BY_RULE = frozenset({"opt_in", "help_keyword", "abusive"})
"""Needs that only a keyword or a rule may settle; as a second reading they are none."""
LEAST = 0.5
"""Of what confidence the refused need leaves, the share that the next one must have."""


def heard(need: str, confidence: float, ranking: Sequence[Sequence[Any]]) -> tuple[str, float]:
    """The need that the product acts on, and its confidence (0 to 1).

    need, confidence, ranking ([need, confidence], likeliest first): as the engine says. A need of BARS below its
    bar is refused. In its place comes the likeliest of the others, if it is likely enough among them, else
    out_of_scope.
    """
    if confidence >= BARS.get(need, 0.0):
        return need, confidence
    if need not in ASK_BACK:
        left = 1.0 - sum(float(share) for other, share in ranking if other in BARS)
        for other, share in ranking:
            if other in BARS or other in ONLY_BY_RULE:
                continue
            if left > 0 and float(share) / left >= LEAST:
                return str(other), float(share)
            break
    return OUT_OF_SCOPE, 1.0 - confidence
