"""The answer that a question is nearest to by meaning, where it is near enough; a rule's or a record's way is kept.

The sentence encoder is the one that the safety rules read with. Without it words alone decide.
"""

import asyncio
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from tempfile import NamedTemporaryFile
from threading import Lock
from typing import Any
from zipfile import BadZipFile

from bot.actions.base import Context, Payload, do, say
from bot.actions.know import asked_activities, subject
from conversations.safety import meaning
from conversations.turns.words import is_question
from knowledge import Answer, answers, clauses, mentions, pick
from knowledge.meaning import Index, Near, examples, margin

# How near is near enough; how they were fitted is in docs/knowledge.md.
FLOOR = 0.45  # likeness below which no answer is said by meaning alone
UNKNOWN = 0.55  # the same where the text was taken for nothing that is known here
MARGIN, MARGIN_ELSEWHERE = 0.06, 0.12  # nearer than the next: an answer of the understood need, and another
MARGIN_OF_FIELD = 0.3  # where the text names a field of work, whose answer says what is known of it
MARGIN_TO_GENERAL = 0.03  # where the words know nothing better than the need's general answer
FAR = 0.40  # likeness to everything below which a general answer is no answer
NEED = 0.2  # what the index adds for the need, which says nothing of the likeness itself

# Needs whose questions an answer from a file may take; of the rest only the text that plainly asks.
ASKING = frozenset(
    "ask_continuum ask_activity ask_difference ask_eligibility ask_preparation ask_paperwork ask_pay ask_credit "
    "ask_career ask_pathway ask_local_demand resume_help interview_help ask_employer_info ask_guardian_info "
    "ask_privacy".split()
)
BY_RULE = frozenset(("ask_eligibility",))  # what the district's rules say is nothing general
NOT_UNDERSTOOD = frozenset(("out_of_scope", "fallback"))
IF_ASKED = frozenset(
    "talk_to_person complain ask_identity what_can_you_do give_feedback become_champion offer_opportunity "
    "change_offer".split()
)
_WHERE_AND_WHEN = re.compile(
    r"\b(where (?:is|will|are)|what time|ad[oó]nde|a d[oó]nde|d[oó]nde va|a qu[eé] hora|qu[eé] d[ií]a)\b", re.IGNORECASE
)  # of a child's visit: what is on record
_SHORT = 4  # words; so few do not say what a general answer leaves out


@dataclass(frozen=True)
class Found:
    """What a text is nearest to: an answer that may be said, or none; and whether it is far from everything."""

    answer: Answer | None
    far: bool


NOTHING = Found(None, far=False)
KEPT = Path(__file__).parents[1] / "models" / "answers.npz"
_MAKING = Lock()


def ready() -> bool:
    """Whether there is an encoder to compare with."""
    return find_spec(meaning.ENCODER) is not None


def warm() -> None:
    """Makes the index now, and keeps its vectors in a file, so that no question and no later start waits for it."""
    if ready():
        _index()


async def nearest(context: Context, need: str, *, by_words: bool = False) -> Found:
    """The answer that is near enough. `by_words`: the text's words have asked for another one already."""
    if need == "ask_guardian_info" and _WHERE_AND_WHEN.search(context.text):
        return NOTHING
    open_to = need in ASKING or need in NOT_UNDERSTOOD or (need in IF_ASKED and is_question(context.text))
    if not open_to or not ready() or len(context.text.split()) < 2:
        return NOTHING
    index = await asyncio.to_thread(_index)
    about = asked_activities(context) or await subject(context)
    ordered = [
        each
        for each in index.near(context.text, need=need, role=context.role)
        if each.way or _about(answers()[each.key], about, need)
    ]
    likeness = max((_likeness(each, need) for each in ordered if each.key != "out_of_scope"), default=0.0)
    fields = context.values("cluster")[:1]
    picked = pick(need, context.text, role=context.role, activities=about, clusters=fields)
    if len(_of_clauses(context, need, about)) > 1 or _asks_for_its_stage(context, need, about):
        return NOTHING  # two questions at once, each answered by its words; and what is on record
    least = _least(context, need, about, picked)
    if by_words:
        least = max(least, MARGIN)
    if not ordered or ordered[0].way or not _clear(ordered, need, least):
        return Found(None, far=likeness < FAR)
    answer = answers()[ordered[0].key]
    its_own = picked is not None and picked.key == answer.key  # the action knows more besides
    general = answer.general and need not in NOT_UNDERSTOOD
    may = _may_be_said(answer) and not its_own and not general
    return Found(answer if may else None, far=likeness < FAR)


