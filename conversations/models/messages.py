"""Texts in and out, the conversation they belong to, and what the carrier said of them."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from conversations.models.base import Base


class Lane(StrEnum):
    """Sending lanes, most urgent first."""

    URGENT = "urgent"  # crisis, keywords, pages
    REPLY = "reply"
    OTHER = "other"


class MessageClass(StrEnum):
    """When a message may go, by the school's clock."""

    REPLY = "reply"  # any time
    CRISIS = "crisis"  # any time
    PAGE = "page"  # any time
    DAY = "day"  # from 5:30
    CAUSED = "caused"  # reminders and questions caused by someone's act: outside quiet hours
    MANY = "many"  # 9:00 to 19:00


class InState(StrEnum):
    """The life of a text that came in."""

    WAITING = "waiting"  # stored, not yet answered
    DONE = "done"  # covered by a reply, or by a recorded reason for silence


class OutState(StrEnum):
    """The life of a text that goes out; `sending` with no carrier id is an unknown outcome."""

    QUEUED = "queued"
    SENDING = "sending"
    ACCEPTED = "accepted"
    SENT = "sent"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    FAILED = "failed"
    SUPPRESSED = "suppressed"


class Conversation(Base):
    """What is going on at one address. `status` is the only gate for the bot."""

    __tablename__ = "conversation"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    address_id: Mapped[UUID] = mapped_column(ForeignKey("address.id", ondelete="CASCADE"), unique=True)
    status: Mapped[str] = mapped_column(default="bot")  # bot | waiting | human
    dialogue: Mapped[dict[str, Any] | None]  # the engine's state as of our last committed turn
    acting_person_id: Mapped[UUID | None]
    acting_until: Mapped[datetime | None]
    misses: Mapped[int] = mapped_column(default=0)  # answers in a row that were not understood
    held_text: Mapped[str | None]  # what was asked before we had to ask who is there
    case_id: Mapped[UUID | None]  # the case by which a person at school has the conversation
    human_until: Mapped[datetime | None]  # when the bot has it again if that person is silent
    human_told_at: Mapped[datetime | None]  # when the sender heard that a person has it


class Inbound(Base):
    """A text that came in, exactly once per carrier id."""

    __tablename__ = "inbound"
    __table_args__ = (
        UniqueConstraint("carrier", "carrier_id"),
        Index("inbound_waiting", "conversation_id", "seq", postgresql_where=text("state = 'waiting'")),
        Index("inbound_kept", "received_at", postgresql_where=text("erased_at is null")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    seq: Mapped[int] = mapped_column(BigInteger, Identity())
    address_id: Mapped[UUID] = mapped_column(ForeignKey("address.id", ondelete="CASCADE"))
    conversation_id: Mapped[UUID] = mapped_column(
        ForeignKey("conversation.id", ondelete="CASCADE"), index=True
    )
    carrier: Mapped[str]
    carrier_id: Mapped[str]
    body: Mapped[str]
    pictures: Mapped[int] = mapped_column(default=0)
    received_at: Mapped[datetime]
    state: Mapped[str]
    attempts: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime | None]
    person_id: Mapped[UUID | None]
    safety: Mapped[dict[str, Any] | None]
    understood: Mapped[dict[str, Any] | None]
    did: Mapped[list[Any] | None]  # what was decided and done, step by step, for `footbridge why`
    handled_at: Mapped[datetime | None]
    silence: Mapped[str | None]  # why there is no reply, where there is none
    erased_at: Mapped[datetime | None]  # when its words were erased


class Outbound(Base):
    """A text that goes out: its cause, its basis, and what became of it."""

    __tablename__ = "outbound"
    __table_args__ = (
        Index("outbound_queue", "lane", "seq", postgresql_where=text("state = 'queued'")),
        Index("outbound_unsettled", "claimed_real", postgresql_where=text("state = 'sending'")),
        Index("outbound_kept", "created_at", postgresql_where=text("erased_at is null")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    seq: Mapped[int] = mapped_column(BigInteger, Identity())
    address_id: Mapped[UUID] = mapped_column(ForeignKey("address.id", ondelete="CASCADE"), index=True)
    conversation_id: Mapped[UUID] = mapped_column(
        ForeignKey("conversation.id", ondelete="CASCADE"), index=True
    )
    person_id: Mapped[UUID | None]
    lane: Mapped[str]
    message_class: Mapped[str]
    texts: Mapped[list[Any]]  # keys of the texts it is made of
    body: Mapped[str]
    segments: Mapped[int]
    cause_kind: Mapped[str]  # inbound | notice | case | page | due | person
    cause_ref: Mapped[str]
    dedupe: Mapped[str] = mapped_column(unique=True)  # one message per cause and recipient
    reply_to: Mapped[UUID | None] = mapped_column(ForeignKey("inbound.id", ondelete="CASCADE"), unique=True)
    prompt_id: Mapped[UUID | None]
    about_id: Mapped[UUID | None]  # the booking that it speaks of, as it stood when it was written:
    about_state: Mapped[str | None]  # once that has changed, a text that had to wait is no longer true
    good_until: Mapped[datetime | None]  # after this it is of no use to anybody
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(default=OutState.QUEUED)
    why_suppressed: Mapped[str | None]
    attempts: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime | None]
    claimed_real: Mapped[datetime | None]
    absences: Mapped[int] = mapped_column(default=0)  # times the carrier's own list did not hold it
    carrier_id: Mapped[str | None] = mapped_column(index=True)
    error_code: Mapped[str | None]
    handed_at: Mapped[datetime | None]  # when it was first handed to the carrier
    sent_at: Mapped[datetime | None]  # when the carrier had accepted it
    state_at: Mapped[datetime | None]
    erased_at: Mapped[datetime | None]  # when its words were erased


class Callback(Base):
    """Every delivery callback, kept as it came."""

    __tablename__ = "callback"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    at: Mapped[datetime]
    outbound_id: Mapped[UUID | None]
    carrier_id: Mapped[str]
    status: Mapped[str]
    error_code: Mapped[str]


class SendRate(Base):
    """One row: the machine time at which the sender may hand over its next text."""

    __tablename__ = "send_rate"

    id: Mapped[int] = mapped_column(primary_key=True)
    next_real: Mapped[datetime]
