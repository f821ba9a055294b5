"""What every test may ask for. Named people and the demo district are in `tests/support/`."""

from collections.abc import AsyncIterator, Iterator

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

from tests.support.cluster import Cluster, cluster, forget_installations
from tests.support.engine import EngineProcess, engine_process
from tests.support.invariants import broken
from tests.support.town import Town, make_town


@pytest.fixture(scope="session", autouse=True)
def _no_installation_stays(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Whole installations that tests start as root keep their database outside their home: it goes at the end."""
    yield
    forget_installations(tmp_path_factory.getbasetemp())


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


@pytest.fixture(scope="session")
def engine() -> Iterator[EngineProcess]:
    """The run's own dialogue engine, with the model of the present content."""
    with engine_process() as running:
        yield running


@pytest.fixture
async def town(database_url: str, engine: EngineProcess) -> AsyncIterator[Town]:
    """The demo district with everybody's phones, on a fresh database."""
    async with make_town(database_url, engine) as made:
        yield made
        async with made.database.session() as session:
            assert await broken(session) == []