def honestly(context: Context, payloads: Sequence[Payload], found: Found) -> Sequence[Payload]:
    """What an action says, or, where that is a general answer to a question far from all, that it is not known."""
    general = [each for each in payloads if _is_general(each)]
    if not found.far or not general or len(general) < len([each for each in payloads if "say" in each]):
        return payloads
    if len(context.text.split()) <= _SHORT:
        return payloads
    return [do("unanswered"), say("info.not_known", contact=context.policy.help_contact)]


def _clear(ordered: Sequence[Near], need: str, least: float) -> bool:
    first = ordered[0]
    if _likeness(first, need) < (UNKNOWN if need in NOT_UNDERSTOOD else FLOOR):
        return False
    fits = not first.way and need in answers()[first.key].needs
    return margin(ordered) >= (least if fits else MARGIN_ELSEWHERE)


def _least(context: Context, need: str, about: Sequence[str], picked: Answer | None) -> float:
    """How much nearer an answer of the need has to be than the next, by what the words have chosen already."""
    if picked is not None and picked.clusters:
        return MARGIN_OF_FIELD
    of_kind = picked is not None and bool(picked.activities)
    if of_kind or (about and need == "ask_difference") or len(context.text.split()) <= _SHORT:
        return MARGIN_ELSEWHERE
    return MARGIN if need in BY_RULE or (picked is not None and picked.narrowed) else MARGIN_TO_GENERAL


def _likeness(near: Near, need: str) -> float:
    of_need = need == near.key if near.way else need in answers()[near.key].needs
    return near.score - (NEED if of_need else 0.0)


def _of_clauses(context: Context, need: str, about: Sequence[str]) -> set[str]:
    """The narrower answers that the parts of a text ask for by their words."""
    parts = clauses(context.text)
    found = [pick(need, part, role=context.role, activities=about) for part in parts if len(parts) > 1]
    return {each.key for each in found if each is not None and each.narrowed}


def _asks_for_its_stage(context: Context, need: str, about: Sequence[str]) -> bool:
    return need == "ask_continuum" and bool(about) and mentions("stage_of_activity", context.text)


def _about(answer: Answer, about: Sequence[str], need: str) -> bool:
    """Whether an answer is about the activities in question; one that is described has no name yet."""
    if "ask_activity" in answer.needs and answer.activities:  # what it is answers no other question
        return need in ("ask_activity", *NOT_UNDERSTOOD) and (
            not about or not set(answer.activities).isdisjoint(about)
        )
    return not answer.activities or not set(answer.activities).isdisjoint(about)


def _may_be_said(answer: Answer) -> bool:
    """Whether an answer stands by itself; one that a rule or record fills in is left to its action."""
    return bool(answer.heard) or not answer.by_name


def _is_general(payload: Mapping[str, object]) -> bool:
    key = str(payload.get("say") or "").removeprefix("know.")
    answer = answers().get(key)
    return answer is not None and answer.general


def _index() -> Index:
    with _MAKING:  # once, whoever else asks meanwhile
        return _made()


@cache
def _made() -> Index:
    kept = _kept()
    index = Index(examples(), meaning.encoder().encode, kept)
    found = index.vectors()
    if found.keys() - kept.keys():
        _keep(found)
    return index


def _kept() -> Mapping[str, Any]:
    """Vectors of an earlier start; a file that cannot be read is made anew."""
    numpy = import_module("numpy")
    try:
        with numpy.load(KEPT) as data:
            return dict(zip((str(each) for each in data["digests"]), data["vectors"], strict=True))
    except (OSError, ValueError, KeyError, EOFError, BadZipFile):
        return {}


def _keep(found: Mapping[str, Any]) -> None:
    """Writes the file in one step; where the folder takes no files, every start makes the vectors."""
    numpy = import_module("numpy")
    vectors = numpy.stack(list(found.values())).astype("float32")
    with suppress(OSError):
        KEPT.parent.mkdir(exist_ok=True)
        with NamedTemporaryFile(dir=KEPT.parent, suffix=".npz", delete=False) as file:
            numpy.savez(file, digests=numpy.asarray(list(found)), vectors=vectors)
        Path(file.name).replace(KEPT)
