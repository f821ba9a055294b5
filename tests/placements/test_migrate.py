from concurrent.futures import ThreadPoolExecutor

from alembic import command
from sqlalchemy import NullPool, create_engine, text

from placements import migrate
from placements.database import sqlalchemy_url


def test_an_empty_database_gets_every_schema_and_twice_at_once_is_once(empty_database_url: str) -> None:
    with ThreadPoolExecutor(2) as both:
        list(both.map(migrate.upgrade, [empty_database_url] * 2))
    engine = create_engine(sqlalchemy_url(empty_database_url), poolclass=NullPool)
    with engine.connect() as connection:
        schemas = set(connection.execute(text("select nspname from pg_namespace")).scalars())
        assert set(migrate.SCHEMAS) <= schemas
    engine.dispose()


def test_the_migrations_say_what_the_models_say(database_url: str) -> None:
    engine = create_engine(sqlalchemy_url(database_url), poolclass=NullPool)
    with engine.begin() as connection:
        settings = migrate.config()
        settings.attributes["connection"] = connection
        command.check(settings)
    engine.dispose()
