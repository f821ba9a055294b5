from datetime import date

import pytest

from placements.rules.ages import age_on, is_adult


@pytest.mark.parametrize(
    ("born", "day", "age"),
    [
        (date(2011, 3, 4), date(2027, 3, 3), 15),
        (date(2011, 3, 4), date(2027, 3, 4), 16),
        (date(2008, 2, 29), date(2027, 2, 28), 18),
        (date(2008, 2, 29), date(2027, 3, 1), 19),
    ],
)
def test_age(born: date, day: date, age: int) -> None:
    assert age_on(born, day) == age


def test_an_unknown_birth_date_is_a_minors() -> None:
    assert not is_adult(None, date(2027, 3, 1))
    assert is_adult(date(2009, 3, 1), date(2027, 3, 1))
    assert not is_adult(date(2009, 3, 2), date(2027, 3, 1))
