"""What the app itself reads in a text: language, entities and dates, with the words of the placement database."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from conversations.reading import Reading, SchoolCalendar, Vocabulary, load_vocabulary, read
from conversations.reading.language import detect_language, whole_sentence
from placements.queries.catalogue import vocabulary_rows
from placements.queries.people import PersonView
from placements.queries.schools import calendar_of, schools

FRESH_FOR = timedelta(seconds=60)


class Understanding:
    """Reads texts; the vocabulary is taken from the database and refreshed every minute."""

    def __init__(self, timezone: ZoneInfo) -> None:
        self._zone = timezone
        self._vocabulary: Vocabulary | None = None
        self._as_of: datetime | None = None
        self._closed: frozenset[date] = frozenset()

    async def read(
        self,
        session: AsyncSession,
        text: str,
        *,
        at: datetime,
        person: PersonView | None,
        language: str | None,
        pending: str | None,
    ) -> Reading:
        """The reading of a text at a moment, in the school's time zone and calendar."""
        await self._refresh(session, at)
        calendar = SchoolCalendar(
            timezone=self._zone, closed=self._closed, first_bell=time(7, 20), last_bell=time(14, 20)
        )
        assert self._vocabulary is not None
        return read(
            text, at=at, calendar=calendar, vocabulary=self._vocabulary, language=language, pending=pending
        )

    def language(self, text: str) -> str:
        """The language of somebody's first words; English where they do not tell."""
        return self.language_of(text, None)[0]

    def language_of(self, text: str, given: str | None) -> tuple[str, bool]:
        """The language of a text, and whether the text shows it plainly; `given` is what was spoken so far."""
        return detect_language(text, given)

    def sentence_language(self, text: str) -> str | None:
        """The language of a text that is a whole sentence of one language, else None."""
        return whole_sentence(text)

    async def _refresh(self, session: AsyncSession, at: datetime) -> None:
        if self._as_of is not None and abs(at - self._as_of) < FRESH_FOR:
            return
        rows = await vocabulary_rows(session)
        self._vocabulary = load_vocabulary(
            employers={name: str(key) for name, key in rows.employers.items()},
            schools={name: str(key) for name, key in rows.schools.items()},
            places=rows.places,
        )
        self._closed = await _closed_days(session, at.date())
        self._as_of = at


async def _closed_days(session: AsyncSession, today: date) -> frozenset[date]:
    """The weekdays of a year ahead on which no school of the district is open."""
    calendars = [calendar_of(school) for school in await schools(session)]
    days = (today + timedelta(days=n) for n in range(-30, 366))
    return frozenset(d for d in days if calendars and not any(c.is_school_day(d) for c in calendars))
