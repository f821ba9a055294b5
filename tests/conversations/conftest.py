"""Desks: a ledger on a fresh database, with or without the demo district's people."""

from collections.abc import AsyncIterator

import pytest

from tests.conversations.given import Desk, open_desk


@pytest.fixture
async def desk(database_url: str) -> AsyncIterator[Desk]:
    """Nobody is known."""
    async with open_desk(database_url, people=False) as opened:
        yield opened


@pytest.fixture
async def district(database_url: str) -> AsyncIterator[Desk]:
    """The demo district's people are known."""
    async with open_desk(database_url, people=True) as opened:
        yield opened
