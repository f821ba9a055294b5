"""One school, one vocabulary and one moment that the tables of this folder are read at."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from conversations.reading import SchoolCalendar, Vocabulary, load_vocabulary

EASTERN = ZoneInfo("America/New_York")
_WINTER = [date(2026, 12, 21) + timedelta(days=n) for n in range(12)]
_SPRING = [date(2027, 3, 22) + timedelta(days=n) for n in range(5)]
CALENDAR = SchoolCalendar(
    timezone=EASTERN,
    closed=frozenset([date(2026, 11, 26), date(2026, 11, 27), date(2027, 1, 18), *_WINTER, *_SPRING]),
)
SPOKEN_AT = datetime(2026, 11, 24, 9, 0, tzinfo=EASTERN)
"""A Tuesday morning two days before Thanksgiving."""


def vocabulary_of_lincoln() -> Vocabulary:
    return load_vocabulary(
        employers={
            "Mercy Hospital": "mercy",
            "Mercy": "mercy",
            "Riverside Machine Works": "riverside",
            "Riverside": "riverside",
        },
        schools={"Lincoln High": "lincoln", "Lincoln": "lincoln", "Roosevelt High": "roosevelt"},
        places={"Miami": "miami", "Hialeah": "hialeah"},
    )


@pytest.fixture(scope="session")
def calendar() -> SchoolCalendar:
    return CALENDAR


@pytest.fixture(scope="session")
def vocabulary() -> Vocabulary:
    return vocabulary_of_lincoln()
