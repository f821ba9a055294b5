"""What waits for a person, and the pages that call one."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import BigInteger, ForeignKey, Identity
from sqlalchemy.orm import Mapped, mapped_column

from conversations.models.base import Base


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
    inbound_id: Mapped[UUID | None]  # the text that the note is about; its words stand there alone


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
