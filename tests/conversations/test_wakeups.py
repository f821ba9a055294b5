import asyncio
from uuid import uuid4

import pytest

from conversations.wakeups import HANDLE_TASK, TURNS_QUEUE, job_app, listen, wake_conversation, wake_sender
from footbridge.postgres import plain
from tests.conversations.given import Desk

JOBS = "select task_name, queue_name, args, status::text from procrastinate.procrastinate_jobs"


async def test_a_job_comes_with_the_transaction_or_not_at_all(desk: Desk) -> None:
    conversation = uuid4()
    with pytest.raises(RuntimeError):
        async with desk.database.session() as session:
            await wake_conversation(session, conversation)
            raise RuntimeError
    assert await desk.rows(JOBS) == []
    async with desk.database.session() as session:
        await wake_conversation(session, conversation)
        assert await desk.rows(JOBS) == []  # nobody else sees it yet
    assert await desk.rows(JOBS) == [
        (HANDLE_TASK, TURNS_QUEUE, {"conversation_id": str(conversation)}, "todo")
    ]


async def test_the_transaction_goes_on_as_before(desk: Desk) -> None:
    async with desk.database.session() as session:
        await wake_conversation(session, uuid4())
    assert await desk.text("+13055550150", "STOP") is not None
    async with desk.database.session() as session:
        await wake_conversation(session, uuid4())
        await wake_sender(session)
    assert len(await desk.rows(JOBS)) == 2


async def test_a_worker_takes_the_job(desk: Desk, database_url: str) -> None:
    app, done = job_app(plain(database_url), connections=2), []

    @app.task(name=HANDLE_TASK, queue=TURNS_QUEUE)
    async def handle(conversation_id: str) -> None:
        done.append(conversation_id)

    conversation = uuid4()
    async with desk.database.session() as session:
        await wake_conversation(session, conversation)
    async with app.open_async():
        await app.run_worker_async(
            queues=[TURNS_QUEUE], wait=False, install_signal_handlers=False, listen_notify=False
        )
    assert done == [str(conversation)]


async def test_senders_hear_of_what_is_committed_and_of_nothing_else(desk: Desk, database_url: str) -> None:
    heard = asyncio.Event()
    listening = asyncio.create_task(listen(plain(database_url), heard))
    try:
        await asyncio.wait_for(heard.wait(), 5)  # once at the start: something may have come before
        heard.clear()
        with pytest.raises(RuntimeError):
            async with desk.database.session() as session:
                await wake_sender(session)
                raise RuntimeError
        async with desk.database.session() as session:
            await wake_sender(session)
            await asyncio.sleep(0.1)
            assert not heard.is_set()
        await asyncio.wait_for(heard.wait(), 5)
    finally:
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)


async def test_a_listener_that_lost_its_connection_comes_back(desk: Desk, database_url: str) -> None:
    heard = asyncio.Event()
    listening = asyncio.create_task(listen(plain(database_url), heard))
    try:
        await asyncio.wait_for(heard.wait(), 5)
        heard.clear()
        await desk.rows(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where query like 'listen%' and datname = current_database()"
        )
        await asyncio.wait_for(heard.wait(), 5)
    finally:
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
