"""The gateway: the public listener, and on loopback the private one for actions and metrics.

It also sends the urgent lane, pages and the mail of pages by itself, so that a crisis text is answered and a person is
called, and the next person after that, while worker and engine are down.
"""

import asyncio
import signal
from collections.abc import Coroutine, Sequence
from contextlib import AsyncExitStack
from datetime import datetime
from threading import Thread
from typing import Any

import aiohttp
import structlog
from aiohttp import web

from bot.actions import nearest
from bot.actions.base import Tools
from channels.sms.webhooks import routes as sms_routes
from conversations import safety
from conversations.cases import PageWork
from conversations.ledger.sender import Sender
from conversations.models import Lane
from conversations.wakeups import listen
from footbridge import phones, ports
from footbridge.actions_endpoint import MAX_BODY, action_routes
from footbridge.health import health_routes
from footbridge.intake import LedgerIntake
from footbridge.metrics import metrics_routes
from footbridge.people_page import phone_people
from footbridge.settings import Settings
from footbridge.wiring import Parts, carrier_of, connect, local_url, mailer_of
from placements import clock as installation_clock

log = structlog.get_logger(__name__)

PAGE_EVERY = 1.0  # seconds


async def run_gateway(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT."""
    safety.warm()  # the first text is not to wait for the rules
    Thread(target=nearest.warm, daemon=True).start()  # some seconds, which only the first question would feel
    sockets = ports.gateway_sockets(settings)
    known = ports.Ports.load(settings)
    async with AsyncExitStack() as stack:
        parts = connect(settings, name="gateway")
        stack.push_async_callback(parts.database.close)
        http = await stack.enter_async_context(aiohttp.ClientSession())
        carrier = carrier_of(settings, known)
        stack.push_async_callback(carrier.close)
        runners = [
            web.AppRunner(public_app(parts, known, http), access_log=None),
            web.AppRunner(private_app(parts), access_log=None),
        ]
        for runner, socket in zip(runners, sockets, strict=True):
            await runner.setup()
            stack.push_async_callback(runner.cleanup)
            await web.SockSite(runner, socket).start()
        sender = Sender(
            parts.database,
            carrier,
            parts.policy,
            per_second=settings.messages_per_second,
            lanes=[Lane.URGENT],
        )
        heard = asyncio.Event()
        mailer = mailer_of(settings, parts.database)
        await _until_stopped(
            [
                sender.run(heard),
                listen(parts.dsn, heard),
                _page_forever(PageWork(parts.database, parts.policy)),
                *([mailer.run()] if mailer else []),
            ]
        )


def public_app(parts: Parts, known: ports.Ports, http: aiohttp.ClientSession) -> web.Application:
    """What the carrier and browsers reach."""
    settings = parts.settings
    app = web.Application()
    app.add_routes(health_routes(parts.database, known.engine_url(settings), http, parts.policy))
    app.add_routes(
        sms_routes(
            LedgerIntake(parts.database, parts.policy, "twilio"),
            auth_token=settings.auth_token(),
            public_base_url=settings.public_base_url,
        )
    )
    if settings.simulated:
        _add_phones(app, parts, known)
    return app


def private_app(parts: Parts) -> web.Application:
    """What only this machine reaches: Rasa's actions and the metrics."""
    app = web.Application(client_max_size=MAX_BODY)
    token = parts.settings.secrets().private_token
    app.add_routes(action_routes(Tools(parts.database, parts.policy), token))
    app.add_routes(metrics_routes(parts.database, token))
    return app


def _add_phones(app: web.Application, parts: Parts, known: ports.Ports) -> None:
    settings = parts.settings
    phones.add_phones(
        app,
        store=phones.PostgresStore(parts.database.engine),
        config=phones.PhonesConfig(
            base_url=settings.public_base_url,
            local_url=local_url(settings, known),
            account_sid=phones.ACCOUNT_SID,
            auth_token=settings.auth_token(),
            our_number=phones.OUR_NUMBER,
            people=lambda: phone_people(parts.database),
            clock=lambda: _clock(parts),
            keyword_replies=settings.keyword_replies,
            timezone=settings.timezone,
        ),
    )


async def _clock(parts: Parts) -> datetime:
    async with parts.database.session() as session:
        return await installation_clock.now(session)


async def _page_forever(pages: PageWork) -> None:
    """Repeat and escalate pages, so that they go on while the worker is down; it does the same, and both may."""
    while True:
        try:
            await pages.run()
        except Exception as failure:
            log.warning("paging_failed", why=type(failure).__name__)
        await asyncio.sleep(PAGE_EVERY)


async def _until_stopped(work: Sequence[Coroutine[Any, Any, None]]) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    tasks = [asyncio.create_task(each) for each in work]
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait([*tasks, stopping], return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        if task.done():
            task.result()
        task.cancel()
