"""What work-based learning is: the continuum, its activities, fields of work, and what only a person can answer."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from bot.actions.base import Context, Payload, Plan, Planned, Tools, do, make, say
from bot.actions.know import activity, asked_activities, best, know, title
from conversations.texts import known
from conversations.turns.words import says_new_number
from knowledge import answers, mentions, stage_labels

# Needs whose own service does not exist yet: a person is told, and the sender hears so. A test holds this list, so
# that it can only shrink.
FOR_A_PERSON = (
    "relay_message",
    "log_hours",
    "give_reflection",
    "ask_proof",
    "become_champion",
    "offer_opportunity",
    "change_offer",
    "report_attendance",
    "verify_hours",
    "give_feedback",
    "pause_champion",
    "event_rsvp",
    "update_profile",
)

_OF_STAGES = re.compile(
    r"\b(stages?|steps?|phases?|levels?|continuum|etapas?|fases?|pasos?|niveles?)\b", re.IGNORECASE
)
_VISIT = re.compile(r"\b(visitas?|recorridos?)\b", re.IGNORECASE)  # beside another activity, a worksite tour
_COMPARES = re.compile(
    r"\b(?:differen\w+|diff|vs|versus|compar\w+|better|instead of|rather than|diferen\w+|mejor|en vez de|"
    r"en lugar de)\b",
    re.IGNORECASE,
)
_SAME = re.compile(  # asks for a yes or a no
    r"\b(?:same (?:thing )?(?:as|thing)|the same|like (?:a|an)|lo mismo|igual que|"
    r"(?:is|are) (?:a |an )?[\w -]{3,30} (?:a|an))\b"
    r"|\bes (?:como )?un[ao]?\b",
    re.IGNORECASE,
)
_STAGES = ("stage_awareness", "stage_exploration", "stage_preparation")


def actions(tools: Tools) -> Sequence[Planned]:
    plans: dict[str, Plan] = {
        "ask_continuum": _continuum,
        "ask_activity": what_it_is,
        "ask_difference": _difference,
        "ask_career": _career,
        "ask_pathway": _pathway,
        "ask_local_demand": _local_demand,
    }
    own = {"update_profile": _update_profile}
    return make(tools, plans | {need: _to_a_person(need) for need in FOR_A_PERSON} | own)


async def _continuum(context: Context) -> Sequence[Payload]:
    named = asked_activities(context)
    if named and mentions("stage_of_activity", context.text):
        return [told for code in named[:2] if (told := await _stage_of(context, code))]
    key = best(context, "ask_continuum") or "continuum"
    if key == "work_based_learning" and mentions("why_work_based_learning", context.text):
        key = "why_work_based_learning"
    elif key == "work_based_learning" and _OF_STAGES.search(context.text):
        key = "continuum"
    return [know(context, "continuum" if key in _STAGES and _stages_named(context) > 1 else key)]


def _stages_named(context: Context) -> int:
    return sum(mentions(key, context.text) for key in _STAGES)


async def _stage_of(context: Context, code: str) -> Payload | None:
    found = await activity(context, code)
    if found is None:
        return None
    stage = stage_labels()[found.stage.value]
    return know(context, "stage_of_activity", activity=title(found.label), stage=stage)


async def what_it_is(context: Context) -> Sequence[Payload]:
    """What an activity is; of two, how they differ."""
    named = asked_activities(context)
    if len(named) > 1:
        return [await _side_by_side(context, named)]
    keys = [f"know.activity_{code}" for code in named or context.values("activity")]
    return [say(key) for key in keys if known(key)][:1] or [say("info.which_activity")]


async def _difference(context: Context) -> Sequence[Payload]:
    named = asked_activities(context)
    if len(named) == 1 and _VISIT.search(context.text) and "worksite_tour" not in named:
        named = ["worksite_tour", *named]
    key = best(context, "ask_difference", named)
    told_by_words = key is not None and bool(answers()[key].words)
    if key and told_by_words and (len(named) < 2 or "service_learning" in named):
        return [know(context, key)]
    if len(named) > 1:
        return [await _side_by_side(context, named)]
    if named:
        words = (context.metadata.get("entities") or {}).get("activity") or ()
        same = len({word.lower() for word in words}) > 1
        facts = await _line(context, named[0], "first")
        return [know(context, "difference_same" if same else "difference_from_which", **facts)]
    return [know(context, "continuum" if _stages_named(context) > 1 else "difference_which_two")]


async def compared(context: Context) -> Sequence[Payload] | None:
    """Two activities side by side, where a text names both and asks how they compare; None otherwise."""
    if len(asked_activities(context)) < 2 or not (
        _COMPARES.search(context.text) or _SAME.search(context.text)
    ):
        return None
    return await _difference(context)


async def _side_by_side(context: Context, named: Sequence[str]) -> Payload:
    first, second = await _line(context, named[0], "first"), await _line(context, named[1], "second")
    key = "difference_not_same" if _SAME.search(context.text) else "difference"
    return know(context, key, **first, **second)


async def _line(context: Context, code: str, name: str) -> Mapping[str, Any]:
    found = await activity(context, code)
    label = found.label if found else {"en": code, "es": code}
    return {name: title(label), f"{name}_line": {"say": f"know.activity_{code}_line", "vars": {}}}


async def _career(context: Context) -> Sequence[Payload]:
    field = best(context, "ask_career", clusters=context.values("cluster")[:1])
    if field and answers()[field].clusters:
        return [know(context, field), know(context, "career_no_figures")]
    return [know(context, "career")]


async def _pathway(context: Context) -> Sequence[Payload]:
    return [know(context, "pathway")]


async def _local_demand(context: Context) -> Sequence[Payload]:
    return [know(context, "local_demand")]


async def _update_profile(context: Context) -> Sequence[Payload]:
    """A new number has its own way: the old one is asked, or a coordinator. The rest of a profile is the school's."""
    if says_new_number(context.text):
        return [do("new_number")]
    return await _to_a_person("update_profile")(context)


def _to_a_person(need: str) -> Plan:
    """The plan of a need that a person sees to: a case that says what it is about, and the truth to the sender."""

    async def plan(context: Context) -> Sequence[Payload]:
        matter = {"say": f"matter.{need}", "vars": {}}
        told = say("info.person_told", contact=context.policy.help_contact)
        return [do("case", kind="not_yet", matter=matter), told]

    return plan
