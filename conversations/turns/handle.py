"""Work a conversation: its waiting texts, one at a time and in order, each in one last transaction."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from traceback import extract_tb
from uuid import UUID

import structlog
from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from conversations.models import Inbound, InState
from conversations.policy import Policy
from conversations.turns.context import load_turn
from conversations.turns.decide import Asked, decide, request_for
from conversations.turns.engine import Engine, EngineAway, EngineReply
from conversations.turns.finish import apologise, finish
from conversations.turns.understanding import Understanding
from placements import clock
from placements.database import Database

log = structlog.get_logger(__name__)

MAX_TRIES = 3
RETRY_AFTER = timedelta(seconds=2)
AWAY_AGAIN = timedelta(seconds=1)


class Conversations:
    """Answers the waiting texts of conversations. One worker at a time holds a conversation."""

    def __init__(
        self,
        database: Database,
        engine: Engine,
        policy: Policy,
        understanding: Understanding,
        told: Callable[[], None] = lambda: None,
    ) -> None:
        self._db, self._engine, self._policy = database, engine, policy
        self._understanding, self._told = understanding, told

    async def drain(self, conversation_id: UUID) -> int:
        """Answer everything that waits in a conversation; how many texts were dealt with. 0 if it is held elsewhere."""
        done = 0
        while True:
            async with self._held(conversation_id) as mine:
                if not mine:
                    return done
                while await self._next(conversation_id):
                    done += 1
            if not await self._ready(conversation_id):  # nothing came between the last look and letting go
                return done

    async def waiting(self) -> list[UUID]:
        """The conversations in which a text waits and may be tried now."""
        async with self._db.session() as session:
            now = await clock.now(session)
            rows = await session.scalars(
                select(Inbound.conversation_id)
                .where(Inbound.state == InState.WAITING, _may_try(now))
                .distinct()
                .limit(500)
            )
            return list(rows)

    @asynccontextmanager
    async def _held(self, conversation_id: UUID) -> AsyncIterator[bool]:
        """Hold a conversation by an advisory lock on a connection of its own, which a dying process frees at once."""
        key = func.hashtextextended(str(conversation_id), 0)
        async with self._db.engine.connect() as connection:
            connection = await connection.execution_options(isolation_level="AUTOCOMMIT")
            mine = bool(await connection.scalar(select(func.pg_try_advisory_lock(key))))
            try:
                yield mine
            finally:
                if mine:
                    await connection.execute(select(func.pg_advisory_unlock(key)))

    async def _ready(self, conversation_id: UUID) -> UUID | None:
        async with self._db.session() as session:
            return await self._first(session, conversation_id)

    async def _first(self, session: AsyncSession, conversation_id: UUID) -> UUID | None:
        """The oldest waiting text, if it may be tried now: nothing overtakes it."""
        now = await clock.now(session)
        row = (
            await session.execute(
                select(Inbound.id, Inbound.next_try_at)
                .where(Inbound.conversation_id == conversation_id, Inbound.state == InState.WAITING)
                .order_by(Inbound.seq)
                .limit(1)
            )
        ).first()
        return row.id if row and (row.next_try_at is None or row.next_try_at <= now) else None

    async def _next(self, conversation_id: UUID) -> bool:
        inbound_id = await self._ready(conversation_id)
        if inbound_id is None:
            return False
        try:
            await self._answer(inbound_id)
        except EngineAway as away:
            log.warning("engine_away", inbound=str(inbound_id), why=str(away))
            await self._put_off(inbound_id, AWAY_AGAIN, counts=False)
        except asyncio.CancelledError:
            raise
        except Exception as failure:
            log.error(
                "turn_failed",
                inbound=str(inbound_id),
                why=type(failure).__name__,
                where=_place(failure),
            )
            await self._put_off(inbound_id, RETRY_AFTER, counts=True)
        return True

    async def _answer(self, inbound_id: UUID) -> None:
        """Decide, ask the engine where it has to be asked, then decide again and commit under the lock."""
        reply: EngineReply | None = None
        asked: Asked | None = None
        for _ in range(4):
            async with self._db.session() as session:
                turn = await load_turn(session, inbound_id, self._policy, lock=True)
                if turn.inbound.state != InState.WAITING:
                    return
                decision = await decide(turn, self._understanding, reply, asked)
                if decision.ask is None:
                    await finish(turn, decision.answer, reply)
                    break
                request = await request_for(turn, decision.ask, self._understanding)
                await session.rollback()  # what was tried is done again, with the engine's answer beside it
            asked = decision.ask
            reply = await self._engine.turn(request)
            if asked.need is not None:
                reply = replace(reply, confidence=asked.confidence)
        else:
            raise RuntimeError("a turn that does not come to an end")
        self._told()

    async def _put_off(self, inbound_id: UUID, wait: timedelta, *, counts: bool) -> None:
        async with self._db.session() as session:
            turn = await load_turn(session, inbound_id, self._policy, lock=True)
            if turn.inbound.state != InState.WAITING:
                return
            turn.inbound.attempts += 1 if counts else 0
            turn.inbound.next_try_at = turn.now + wait
            if turn.inbound.attempts >= MAX_TRIES:
                await apologise(turn)


def _may_try(now: datetime) -> ColumnElement[bool]:
    return or_(Inbound.next_try_at.is_(None), Inbound.next_try_at <= now)


def _place(failure: BaseException) -> list[str]:
    """Where it failed, for the log: files and lines, none of the values that a database error carries."""
    return [
        f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno}"
        for frame in extract_tb(failure.__traceback__)[-6:]
    ]
