"""Ages in whole years."""

from datetime import date

YOUNGEST = (
    13  # who is younger is never texted; with a stranger of that age nothing is kept (COPPA, 16 CFR 312)
)
ADULT = 18  # rights over education records pass to the student (20 U.S.C. 1232g(d))


def age_on(birth_date: date, day: date) -> int:
    """Completed years on `day`. A birthday of 29 February is kept on 1 March in other years."""
    return day.year - birth_date.year - ((day.month, day.day) < (birth_date.month, birth_date.day))


def is_adult(birth_date: date | None, day: date) -> bool:
    """Whether the person is known to be 18 or older on `day`. An unknown birth date is a minor's."""
    return birth_date is not None and age_on(birth_date, day) >= ADULT


def is_child(birth_date: date | None, day: date) -> bool:
    """Whether the person is known to be under 13 on `day`, so that not they but their guardians are texted."""
    return birth_date is not None and age_on(birth_date, day) < YOUNGEST


def birthday(birth_date: date, years: int) -> date:
    """The day on which somebody completes `years` years; 1 March for a 29 February that does not come."""
    try:
        return birth_date.replace(year=birth_date.year + years)
    except ValueError:
        return date(birth_date.year + years, 3, 1)
