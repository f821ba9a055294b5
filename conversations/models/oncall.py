"""Whom a page called, the mails that go with it, and who signed the crisis answers."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID, uuid4

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from conversations.models.base import Base

EVERYBODY = -1  # the level of a call to the whole chain at once


class PageCall(Base):
    """One number that a page called, in one of its steps."""

    __tablename__ = "page_call"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    page_id: Mapped[UUID] = mapped_column(ForeignKey("page.id", ondelete="CASCADE"), index=True)
    step: Mapped[int]  # from 1; a step to everybody has a row for each number
    level: Mapped[int]  # place in the chain from 0, or EVERYBODY
    number: Mapped[str]
    at: Mapped[datetime]
    outbound_id: Mapped[UUID | None]  # the text; None where the number takes none
    why_not: Mapped[str | None]  # why nobody waits for this number: opted_out, dead_number, or the carrier's code


class MailState(StrEnum):
    """The life of a mail. `unknown`: the server may have it; it is not sent again."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"
    SUPPRESSED = "suppressed"


class Mail(Base):
    """A mail to staff that goes out. It names no student."""

    __tablename__ = "mail"
    __table_args__ = (Index("mail_queue", "seq", postgresql_where=text("state in ('queued', 'sending')")),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    seq: Mapped[int] = mapped_column(BigInteger, Identity())
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case.id", ondelete="CASCADE"), index=True)
    to_address: Mapped[str]
    language: Mapped[str]
    subject: Mapped[str]
    body: Mapped[str]
    cause: Mapped[str]  # the text it is made of: call, taken, drill, drill_taken
    dedupe: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(default=MailState.QUEUED)
    attempts: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime | None]
    claimed_real: Mapped[datetime | None]
    state_at: Mapped[datetime | None]
    error: Mapped[str | None]


class SignedAnswer(Base):
    """Append-only: who has read and approved the exact words of a crisis answer, and when."""

    __tablename__ = "signed_answer"
    __table_args__ = (Index("ix_signed_answer_key", "key", "language"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    key: Mapped[str]
    language: Mapped[str]
    digest: Mapped[str]  # SHA-256 of the words as people receive them
    wording: Mapped[str]
    signed_by: Mapped[str]
    at: Mapped[datetime]
