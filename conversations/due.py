"""What falls due: a query over the clock, not timers. Doing it leaves a record, so it is done once."""

from datetime import datetime, timedelta

import structlog
from sqlalchemy import delete, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from conversations.cases import PageWork
from conversations.cases.take_backs import call_for_unanswered, next_call_at
from conversations.handoff import next_return_at, return_silent_ones
from conversations.models import Inbound, InState, Mail, MailState, Outbound, OutState, Page, Underage
from conversations.notify.deliver import Notifier
from conversations.policy import Policy
from conversations.privacy import at_carrier, retention
from conversations.questions import look_of_the_week, next_look_at
from placements import clock
from placements.cause import Cause
from placements.database import Database
from placements.notices import unsent
from placements.queries import bookings as booking_queries
from placements.services.bookings import do_due

log = structlog.get_logger(__name__)


class DueWork:
    """Does what is due by the installation's clock. Safe to run in several processes at once."""

    def __init__(self, database: Database, policy: Policy) -> None:
        self._db, self._policy = database, policy
        self._pages = PageWork(database, policy)
        self._notifier = Notifier(database, policy)
        self._retention = retention.Retention(database, policy)

    async def run(self) -> int:
        """Do everything that is due now, and tell whoever has to hear of it; how many things were done."""
        done = await self._pages.run() + await self._bookings() + await self._notifier.deliver_all()
        async with self._db.session() as session:
            await session.execute(delete(Underage).where(Underage.until <= await clock.now(session)))
        done += await call_for_unanswered(self._db, self._policy)
        async with self._db.session() as session:
            done += await return_silent_ones(session, policy=self._policy, now=await clock.now(session))
        done += await look_of_the_week(self._db, self._policy)
        return done + await self._retention.run()

    async def _bookings(self) -> int:
        async with self._db.session() as session:
            items = await booking_queries.due_bookings(session, await clock.now(session))
        done = 0
        for item in items:
            async with self._db.session() as session:
                cause = Cause("due", f"{item.kind}:{item.booking_id}:{item.due_at.isoformat()}")
                done += await do_due(session, item=item, cause=cause)
        return done


async def next_due_at(
    session: AsyncSession, after: datetime, until: datetime, policy: Policy | None = None
) -> datetime | None:
    """The earliest moment later than `after` and not later than `until` at which something falls due.

    `policy` says how long words are kept; without it erasing what is too old is left out.
    """
    moments = [
        await retention.next_due_at(session, policy, after, until) if policy else None,
        await next_look_at(session, policy, after, until) if policy else None,
        await at_carrier.next_due_at(session, after, until),
        await next_return_at(session, after, until),
        await booking_queries.next_due_at(session, after, until),
        await next_call_at(session, after, until),
        await session.scalar(
            select(func.min(Page.next_at)).where(
                Page.acknowledged_at.is_(None), Page.next_at > after, Page.next_at <= until
            )
        ),
        await session.scalar(
            select(func.min(func.greatest(Outbound.due_at, Outbound.next_try_at))).where(
                Outbound.state == OutState.QUEUED,
                func.greatest(Outbound.due_at, Outbound.next_try_at) > after,
                func.greatest(Outbound.due_at, Outbound.next_try_at) <= until,
            )
        ),
        await session.scalar(
            select(func.min(Mail.next_try_at)).where(
                Mail.state == MailState.QUEUED, Mail.next_try_at > after, Mail.next_try_at <= until
            )
        ),
    ]
    found = [moment for moment in moments if moment is not None]
    return min(found, default=None)


async def nothing_left(session: AsyncSession) -> bool:
    """Whether nothing that may be done now is left: no due text to send, none on its way, none to answer or tell."""
    now = await clock.now(session)
    going_out = (
        select(Outbound.id)
        .where(
            or_(
                Outbound.state == OutState.SENDING,
                (Outbound.state == OutState.QUEUED)
                & (Outbound.due_at <= now)
                & (Outbound.next_try_at.is_(None) | (Outbound.next_try_at <= now + timedelta(seconds=5))),
            )
        )
        .limit(1)
    )
    mail = select(Mail.id).where(
        or_(
            Mail.state == MailState.SENDING,
            (Mail.state == MailState.QUEUED)
            & (Mail.next_try_at.is_(None) | (Mail.next_try_at <= now + timedelta(seconds=5))),
        )
    )
    coming_in = select(Inbound.id).where(Inbound.state == InState.WAITING).limit(1)
    return (
        await session.scalar(going_out) is None
        and await session.scalar(mail.limit(1)) is None
        and await session.scalar(coming_in) is None
        and not await at_carrier.left(session, now)
        and not await unsent(session, 1)
    )
