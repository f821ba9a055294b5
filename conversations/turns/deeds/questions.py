"""Deeds about the conversation itself: asked back, explained, handed to a person, started over."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from conversations.models import Prompt, PromptState
from conversations.prompts import ACTS, Ask, close, question_of, yes_no
from conversations.questions import keep_question
from conversations.texts import Say, known
from conversations.turns.context import Answer, Turn
from conversations.turns.passing_on import note_on_open_case, pass_on, pass_on_together

ADDS_TO = timedelta(hours=24)  # how long a bare detail is taken for more about a case
TOGETHER = frozenset({"not_yet", "abusive", "accommodation"})
EXPLAIN_AFTER, OFFER_AFTER = 2, 3  # answers in a row that were not understood


async def fallback(turn: Turn) -> Answer:
    """Not understood: ask again, then explain, then offer a person."""
    turn.conversation.misses += 1
    misses = turn.conversation.misses
    turn.step("not_understood", misses=misses)
    await keep_unanswered(turn)
    if misses >= OFFER_AFTER:
        turn.conversation.misses = 0
        return Answer(missed=True, ask=_offer())
    if turn.prompt is None:
        return Answer(missed=True, says=[Say(f"turn.cannot_{_role(turn)}")])
    explained = f"explain.{turn.prompt.kind}"
    if misses >= EXPLAIN_AFTER and known(explained):
        return Answer(missed=True, says=[Say(explained)], resume=True)
    return Answer(missed=True, says=[Say("turn.missed")], resume=True)


def _offer() -> Ask:
    return Ask(
        kind="offer_person",
        say=Say("turn.offer_person"),
        yes_no=True,
        options=yes_no({"verb": "talk_to_person"}, {"verb": "no_thanks"}),
    )


async def offer_person(turn: Turn, deed: Mapping[str, Any], prompt: Prompt | None) -> Answer:
    """Offer a person to somebody for whom this does not work."""
    return Answer(ask=_offer())


async def drop(turn: Turn, deed: Mapping[str, Any], prompt: Prompt | None) -> Answer:
    """None of a list: the list is closed."""
    if turn.prompt is not None and turn.prompt.kind not in ACTS:
        close(turn.prompt, PromptState.REPLACED, turn.now)
        await turn.session.flush()
        turn.prompt = None
    return Answer(says=[Say("turn.no_problem")])


async def fallback_deed(turn: Turn, deed: Mapping[str, Any], prompt: Prompt | None) -> Answer:
    return await fallback(turn)


async def stale(turn: Turn, prompt: Prompt | None) -> Answer:
    """A number when nothing is open: the old question is asked afresh if it can be, never guessed."""
    from conversations.turns.deeds import perform

    turn.step("stale_number", last=prompt.kind if prompt else None)
    if prompt is not None and prompt.state == PromptState.EXPIRED and prompt.again:
        fresh = await perform(turn, prompt.again, None)
        return Answer(says=[Say("turn.too_old"), *fresh.says], ask=fresh.ask)
    settled = prompt is not None and prompt.kind in ACTS and prompt.state != PromptState.ANSWERED
    return Answer(says=[Say("turn.already_settled" if settled else "turn.nothing_open")])


async def conditional(turn: Turn, prompt: Prompt) -> Answer:
    """A yes with strings attached goes to a person; the question stays open."""
    await pass_on(
        turn,
        "conditional",
        severity="soon",
        record_id=prompt.record_id,
        person_id=None if turn.person else prompt.person_id,
    )
    return Answer(says=[Say("turn.conditional")])


async def talk_to_person(turn: Turn, deed: Mapping[str, Any], prompt: Prompt | None) -> Answer:
    """Hand off: a case, and the truth about when to expect an answer. The bot goes on helping meanwhile."""
    await pass_on(turn, "talk_to_person", severity="soon")
    turn.conversation.status = "waiting"
    return Answer(says=[Say("turn.person_called", {"contact": turn.policy.help_contact})], resume=True)


async def case(turn: Turn, deed: Mapping[str, Any], prompt: Prompt | None) -> Answer:
    """Pass a matter to the coordinator and say so; `say` names the words.

    What is in TOGETHER is one open case a person; `matter` says what it is about, and what comes later becomes a note.
    """
    if deed["kind"] in TOGETHER:
        await pass_on_together(turn, deed["kind"], {"matter": deed["matter"]} if "matter" in deed else {})
    else:
        await pass_on(turn, deed["kind"])
    return Answer(says=[Say(deed["say"])] if deed.get("say") else [])


async def unanswered(turn: Turn, deed: Mapping[str, Any], prompt: Prompt | None) -> Answer:
    """Keep the question for the weekly look, without who asked it."""
    await keep_unanswered(turn)
    return Answer()


async def keep_unanswered(turn: Turn) -> None:
    """Keep this text among the questions that nothing answered."""
    kept = await keep_question(
        turn.session,
        turn.text,
        role=turn.role,
        language=turn.language,
        now=turn.now,
        zone=turn.policy.timezone,
    )
    if kept:
        turn.step("kept_unanswered")


async def add_to_case(turn: Turn, deed: Mapping[str, Any], prompt: Prompt | None) -> Answer:
    """A detail with nothing open: more about what was passed on lately, or else just heard."""
    added = await note_on_open_case(turn, "not_yet", within=ADDS_TO)
    return Answer(says=[Say("info.added" if added else "info.ok", {"contact": turn.policy.contact_name})])


async def no_thanks(turn: Turn, deed: Mapping[str, Any], prompt: Prompt | None) -> Answer:
    return Answer(says=[Say("turn.no_problem")])


async def keep(turn: Turn, deed: Mapping[str, Any], prompt: Prompt | None) -> Answer:
    """Nothing changes after all."""
    return Answer(says=[Say("cancel.kept")])


async def start_over(turn: Turn, deed: Mapping[str, Any], prompt: Prompt | None) -> Answer:
    """Drop what is unfinished; a question with legal weight stays and is shown again."""
    turn.conversation.held_text = None
    turn.conversation.misses = 0
    if turn.prompt is not None and turn.prompt.kind in ACTS:
        return Answer(says=[Say("turn.still_open"), *question_of(turn.prompt)])
    if turn.prompt is not None:
        close(turn.prompt, PromptState.REPLACED, turn.now)
        await turn.session.flush()
        turn.prompt = None
    return Answer(says=[Say(f"turn.start_over_{_role(turn)}")])


def _role(turn: Turn) -> str:
    return turn.role if turn.role in ("student", "employer", "guardian") else "anyone"
