"""What a text asks, whatever it was taken for: first in so many words, then by its meaning.

A guardian who is asked for permission asks what it costs, a host who may come along; a coordinator asks for her cases;
somebody says "tell me more". What such a question asks for stands in the text itself, so the words decide. A question
that no words give away goes to the answer whose examples it is nearest to, where one is near enough.
"""

import re
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from bot.actions import nearest
from bot.actions.base import Context, Payload, Plan, Planned, say
from bot.actions.coordinator import coordinator_answer
from bot.actions.eligibility import at_hazard, district_pack
from bot.actions.explore import compared, what_it_is
from bot.actions.family import children_bookings, visits_meant
from bot.actions.know import asked_activities, know
from bot.actions.opportunities import visits_in_view
from bot.actions.record import next_step
from conversations.lists import slot_vars
from conversations.models import Outbound, OutState
from conversations.texts import known
from knowledge import Answer, answers, clauses, overheard
from placements.queries.bookings import BookingView, requests_for_host
from placements.queries.catalogue import SlotView

# What the words may overrule: questions, small talk and what was not understood; never a wish to do something.
OPEN = frozenset(
    "ask_continuum ask_activity ask_difference ask_eligibility ask_preparation ask_paperwork ask_pay ask_credit "
    "ask_career ask_pathway ask_local_demand resume_help interview_help find_opportunity opportunity_details "
    "my_schedule directions ask_status next_plan my_hours ask_employer_info ask_who_is_coming ask_guardian_info "
    "give_consent accept_student ask_privacy ask_identity greet affirm deny give_details out_of_scope fallback "
    "what_can_you_do update_profile report_attendance express_interest book event_rsvp verify_hours log_hours "
    "decline_student refuse_consent give_feedback relay_message ask_proof become_champion".split()
)
_MORE = re.compile(
    r"^\W*(?:ok(?:ay)?|yes|yeah|sure|s[ií]|and|y|so|pero|can you|could you|please|pls|porfa|wait)*\W*"
    r"(?:tell me (?:some )?more|more(?: info\w*| details?)?|say more|explain (?:more|that|it)|go on|keep going|"
    r"how do (?:i|you) (?:make|do|start|get|write) (?:one|it|that)|like what|"
    r"cu[eé]nt[ae]me m[aá]s|d[ií][mg]ame? m[aá]s|dime m[aá]s|m[aá]s (?:info\w*|detalles?)|m[aá]s|"
    r"explica(?:me)?(?: m[aá]s)?|"
    r"sigue|qu[eé] m[aá]s|c[oó]mo (?:lo |se |la )?(?:hago|hace)(?: una?| eso)?|como qu[eé])"
    r"(?: about (?:that|it|this)| (?:de|sobre) eso| please| pls| por ?fa(?:vor)?)*\W*$",
    re.IGNORECASE,
)
_HOW_LONG = re.compile(
    r"\b(?:how long (?:is|does|will|would) (?:it|that|this|the)|how many hours is|cu[aá]nto (?:dura|tiempo dura|tarda)|"
    r"cu[aá]ntas horas (?:es|son|dura))\b",
    re.IGNORECASE,
)
_NEXT = re.compile(
    r"\b(?:what (?:should|do|can) i do (?:next|now|first)|what'?s (?:my )?next(?: step)?|what is (?:my )?next|"
    r"where do i (?:start|begin)|"
    r"(?:que|qué|q) (?:hago|debo hacer|sigue|puedo hacer) (?:ahora|despu[eé]s(?! de)|primero)|por d[oó]nde empiezo|"
    r"cu[aá]l es el siguiente paso)\b",
    re.IGNORECASE,
)
_WHAT_IS = re.compile(
    r"\b(?:what (?:is|are|s|exactly|happens)|what's|whats|explain|(?:qu[eé]|q) (?:es|son|hacen?|se hace|significa)|"
    r"de qu[eé] se trata|expl[ií]\w+)\b",
    re.IGNORECASE,
)
TOGETHER = 2  # questions of one text that are answered in one message


def with_asides(planned: Sequence[Planned]) -> Sequence[Planned]:
    """The same actions, which listen first for what a text asks in so many words."""
    for action in planned:
        if action.need in OPEN or action.need in nearest.IF_ASKED:
            action.plan = _listening(action.need, action.plan)
    return planned


