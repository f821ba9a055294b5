"""Wake-ups: jobs that say "look here", deferred in the transaction that made something to look at.

Rows say what has to happen; losing a job loses nothing, since the periodic sweep looks at the rows.
"""

from uuid import UUID

from procrastinate import App, PsycopgConnector
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

TURNS_QUEUE = "turns"
HANDLE_TASK = "handle_conversation"
OUTBOX_CHANNEL = "footbridge_outbox"


def job_app(dsn: str, **pool: int) -> App:
    """A procrastinate app on `dsn` (a libpq address), with its tables in the schema `procrastinate`."""
    connector = PsycopgConnector(conninfo=dsn, kwargs={"options": "-c search_path=procrastinate"}, **pool)
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
