"""A ledger with a clock, a policy and phones, for tests that need no dialogue engine."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, time, timedelta
from itertools import count
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select, text

from conversations.ledger.addresses import SMS, address_of, conversation_of, note_basis
from conversations.ledger.gate import Cause, Letter, put
from conversations.ledger.receive import Text, receive
from conversations.models import Address, Basis, Case, Conversation, Inbound, Lane, MessageClass, Outbound
from conversations.policy import Policy
from footbridge import demo
from placements import clock
from placements.database import Database

ANA, GLORIA, BEN, LUIS, MARTA, LEO, SAM, RAY, CORA, DEV = (f"+1305555{n:04}" for n in range(101, 111))
STRANGER, OTHER = "+13055550150", "+13055550151"
ZONE = ZoneInfo("America/New_York")
NOW = datetime(2027, 2, 1, 15, tzinfo=UTC)  # a Monday, 10:00 in Miami
POLICY = Policy(
    program="Footbridge Demo",
    help_contact="Cora Diaz, Lincoln High, 305-555-0109",
    timezone=ZONE,
    quiet=(time(20), time(8)),
    app_answers_keywords=True,
    oncall=(CORA, DEV),
    salt="salt",
)
_numbers = count(1)


class Desk:
    """One database and what tests do with it, each step in a transaction of its own."""

    def __init__(self, database: Database, policy: Policy) -> None:
        self.database, self.policy = database, policy

    async def text(
        self, who: str, body: str, *, sid: str = "", policy: Policy | None = None, **more: Any
    ) -> UUID | None:
        """A text comes in."""
        sid = sid or f"SM{next(_numbers):032}"
        async with self.database.session() as session:
            made = Text(channel=SMS, carrier="twilio", carrier_id=sid, sender=who, body=body, **more)
            return await receive(session, made, policy=policy or self.policy)

    async def write(
        self, to: str, body: str, *, lane: Lane = Lane.REPLY, basis: bool = True, **more: Any
    ) -> UUID | None:
        """A text goes into the outbox, to a number that may be texted; `more` are fields of the letter."""
        async with self.database.session() as session:
            now = await clock.now(session)
            address = await address_of(session, SMS, to, now)
            if basis:
                await note_basis(session, address, kind="basis", source="opt_in", scope="tests", now=now)
            letter: dict[str, Any] = {
                "body": body,
                "texts": ["turn.empty"],
                "cause": Cause("person", "tests"),
                "dedupe": f"test:{next(_numbers)}",
                "lane": lane,
                "message_class": MessageClass.REPLY,
            }
            made = Letter(
                address=address, conversation=await conversation_of(session, address.id), **(letter | more)
            )
            return await put(session, made, policy=self.policy, now=now)

    async def outbound(self, message_id: UUID | None) -> Outbound:
        assert message_id is not None
        async with self.database.session() as session:
            return await session.get_one(Outbound, message_id)

    async def outbox(self, to: str | None = None) -> list[Outbound]:
        """Everything ever put into the outbox (for one number), in order."""
        async with self.database.session() as session:
            query = select(Outbound).join(Address, Address.id == Outbound.address_id).order_by(Outbound.seq)
            return list(await session.scalars(query if to is None else query.where(Address.value == to)))

    async def inbox(self) -> list[Inbound]:
        async with self.database.session() as session:
            return list(await session.scalars(select(Inbound).order_by(Inbound.seq)))

    async def cases(self) -> list[Case]:
        async with self.database.session() as session:
            return list(await session.scalars(select(Case).order_by(Case.number)))

    async def address(self, number: str) -> Address | None:
        async with self.database.session() as session:
            return (await session.scalars(select(Address).where(Address.value == number))).one_or_none()

    async def conversation(self, number: str) -> Conversation:
        async with self.database.session() as session:
            address = await address_of(session, SMS, number, NOW)
            return await conversation_of(session, address.id)

    async def bases(self, number: str) -> list[tuple[str, str]]:
        """Why the number may be texted and every opt-out and opt-in, oldest first."""
        async with self.database.session() as session:
            query = select(Basis).join(Address, Address.id == Basis.address_id).where(Address.value == number)
            return [(b.kind, b.source) for b in await session.scalars(query.order_by(Basis.id))]

    async def run(self, statement: str, **values: Any) -> None:
        """Change rows as no code of ours does: time gone by, a process that died."""
        async with self.database.session() as session:
            await session.execute(text(statement), values)

    async def rows(self, query: str, **values: Any) -> list[tuple[Any, ...]]:
        async with self.database.session() as session:
            return [tuple(row) for row in (await session.execute(text(query), values)).all()]

    async def later(self, by: timedelta) -> datetime:
        """Move the installation's clock on."""
        async with self.database.session() as session:
            at = await clock.now(session) + by
            await clock.move_to(session, at)
            return at

    async def claimed_ago(self, seconds: float) -> None:
        """What is on its way was handed over this much earlier by the machine's time."""
        await self.run(
            "update conversations.outbound set claimed_real = now() - make_interval(secs => :s)"
            " where claimed_real is not null",
            s=seconds,
        )


@asynccontextmanager
async def open_desk(database_url: str, *, people: bool, pool_size: int = 6) -> AsyncIterator[Desk]:
    """A desk on a fresh database at `NOW`, with the demo district if `people`."""
    database = Database(database_url, pool_size=pool_size)
    async with database.session() as session:
        if people:
            await demo.load(session, today=NOW.astimezone(ZONE).date())
        await clock.move_to(session, NOW)
    yield Desk(database, POLICY)
    await database.close()
