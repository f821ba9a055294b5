"""What each column holds of a person, and what age and erasure do to it, as `columns.yml` declares it."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

SCHEMAS = ("placements", "conversations", "procrastinate", "phones")
_TEXT_TYPES = ("text", "character varying", "character", "json", "jsonb", "ARRAY", "bytea", "date", "xml")


@dataclass(frozen=True)
class Column:
    """One column that holds something of a person. `search` is text, json, key, null or '-'."""

    table: str
    name: str
    holds: str
    with_age: str
    when_erased: str
    search: str

    @property
    def sql(self) -> str:
        return f'"{self.name}"'

    @property
    def sql_table(self) -> str:
        schema, table = self.table.split(".")
        return f'{schema}."{table}"'


@dataclass(frozen=True)
class Table:
    """One table: what it is, why it is kept, its plain columns and its personal ones."""

    name: str
    what: str
    why: str
    plain: frozenset[str]
    personal: tuple[Column, ...]

    @property
    def known(self) -> frozenset[str]:
        return self.plain | {column.name for column in self.personal}


@cache
def tables() -> tuple[Table, ...]:
    """Every table that is declared, in order."""
    declared: dict[str, dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("columns.yml").read_text())
    return tuple(
        Table(
            name=name,
            what=entry["what"],
            why=entry["why"],
            plain=frozenset(entry.get("plain", ())),
            personal=tuple(Column(name, column, *how) for column, how in entry.get("personal", {}).items()),
        )
        for name, entry in declared.items()
    )


def personal() -> Iterator[Column]:
    """Every column that holds something of a person."""
    for table in tables():
        yield from table.personal


async def text_columns(session: AsyncSession) -> dict[str, set[str]]:
    """The columns of the database that can hold text, a file or a birth date, by table."""
    rows = await session.execute(
        text(
            "select c.table_schema || '.' || c.table_name, c.column_name from information_schema.columns c"
            " join information_schema.tables t using (table_schema, table_name)"
            " where c.table_schema = any(:schemas) and t.table_type = 'BASE TABLE'"
            " and (c.data_type = any(:types) or c.data_type = 'USER-DEFINED')"
        ),
        {"schemas": list(SCHEMAS), "types": list(_TEXT_TYPES)},
    )
    found: dict[str, set[str]] = {}
    for table, column in rows:
        found.setdefault(table, set()).add(column)
    return found


def as_markdown() -> str:
    """The declared tables that hold something of a person, as the table in docs/privacy.md."""
    lines = ["| table | what it holds of a person | with age | when the person is erased | why it is there |"]
    lines.append("| --- | --- | --- | --- | --- |")
    for table in tables():
        if not table.personal:
            continue
        holds = "; ".join(f"`{c.name}`: {c.holds}" for c in table.personal)
        age = "; ".join(f"`{c.name}` {c.with_age}" for c in table.personal)
        gone = "; ".join(f"`{c.name}` {c.when_erased}" for c in table.personal)
        lines.append(f"| `{table.name}` ({table.what}) | {holds} | {age} | {gone} | {table.why} |")
    return "\n".join(lines)
