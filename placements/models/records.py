"""What was done, by whom and why; what has to be told; and the installation's clock."""

import uuid
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Identity, Index, Interval, text
from sqlalchemy.orm import Mapped, mapped_column

from placements.models.base import Base, new_id


class Notice(Base):
    """Something that people should hear of. `audience` are person ids; `done_at` is set by who told them."""

    __tablename__ = "notices"
    __table_args__ = (
        Index("ix_notices_unsent", "position", postgresql_where=text("done_at is null")),
        Index("ix_notices_record", "record_type", "record_id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    position: Mapped[int] = mapped_column(BigInteger, Identity(always=True), unique=True)
    event: Mapped[str]
    record_type: Mapped[str]
    record_id: Mapped[uuid.UUID]
    audience: Mapped[list[str]]
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)
    at: Mapped[datetime]
    done_at: Mapped[datetime | None]


class AuditEntry(Base):
    """One line of the audit trail. Rows are only added; `data` holds ids and words of ours, never names."""

    __tablename__ = "audit"
    __table_args__ = (Index("ix_audit_record", "record_type", "record_id"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    at: Mapped[datetime]
    actor_id: Mapped[uuid.UUID | None]
    verb: Mapped[str]
    record_type: Mapped[str]
    record_id: Mapped[str]
    cause_kind: Mapped[str]
    cause_ref: Mapped[str]
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)


class Look(Base):
    """Somebody looked at a person's record or words: who, when, what and why. Rows are only added."""

    __tablename__ = "looks"
    __table_args__ = (Index("ix_looks_person_id", "person_id", "at"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    at: Mapped[datetime]
    person_id: Mapped[uuid.UUID]
    who: Mapped[str]  # an account of the machine or of the console
    what: Mapped[str]
    why: Mapped[str]


class Effect(Base):
    """The result of a verb for one cause, so that doing it twice is doing it once."""

    __tablename__ = "effects"

    cause_kind: Mapped[str] = mapped_column(primary_key=True)
    cause_ref: Mapped[str] = mapped_column(primary_key=True)
    verb: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    result: Mapped[dict[str, Any] | None]


class Clock(Base):
    """One row: how far the installation's clock is ahead of the real one."""

    __tablename__ = "clock"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    ahead: Mapped[timedelta] = mapped_column(Interval)
