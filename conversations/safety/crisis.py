"""Crisis: self-harm, danger now, abuse, worry about another person; in that order where several are said,
danger first, because its answer starts with 911."""

from conversations.safety import grammar
from conversations.safety.grammar import Hit
from conversations.safety.normal import Normal

FILE = "crisis.yml"
FIRST_PERSON = frozenset({"i"})  # "my brother died and i want to die" is not told of the brother
SIGN = "~ "  # stands where an idiom was; no rule knows it
TOLD = ("danger.threat", "danger.followed")  # "he's going to kill himself" is not a threat to others
URGENCY = ("danger_now", "self_harm", "abuse", "friend")


def find(text: Normal) -> Hit | None:
    words = unmasked(text)
    hits = list(grammar.book(FILE).hits(words))
    friends = [h for h in hits if h.rule.kind == "friend"]
    told = [f for f in friends if not FIRST_PERSON & set(words[f.start : f.end].split())]
    own = [h for h in hits if h.rule.kind != "friend" and not _told_of_another(h, told)]
    return min(own or friends, key=lambda h: URGENCY.index(h.rule.kind), default=None)


def unmasked(text: Normal) -> str:
    """The text with idioms and lookalikes taken out ("this resume is ~ ")."""
    return grammar.book(FILE, "masks").mask(text.words, SIGN)


def _told_of_another(hit: Hit, friends: list[Hit]) -> bool:
    """True where "she says she's going to kill herself" is all that makes it look like more than worry."""
    if hit.rule.kind != "self_harm" and hit.rule.id not in TOLD:
        return False
    return any(f.start < hit.end and hit.start < f.end for f in friends)
