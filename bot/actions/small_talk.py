"""Greetings, who is there, what it can do, and handing over to a person."""

from collections.abc import Sequence

from bot.actions.base import Context, Payload, Planned, Tools, do, make, say
from bot.actions.opportunities import find
from placements.queries.people import person

_TOPICS = (
    "cluster",
    "occupation",
    "employer",
)  # a hello with one of these asks for it: "q onda con los bomberos"
_SPOKEN = ("student", "employer", "guardian", "coordinator")


def actions(tools: Tools) -> Sequence[Planned]:
    return make(
        tools,
        {
            "greet": _greet,
            "ask_identity": _identity,
            "what_can_you_do": _can_do,
            "thank": _thanks,
            "goodbye": _bye,
            "talk_to_person": _person,
            "start_over": _start_over,
            "change_language": _language,
            "ask_privacy": _privacy,
            "complain": _complain,
            "abusive": _abusive,
            "resume": _resume,
        },
    )


def _as(context: Context) -> str:
    return context.role if context.role in _SPOKEN else "anyone"


async def _greet(context: Context) -> Sequence[Payload]:
    if any(context.values(key) for key in _TOPICS):
        return await find(context)
    known = await person(context.session, context.person_id) if context.person_id else None
    if known is None:
        return [say("info.hello_anyone")]
    if context.role not in _SPOKEN:
        return [say("people.hello", name=known.first_name), say("info.can_do_anyone")]
    return [say(f"info.hello_{context.role}", name=known.first_name)]


async def _identity(context: Context) -> Sequence[Payload]:
    return [say("info.who_i_am", program=context.policy.program, contact=context.policy.contact_name)]


async def _can_do(context: Context) -> Sequence[Payload]:
    return [say(f"info.can_do_{_as(context)}")]


async def _thanks(context: Context) -> Sequence[Payload]:
    return [say("info.thanks")]


async def _bye(context: Context) -> Sequence[Payload]:
    return [say("info.bye")]


async def _person(context: Context) -> Sequence[Payload]:
    return [do("talk_to_person")]


async def _start_over(context: Context) -> Sequence[Payload]:
    return [do("start_over")]


async def _language(context: Context) -> Sequence[Payload]:
    wanted = context.first("language") or ("es" if context.metadata.get("language") == "en" else "en")
    return [do("set_language", language="es" if wanted == "es" else "en")]


async def _privacy(context: Context) -> Sequence[Payload]:
    return [say("info.privacy", contact=context.policy.help_contact)]


async def _complain(context: Context) -> Sequence[Payload]:
    return [do("offer_person")]


async def _abusive(context: Context) -> Sequence[Payload]:
    """One calm line, and a person sees it."""
    return [do("case", kind="abusive"), say("info.abusive")]


async def _resume(context: Context) -> Sequence[Payload]:
    """After an answer in the middle of something: the open question is put again, if one is open."""
    return [{"resume": True}]
