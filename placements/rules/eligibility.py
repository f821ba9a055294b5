"""Which rule, if any, keeps a student from an opportunity."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from placements.rules.ages import age_on
from placements.rules.packs import RulePack


@dataclass(frozen=True)
class StudentFacts:
    """`forms` are the kinds of form on file and valid on the day."""

    grade: int
    birth_date: date | None
    school_id: str
    forms: frozenset[str] = frozenset()


@dataclass(frozen=True)
class OfferFacts:
    """An opportunity on one day. `school_ids` empty means every school."""

    activity: str
    day: date
    min_grade: int | None = None
    min_age: int | None = None
    hazards: Sequence[str] = ()
    school_ids: Sequence[str] = ()


def blocking_rules(student: StudentFacts, offer: OfferFacts, pack: RulePack) -> list[str]:
    """The ids of the rules that stand in the way, e.g. `grade_min:11`; empty if the student may take part.

    The strictest of the activity's, the site's and the host's own limits is the one that is named.
    """
    activity = pack.activity(offer.activity)
    blocked = []
    if offer.school_ids and student.school_id not in offer.school_ids:
        blocked.append("school")
    grade = max(activity.min_grade or 0, offer.min_grade or 0)
    if student.grade < grade:
        blocked.append(f"grade_min:{grade}")
    blocked += _age_rules(student, offer, pack)
    blocked += [f"form:{form}" for form in activity.forms if form not in student.forms]
    return blocked


def _age_rules(student: StudentFacts, offer: OfferFacts, pack: RulePack) -> list[str]:
    limits = {"age_min": max(pack.activity(offer.activity).min_age or 0, offer.min_age or 0)}
    limits |= {f"hazard_{code}": pack.hazard(code).min_age for code in offer.hazards}
    limits = {rule: age for rule, age in limits.items() if age}
    if limits and student.birth_date is None:
        return ["birth_date_missing"]
    if student.birth_date is None:
        return []
    age = age_on(student.birth_date, offer.day)
    return [f"{rule}:{limit}" for rule, limit in limits.items() if age < limit]
