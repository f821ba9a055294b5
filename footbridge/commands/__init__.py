"""What the commands do on the database of an installation, a module a topic."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from footbridge import postgres
from footbridge.settings import Settings
from footbridge.wiring import Parts, connect
from placements import migrate


class Refused(Exception):
    """The command does not do this; the message is one line."""


@asynccontextmanager
async def open_installation(settings: Settings) -> AsyncIterator[Parts]:
    with postgres.running(settings) as url:
        await asyncio.to_thread(migrate.upgrade, url)
        parts = connect(settings, name="command", pool_size=3)
        try:
            yield parts
        finally:
            await parts.database.close()
