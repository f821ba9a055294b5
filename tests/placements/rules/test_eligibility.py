from datetime import date

import pytest

from placements.rules.eligibility import OfferFacts, StudentFacts, blocking_rules
from placements.rules.packs import PackError, load_pack

DEMO = load_pack("demo")
DAY = date(2027, 3, 9)
ANA = StudentFacts(grade=11, birth_date=date(2011, 1, 17), school_id="lincoln")
LEO = StudentFacts(grade=9, birth_date=date(2013, 2, 21), school_id="lincoln")


@pytest.mark.parametrize(
    ("student", "offer", "rules"),
    [
        (ANA, OfferFacts("job_shadow", DAY), []),
        (LEO, OfferFacts("job_shadow", DAY), []),
        (LEO, OfferFacts("job_shadow", DAY, min_grade=10), ["grade_min:10"]),
        (LEO, OfferFacts("job_shadow", DAY, hazards=["manufacturing_floor"]), []),
        (LEO, OfferFacts("job_shadow", DAY, hazards=["construction_site"]), ["hazard_construction_site:16"]),
        (LEO, OfferFacts("internship", DAY), ["grade_min:11", "age_min:16"]),
        (ANA, OfferFacts("internship", DAY, min_grade=12, min_age=17), ["grade_min:12", "age_min:17"]),
        (ANA, OfferFacts("clinical", DAY), ["form:immunization_record"]),
        (ANA, OfferFacts("job_shadow", DAY, school_ids=["roosevelt"]), ["school"]),
        (ANA, OfferFacts("guest_speaker", DAY), []),
    ],
)
def test_which_rules_stand_in_the_way(student: StudentFacts, offer: OfferFacts, rules: list[str]) -> None:
    assert blocking_rules(student, offer, DEMO) == rules


def test_the_age_is_that_of_the_day_itself() -> None:
    almost = StudentFacts(grade=10, birth_date=date(2011, 3, 9), school_id="lincoln")
    site = {"hazards": ["construction_site"]}
    assert blocking_rules(almost, OfferFacts("job_shadow", date(2027, 3, 8), **site), DEMO)  # type: ignore[arg-type]
    assert not blocking_rules(almost, OfferFacts("job_shadow", date(2027, 3, 9), **site), DEMO)  # type: ignore[arg-type]


def test_an_age_limit_needs_a_birth_date() -> None:
    unknown = StudentFacts(grade=12, birth_date=None, school_id="lincoln")
    assert blocking_rules(unknown, OfferFacts("internship", DAY), DEMO) == ["birth_date_missing"]
    assert blocking_rules(unknown, OfferFacts("job_shadow", DAY), DEMO) == []


def test_a_form_on_file_clears_its_rule() -> None:
    cleared = StudentFacts(11, date(2011, 1, 17), "lincoln", frozenset({"immunization_record"}))
    assert blocking_rules(cleared, OfferFacts("clinical", DAY), DEMO) == []


def test_a_hazard_that_the_pack_does_not_know_is_an_error_and_not_a_yes() -> None:
    with pytest.raises(PackError, match="volcano"):
        blocking_rules(ANA, OfferFacts("job_shadow", DAY, hazards=["volcano"]), DEMO)
