"""Everything that an installation holds, as text: for tests that look for what should be gone."""

from collections.abc import Iterator

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

SCHEMAS = ["placements", "conversations", "procrastinate", "phones"]


async def cells(session: AsyncSession) -> Iterator[tuple[str, str]]:
    """Every value of every column of every table, as (schema.table.column, text)."""
    columns = await session.execute(
        text(
            "select table_schema, table_name, column_name from information_schema.columns"
            " join information_schema.tables using (table_schema, table_name)"
            " where table_schema = any(:schemas) and table_type = 'BASE TABLE'"
        ),
        {"schemas": SCHEMAS},
    )
    found = []
    for schema, table, column in columns.all():
        rows = await session.execute(text(f'select "{column}"::text from {schema}."{table}"'))
        found += [(f"{schema}.{table}.{column}", value) for value in rows.scalars() if value]
    return iter(found)


async def holding(session: AsyncSession, *wanted: str) -> list[tuple[str, str]]:
    """The cells in which one of the words stands, whatever its case."""
    words = [word.lower() for word in wanted]
    return [(where, value) for where, value in await cells(session) if any(w in value.lower() for w in words)]
