"""Mail to staff: rows that a mailer hands to a mail server, which the wiring supplies.

As with texts: a mail is written in the transaction that gives it its cause, claimed in one transaction and settled in
another. A mail whose outcome is unknown is recorded as that and never sent again.
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol
from uuid import UUID, uuid4

import structlog
from sqlalchemy import func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from conversations.models import Mail, MailState
from conversations.policy import Policy
from placements import clock
from placements.database import Database

log = structlog.get_logger(__name__)

RETRIES = tuple(timedelta(seconds=s) for s in (5, 30, 120, 600, 1800, 3600, 7200))
LOST_AFTER = timedelta(
    seconds=90
)  # a claim this old is of a process that died; longer than a server may take
LOOK_EVERY = 2.0  # seconds


class MailFault(StrEnum):
    """Why a mail was not accepted, as far as it matters for what happens next."""

    RETRY = "retry"  # surely not accepted, and another time may do
    REFUSED = "refused"  # refused for good
    UNKNOWN = "unknown"  # the connection ended after the words had gone


class MailFailed(Exception):
    """A mail that the server did not confirm. `code` is the server's reply code, or what went wrong in a word."""

    def __init__(self, fault: MailFault, code: str) -> None:
        super().__init__(f"{fault} {code}")
        self.fault, self.code = fault, code


@dataclass(frozen=True)
class OutgoingMail:
    """One mail to hand over. `reference` becomes its Message-ID, the same at every try."""

    reference: str
    to: str
    subject: str
    body: str


class MailServer(Protocol):
    """A way to send mail. Raises `MailFailed`."""

    async def send(self, mail: OutgoingMail) -> None: ...


async def put_mail(
    session: AsyncSession,
    *,
    case_id: UUID,
    to: str,
    language: str,
    subject: str,
    body: str,
    cause: str,
    dedupe: str,
    policy: Policy,
    now: datetime,
) -> UUID | None:
    """Write a mail into the outbox. None without a mail server, or if it was written before."""
    if not policy.sends_mail:
        return None
    made: UUID | None = await session.scalar(
        insert(Mail)
        .values(
            id=uuid4(),
            case_id=case_id,
            to_address=to,
            language=language,
            subject=subject,
            body=body,
            cause=cause,
            dedupe=dedupe,
            created_at=now,
            state=MailState.QUEUED,
            attempts=0,
        )
        .on_conflict_do_nothing(index_elements=["dedupe"])
        .returning(Mail.id)
    )
    return made


class Mailer:
    """Hands due mails to the server. Several may run; the database shares out the rows."""

    def __init__(self, database: Database, server: MailServer) -> None:
        self._db, self._server = database, server

    async def run(self) -> None:
        """Send until cancelled."""
        while True:
            try:
                await self.flush()
            except Exception as failure:
                log.warning("mailing_failed", why=type(failure).__name__)
            await asyncio.sleep(LOOK_EVERY)

    async def flush(self) -> int:
        """Send every mail that is due now; how many were handed over."""
        await self._note_lost()
        sent = 0
        while (claimed := await self._claim()) is not None:
            await self._hand_over(claimed)
            sent += 1
        return sent

    async def _claim(self) -> OutgoingMail | None:
        async with self._db.session() as session:
            now = await clock.now(session)
            row = await session.scalar(
                select(Mail)
                .where(
                    Mail.state == MailState.QUEUED, or_(Mail.next_try_at.is_(None), Mail.next_try_at <= now)
                )
                .order_by(Mail.seq)
                .limit(1)
                .with_for_update(skip_locked=True)
            )
            if row is None:
                return None
            row.state, row.attempts, row.claimed_real = MailState.SENDING, row.attempts + 1, func.now()
            return OutgoingMail(str(row.id), row.to_address, row.subject, row.body)

    async def _hand_over(self, mail: OutgoingMail) -> None:
        failed: MailFailed | None = None
        try:
            await self._server.send(mail)
        except MailFailed as why:
            failed = why
        except Exception as why:
            failed = MailFailed(MailFault.UNKNOWN, type(why).__name__)
        with suppress(asyncio.CancelledError):
            await asyncio.shield(self._settle(UUID(mail.reference), failed))

    async def _settle(self, mail_id: UUID, failed: MailFailed | None) -> None:
        async with self._db.session() as session:
            row = await session.get(Mail, mail_id, with_for_update=True)
            if row is None or row.state != MailState.SENDING:
                return
            now = await clock.now(session)
            row.claimed_real, row.state_at, row.next_try_at = None, now, None
            if failed is None:
                row.state, row.error = MailState.SENT, None
                return
            row.error = failed.code
            if failed.fault is MailFault.RETRY and row.attempts <= len(RETRIES):
                row.state, row.next_try_at = MailState.QUEUED, now + RETRIES[row.attempts - 1]
            else:
                unknown = failed.fault is MailFault.UNKNOWN
                row.state = MailState.UNKNOWN if unknown else MailState.FAILED
            log.warning("mail_not_confirmed", mail=str(mail_id), state=row.state, code=failed.code)

    async def _note_lost(self) -> None:
        """Claims of a process that died: nobody knows what the server has."""
        async with self._db.session() as session:
            lost = await session.scalars(
                select(Mail)
                .where(Mail.state == MailState.SENDING, Mail.claimed_real < func.now() - LOST_AFTER)
                .with_for_update(skip_locked=True)
            )
            now = await clock.now(session)
            for row in lost.all():
                row.state, row.state_at, row.error = MailState.UNKNOWN, now, "sender_died"
                row.claimed_real = None
