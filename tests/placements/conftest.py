"""One database with the demo district on 1 March 2027; each test's changes are undone at its end."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest
from sqlalchemy import NullPool
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

from footbridge.demo import load
from tests.placements.given import MORNING, TODAY, set_clock
from tests.support.cluster import Cluster


async def load_demo(url: str) -> None:
    engine = create_async_engine(url, poolclass=NullPool)
    async with AsyncSession(engine) as session, session.begin():
        await set_clock(session, MORNING)
        await load(session, today=TODAY)
    await engine.dispose()


@pytest.fixture(scope="session")
def demo_url(postgres: Cluster) -> Iterator[str]:
    with postgres.database() as url:
        asyncio.run(load_demo(url))
        yield url


@pytest.fixture
async def session(demo_url: str) -> AsyncIterator[AsyncSession]:
    """A session on the demo district whose work is rolled back."""
    engine = create_async_engine(demo_url, poolclass=NullPool)
    async with engine.connect() as connection:
        transaction = await connection.begin()
        async with AsyncSession(connection, expire_on_commit=False) as opened:
            yield opened
        await transaction.rollback()
    await engine.dispose()
