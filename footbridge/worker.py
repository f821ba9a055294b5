"""The worker: answers conversations, sends the outbox, does what falls due."""

import asyncio
import signal
from contextlib import AsyncExitStack, suppress
from datetime import UTC, datetime
from uuid import UUID

import aiohttp
import structlog
from procrastinate import App
from procrastinate.jobs import Status

from conversations.due import DueWork
from conversations.ledger.reconcile import take_in_missing
from conversations.ledger.restored import gap_is_open, settle_gap
from conversations.ledger.sender import Sender
from conversations.privacy.at_carrier import CarrierEraser
from conversations.privacy.tombstones import all_stones
from conversations.turns.handle import Conversations
from conversations.turns.understanding import Understanding
from conversations.wakeups import HANDLE_TASK, TURNS_QUEUE, job_app, listen
from footbridge.commands.erase import erase_again
from footbridge.health import beat_forever
from footbridge.ports import Ports
from footbridge.settings import Settings
from footbridge.wiring import Parts, carrier_of, connect, engine_of, mailer_of

log = structlog.get_logger(__name__)

AT_ONCE = 8  # conversations worked at the same time; more gains nothing on two cores
POLL = 0.15  # seconds; a wake-up that got lost costs no more than this
SWEEP_EVERY = 1.0  # seconds
RECONCILE_EVERY = 300.0  # seconds


async def run_worker(settings: Settings) -> None:
    """Work until SIGTERM or SIGINT."""
    async with AsyncExitStack() as stack:
        parts = connect(settings, name="worker", pool_size=AT_ONCE * 2 + 6)
        stack.push_async_callback(parts.database.close)
        http = await stack.enter_async_context(aiohttp.ClientSession())
        known = Ports.load(settings)
        carrier = carrier_of(settings, known)
        stack.push_async_callback(carrier.close)
        due = DueWork(parts.database, parts.policy)
        told = asyncio.Event()
        conversations = Conversations(
            parts.database,
            engine_of(settings, known, http),
            parts.policy,
            Understanding(settings.zone),
            told.set,
        )
        heard = asyncio.Event()
        sender = Sender(parts.database, carrier, parts.policy, per_second=settings.messages_per_second)
        jobs = job_app(parts.dsn, connections=AT_ONCE + 4)
        await stack.enter_async_context(jobs.open_async())
        mailer = mailer_of(settings, parts.database)
        await _until_stopped(
            [
                _turns(jobs, conversations),
                sender.run(heard),
                CarrierEraser(parts.database, carrier, parts.policy).run(),
                listen(parts.dsn, heard),
                _due_forever(due, told),
                _sweep_forever(conversations, jobs),
                _reconcile_forever(parts, carrier),
                beat_forever(parts.database, "worker"),
                *([mailer.run()] if mailer else []),
            ]
        )


async def _turns(jobs: App, conversations: Conversations) -> None:
    @jobs.task(name=HANDLE_TASK, queue=TURNS_QUEUE)
    async def handle_conversation(conversation_id: str) -> None:
        await conversations.drain(UUID(conversation_id))

    while True:
        try:
            await jobs.run_worker_async(
                queues=[TURNS_QUEUE],
                concurrency=AT_ONCE,
                fetch_job_polling_interval=POLL,
                install_signal_handlers=False,
                delete_jobs="always",
                listen_notify=True,
            )
        except Exception as failure:  # the database went away; it comes back
            log.warning("job_worker_stopped", why=type(failure).__name__)
        await asyncio.sleep(0.5)


async def _due_forever(due: DueWork, told: asyncio.Event) -> None:
    """Do what is due every second, and at once when a turn has brought something about."""
    while True:
        told.clear()
        try:
            await due.run()
        except Exception as failure:
            log.warning("due_work_failed", why=type(failure).__name__)
        with suppress(TimeoutError):
            await asyncio.wait_for(told.wait(), SWEEP_EVERY)


async def _sweep_forever(conversations: Conversations, jobs: App) -> None:
    """Look for texts whose wake-up was lost, and drop the jobs of workers that died."""
    while True:
        await asyncio.sleep(SWEEP_EVERY)
        try:
            waiting = await conversations.waiting()
            await asyncio.gather(*(conversations.drain(each) for each in waiting[:AT_ONCE]))
            for job in await jobs.job_manager.get_stalled_jobs(queue=TURNS_QUEUE, seconds_since_heartbeat=30):
                await jobs.job_manager.finish_job_by_id_async(
                    job.id or 0, status=Status.FAILED, delete_job=True
                )
        except Exception as failure:
            log.warning("sweep_failed", why=type(failure).__name__)


async def _reconcile_forever(parts: Parts, carrier) -> None:  # type: ignore[no-untyped-def]
    """At the start and every five minutes: take in what the carrier has and we have not."""
    while True:
        try:
            await _after_a_restore(parts)
            await settle_gap(parts.database, carrier, parts.policy)
            found = await take_in_missing(parts.database, carrier, parts.policy, real_now=datetime.now(UTC))
            if found:
                log.info("taken_in_from_the_carriers_list", texts=found)
            wait = RECONCILE_EVERY
        except Exception as failure:
            log.warning("reconciling_failed", why=type(failure).__name__)
            wait = 10.0
        await asyncio.sleep(wait)


async def _after_a_restore(parts: Parts) -> None:
    """Erase again whom a restore brought back, where the command that does it was cut off."""
    async with parts.database.session() as session:
        if await gap_is_open(session):
            await erase_again(session, parts.policy, await all_stones(session))


async def _until_stopped(work) -> None:  # type: ignore[no-untyped-def]
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    tasks = [asyncio.create_task(each) for each in work]
    stopping = asyncio.create_task(stop.wait())
    done, _ = await asyncio.wait([*tasks, stopping], return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    for task in done - {stopping}:
        task.result()
