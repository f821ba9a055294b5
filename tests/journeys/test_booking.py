"""The whole path: a student asks, chooses, books; family and host answer; the student cancels."""

import pytest

from tests.support.town import ANA, BEN, GLORIA, Town

pytestmark = pytest.mark.engine


async def test_ana_books_and_cancels(town: Town) -> None:
    heard = await town.text(ANA, "any shadows for nursing?")
    assert "Job shadow in nursing, Mercy Hospital" in heard[ANA][0]

    heard = await town.text(ANA, "1")
    assert len(heard[ANA]) == 1
    assert heard[GLORIA][-1].endswith("1. Sí\n2. No")
    assert BEN not in heard

    heard = await town.text(GLORIA, "1")
    assert heard[BEN][-1].endswith("1. Yes\n2. No")

    heard = await town.text(BEN, "1")
    assert set(heard) == {ANA, BEN, GLORIA}

    [schedule] = (await town.text(ANA, "when is my shadow?"))[ANA]
    assert "1200 Bayview Ave" in schedule and "9:00 AM" in schedule and "volunteer desk" in schedule

    await town.text(ANA, "i cant go anymore")
    heard = await town.text(ANA, "1")
    assert set(heard) == {ANA, BEN, GLORIA}
    [(left,)] = await town.rows("select count(*) from placements.bookings where state = 'confirmed'")
    assert left == 0
