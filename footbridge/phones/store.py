"""What the simulated carrier remembers: texts, opt-outs, handsets; in memory or in PostgreSQL (schema
`phones`).

Only the process that runs the simulator writes here, so no row is ever fought over.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import count
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

FINAL = frozenset({"delivered", "undelivered", "failed", "canceled", "received"})

INBOUND = "inbound"
OUTBOUND = "outbound-api"
REPLY = "outbound-reply"


@dataclass(frozen=True)
class Text:
    """One text in Twilio's own terms. `seq` counts up in the order of acceptance; times are UTC.

    `clock_at` is the installation's clock at acceptance, for the page; `note` says what became of the
    webhook of an incoming text ('' while it is under way, 'stored', or what went wrong).
    """

    sid: str
    direction: str
    from_number: str
    to: str
    body: str
    status: str
    created_at: datetime
    updated_at: datetime
    clock_at: datetime
    seq: int = 0
    sent_at: datetime | None = None
    error_code: int | None = None
    segments: int = 1
    pictures: int = 0
    callback: str = ""
    service_sid: str = ""
    note: str = ""

    @property
    def under_way(self) -> bool:
        """Whether the carrier still has something to do about it."""
        return not self.note if self.direction == INBOUND else self.status not in FINAL

    @property
    def person(self) -> str:
        """The number of the person's phone, whichever way the text went."""
        return self.from_number if self.direction == INBOUND else self.to


@dataclass(frozen=True)
class Handset:
    """A phone somebody added by hand, or a demo person's that was switched off."""

    number: str
    name: str
    role: str
    switched_off: bool = False
    added: bool = False


@dataclass(frozen=True)
class Filter:
    """What a list asks for: '' and None mean any. `before_seq` continues behind a page."""

    from_number: str = ""
    to: str = ""
    sent_from: datetime | None = None
    sent_before: datetime | None = None
    before_seq: int | None = None


class Store(Protocol):
    """Texts are listed newest first."""

    async def add(self, text: Text) -> Text: ...

    async def change(self, sid: str, **changes: Any) -> Text | None: ...

    async def get(self, sid: str) -> Text | None: ...

    async def delete(self, sid: str) -> bool: ...

    async def list(self, wanted: Filter, limit: int) -> Sequence[Text]: ...

    async def unfinished(self) -> Sequence[Text]: ...

    async def block(self, ours: str, theirs: str, *, confirmation: bool, at: datetime) -> None: ...

    async def unblock(self, ours: str, theirs: str) -> bool: ...

    async def may_send(self, ours: str, theirs: str) -> bool: ...

    async def blocked_numbers(self) -> Sequence[str]: ...

    async def handsets(self) -> Sequence[Handset]: ...

    async def save_handset(self, handset: Handset) -> None: ...

    async def clear(self) -> None: ...


class MemoryStore:
    """For tests and for a stand-in that need not survive its process."""

    def __init__(self) -> None:
        self._texts: dict[str, Text] = {}
        self._blocks: dict[tuple[str, str], bool] = {}
        self._handsets: dict[str, Handset] = {}
        self._seq = count(1)

    async def add(self, text: Text) -> Text:
        kept = replace(text, seq=next(self._seq))
        self._texts[kept.sid] = kept
        return kept

    async def change(self, sid: str, **changes: Any) -> Text | None:
        if sid not in self._texts:
            return None
        self._texts[sid] = replace(self._texts[sid], updated_at=datetime.now(UTC), **changes)
        return self._texts[sid]

    async def get(self, sid: str) -> Text | None:
        return self._texts.get(sid)

    async def delete(self, sid: str) -> bool:
        return self._texts.pop(sid, None) is not None

    async def list(self, wanted: Filter, limit: int) -> Sequence[Text]:
        found = [text for text in reversed(self._texts.values()) if _fits(text, wanted)]
        return found[:limit]

    async def unfinished(self) -> Sequence[Text]:
        return [text for text in self._texts.values() if text.under_way]

    async def block(self, ours: str, theirs: str, *, confirmation: bool, at: datetime) -> None:
        self._blocks.setdefault((ours, theirs), confirmation)

    async def unblock(self, ours: str, theirs: str) -> bool:
        return self._blocks.pop((ours, theirs), None) is not None

    async def may_send(self, ours: str, theirs: str) -> bool:
        confirmation = self._blocks.get((ours, theirs))
        if confirmation:
            self._blocks[ours, theirs] = False
        return confirmation is not False

    async def blocked_numbers(self) -> Sequence[str]:
        return sorted(theirs for _, theirs in self._blocks)

    async def handsets(self) -> Sequence[Handset]:
        return list(self._handsets.values())

    async def save_handset(self, handset: Handset) -> None:
        self._handsets[handset.number] = handset

    async def clear(self) -> None:
        self._texts.clear()
        self._blocks.clear()
        self._handsets.clear()


def _fits(text: Text, wanted: Filter) -> bool:
    sent = text.sent_at
    return (
        (not wanted.from_number or text.from_number == wanted.from_number)
        and (not wanted.to or text.to == wanted.to)
        and (wanted.sent_from is None or (sent is not None and sent >= wanted.sent_from))
        and (wanted.sent_before is None or (sent is not None and sent < wanted.sent_before))
        and (wanted.before_seq is None or text.seq < wanted.before_seq)
    )


metadata = sa.MetaData(schema="phones")

