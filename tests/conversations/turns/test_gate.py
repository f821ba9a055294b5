from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.turns.gate import YOUNGEST, Born, read_birth

TODAY = date(2027, 2, 1)


@pytest.mark.parametrize(
    ("text", "year", "month"),
    [
        ("03/2010", 2010, 3),
        ("3/2010", 2010, 3),
        ("3-2010", 2010, 3),
        ("3 2010", 2010, 3),
        ("2010-03", 2010, 3),
        ("2010/3", 2010, 3),
        ("3/15/2010", 2010, 3),
        ("15/03/2010", 2010, None),  # a day, or no month at all
        ("March 2010", 2010, 3),
        ("march of 2010", 2010, 3),
        ("mar 2010", 2010, 3),
        ("MARCH 15, 2010", 2010, 3),
        ("i was born in june 2009", 2009, 6),
        ("sept 2009", 2009, 9),
        ("Dec, 2009", 2009, 12),
        ("marzo 2010", 2010, 3),
        ("marzo del 2010", 2010, 3),
        ("nací en agosto de 2010", 2010, 8),
        ("enero 2011", 2011, 1),
        ("abril 2011", 2011, 4),
        ("diciembre de 2008", 2008, 12),
        ("setiembre 2008", 2008, 9),
        ("2010", 2010, None),
        ("in 2010", 2010, None),
        ("1985", 1985, None),
        ("10/1972", 1972, 10),
        ("16", 2011, 2),
        ("i'm 16", 2011, 2),
        ("I’m 16", 2011, 2),  # as phones write it
        ("im 16", 2011, 2),
        ("i am 16 years old", 2011, 2),
        ("16 yrs", 2011, 2),
        ("tengo 16 años", 2011, 2),
        ("tengo 16 anos", 2011, 2),
        ("45!", 1982, 2),
    ],
)
def test_birth_months_and_ages_as_people_write_them(text: str, year: int, month: int | None) -> None:
    assert read_birth(text, TODAY) == Born(year, month)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1",
        "2",
        "4",
        "hello",
        "why?",
        "march",
        "any shadows for nursing?",
        "03/10",
        "1901",
        "1919",
        "2028",
        "2100",
        "12010",
        "305-555-0142",
        "i have 2 kids",
        "100 years",
        "none of your business",
    ],
)
def test_what_says_nothing_of_a_birth(text: str) -> None:
    assert read_birth(text, TODAY) is None


@pytest.mark.parametrize(
    ("born", "under"),
    [
        (Born(2014, 1), False),
        (Born(2014, 2), False),  # thirteen some day this month: not surely under
        (Born(2014, 3), True),
        (Born(2014, 12), True),
        (Born(2014, None), True),  # with no month the younger reading counts
        (Born(2013, None), False),
        (Born(2013, 12), False),
        (Born(2015, 1), True),
        (Born(2026, 12), True),
        (Born(1980, None), False),
    ],
)
def test_under_thirteen_at_the_edges_of_a_month(born: Born, under: bool) -> None:
    assert born.surely_under(YOUNGEST, TODAY) is under


@pytest.mark.parametrize(("age", "under"), [(5, True), (12, True), (13, False), (18, False)])
@pytest.mark.parametrize("today", [date(2027, 1, 1), date(2027, 2, 1), date(2027, 12, 31), date(2028, 2, 29)])
def test_an_age_means_what_it_says_on_every_day(age: int, under: bool, today: date) -> None:
    born = read_birth(f"i'm {age}", today)
    assert born is not None and born.surely_under(YOUNGEST, today) is under


@given(st.dates(date(1950, 1, 1), TODAY), st.sampled_from(["{m}/{y}", "{m:02}-{y}", "{y}-{m:02}", "{m} {y}"]))
def test_a_month_and_a_year_are_read_back(born: date, form: str) -> None:
    text = form.format(m=born.month, y=born.year)
    assert read_birth(text, TODAY) == Born(born.year, born.month)


@given(st.text(max_size=80))
def test_no_text_breaks_it(text: str) -> None:
    born = read_birth(text, TODAY)
    assert born is None or (1920 <= born.year <= TODAY.year and born.month in (None, *range(1, 13)))


@given(st.dates(date(2000, 1, 1), TODAY))
def test_nobody_of_thirteen_is_turned_away_who_gave_month_and_year(born: date) -> None:
    reached = date(born.year + YOUNGEST, born.month, 1) <= TODAY
    assert Born(born.year, born.month).surely_under(YOUNGEST, TODAY) is not reached
