"""The installation's clock: the database server's time plus an offset that only demo data ever moves."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

_AHEAD = "coalesce((select ahead from placements.clock where id = 1), interval '0')"


async def now(session: AsyncSession) -> datetime:
    """The present moment, in UTC."""
    moment: datetime = (await session.execute(text(f"select clock_timestamp() + {_AHEAD}"))).scalar_one()
    return moment.astimezone(UTC)


async def offset(session: AsyncSession) -> timedelta:
    """How far the clock is ahead of the real one."""
    ahead: timedelta = (await session.execute(text(f"select {_AHEAD}"))).scalar_one()
    return ahead


async def move_to(session: AsyncSession, at: datetime) -> None:
    """Put the clock forward to `at` (aware); it runs on from there. Raises ValueError for a time gone by."""
    if at.tzinfo is None:
        raise ValueError("the clock takes a time with its zone")
    if at < await now(session):
        raise ValueError("the clock moves forward only")
    await session.execute(
        text(
            "insert into placements.clock (id, ahead) values (1, :at - clock_timestamp())"
            " on conflict (id) do update set ahead = excluded.ahead"
        ),
        {"at": at},
    )


async def reset(session: AsyncSession) -> None:
    """Back to the real time. Only for a database that is loaded afresh."""
    await session.execute(text("delete from placements.clock"))
