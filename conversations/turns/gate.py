"""Who an unknown number is: old enough first, then in which role. Nothing about anybody is shown on the way."""

import re
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import update

from conversations.ledger.receive import underage_digest
from conversations.models import Case, Prompt, Underage
from conversations.prompts import Ask, Option
from conversations.reading.months import named_month
from conversations.texts import Say
from conversations.turns.context import Answer, Turn
from conversations.turns.understanding import Understanding
from placements.rules.ages import YOUNGEST
from placements.services.people import forget_tries

PERSON_AFTER = 3  # answers in a row that held no birth month and year
_YEAR = re.compile(r"(?<!\d)(19\d{2}|20\d{2})(?!\d)")
_AGE = re.compile(
    r"^\W*(?:i['’]?m|i am|tengo)?\s*(\d{1,2})(?:\s*(?:years? old|yrs?|a[nñ]os))?\W*$", re.IGNORECASE
)


@dataclass(frozen=True)
class Born:
    """Year and month of birth; the month is None where only a year or an age was given."""

    year: int
    month: int | None

    def surely_under(self, years: int, today: date) -> bool:
        """Whether somebody born then has not reached `years`; with no month the younger reading counts."""
        month = self.month or 12
        return (today.year - self.year) - (1 if today.month < month else 0) < years


def listen(turn: Turn, understanding: Understanding) -> None:
    """The language of an unknown number: what the first words tell, until a later text is plainly in the other.

    One short word ("yo") tells nothing.
    """
    spoken = turn.address.language
    language, plainly = understanding.language_of(turn.text, spoken)
    if plainly or (spoken is None and len(turn.text.split()) > 1):
        turn.address.language = language


async def admit(turn: Turn, understanding: Understanding) -> Answer | None:
    """The next gate question for an unknown number; None once it may ask and browse."""
    gate = turn.gate
    if "born" not in gate:
        return _ask_birth(turn)
    if "role" not in gate:
        return _ask_role(turn)
    return None


def _ask_birth(turn: Turn) -> Answer:
    if turn.prompt is not None and turn.prompt.kind == "birth":
        return _ask_birth_again(turn, turn.prompt)
    turn.conversation.held_text = turn.text
    return Answer(ask=Ask(kind="birth", say=Say("gate.birth")))


def _ask_birth_again(turn: Turn, prompt: Prompt) -> Answer:
    """Say why it is asked; from the third miss on name a person too, so that nobody goes round in circles."""
    misses = int((prompt.question.get("extra") or {}).get("misses", 0)) + 1
    say = Say("gate.birth_again")
    if misses >= PERSON_AFTER:
        say = Say("gate.birth_help", {"contact": turn.policy.help_contact})
    return Answer(ask=Ask(kind="birth", say=say, extra={"misses": misses}))


def _ask_role(turn: Turn) -> Answer:
    options = [
        Option({"en": "A student", "es": "Estudiante"}, {"verb": "i_am", "role": "student"}),
        Option(
            {"en": "A business or host", "es": "Empresa o anfitrión"}, {"verb": "i_am", "role": "employer"}
        ),
        Option(
            {"en": "A parent or guardian", "es": "Madre, padre o tutor"}, {"verb": "i_am", "role": "guardian"}
        ),
        Option({"en": "Somebody else", "es": "Otra persona"}, {"verb": "i_am", "role": "anyone"}),
    ]
    return Answer(ask=Ask(kind="who_are_you", say=Say("gate.who_are_you"), options=options))


async def free_answer(turn: Turn, prompt: Prompt) -> Answer | None:
    """An answer in free words to a question without choices; None if the text is no answer to it."""
    from conversations.turns.deeds.roster import roster_answer

    if prompt.kind == "birth":
        born = read_birth(turn.text, turn.now.date())
        return await _admit_age(turn, born) if born else None
    if prompt.kind in ("roster_number", "roster_birth"):
        return await roster_answer(turn, prompt)
    return None


async def _admit_age(turn: Turn, born: Born) -> Answer:
    if born.surely_under(YOUNGEST, turn.now.date()):
        return await turn_away(turn)
    turn.address.gate = {**turn.gate, "born": f"{born.year}-{born.month or 0:02}"}
    return _ask_role(turn)


async def turn_away(turn: Turn) -> Answer:
    """Under 13: a kind word, and everything about this number goes as soon as it is out."""
    digest = underage_digest(turn.address.value, turn.policy.salt)
    await turn.session.merge(Underage(digest=digest, until=turn.now + timedelta(days=1)))
    turn.address.purge = True
    await forget_tries(turn.session, phone=turn.address.value)
    await turn.session.execute(
        update(Case)
        .where(Case.conversation_id == turn.conversation.id)
        .values(facts={}, conversation_id=None, inbound_id=None)
    )
    if turn.prompt is not None:
        await turn.session.delete(turn.prompt)
        turn.prompt = None
    return Answer(says=[Say("gate.too_young", {"contact": turn.policy.help_contact})])


def read_birth(text: str, today: date) -> Born | None:
    """Birth month and year in a text ("03/2010", "marzo del 2010", "i'm 16"); None if there is none."""
    if age := _AGE.match(text):
        years = int(age.group(1))
        return Born(today.year - years, today.month) if 5 <= years <= 99 else None
    year = _YEAR.search(text)
    if year is None or not 1920 <= int(year.group(1)) <= today.year:
        return None
    rest = text[: year.start()] + " " + text[year.end() :]
    return Born(int(year.group(1)), _month(rest))


def _month(rest: str) -> int | None:
    if (named := named_month(rest)) is not None:
        return named
    numbers = [int(n) for n in re.findall(r"\d{1,2}", rest)]
    return numbers[0] if numbers and 1 <= numbers[0] <= 12 else None
