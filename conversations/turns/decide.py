"""What a text is: an answer to the open question, something settled without the engine, or a matter for the engine."""

from dataclasses import dataclass
from typing import Any

from conversations.handoff import is_to_the_bot, is_with_a_person
from conversations.models import Prompt, PromptState
from conversations.prompts import ACTS, asked_before, close, last_prompt, open_next, question_of
from conversations.reading.answers import plain_answer
from conversations.texts import Say
from conversations.turns import gate
from conversations.turns.asks import ask_of
from conversations.turns.confirming import confirm
from conversations.turns.context import Answer, Turn
from conversations.turns.deeds import perform, roster
from conversations.turns.deeds.alarm import RAISED, WANTS_SILENCE, raise_alarm
from conversations.turns.deeds.consent import late_answer
from conversations.turns.deeds.people import child_texts, guardian_number, named_themselves, who_is_there
from conversations.turns.deeds.questions import conditional, fallback, stale
from conversations.turns.engine import EngineReply, EngineRequest
from conversations.turns.heard import OUT_OF_SCOPE, heard
from conversations.turns.to_a_person import for_the_person
from conversations.turns.understanding import Understanding
from conversations.turns.words import (
    is_conditional,
    is_number,
    is_only_punctuation,
    is_question,
    phone_number_in,
)

PLAINLY_RUDE = 0.6  # confidence from which the classifier's word alone calls a text rude


@dataclass(frozen=True)
class Decision:
    """Either the whole answer, or what the engine has to be asked first."""

    answer: Answer
    ask: "Asked | None" = None


@dataclass(frozen=True)
class Asked:
    """A text for the engine; with `need` it is not to find one but to go on from this one, found with `confidence`."""

    text: str
    need: str | None = None
    confidence: float = 1.0


async def decide(
    turn: Turn, understanding: Understanding, reply: EngineReply | None, asked: Asked | None
) -> Decision:
    """Settle a text. Called again with the engine's reply once it has one for exactly the text in question."""
    if turn.people:
        _listen(turn, understanding)
    own = await _without_engine(turn, understanding)
    if own is not None and own.replay is None:
        return Decision(own)
    text = turn.text if own is None or own.replay is None else own.replay
    if reply is None or asked is None or asked.text != text:
        return Decision(Answer(), Asked(text))
    need, confidence = heard(reply.need, reply.confidence, reply.ranking)
    if need not in (reply.need, OUT_OF_SCOPE):
        return Decision(Answer(), Asked(text, need, confidence))
    if asked.need is not None:
        turn.step("next_need_taken", need=asked.need)
    if own is not None and _a_person_has_it(own) and _only_passes_on(reply):
        who_knows = [Say("info.not_known", {"contact": turn.policy.help_contact})] if is_question(text) else []
        return Decision(Answer(says=[*own.says, *who_knows]))  # one case, and said once
    rest = await _take(turn, reply)
    if own is not None:
        rest.says = [*own.says, *rest.says]
    return Decision(rest)


def _a_person_has_it(own: Answer) -> bool:
    """Whether the greeting has just told a stranger that somebody at school will be in touch."""
    return any(say.key in ("gate.hello_employer", "gate.hello_guardian") for say in own.says)


def _only_passes_on(reply: EngineReply) -> bool:
    """Whether all that the engine makes of a text is a case."""
    return any(part.get("do", {}).get("verb") == "case" for part in reply.replies if isinstance(part, dict))


async def request_for(turn: Turn, asked: Asked, understanding: Understanding) -> EngineRequest:
    """The engine's request: the text, the dialogue as committed last, and what the app read in the text."""
    reading = await understanding.read(
        turn.session,
        asked.text,
        at=turn.now,
        person=turn.person,
        language=turn.language,
        pending=turn.prompt.kind if turn.prompt else None,
    )
    context: dict[str, Any] = {
        "message_id": str(turn.inbound.id),
        "conversation_id": str(turn.conversation.id),
        "address_id": str(turn.address.id),
        "person_id": str(turn.person.id) if turn.person else None,
        "role": turn.role,
        "roles": sorted(turn.roles),
        "language": turn.recorded_language,
        "channel": turn.address.channel,
        "at": turn.now.isoformat(),
        "pending": turn.prompt.kind if turn.prompt else None,
        "options": [o["deed"] for o in turn.prompt.options] if turn.prompt else [],
        "listed_for": (turn.prompt.again or {}).get("query") if turn.prompt else None,
        "yes_no": turn.prompt is not None and turn.prompt.yes_no,
        "known": turn.person is not None,
        "how": turn.person.how if turn.person else None,
        "entities": reading.entities,
        "values": reading.values,
        "ambiguous": reading.ambiguous,
    }
    return EngineRequest(
        conversation=str(turn.conversation.id),
        message=str(turn.inbound.id),
        text=asked.text,
        need=asked.need,
        dialogue=turn.conversation.dialogue,
        context=context,
    )


def _listen(turn: Turn, understanding: Understanding) -> None:
    """Somebody known who writes a whole sentence in the other language is answered in it, this once."""
    said = understanding.sentence_language(turn.text)
    turn.spoken = said if said != turn.recorded_language else None


