"""A number whose link is of an earlier school year, or in doubt: who has it now must say so before anything personal.

The first name is asked for and never given away, so that a phone which passed on to somebody else learns nothing.
"""

import re
import unicodedata
from collections.abc import Sequence

from rapidfuzz import fuzz

from conversations.holders import release
from conversations.models import Prompt, PromptState
from conversations.prompts import Ask, close, open_next
from conversations.texts import Say
from conversations.turns import gate
from conversations.turns.context import ACTING_LASTS, Answer, Turn
from conversations.turns.passing_on import pass_on
from conversations.turns.understanding import Understanding
from conversations.turns.words import is_number
from placements.queries.people import PersonView
from placements.services.people import confirm_phone, unlink_phone

TRIES = 2
NEARLY = 80  # of 100: a slip of the thumb, not another name
ANSWER = 6  # words at most: "hi it is ana torres here"
SHORTEST = 3  # letters of a short form: Val for Valentina


async def confirm(turn: Turn, understanding: Understanding) -> Answer | None:
    """Ask whose phone this is, or take the answer. After two names that are not on file the number is a stranger's."""
    if turn.address.language is None:
        turn.address.language = _language(turn.unconfirmed) or understanding.language(turn.text)
    prompt = turn.prompt if turn.prompt is not None and turn.prompt.kind == "whose_number" else None
    if prompt is None:
        turn.conversation.held_text = turn.text
        return Answer(ask=Ask(kind="whose_number", say=Say("people.whose_number")))
    who = named(turn.text, turn.unconfirmed)
    if who is not None:
        return await _confirmed(turn, prompt, who)
    misses = int((prompt.question.get("extra") or {}).get("misses", 0)) + 1
    if misses < TRIES:
        say = Say("people.whose_number_again")
        return Answer(ask=Ask(kind="whose_number", say=say, extra={"misses": misses}))
    return await _not_theirs(turn, understanding)


async def _confirmed(turn: Turn, prompt: Prompt, who: PersonView) -> Answer:
    await confirm_phone(turn.session, phone=turn.address.value, cause=turn.cause())
    turn.step("number_confirmed")
    await _close(turn, prompt)
    turn.people, turn.unconfirmed = turn.unconfirmed, ()
    if len(turn.people) > 1:
        turn.conversation.acting_person_id = who.id
        turn.conversation.acting_until = turn.now + ACTING_LASTS
    turn.person = next(p for p in turn.people if p.id == who.id)
    held, turn.conversation.held_text = turn.conversation.held_text, None
    again = held if held and not is_number(held) else None  # a number answered a question of another day
    return Answer(says=[Say("people.hello", {"name": who.first_name})], replay=again)


async def _not_theirs(turn: Turn, understanding: Understanding) -> Answer:
    """Whoever has the phone does not know whose it was: the link ends, and a person looks into it."""
    turn.step("number_not_confirmed")
    await pass_on(
        turn,
        "number_unconfirmed",
        person_id=turn.unconfirmed[0].id,
        facts={"people": [str(p.id) for p in turn.unconfirmed], "number": turn.address.value},
    )
    people = await unlink_phone(
        turn.session, phone=turn.address.value, person_id=None, why="not_confirmed", cause=turn.cause()
    )
    language = turn.address.language
    await release(turn.session, turn.address.value, people=people, now=turn.now)
    turn.address.language, turn.prompt, turn.unconfirmed = language, None, ()
    rest = await gate.admit(turn, understanding)
    turn.conversation.held_text = None
    return Answer(says=[Say("people.not_known")], ask=rest.ask if rest else None)


async def _close(turn: Turn, prompt: Prompt) -> None:
    close(prompt, PromptState.ANSWERED, turn.now)
    await turn.session.flush()
    turn.prompt = await open_next(turn.session, turn.address.id)


def _language(people: Sequence[PersonView]) -> str | None:
    """The language that all on the number share."""
    languages = {p.language for p in people}
    return languages.pop() if len(languages) == 1 else None


def named(text: str, people: Sequence[PersonView]) -> PersonView | None:
    """The one of these people whose first name a text gives, also cut short or with a slip; None if none or several.

    A question or a long text may hold a name without being an answer.
    """
    words = re.findall(r"[a-z]+", _plain(text))
    if "?" in text or len(words) > ANSWER:
        return None
    for alike in (_is, _is_nearly):
        found = [p for p in people if any(alike(w, n) for n in _plain(p.first_name).split() for w in words)]
        if found:
            return found[0] if len(found) == 1 else None
    return None


def _is(word: str, name: str) -> bool:
    return word == name


def _is_nearly(word: str, name: str) -> bool:
    short = len(word) >= SHORTEST and name.startswith(word)
    return short or (len(word) > SHORTEST and fuzz.ratio(word, name) >= NEARLY)


def _plain(text: str) -> str:
    decomposed = unicodedata.normalize("NFD", text.lower())
    return "".join(c for c in decomposed if not unicodedata.combining(c))
