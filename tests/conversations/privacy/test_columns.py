"""Every column that can hold text is declared, and what is declared is there and is documented."""

from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from conversations.privacy.columns import as_markdown, personal, tables, text_columns

ROOT = Path(__file__).parents[3]


async def test_every_column_that_can_hold_text_says_what_it_holds(session: AsyncSession) -> None:
    found = await text_columns(session)
    declared = {table.name: table.known for table in tables()}
    undeclared = {
        f"{table}.{column}"
        for table, columns in found.items()
        for column in columns - declared.get(table, frozenset())
    }
    assert undeclared == set(), "say in conversations/privacy/columns.yml what these hold, and what erases it"


async def test_nothing_is_declared_that_is_not_there(session: AsyncSession) -> None:
    found = await text_columns(session)
    gone = {f"{t.name}.{column}" for t in tables() for column in t.known - found.get(t.name, set())}
    assert gone == set()


async def test_a_new_column_for_words_fails_until_it_is_declared(session: AsyncSession) -> None:
    await session.execute(text("alter table conversations.inbound add column secret_words text"))
    found = await text_columns(session)
    [inbound] = [table for table in tables() if table.name == "conversations.inbound"]
    assert found["conversations.inbound"] - inbound.known == {"secret_words"}


@pytest.mark.parametrize("column", list(personal()), ids=lambda c: f"{c.table}.{c.name}")
def test_what_is_declared_is_one_of_the_known_words(column) -> None:  # type: ignore[no-untyped-def]
    assert column.with_age in ("kept", "emptied", "removed")
    assert column.when_erased in ("kept", "emptied", "replaced", "removed")
    assert column.search in ("text", "json", "key", "null", "-")
    # What may stay when a person is erased has to be searched for the person.
    assert column.when_erased != "kept" or column.search != "-"


def test_the_table_in_the_handbook_is_the_declared_one() -> None:
    assert as_markdown() in (ROOT / "docs" / "privacy.md").read_text()
