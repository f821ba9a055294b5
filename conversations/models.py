"""The tables of `conversations`: addresses, messages in and out, prompts, cases and pages.

All times are UTC by the installation's clock (`placements.clock`) unless a name ends in `_real`, which is the machine's
own time and serves only rates and recovery.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID, uuid4

from sqlalchemy import (
    BigInteger,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    MetaData,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

SCHEMA = "conversations"


class Base(DeclarativeBase):
    """Declarative base of this schema; nothing here refers to tables of another schema."""

    metadata = MetaData(schema=SCHEMA)
    type_annotation_map: ClassVar = {
        datetime: DateTime(timezone=True),
        str: Text,
        dict[str, Any]: JSONB,
        list[Any]: JSONB,
    }


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


class PromptState(StrEnum):
    """The life of a question. One `open` prompt an address, kept so by a unique index."""

    QUEUED = "queued"  # waits until the address has no open prompt
    OPEN = "open"
    ANSWERED = "answered"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"  # what it asked about is settled otherwise
    REPLACED = "replaced"  # the person asked for something else


class Address(Base):
    """One phone number or chat session, whoever holds it."""

    __tablename__ = "address"
    __table_args__ = (UniqueConstraint("channel", "value"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    channel: Mapped[str]
    value: Mapped[str]
    language: Mapped[str | None]
    created_at: Mapped[datetime]
    introduced_for: Mapped[str | None]  # school year, such as '2026-27', of the last first-contact words
    opted_out_at: Mapped[datetime | None]
    carrier_barred_at: Mapped[datetime | None]
    dead_at: Mapped[datetime | None]
    crisis_until: Mapped[datetime | None]
    gate: Mapped[
        dict[str, Any] | None
    ]  # an unknown number's answers so far: birth month asked, who they say they are
    purge: Mapped[bool] = mapped_column(default=False)  # under 13: erased as soon as the last word is out


class Basis(Base):
    """Append-only: why a number may be texted, and each opt-out and opt-in."""

    __tablename__ = "basis"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    address_id: Mapped[UUID] = mapped_column(ForeignKey("address.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime]
    kind: Mapped[str]  # basis | opt_out | opt_in
    source: Mapped[str]  # texted_first | school | opt_in | keyword | words | carrier | coordinator
    scope: Mapped[str]
    wording: Mapped[str]
    message_id: Mapped[UUID | None]


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


class Inbound(Base):
    """A text that came in, exactly once per carrier id."""

    __tablename__ = "inbound"
    __table_args__ = (
        UniqueConstraint("carrier", "carrier_id"),
        Index("inbound_waiting", "conversation_id", "seq", postgresql_where=text("state = 'waiting'")),
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


class Outbound(Base):
    """A text that goes out: its cause, its basis, and what became of it."""

    __tablename__ = "outbound"
    __table_args__ = (
        Index("outbound_queue", "lane", "seq", postgresql_where=text("state = 'queued'")),
        Index("outbound_unsettled", "claimed_real", postgresql_where=text("state = 'sending'")),
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


class Callback(Base):
    """Every delivery callback, kept as it came."""

    __tablename__ = "callback"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    at: Mapped[datetime]
    outbound_id: Mapped[UUID | None]
    carrier_id: Mapped[str]
    status: Mapped[str]
    error_code: Mapped[str]


class Prompt(Base):
    """A question somebody was asked: the only truth about what a "1" answers."""

    __tablename__ = "prompt"
    __table_args__ = (
        Index("prompt_one_open", "address_id", unique=True, postgresql_where=text("state = 'open'")),
        Index("prompt_by_record", "record_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    seq: Mapped[int] = mapped_column(BigInteger, Identity())
    address_id: Mapped[UUID] = mapped_column(ForeignKey("address.id", ondelete="CASCADE"), index=True)
    person_id: Mapped[UUID | None]
    role: Mapped[str]
    kind: Mapped[str]
    record_id: Mapped[UUID | None]
    question: Mapped[dict[str, Any]]  # {"say": key, "vars": {...}}
    options: Mapped[list[Any]]  # [{"label": value, "deed": {...}}], in order from 1
    yes_no: Mapped[bool]
    language: Mapped[str]
    again: Mapped[dict[str, Any] | None]  # the deed that asks afresh when the answer comes too late
    state: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    misses: Mapped[int] = mapped_column(default=0)
    closed_at: Mapped[datetime | None]
    answered_by: Mapped[UUID | None]
    answer: Mapped[int | None]


class Case(Base):
    """What waits for a person."""

    __tablename__ = "case"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    number: Mapped[int] = mapped_column(BigInteger, Identity(), unique=True)
    kind: Mapped[str]
    severity: Mapped[str]  # urgent | soon | normal
    state: Mapped[str] = mapped_column(default="open")  # open | closed
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    conversation_id: Mapped[UUID | None]
    person_id: Mapped[UUID | None]
    school_id: Mapped[UUID | None]
    record_id: Mapped[UUID | None]
    inbound_id: Mapped[UUID | None]
    dedupe: Mapped[str] = mapped_column(unique=True)
    facts: Mapped[dict[str, Any]]


class CaseNote(Base):
    """What was said and done about a case, append-only."""

    __tablename__ = "case_note"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime]
    by: Mapped[str]
    what: Mapped[str]


class Page(Base):
    """A call to a person on duty, repeated until its number is texted back."""

    __tablename__ = "page"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case.id", ondelete="CASCADE"), unique=True)
    code: Mapped[str]
    started_at: Mapped[datetime]
    steps: Mapped[int] = mapped_column(default=0)  # pages sent so far
    next_at: Mapped[datetime | None]
    acknowledged_at: Mapped[datetime | None]
    acknowledged_by: Mapped[str | None]


class Done(Base):
    """Due work that was done, once: the record that keeps it from being done again."""

    __tablename__ = "done"

    key: Mapped[str] = mapped_column(primary_key=True)
    due_at: Mapped[datetime]
    at: Mapped[datetime]


class Underage(Base):
    """A salted hash of a number whose holder is under 13, or of the id of a text from there, kept for a day."""

    __tablename__ = "underage"

    digest: Mapped[str] = mapped_column(primary_key=True)
    until: Mapped[datetime]


class TextEdit(Base):
    """A coordinator's wording of a text; it wins over the one that ships."""

    __tablename__ = "text_edit"

    key: Mapped[str] = mapped_column(primary_key=True)
    language: Mapped[str] = mapped_column(primary_key=True)
    wording: Mapped[str]
    at: Mapped[datetime]
    by: Mapped[str]


class Beat(Base):
    """A part of the installation saying that it is alive (machine time)."""

    __tablename__ = "beat"

    part: Mapped[str] = mapped_column(primary_key=True)
    at_real: Mapped[datetime]


class SendRate(Base):
    """One row: the machine time at which the sender may hand over its next text."""

    __tablename__ = "send_rate"

    id: Mapped[int] = mapped_column(primary_key=True)
    next_real: Mapped[datetime]
