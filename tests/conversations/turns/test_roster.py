from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.turns.deeds.roster import read_date

MONTHS = {
    "en": "January February March April May June July August September October November December".split(),
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre".split(),
}


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("3/4/2010", date(2010, 3, 4)),
        ("03/04/2010", date(2010, 3, 4)),
        ("3-4-2010", date(2010, 3, 4)),
        ("3.4.2010", date(2010, 3, 4)),
        ("3 4 2010", date(2010, 3, 4)),
        ("2010-03-04", date(2010, 3, 4)),
        ("March 4, 2010", date(2010, 3, 4)),
        ("march 4th 2010", date(2010, 3, 4)),
        ("4 de setiembre de 2010", date(2010, 9, 4)),
        ("4 de marzo de 2010", date(2010, 3, 4)),
        ("4 mar 2010", date(2010, 3, 4)),
        ("i was born 3/4/2010", date(2010, 3, 4)),
        ("2/29/2008", date(2008, 2, 29)),
        ("2/29/2010", None),
        ("13/4/2010", None),
        ("0/4/2010", None),
        ("3/4/10", None),
        ("March 2010", None),
        ("2010", None),
        ("hello", None),
        ("", None),
    ],
)
def test_birth_dates(text: str, read: date | None) -> None:
    assert read_date(text) == read


def test_every_month_by_its_name_in_both_languages() -> None:
    for n in range(12):
        assert read_date(f"{MONTHS['en'][n]} 5, 2010") == date(2010, n + 1, 5)
        assert read_date(f"5 de {MONTHS['es'][n]} de 2010") == date(2010, n + 1, 5)


@given(st.dates(date(1930, 1, 1), date(2030, 12, 31)))
def test_a_date_is_read_back_in_every_form(born: date) -> None:
    for text in (
        born.isoformat(),
        f"{born.month}/{born.day}/{born.year}",
        f"{MONTHS['en'][born.month - 1]} {born.day}, {born.year}",
        f"{born.day} de {MONTHS['es'][born.month - 1]} del {born.year}",
    ):
        assert read_date(text) == born, text


@given(st.text(max_size=80))
def test_no_text_breaks_it(text: str) -> None:
    read_date(text)
