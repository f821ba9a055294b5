"""School years, by which links to numbers and first words are renewed."""

from datetime import datetime

STARTS_IN_MONTH = 8


def school_year(at: datetime) -> str:
    """The school year of a moment, such as '2026-27'. It begins on 1 August."""
    first = at.year if at.month >= STARTS_IN_MONTH else at.year - 1
    return f"{first}-{(first + 1) % 100:02}"
