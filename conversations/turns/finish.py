"""End a turn: its words into the outbox, its question open, its dialogue kept, the text covered; all in one commit."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import func, select

from conversations.handoff import BOT, RETURNED
from conversations.ledger.gate import Cause, Letter, edits, put
from conversations.models import InState, Lane, MessageClass, Outbound, Prompt, PromptState
from conversations.policy import school_year
from conversations.prompts import Ask, open_next, put_prompt, question_in_short, question_of
from conversations.texts import Edits, Say, measure, render
from conversations.turns.context import Answer, Turn
from conversations.turns.engine import EngineReply
from conversations.turns.heard import heard
from conversations.turns.passing_on import pass_on

ASKED_FOR_SEGMENTS = 4  # the person asked for the content
# Where another question follows in the same text, the thanks are short.
SHORTENED = dict.fromkeys(
    ("consent.thanks_yes", "consent.thanks_no", "host.accepted", "host.declined"), "prompt.noted"
)
STAFF = "coordinator"


async def finish(turn: Turn, answer: Answer, reply: EngineReply | None) -> None:
    """Write the one reply that covers this text and everything that goes with it, or why there is none."""
    if answer.silence is not None:
        turn.inbound.silence = answer.silence
        _cover(turn)
        return
    prompt = await _question(turn, answer)
    says = [*_introduction(turn), *_back_again(turn), *answer.says]
    if prompt is not None:
        body = _fitted(turn, says, prompt, await edits(turn.session))
    else:
        body = render(says, turn.language, await edits(turn.session))
    if not body:
        raise RuntimeError("a turn without words")
    asked = [str(prompt.question["say"])] if prompt is not None else []
    await _send(turn, body, [*(s.key for s in says), *asked], prompt)
    if reply is not None:
        turn.conversation.dialogue = dict(reply.dialogue) if reply.dialogue else None
        need, confidence = heard(reply.need, reply.confidence, reply.ranking)
        turn.inbound.understood = {
            "need": need,
            "confidence": confidence,
            "ranking": [list(r) for r in reply.ranking],
        }
    _cover(turn)


async def apologise(turn: Turn) -> None:
    """After the last try: own it, and see that a person looks."""
    await pass_on(turn, "not_answered", severity="soon")
    turn.step("apologised")
    says = [Say("turn.apology")]
    await _send(turn, render(says, turn.language, await edits(turn.session)), [s.key for s in says], None)
    _cover(turn)


async def _question(turn: Turn, answer: Answer) -> Prompt | None:
    """The question this reply puts, if it puts one: a new one, the open one again, or the next that waits."""
    if answer.ask is not None:
        prompt = await put_prompt(
            turn.session,
            turn.address.id,
            answer.ask,
            person_id=turn.person.id if turn.person else None,
            role=_role_of(turn, answer.ask),
            language=turn.language,
            now=turn.now,
        )
        return prompt if prompt.state == PromptState.OPEN else None
    following = await open_next(turn.session, turn.address.id)
    if following is not None:
        answer.says.append(Say("prompt.next_question"))
        return following
    if answer.resume and turn.prompt is not None and turn.prompt.state == PromptState.OPEN:
        if answer.says and await _reminded(turn, turn.prompt):
            return None
        answer.says.append(Say("prompt.back_to"))
        return turn.prompt
    return None


async def _reminded(turn: Turn, prompt: Prompt) -> bool:
    """Whether a list was already pointed back to once: after that the words only get in the way."""
    if prompt.kind != "choose_slot":
        return False
    shown = select(func.count()).select_from(Outbound).where(Outbound.prompt_id == prompt.id)
    return (await turn.session.scalar(shown) or 0) > 1


def _role_of(turn: Turn, ask: Ask) -> str:
    return str(ask.extra.get("role") or turn.role)


def _fitted(turn: Turn, says: list[Say], prompt: Prompt, wording: Edits) -> str:
    """The words with the question below: as many choices of a new list as the length allows, an old one in short."""
    if any(say.key == "prompt.back_to" for say in says):
        return _taken_up_again(turn, says, prompt, wording)
    for fewer in _ever_shorter(prompt):
        prompt.options = fewer
        body = render([*says, *question_of(prompt)], turn.language, wording)
        if measure(body).segments <= ASKED_FOR_SEGMENTS:
            return body
    says = [Say(SHORTENED.get(say.key, say.key), say.vars) for say in says]
    return render([*says, *question_of(prompt)], turn.language, wording)


def _taken_up_again(turn: Turn, says: list[Say], prompt: Prompt, wording: Edits) -> str:
    """An answer with the open question below it. Its choices stay as the phone shows them: no list is repeated,
    unless it stands there in the other language."""
    brief = question_in_short(prompt)
    readable = not any(say.key == "people.language_set" for say in says)
    if prompt.kind == "choose_slot" and brief is not None and readable:
        alone = [s for s in says if s.key != "prompt.back_to"]
        body = render([*alone, *brief], turn.language, wording)
        return body if measure(body).segments <= ASKED_FOR_SEGMENTS else render(alone, turn.language, wording)
    body = render([*says, *question_of(prompt)], turn.language, wording)
    if measure(body).segments <= ASKED_FOR_SEGMENTS or brief is None:
        return body
    body = render([*says, *brief], turn.language, wording)
    if measure(body).segments <= ASKED_FOR_SEGMENTS:
        return body
    return render([s for s in says if s.key != "prompt.back_to"], turn.language, wording)


def _ever_shorter(prompt: Prompt) -> Iterator[list[Any]]:
    """The choices, and for a list of slots ever fewer and at last shorter ones; what was asked for comes first."""
    yield prompt.options
    slots = [o for o in prompt.options if "slot" in o["deed"]]
    if prompt.kind != "choose_slot" or not slots:
        return
    others = [o for o in prompt.options if "slot" not in o["deed"]]
    for kept in range(len(slots) - 1, 1, -1):
        yield [*slots[:kept], *others]
    for kept in range(len(slots), 1, -1):
        yield [*_without_titles(slots[:kept]), *_in_brief(others)]
    yield slots[:2]
    yield _without_titles(slots[:2])
    yield slots[:1]
    yield _without_titles(slots[:1])


def _in_brief(others: list[Any]) -> list[Any]:
    """What stands below the slots, in a word or two."""
    brief = {"find.tell_me_when": "find.none_of_these"}
    return [
        {**o, "label": {**o["label"], "say": brief[o["label"]["say"]]}}
        if isinstance(o["label"], dict) and o["label"].get("say") in brief
        else o
        for o in others
    ]


def _without_titles(slots: list[Any]) -> list[Any]:
    """The same choices by place and time alone."""
    return [
        {**o, "label": {**o["label"], "say": "find.slot_short"}}
        if isinstance(o["label"], dict) and o["label"].get("say") == "find.slot"
        else o
        for o in slots
    ]


def _introduction(turn: Turn) -> list[Say]:
    """The first words on an address, and once a school year: who this is, who reads it, and how to end it."""
    year = school_year(turn.now)
    if turn.address.introduced_for == year or STAFF in turn.roles:
        return []
    turn.address.introduced_for = year
    return [Say("intro.first", {"program": turn.policy.program, "contact": turn.policy.contact_name})]


def _back_again(turn: Turn) -> list[Say]:
    """The first words after a person at school had the conversation."""
    if turn.conversation.status != RETURNED:
        return []
    turn.conversation.status = BOT
    return [Say("turn.bot_again")]


async def _send(turn: Turn, body: str, keys: list[str], prompt: Prompt | None) -> None:
    letter = Letter(
        address=turn.address,
        conversation=turn.conversation,
        body=body,
        texts=keys,
        cause=Cause("inbound", str(turn.inbound.id)),
        dedupe=f"reply:{turn.inbound.id}",
        lane=Lane.REPLY,
        message_class=MessageClass.REPLY,
        person_id=turn.person.id if turn.person else None,
        reply_to=turn.inbound.id,
        prompt_id=prompt.id if prompt else None,
    )
    await put(turn.session, letter, policy=turn.policy, now=turn.now)


def _cover(turn: Turn) -> None:
    turn.inbound.state, turn.inbound.handled_at = InState.DONE, turn.now
    turn.inbound.person_id = turn.person.id if turn.person else None
    turn.inbound.did = turn.steps
