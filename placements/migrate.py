"""Brings a database to the newest schema. Safe to call from several processes at once."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, NullPool, create_engine, text

from placements.database import sqlalchemy_url

MIGRATIONS = Path(__file__).parent / "migrations"
SCHEMAS = ("placements", "conversations", "procrastinate", "phones")
_LOCK = 0x466F6F74  # "Foot": one migration at a time in a database


def config() -> Config:
    """The Alembic configuration; there is no ini file."""
    settings = Config()
    settings.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return settings


def upgrade(url: str, revision: str = "head") -> None:
    """Create the schemas and run every migration that is missing, all in one transaction."""
    engine = create_engine(sqlalchemy_url(url), poolclass=NullPool)
    try:
        with engine.begin() as connection:
            upgrade_on(connection, revision)
    finally:
        engine.dispose()


def upgrade_on(connection: Connection, revision: str = "head") -> None:
    """The same on a connection, as part of the caller's transaction."""
    connection.execute(text("select pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    for schema in SCHEMAS:
        connection.execute(text(f"create schema if not exists {schema}"))
    settings = config()
    settings.attributes["connection"] = connection
    command.upgrade(settings, revision)


def versions(url: str) -> tuple[str | None, str]:
    """The schema that a database has (None before the first migration), and the one that this program needs."""
    engine = create_engine(sqlalchemy_url(url), poolclass=NullPool)
    try:
        with engine.connect() as connection:
            known = connection.scalar(text("select to_regclass('placements.alembic_version')"))
            query = text("select version_num from placements.alembic_version")
            has = connection.scalar(query) if known is not None else None
    finally:
        engine.dispose()
    return has, str(ScriptDirectory.from_config(config()).get_current_head())
