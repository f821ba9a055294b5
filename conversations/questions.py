"""Questions that nothing answered: kept without their senders, grouped by likeness, looked at once a week."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from rapidfuzz import fuzz
from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from conversations.cases import NewCase, open_case
from conversations.models import Case, UnansweredQuestion
from conversations.policy import Policy
from placements import clock
from placements.database import Database
from placements.models import Person

LIKE = 72  # of 100, by the words of both in any order; chosen by eye, not fitted
LOOKED_AT = time(9)  # on Mondays
KEPT_WEEKS = 26
SHORTEST = 3  # words; less tells nobody what was asked
_LONGEST = 200
_MAIL_OR_LINK = re.compile(r"\S+@\S+|https?://\S+|www\.\S+", re.IGNORECASE)
_FIGURES = re.compile(r"\+?\d[\d\s().-]{4,}\d|\d{3,}")
_NAMED = re.compile(
    r"\b((?:my name is|im called|this is|call me|me llamo|mi nombre es|soy|se llama|named)\s+)"
    r"([A-ZÁÉÍÓÚÑ][\w'-]+(?:\s+[A-ZÁÉÍÓÚÑ][\w'-]+)*)"
)
_ASKS = re.compile(
    r"[?¿]|^\W*(?:what|who|whos|when|where|why|how|which|can|could|do|does|did|is|are|am|will|would|should|if|"
    r"que|qué|quien|quién|cuando|cuándo|donde|dónde|por que|por qué|como|cómo|cual|cuál|cuanto|cuánto|puedo|puede|"
    r"hay|es|tengo|si)\b",
    re.IGNORECASE,
)
_GONE = "..."


@dataclass
class Group:
    """Questions that are alike: what the first one says, and all of them."""

    example: str
    questions: list[UnansweredQuestion] = field(default_factory=list)


async def keep_question(
    session: AsyncSession, text: str, *, role: str, language: str, now: datetime, zone: ZoneInfo
) -> bool:
    """Keep a text that asks something and got no answer, without names and numbers; whether it was kept."""
    words = await without_identity(session, text)
    if len(words.split()) < SHORTEST or not _ASKS.search(words):
        return False
    session.add(
        UnansweredQuestion(week=week_of(now, zone), language=language, role=role, words=words[:_LONGEST])
    )
    await session.flush()
    return True


async def without_identity(session: AsyncSession, text: str) -> str:
    """The words without addresses, longer figures, and names: of people on record, and those given as one's own."""
    bare = _NAMED.sub(rf"\1{_GONE}", _FIGURES.sub(_GONE, _MAIL_OR_LINK.sub(_GONE, text)))
    words = {word.lower() for word in re.findall(r"[^\W\d_]{2,}", bare)}
    named = await _names_among(session, words)
    return re.sub(r"[^\W\d_]{2,}", lambda m: _GONE if m[0].lower() in named else m[0], bare).strip()


async def _names_among(session: AsyncSession, words: set[str]) -> set[str]:
    """Which of the words are names of people on record."""
    rows = await session.scalars(
        select(func.lower(Person.first_name)).where(func.lower(Person.first_name).in_(words))
    )
    last = await session.scalars(
        select(func.lower(Person.last_name)).where(func.lower(Person.last_name).in_(words))
    )
    return {*rows, *last}


def week_of(now: datetime, zone: ZoneInfo) -> date:
    """The Monday of a moment's week."""
    day = now.astimezone(zone).date()
    return day - timedelta(days=day.weekday())


async def questions_of(session: AsyncSession, week: date | None = None) -> Sequence[UnansweredQuestion]:
    """The questions of a week, or all that are kept, in the order in which they came."""
    query = select(UnansweredQuestion).order_by(UnansweredQuestion.id)
    return (
        await session.scalars(query if week is None else query.where(UnansweredQuestion.week == week))
    ).all()


def grouped(questions: Sequence[UnansweredQuestion]) -> list[Group]:
    """Questions that are alike in one group, the largest first; each joins the group whose example it is most like."""
    groups: list[Group] = []
    for each in questions:
        best = max(groups, key=lambda g: _likeness(g.example, each.words), default=None)
        if best is None or _likeness(best.example, each.words) < LIKE:
            groups.append(best := Group(each.words))
        best.questions.append(each)
    return sorted(groups, key=lambda group: (-len(group.questions), group.example))


def _likeness(one: str, other: str) -> float:
    return float(fuzz.token_sort_ratio(_plain(one), _plain(other)))


def _plain(words: str) -> str:
    bare = unicodedata.normalize("NFD", words.lower())
    return " ".join(re.findall(r"[a-z0-9]+", "".join(c for c in bare if not unicodedata.combining(c))))


async def look_of_the_week(database: Database, policy: Policy) -> int:
    """From Monday 9:00: one case for last week's questions, if there are any, and what is too old is dropped."""
    async with database.session() as session:
        now = await clock.now(session)
        last = week_of(now, policy.timezone) - timedelta(days=7)
        if now < _looked_at(last + timedelta(days=7), policy.timezone):
            return 0
        oldest = last - timedelta(weeks=KEPT_WEEKS)
        await session.execute(delete(UnansweredQuestion).where(UnansweredQuestion.week < oldest))
        count = len(await questions_of(session, last))
        key = f"questions:{last.isoformat()}"
        if not count or await _is_open(session, key):
            return 0
        new = NewCase(kind="questions", dedupe=key, facts={"count": count, "week": last.isoformat()})
        await open_case(session, new, policy=policy, now=now)
        return 1


async def _is_open(session: AsyncSession, key: str) -> bool:
    return await session.scalar(select(Case.id).where(Case.dedupe == key)) is not None


def _looked_at(monday: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(monday, LOOKED_AT, zone)


async def next_look_at(
    session: AsyncSession, policy: Policy, after: datetime, until: datetime
) -> datetime | None:
    """When the next week's look falls due, if there is anything to look at."""
    weeks = await session.scalars(select(UnansweredQuestion.week).distinct())
    moments = [_looked_at(week + timedelta(days=7), policy.timezone) for week in weeks]
    return min((at for at in moments if after < at <= until), default=None)
