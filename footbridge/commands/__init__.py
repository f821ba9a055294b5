"""What the commands do on the database of an installation, a module a topic."""

import asyncio
import getpass
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import ContextVar

from footbridge import postgres
from footbridge.settings import Settings
from footbridge.wiring import Parts, connect
from placements import migrate
from placements.services.looks import Looker

_looker: ContextVar[Looker | None] = ContextVar("looker", default=None)


class Refused(Exception):
    """The command does not do this; the message is one line."""


def look_as(who: str, why: str) -> None:
    """Say who gives the commands of this process, and why. An empty `who` is the account of the machine."""
    _looker.set(Looker(who.strip() or _account(), why.strip()))


def looker() -> Looker:
    """Who gives this command, for the record of looks."""
    return _looker.get() or Looker(_account())


def _account() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # an account without a name
        return f"uid {os.getuid()}"


@asynccontextmanager
async def open_installation(settings: Settings) -> AsyncIterator[Parts]:
    with postgres.running(settings) as url:
        await asyncio.to_thread(migrate.upgrade, url)
        parts = connect(settings, name="command", pool_size=3)
        try:
            yield parts
        finally:
            await parts.database.close()
