"""Wake-ups: jobs that say "look here", deferred in the transaction that made something to look at.

Rows say what has to happen; losing a job loses nothing, since the periodic sweep looks at the rows.
"""

import asyncio
from uuid import UUID

import psycopg
from procrastinate import App, PsycopgConnector
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

TURNS_QUEUE = "turns"
HANDLE_TASK = "handle_conversation"
OUTBOX_CHANNEL = "footbridge_outbox"


def job_app(dsn: str, *, connections: int) -> App:
    """A procrastinate app on `dsn` (a libpq address), with its tables in the schema `procrastinate`."""
    connector = PsycopgConnector(
        conninfo=dsn, kwargs={"options": "-c search_path=procrastinate"}, min_size=1, max_size=connections
    )
    return App(connector=connector)


_deferring = App(connector=PsycopgConnector())


async def wake_conversation(session: AsyncSession, conversation_id: UUID) -> None:
    """Ask a worker to look at a conversation once this transaction has committed."""
    await session.execute(text("set local search_path to procrastinate"))
    raw = await (await session.connection()).get_raw_connection()
    job = _deferring.configure_task(HANDLE_TASK, queue=TURNS_QUEUE, connection=raw.driver_connection)
    await job.defer_async(conversation_id=str(conversation_id))


async def wake_sender(session: AsyncSession) -> None:
    """Tell the senders that the outbox has something, once this transaction has committed."""
    await session.execute(text(f"select pg_notify('{OUTBOX_CHANNEL}', '')"))


async def listen(dsn: str, heard: asyncio.Event) -> None:
    """Set `heard` whenever the outbox has something new; reconnects for ever. Senders look by themselves as well."""
    while True:
        try:
            async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as connection:
                await connection.execute(f"listen {OUTBOX_CHANNEL}")
                heard.set()
                async for _ in connection.notifies():
                    heard.set()
        except psycopg.Error:
            await asyncio.sleep(0.5)