texts = sa.Table(
    "texts",
    metadata,
    sa.Column("seq", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("sid", sa.Text, nullable=False, unique=True),
    sa.Column("direction", sa.Text, nullable=False),
    sa.Column("from_number", sa.Text, nullable=False),
    sa.Column("to", sa.Text, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("clock_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("sent_at", sa.DateTime(timezone=True)),
    sa.Column("error_code", sa.Integer),
    sa.Column("segments", sa.Integer, nullable=False),
    sa.Column("pictures", sa.Integer, nullable=False),
    sa.Column("callback", sa.Text, nullable=False),
    sa.Column("service_sid", sa.Text, nullable=False),
    sa.Column("note", sa.Text, nullable=False),
    sa.Index("texts_to", "to", "seq"),
    sa.Index("texts_from_number", "from_number", "seq"),
)

blocks = sa.Table(
    "blocks",
    metadata,
    sa.Column("ours", sa.Text, primary_key=True),
    sa.Column("theirs", sa.Text, primary_key=True),
    sa.Column("confirmation", sa.Boolean, nullable=False),
    sa.Column("at", sa.DateTime(timezone=True), nullable=False),
)

handsets = sa.Table(
    "handsets",
    metadata,
    sa.Column("number", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("switched_off", sa.Boolean, nullable=False),
    sa.Column("added", sa.Boolean, nullable=False),
    sa.Column("seq", sa.BigInteger, sa.Identity(always=True), nullable=False),
)


class PostgresStore:
    """The same, kept. The tables are made by the migrations; the engine belongs to the caller."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def add(self, text: Text) -> Text:
        values = {name: value for name, value in vars(text).items() if name != "seq"}
        async with self._engine.begin() as connection:
            row = await connection.execute(sa.insert(texts).values(values).returning(texts.c.seq))
            return replace(text, seq=row.scalar_one())

    async def change(self, sid: str, **changes: Any) -> Text | None:
        values = {"updated_at": datetime.now(UTC), **changes}
        change = sa.update(texts).where(texts.c.sid == sid).values(values).returning(*texts.c)
        return next(iter(await self._texts(change)), None)

    async def get(self, sid: str) -> Text | None:
        return next(iter(await self._texts(sa.select(texts).where(texts.c.sid == sid))), None)

    async def delete(self, sid: str) -> bool:
        async with self._engine.begin() as connection:
            gone = await connection.execute(sa.delete(texts).where(texts.c.sid == sid).returning(texts.c.sid))
            return gone.first() is not None

    async def list(self, wanted: Filter, limit: int) -> Sequence[Text]:
        query = sa.select(texts).order_by(texts.c.seq.desc()).limit(limit)
        if wanted.from_number:
            query = query.where(texts.c.from_number == wanted.from_number)
        if wanted.to:
            query = query.where(texts.c.to == wanted.to)
        if wanted.sent_from is not None:
            query = query.where(texts.c.sent_at >= wanted.sent_from)
        if wanted.sent_before is not None:
            query = query.where(texts.c.sent_at < wanted.sent_before)
        if wanted.before_seq is not None:
            query = query.where(texts.c.seq < wanted.before_seq)
        return await self._texts(query)

    async def unfinished(self) -> Sequence[Text]:
        typed = texts.c.direction == INBOUND
        waiting = sa.or_(
            sa.and_(typed, texts.c.note == ""),
            sa.and_(sa.not_(typed), texts.c.status.not_in(sorted(FINAL))),
        )
        return await self._texts(sa.select(texts).where(waiting).order_by(texts.c.seq))

    async def block(self, ours: str, theirs: str, *, confirmation: bool, at: datetime) -> None:
        if await self.blocked(ours, theirs):
            return
        values = {"ours": ours, "theirs": theirs, "confirmation": confirmation, "at": at}
        async with self._engine.begin() as connection:
            await connection.execute(sa.insert(blocks).values(values))

    async def blocked(self, ours: str, theirs: str) -> bool:
        async with self._engine.connect() as connection:
            return (
                await connection.execute(sa.select(blocks).where(*_pair(ours, theirs)))
            ).first() is not None

    async def unblock(self, ours: str, theirs: str) -> bool:
        lift = sa.delete(blocks).where(*_pair(ours, theirs)).returning(blocks.c.theirs)
        async with self._engine.begin() as connection:
            return (await connection.execute(lift)).first() is not None

    async def may_send(self, ours: str, theirs: str) -> bool:
        take = (
            sa.update(blocks)
            .where(*_pair(ours, theirs), blocks.c.confirmation)
            .values(confirmation=False)
            .returning(blocks.c.theirs)
        )
        async with self._engine.begin() as connection:
            if (await connection.execute(take)).first() is not None:
                return True
        return not await self.blocked(ours, theirs)

    async def blocked_numbers(self) -> Sequence[str]:
        async with self._engine.connect() as connection:
            return sorted((await connection.execute(sa.select(blocks.c.theirs))).scalars())

    async def handsets(self) -> Sequence[Handset]:
        columns = [column for column in handsets.c if column.name != "seq"]
        async with self._engine.connect() as connection:
            rows = await connection.execute(sa.select(*columns).order_by(handsets.c.seq))
            return [Handset(**row._mapping) for row in rows]

    async def save_handset(self, handset: Handset) -> None:
        values = vars(handset)
        change = sa.update(handsets).where(handsets.c.number == handset.number).values(values)
        async with self._engine.begin() as connection:
            if (await connection.execute(change.returning(handsets.c.number))).first() is None:
                await connection.execute(sa.insert(handsets).values(values))

    async def clear(self) -> None:
        async with self._engine.begin() as connection:
            for table in (texts, blocks, handsets):
                await connection.execute(sa.delete(table))

    async def _texts(self, statement: Any) -> Sequence[Text]:
        async with self._engine.begin() as connection:
            rows = (await connection.execute(statement)).mappings()
            return [Text(**{column.name: row[column] for column in texts.c}) for row in rows]


def _pair(ours: str, theirs: str) -> tuple[sa.ColumnElement[bool], sa.ColumnElement[bool]]:
    return blocks.c.ours == ours, blocks.c.theirs == theirs
