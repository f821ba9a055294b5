from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from footbridge.phones import ACCOUNT_SID, OUR_NUMBER, CarrierConfig, MemoryStore, PostgresStore, Store
from tests.footbridge.phones.app import App


@pytest.fixture(params=["memory", "postgres"])
def store(request: pytest.FixtureRequest) -> Store:
    """Both stores, one after the other."""
    if request.param == "memory":
        return MemoryStore()
    engine: AsyncEngine = request.getfixturevalue("database")
    return PostgresStore(engine)


@pytest.fixture
async def app() -> AsyncIterator[App]:
    """Stands in for Footbridge: takes webhooks and keeps them."""
    async with App.serving() as made:
        yield made


@pytest.fixture
def config(app: App) -> CarrierConfig:
    quick = CarrierConfig(
        base_url=app.base_url, account_sid=ACCOUNT_SID, auth_token=App.TOKEN, our_number=OUR_NUMBER
    )
    return replace(quick, delays=(0.01, 0.01))
