"""Records of due work and of the parts being alive."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from conversations.models.base import Base


class Done(Base):
    """Due work that was done, once: the record that keeps it from being done again."""

    __tablename__ = "done"

    key: Mapped[str] = mapped_column(primary_key=True)
    due_at: Mapped[datetime]
    at: Mapped[datetime]


class Beat(Base):
    """A part of the installation saying that it is alive (machine time)."""

    __tablename__ = "beat"

    part: Mapped[str] = mapped_column(primary_key=True)
    at_real: Mapped[datetime]


class HeldNotice(Base):
    """A notice for somebody whose number has to be confirmed first."""

    __tablename__ = "held_notice"
    __table_args__ = (Index("ix_held_notice_number", "number"),)

    notice_id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[str]
    at: Mapped[datetime]
