"""The side of Footbridge that the simulated carrier calls, for tests: it checks signatures and keeps what
came."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Self

from aiohttp import web
from aiohttp.test_utils import TestServer

from channels.sms.forms import InboundText, StatusCallback
from channels.sms.webhooks import routes


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
        application = web.Application()

        @web.middleware
        async def signed_routes(request: web.Request, handler: object) -> web.StreamResponse:
            for route in routes(self, auth_token=self.token, public_base_url=self.base_url):
                if route.path == request.path:
                    answer = await route.handler(request)
                    assert isinstance(answer, web.StreamResponse)
                    return answer
            raise web.HTTPNotFound

        application.middlewares.append(signed_routes)
        return application

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
