"""Open questions, and the coordinators' own wordings."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from conversations.models.base import Base


class PromptState(StrEnum):
    """The life of a question. One `open` prompt an address, kept so by a unique index."""

    QUEUED = "queued"  # waits until the address has no open prompt
    OPEN = "open"
    ANSWERED = "answered"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"  # what it asked about is settled otherwise
    REPLACED = "replaced"  # the person asked for something else


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


class TextEdit(Base):
    """A coordinator's wording of a text; it wins over the one that ships."""

    __tablename__ = "text_edit"

    key: Mapped[str] = mapped_column(primary_key=True)
    language: Mapped[str] = mapped_column(primary_key=True)
    wording: Mapped[str]
    at: Mapped[datetime]
    by: Mapped[str]