async def _without_engine(turn: Turn, understanding: Understanding) -> Answer | None:
    if turn.prompt is not None and turn.prompt.expires_at is not None and turn.prompt.expires_at <= turn.now:
        close(turn.prompt, PromptState.EXPIRED, turn.now)
        await turn.session.flush()
        turn.prompt = await open_next(turn.session, turn.address.id)
    if turn.children and not turn.people and not turn.unconfirmed:
        return await child_texts(turn)
    if is_with_a_person(turn.conversation, turn.now) and not (
        turn.people and await is_to_the_bot(turn.session, turn.prompt, turn.address.id)
    ):
        return await for_the_person(turn)
    if turn.unconfirmed and (asked := await confirm(turn, understanding)) is not None:
        return asked
    if not turn.text:
        return Answer(says=[Say("turn.picture" if turn.inbound.pictures else "turn.empty")], resume=True)
    if not turn.people:
        gate.listen(turn, understanding)
    if (answered := await _answer_to_prompt(turn)) is not None:
        return answered
    if is_only_punctuation(turn.text):
        return await fallback(turn)
    if (matched := await roster.said(turn)) is not None:
        return matched
    if not turn.people and (gated := await gate.admit(turn, understanding)) is not None:
        return gated
    if turn.shared:
        return who_is_there(turn)
    if "student" in turn.roles and phone_number_in(turn.text):
        return await guardian_number(turn)
    return None


async def _answer_to_prompt(turn: Turn) -> Answer | None:
    """A number, or a plain yes or no, against the question that was on the phone when it came."""
    prompt = turn.prompt
    if prompt is None:
        last = await last_prompt(turn.session, turn.address.id)
        if (late := await late_answer(turn, last)) is not None:
            return late
        return await stale(turn, last) if is_number(turn.text) else None
    choice = (
        plain_answer(turn.text, options=len(prompt.options), yes_no=prompt.yes_no) if prompt.options else None
    )
    if prompt.kind in ACTS and not any(c.isalnum() for c in turn.text):
        choice = None  # a thumb is no word: an act takes the number or a plain yes or no
    if choice is None:
        return await _not_plain(turn, prompt)
    if not await asked_before(turn.session, prompt, turn.inbound.received_at):
        turn.step("answered_before_asked", prompt=prompt.kind)
        return Answer(says=[Say("turn.which_question"), *question_of(prompt)], resume=False)
    if not 1 <= choice <= len(prompt.options):
        return await fallback(turn)
    return await take_option(turn, prompt, choice)


async def _not_plain(turn: Turn, prompt: Prompt) -> Answer | None:
    if prompt.kind in ACTS and is_conditional(turn.text):
        return await conditional(turn, prompt)
    if prompt.kind == "who_is_there" and (choice := named_themselves(turn)) is not None:
        return await take_option(turn, prompt, choice)
    if not prompt.options:
        return await gate.free_answer(turn, prompt)
    return None


async def take_option(turn: Turn, prompt: Prompt, choice: int) -> Answer:
    """Do what the chosen option stands for, and close the question."""
    if prompt.person_id is not None:
        turn.person = next((p for p in turn.people if p.id == prompt.person_id), turn.person)
    prompt.answered_by, prompt.answer = turn.inbound.id, choice
    close(prompt, PromptState.ANSWERED, turn.now)
    await turn.session.flush()
    turn.prompt = None
    turn.conversation.misses = 0
    turn.step("answered", prompt=prompt.kind, choice=choice)
    return await perform(turn, prompt.options[choice - 1]["deed"], prompt)


async def _take(turn: Turn, reply: EngineReply) -> Answer:
    """Carry out what the engine's actions asked for, in order."""
    turn.step(
        "understood", need=reply.need, confidence=round(reply.confidence, 3), actions=list(reply.actions)
    )
    need, _ = heard(reply.need, reply.confidence, reply.ranking)
    if need in RAISED:
        return await raise_alarm(turn, need)
    if need in WANTS_SILENCE:
        return Answer(says=[Say("turn.how_to_stop")], resume=True)
    if reply.need == "abusive" and reply.confidence < PLAINLY_RUDE:
        return await fallback(turn)
    answer = Answer()
    for payload in reply.replies:
        part = await _part(turn, payload)
        answer.says += part.says
        answer.ask = part.ask or answer.ask
        answer.resume = answer.resume or part.resume
        answer.missed = answer.missed or part.missed
    if not answer.missed:
        turn.conversation.misses = 0
    return answer


async def _part(turn: Turn, payload: dict[str, Any] | Any) -> Answer:
    if "do" in payload:
        return await perform(turn, payload["do"], None)
    if "choose" in payload and turn.prompt is not None and 1 <= payload["choose"] <= len(turn.prompt.options):
        return await _chosen_in_words(turn, turn.prompt, payload["choose"])
    if "resume" in payload:
        return Answer(resume=True)
    if "say" in payload:
        return Answer(says=[Say.of(payload)])
    if "ask" in payload:
        return Answer(ask=ask_of(payload["ask"]), says=[Say.of(s) for s in payload["ask"].get("first", [])])
    return await fallback(turn)


async def _chosen_in_words(turn: Turn, prompt: Prompt, choice: int) -> Answer:
    """A choice made in other words than a number: enough for a list, never for an act with legal weight."""
    if prompt.kind in ACTS:
        return Answer(says=[Say("turn.number_please"), *question_of(prompt)])
    if not await asked_before(turn.session, prompt, turn.inbound.received_at):
        return Answer(says=[Say("turn.which_question"), *question_of(prompt)])
    return await take_option(turn, prompt, choice)
