"""A student whom the school has no number of finds herself on the roster by student number and birth date."""

import pytest

from tests.stories.identity.given import (
    NEW,
    OTHER,
    bookings,
    dana_was_born,
    linked,
    said_to,
)
from tests.support.town import CORA, SAM, Town

pytestmark = pytest.mark.engine


async def test_number_and_birth_date_in_one_text_link_dana(town: Town) -> None:
    heard = await town.text(NEW, f"hi my student number is 100234, born {await dana_was_born(town)}")
    assert "matches the school's list" in heard[NEW][0]
    assert await linked(town, NEW) == ["Dana roster_match"] and await town.cases() == ["roster_match"]


async def test_in_spanish_and_in_words_too(town: Town) -> None:
    [(day,)] = await town.rows("select birth_date from placements.people where first_name = 'Dana'")
    await town.text(NEW, f"mi número de estudiante es 100234, nací el 4 de marzo de {day.year}")
    assert await linked(town, NEW) == ["Dana roster_match"]


async def test_the_number_alone_asks_for_the_birth_date(town: Town) -> None:
    heard = await town.text(NEW, "my student id is 100234")
    assert "birth date" in heard[NEW][0] and await linked(town, NEW) == []
    await town.text(NEW, await dana_was_born(town))
    assert await linked(town, NEW) == ["Dana roster_match"]


async def test_until_the_school_has_looked_nothing_stored_is_shown(town: Town) -> None:
    await town.text(NEW, f"my student number is 100234, born {await dana_was_born(town)}")
    heard = await town.text(NEW, "when is my shadow")
    assert "once the coordinator at school has checked your number" in heard[NEW][0]


async def test_dana_books_and_her_father_is_asked(town: Town) -> None:
    await town.text(NEW, f"my student number is 100234, born {await dana_was_born(town)}")
    await town.text(NEW, "any job shadow in software?")
    heard = await town.text(NEW, "1")
    assert "Dana asks to go" in heard[SAM][-1] and await bookings(town) == {"Dana": "waiting_consent"}


async def test_three_misses_lock_a_phone_also_for_the_right_answer(town: Town) -> None:
    for day in ("01/01/2010", "02/02/2010", "05/05/2010"):
        heard = await town.text(NEW, f"my student number is 100234, born {day}")
        assert "could not match" in heard[NEW][-1]
    heard = await town.text(NEW, f"my student number is 100234, born {await dana_was_born(town)}")
    assert "could not match" in heard[NEW][-1] and await linked(town, NEW) == []
    assert await town.cases() == ["roster_miss"] * 4


async def test_a_miss_and_a_number_that_nobody_has_sound_the_same(town: Town) -> None:
    miss = await town.text(NEW, "my student number is 100234, born 01/01/2010")
    nobody = await town.text(OTHER, "my student number is 555555, born 01/01/2010")
    assert miss[NEW] == nobody[OTHER]


async def test_two_students_cannot_both_claim_one_phone(town: Town) -> None:
    born = await dana_was_born(town)
    await town.text(NEW, f"my student number is 100234, born {born}")
    [(emma,)] = await town.rows("select birth_date from placements.people where first_name = 'Emma'")
    heard = await town.text(NEW, f"my student number is 100235, born {emma:%m/%d/%Y}")
    assert "already on file for somebody else" in heard[NEW][0]
    assert await linked(town, NEW) == ["Dana roster_match"]
    assert "number_shared" in await town.cases() and "Emma" not in await said_to(town, NEW)
    assert CORA not in heard  # Emma's coordinator is Roosevelt's
