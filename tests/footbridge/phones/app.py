"""The side of Footbridge that the simulated carrier calls, for tests: it checks signatures and keeps what
came."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Self, cast

from aiohttp import web
from aiohttp.test_utils import TestServer

from channels.sms.forms import InboundText, StatusCallback
from channels.sms.webhooks import routes

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class App:
    """`fail` makes it answer 503. `wait` returns when so many of something came, or fails after 5 s."""

    TOKEN = "token-of-the-phones"

    def __init__(self, token: str = TOKEN) -> None:
        self.token = token
        self.base_url = ""
        self.texts: list[InboundText] = []
        self.statuses: list[StatusCallback] = []
        self.fail = False

    @classmethod
    @contextlib.asynccontextmanager
    async def serving(cls, token: str = TOKEN) -> AsyncIterator[Self]:
        made = cls(token)
        async with TestServer(made.application()) as server:
            made.base_url = str(server.make_url("")).rstrip("/")
            yield made

    def application(self) -> web.Application:
        """The webhooks. Their address is only known once they are served, so they are asked for it each time."""
        application = web.Application()
        for route in self.routes():
            application.router.add_post(route.path, self._now(route.path))
        return application

    def routes(self) -> list[web.RouteDef]:
        return routes(self, auth_token=self.token, public_base_url=self.base_url)

    def _now(self, path: str) -> Handler:
        async def answer(request: web.Request) -> web.StreamResponse:
            [route] = [route for route in self.routes() if route.path == path]
            handler = cast(Handler, route.handler)
            return await handler(request)

        return answer

    async def received(self, form: InboundText) -> None:
        if self.fail:
            raise OSError
        self.texts.append(form)

    async def status(self, callback: StatusCallback) -> None:
        self.statuses.append(callback)

    async def wait(self, kept: list[InboundText] | list[StatusCallback], number: int) -> None:
        async with asyncio.timeout(5):
            while len(kept) < number:
                await asyncio.sleep(0.005)
