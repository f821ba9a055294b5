"""What every test may ask for. Named people and the demo district are in `tests/support/`."""

from collections.abc import AsyncIterator, Iterator

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

from tests.support.cluster import Cluster, cluster


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    """The run's own PostgreSQL server."""
    with cluster() as found:
        yield found


@pytest.fixture
def database_url(postgres: Cluster) -> Iterator[str]:
    """A fresh, migrated, empty database; the address is SQLAlchemy's."""
    with postgres.database() as url:
        yield url


@pytest.fixture
def empty_database_url(postgres: Cluster) -> Iterator[str]:
    """A database that no migration has seen."""
    with postgres.database(migrated=False) as url:
        yield url


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[AsyncEngine]:
    """An SQLAlchemy engine on a fresh database."""
    engine = create_async_engine(database_url)
    yield engine
    await engine.dispose()


@pytest.fixture
def sessions(database: AsyncEngine) -> async_sessionmaker[AsyncSession]:
    """Makes sessions on the fresh database, for tests that need several at once."""
    return async_sessionmaker(database, expire_on_commit=False)


@pytest.fixture
async def session(sessions: async_sessionmaker[AsyncSession]) -> AsyncIterator[AsyncSession]:
    """One session on a fresh database. What the test does not commit is gone at its end."""
    async with sessions() as opened:
        yield opened
