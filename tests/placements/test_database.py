import pytest
from sqlalchemy import text

from placements.database import Database, sqlalchemy_url


@pytest.mark.parametrize(
    ("written", "driver", "host"),
    [
        ("postgresql://ana:x@db:5433/fb", "postgresql+psycopg", "db"),
        ("postgres://ana:x@db/fb", "postgresql+psycopg", "db"),
        ("postgresql+psycopg://ana:x@db/fb", "postgresql+psycopg", "db"),
        ("postgresql://postgres:@/fb?host=/run/pg", "postgresql+psycopg", None),
    ],
)
def test_addresses_as_operators_write_them(written: str, driver: str, host: str | None) -> None:
    url = sqlalchemy_url(written)
    assert (url.drivername, url.host, url.database) == (driver, host, "fb")


async def test_a_session_is_one_transaction(database_url: str) -> None:
    database = Database(database_url, application_name="footbridge test")
    async with database.session() as session:
        await session.execute(text("create table kept (n int)"))
        name = await session.scalar(text("select current_setting('application_name')"))
        assert name == "footbridge test"
    with pytest.raises(ZeroDivisionError):
        async with database.session() as session:
            await session.execute(text("insert into kept values (1)"))
            raise ZeroDivisionError
    async with database.session() as session:
        assert await session.scalar(text("select count(*) from kept")) == 0
    await database.close()
