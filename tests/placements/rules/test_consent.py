from datetime import date

import pytest

from placements.rules.consent import Consenter, needs_consent, why_not


@pytest.mark.parametrize(
    ("who", "reason"),
    [
        (Consenter(True, False, "school", False), None),
        (Consenter(True, False, "coordinator", False), None),
        (Consenter(True, False, "self_said", False), "number_not_linked"),
        (Consenter(True, False, "roster_match", False), "number_not_linked"),
        (Consenter(True, False, None, False), "number_not_linked"),
        (Consenter(True, False, "school", True), "students_number"),
        (Consenter(True, True, "school", False), "barred"),
        (Consenter(False, False, "school", False), "not_guardian"),
    ],
)
def test_whose_text_counts(who: Consenter, reason: str | None) -> None:
    assert why_not(who, by_text=True) == reason


def test_on_paper_the_number_does_not_matter_but_the_guardian_does() -> None:
    assert why_not(Consenter(True, False, None, False), by_text=False) is None
    assert why_not(Consenter(True, True, None, False), by_text=False) == "barred"
    assert why_not(Consenter(False, False, None, False), by_text=False) == "not_guardian"


def test_who_needs_it() -> None:
    today = date(2027, 3, 1)
    assert needs_consent(date(2010, 1, 1), today, activity_needs_it=True)
    assert needs_consent(None, today, activity_needs_it=True)
    assert not needs_consent(date(2009, 1, 1), today, activity_needs_it=True)
    assert not needs_consent(date(2010, 1, 1), today, activity_needs_it=False)
