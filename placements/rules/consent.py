"""Whose permission counts."""

from dataclasses import dataclass
from datetime import date

from placements.rules.ages import is_adult

TRUSTED = frozenset({"school", "coordinator"})


@dataclass(frozen=True)
class Consenter:
    """What is known of the person who answers. `number_how` is how the number they use was linked to them."""

    is_guardian: bool
    barred: bool
    number_how: str | None
    number_is_students: bool


def needs_consent(birth_date: date | None, today: date, *, activity_needs_it: bool) -> bool:
    """Whether a guardian must be asked: for every minor, where the activity calls for permission."""
    return activity_needs_it and not is_adult(birth_date, today)


def why_not(consenter: Consenter, *, by_text: bool) -> str | None:
    """Why this person's permission does not count, or None if it does.

    By text it counts only from the number that the school or a coordinator linked to the guardian, and never
    from a number that is the student's too. Otherwise a coordinator has it on paper.
    """
    if not consenter.is_guardian:
        return "not_guardian"
    if consenter.barred:
        return "barred"
    if by_text and consenter.number_is_students:
        return "students_number"
    if by_text and consenter.number_how not in TRUSTED:
        return "number_not_linked"
    return None
