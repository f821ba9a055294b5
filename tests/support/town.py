"""A whole installation in the test's own process: real webhook, database and engine, Twilio's wire to a stand-in.

    async def test_x(town: Town) -> None:
        heard = await town.text(ANA, "any shadows for nursing?")
        assert heard[ANA] == ["..."]

The demo district is loaded as of Monday 1 February 2027; the clock stands at 10:00 that day and runs on.
"""

from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import aiohttp
from aiohttp import web
from sqlalchemy import select, text

from bot.actions.base import Tools
from channels.sms.twilio import TwilioAccount, TwilioCarrier
from channels.sms.webhooks import routes as sms_routes
from conversations.due import DueWork, next_due_at, nothing_left
from conversations.ledger.sender import Sender
from conversations.models import Case, Inbound
from conversations.policy import Policy
from conversations.privacy.at_carrier import CarrierEraser
from conversations.turns.engine import HttpEngine
from conversations.turns.handle import Conversations
from conversations.turns.understanding import Understanding
from footbridge import demo
from footbridge.actions_endpoint import MAX_BODY, action_routes
from footbridge.intake import LedgerIntake
from placements import clock
from placements.database import Database
from tests.support import twilio_stand_in as twilio
from tests.support.engine import ACTIONS_TOKEN, TOKEN, EngineProcess

ANA, GLORIA, BEN, LUIS, MARTA, LEO, SAM, RAY, CORA, DEV = (f"+1305555{n:04}" for n in (*range(101, 111),))
STRANGER = "+13055550150"
ZONE = ZoneInfo("America/New_York")
TODAY = date(2027, 2, 1)

Heard = Mapping[str, Sequence[str]]


class Town:
    """Everybody with a phone, and the installation they text."""

    def __init__(
        self,
        database: Database,
        conversations: Conversations,
        sender: Sender,
        due: DueWork,
        phones: twilio.TwilioStandIn,
        policy: Policy,
        eraser: CarrierEraser,
    ) -> None:
        self.database, self.phones, self.policy = database, phones, policy
        self._conversations, self._sender, self._due = conversations, sender, due
        self._eraser = eraser
        self.carrier: TwilioCarrier
        self._seen = 0

    async def text(self, who: str, body: str | None, **fields: Any) -> Heard:
        """Text as somebody and let everything that follows happen; what each phone got."""
        answer = await self.phones.post_inbound(who, body, **fields)
        assert 200 <= answer.status < 300, answer
        return await self.settle()

    async def settle(self) -> Heard:
        """Answer, do and send everything that is due now; what each phone got since the last time."""
        while True:
            for conversation in await self._conversations.waiting():
                await self._conversations.drain(conversation)
            done = await self._due.run()
            sent = await self._sender.flush() + await self._eraser.flush()
            async with self.database.session() as session:
                if not done and not sent and await nothing_left(session):
                    return await self._heard()

    async def move_to(self, at: datetime) -> Heard:
        """Let time pass until `at` (local if it has no zone), doing what falls due at its own time."""
        at = at if at.tzinfo else at.replace(tzinfo=ZONE)
        while True:
            async with self.database.session() as session:
                now = await clock.now(session)
                step = await next_due_at(session, now, at, self.policy)
                if (step or at) > now:
                    await clock.move_to(session, step or at)
            await self._deliver_due()
            if step is None:
                return await self._heard()

    async def cases(self) -> list[str]:
        """The kinds of the open cases, in the order in which they were opened."""
        async with self.database.session() as session:
            rows = await session.scalars(select(Case.kind).where(Case.state == "open").order_by(Case.number))
            return list(rows)

    async def rows(self, query: str, **values: Any) -> list[tuple[Any, ...]]:
        """Rows of a query, for what no phone shows."""
        async with self.database.session() as session:
            return [tuple(row) for row in (await session.execute(text(query), values)).all()]

    async def silence(self, body: str) -> str | None:
        """Why the last text with these words got no reply."""
        async with self.database.session() as session:
            query = select(Inbound.silence).where(Inbound.body == body).order_by(Inbound.seq.desc()).limit(1)
            return await session.scalar(query)

    async def _deliver_due(self) -> None:
        while True:
            done = await self._due.run()
            sent = await self._sender.flush() + await self._eraser.flush()
            if not done and not sent:
                return

    async def _heard(self) -> Heard:
        heard: dict[str, list[str]] = defaultdict(list)
        for each in await self.phones.sent():
            if each.seq > self._seen:
                heard[each.to].append(each.body)
        self._seen = max([self._seen, *(t.seq for t in await self.phones.texts())])
        return heard


def town_policy(**changes: Any) -> Policy:
    """The demo's policy, by day and with our own answers to keywords."""
    return Policy(
        **(
            {
                "program": "Footbridge Demo",
                "help_contact": "Cora Diaz, Lincoln High, 305-555-0109",
                "timezone": ZONE,
                "quiet": (time(20), time(8)),
                "app_answers_keywords": True,
                "oncall": (CORA, DEV),
                "salt": "salt",
            }
            | changes
        )
    )


@asynccontextmanager
async def make_town(database_url: str, engine: EngineProcess, **policy: Any) -> AsyncIterator[Town]:
    """A town with the demo district on a fresh database."""
    async with AsyncExitStack() as stack:
        database = Database(database_url, pool_size=5)
        stack.push_async_callback(database.close)
        await _found(database)
        rules = town_policy(**policy)
        phones = await stack.enter_async_context(twilio.stand_in())
        phones.base_url = await _serve(
            stack,
            sms_routes(
                LedgerIntake(database, rules, "twilio"),
                auth_token=twilio.AUTH_TOKEN,
                public_base_url=(base := f"http://127.0.0.1:{(port := _free())}"),
            ),
            port,
        )
        assert phones.base_url == base
        await _serve(stack, action_routes(Tools(database, rules), ACTIONS_TOKEN), engine.actions_port)
        carrier = TwilioCarrier(
            TwilioAccount(
                account_sid=twilio.ACCOUNT_SID,
                auth_token=twilio.AUTH_TOKEN,
                public_base_url=base,
                from_number=twilio.OUR_NUMBER,
                api_base_url=phones.api_base_url,
            )
        )
        stack.push_async_callback(carrier.close)
        http = await stack.enter_async_context(aiohttp.ClientSession())
        conversations = Conversations(
            database, HttpEngine(engine.url, TOKEN, http), rules, Understanding(ZONE)
        )
        sender = Sender(database, carrier, rules, per_second=1000)
        eraser = CarrierEraser(database, carrier, rules)
        made = Town(database, conversations, sender, DueWork(database, rules), phones, rules, eraser)
        made.carrier = carrier
        yield made


async def _found(database: Database) -> None:
    async with database.session() as session:
        await demo.load(session, today=TODAY)
        await clock.move_to(session, datetime.combine(TODAY, time(10), ZONE).astimezone(UTC))


async def _serve(stack: AsyncExitStack, routes: Sequence[web.RouteDef], port: int) -> str:
    app = web.Application(client_max_size=MAX_BODY)
    app.add_routes(routes)
    runner = web.AppRunner(app, shutdown_timeout=0.2)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    await web.TCPSite(runner, "127.0.0.1", port).start()
    return f"http://127.0.0.1:{port}"


def _free() -> int:
    from footbridge.ports import free_port

    return free_port()
