"""The demo district in an installation: loaded at the start where it is asked for, and loaded afresh on request."""

import asyncio
from datetime import date

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from conversations.ledger.addresses import erasing
from conversations.models import SCHEMA, Base
from footbridge import demo
from footbridge.settings import Settings, SettingsError, is_loopback
from placements import clock
from placements.database import Database


def ensure(settings: Settings, url: str) -> None:
    """Load the demo district unless it is there. Raises SettingsError where it may not be loaded."""
    if settings.demo_mode != "force" and not is_loopback(settings.public_base_url):
        raise SettingsError("FOOTBRIDGE_DEMO: takes force where PUBLIC_BASE_URL is not this machine")
    asyncio.run(_ensure(settings, url))


async def _ensure(settings: Settings, url: str) -> None:
    database = Database(url, pool_size=1)
    try:
        async with database.session() as session:
            await demo.load(session, today=await _today(session, settings))
    except demo.DemoRefused as refused:
        raise SettingsError(f"FOOTBRIDGE_DEMO: {refused}") from None
    finally:
        await database.close()


async def reset_installation(database: Database, settings: Settings) -> str:
    """Empty conversations and placements and load the demo afresh. Raises DemoRefused for other data."""
    tables = ", ".join(f'{SCHEMA}."{table.name}"' for table in Base.metadata.sorted_tables)
    async with database.session() as session:
        if not await demo.is_demo_only(session):
            raise demo.DemoRefused("this database holds people who are not the demo's")
        async with erasing(session):
            await session.execute(text(f"truncate {tables}"))
        await session.execute(text("truncate procrastinate.procrastinate_jobs cascade"))
        await clock.reset(session)
        await demo.reset(session, today=await _today(session, settings))
    return "the demo district is loaded afresh"


async def _today(session: AsyncSession, settings: Settings) -> date:
    return (await clock.now(session)).astimezone(settings.zone).date()