def _listening(need: str, plan: Plan) -> Plan:
    async def first_the_aside(context: Context) -> Sequence[Payload]:
        told = await _in_so_many_words(context) if need in OPEN else None
        if told is not None or context.role == "coordinator":
            return await plan(context) if told is None else [*told, {"resume": True}]
        heard = _heard(context) if need in OPEN else []
        found = nearest.NOTHING
        if len(heard) < TOGETHER:
            found = await nearest.nearest(context, need, by_words=bool(heard))
        chosen = heard if found.answer is None else [found.answer]
        told = [payload for answer in chosen for payload in await _told(context, answer)]
        if not told and need in nearest.ASKING:
            told = list(await compared(context) or ())
        if told:
            return [*told, {"resume": True}]
        return nearest.honestly(context, await plan(context), found)

    return first_the_aside


async def _in_so_many_words(context: Context) -> Sequence[Payload] | None:
    """What a rule or a record says to what the words ask; None where they ask for nothing of the kind."""
    if context.role == "coordinator":
        return await coordinator_answer(context)
    if _MORE.match(context.text):
        return await _more(context)
    if context.role == "student" and _NEXT.search(context.text):
        return await next_step(context)
    if context.role != "student" and _WHAT_IS.search(context.text) and asked_activities(context):
        return await what_it_is(context)
    if (length := await _length(context)) is not None:
        return length
    return await at_hazard(context)


async def _length(context: Context) -> Sequence[Payload] | None:
    """How long the visit takes that the list shows or that is booked; None where there is none."""
    if context.role != "student" or not _HOW_LONG.search(context.text) or asked_activities(context):
        return None
    found = await visits_in_view(context)
    return [say("detail.length", **slot_vars(found[0]), hours=_hours(found[0]))] if found else None


def _hours(slot: SlotView) -> str:
    return f"{(slot.ends_at - slot.starts_at).total_seconds() / 3600:.1f}".removesuffix(".0")


def _heard(context: Context) -> list[Answer]:
    """What the whole text asks for, and where it asks for two things, both."""
    parts = clauses(context.text)
    found = [overheard(part, context.role) for part in parts] if len(parts) > 1 else []
    every = {each.key: each for each in [*found, overheard(context.text, context.role)] if each is not None}
    return list(every.values())[:TOGETHER]


async def _told(context: Context, answer: Answer) -> Sequence[Payload]:
    """An answer in words. What is about one visit is told of the visit in question, or left to the plain answer."""
    about = _ABOUT_A_VISIT.get(answer.key)
    if about is None:
        return [know(context, answer.key, **await _by_the_rules(context, answer))]
    visit = await _visit(context)
    if visit is None:
        return [know(context, answer.key)]
    return [say(about, student=visit.student_first_name, grade=visit.grade, **slot_vars(visit.slot))]


async def _by_the_rules(context: Context, answer: Answer) -> dict[str, Any]:
    """What an answer names of the district's rules."""
    if not answer.vars:
        return {}
    pack = await district_pack(context)
    at = pack.timing.cap_time
    cap = f"{at.hour % 12 or 12}:{at.minute:02} {'AM' if at.hour < 12 else 'PM'}"
    every = {"hours": pack.timing.consent_hours, "cap": cap, "days": pack.form_valid_days}
    return {name: every[name] for name in answer.vars}


_ABOUT_A_VISIT = {"family_time": "aside.family_time", "family_with_whom": "aside.family_with_whom"}


async def _visit(context: Context) -> BookingView | None:
    """The visit that the sender is asked about, or the next one of a child."""
    if context.role == "guardian":
        return next(iter(visits_meant(context, await children_bookings(context))), None)
    if context.role == "employer" and context.person_id is not None:
        return next(iter(await requests_for_host(context.session, context.person_id)), None)
    return None


async def _more(context: Context) -> Sequence[Payload] | None:
    """The long form of the answer that was given last; None where the last text was no such answer."""
    conversation = context.metadata.get("conversation_id")
    if conversation is None:
        return None
    query = (
        select(Outbound.texts)
        .where(Outbound.conversation_id == UUID(conversation), Outbound.state != OutState.SUPPRESSED)
        .order_by(Outbound.created_at.desc(), Outbound.id.desc())
        .limit(1)
    )
    last = await context.session.scalar(query) or []
    told = [key.removeprefix("know.") for key in last if key.startswith("know.")]
    if not told:
        return None
    longer = [key for key in told if known(f"know.{key}_long") and not (answers()[key].vars or {})]
    if not longer:
        return [say("info.no_more", contact=context.policy.contact_name)]
    return [know(context, f"{longer[0]}_long")]
