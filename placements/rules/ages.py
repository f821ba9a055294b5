"""Ages in whole years."""

from datetime import date

ADULT = 18  # rights over education records pass to the student (20 U.S.C. 1232g(d))


def age_on(birth_date: date, day: date) -> int:
    """Completed years on `day`. A birthday of 29 February is kept on 1 March in other years."""
    return day.year - birth_date.year - ((day.month, day.day) < (birth_date.month, birth_date.day))


def is_adult(birth_date: date | None, day: date) -> bool:
    """Whether the person is known to be 18 or older on `day`. An unknown birth date is a minor's."""
    return birth_date is not None and age_on(birth_date, day) >= ADULT
