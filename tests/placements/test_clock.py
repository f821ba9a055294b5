from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from placements import clock
from tests.placements.given import MORNING


async def test_the_clock_moves_forward_and_runs_on(session: AsyncSession) -> None:
    target = MORNING + timedelta(days=3)
    await clock.move_to(session, target)
    first, second = await clock.now(session), await clock.now(session)
    assert target <= first <= second < target + timedelta(minutes=1)
    assert first.tzinfo is UTC


async def test_it_never_goes_back(session: AsyncSession) -> None:
    with pytest.raises(ValueError, match="forward only"):
        await clock.move_to(session, MORNING - timedelta(seconds=1))
    with pytest.raises(ValueError, match="zone"):
        await clock.move_to(session, datetime(2030, 1, 1))


async def test_a_reset_is_the_real_time(session: AsyncSession) -> None:
    assert await clock.offset(session) != timedelta(0)
    await clock.reset(session)
    assert await clock.offset(session) == timedelta(0)
    assert abs(await clock.now(session) - datetime.now(UTC)) < timedelta(minutes=1)
