"""Who can be reached where, and why a number may be texted."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import BigInteger, ForeignKey, Identity, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from conversations.models.base import Base


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
    opted_out_at: Mapped[datetime | None]  # our bar: since when this number asks us for silence
    carrier_barred_at: Mapped[datetime | None]  # the carrier's: since when it hands over nothing of ours
    dead_at: Mapped[datetime | None]
    crisis_until: Mapped[datetime | None]
    gate: Mapped[
        dict[str, Any] | None
    ]  # an unknown number's answers so far: birth month asked, who they say they are
    purge: Mapped[bool] = mapped_column(default=False)  # under 13: erased as soon as the last word is out


class Basis(Base):
    """Why a number may be texted, and each opt-out and opt-in. The database refuses to change or delete a row, but
    where `footbridge.erasing` is set for the transaction."""

    __tablename__ = "basis"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    address_id: Mapped[UUID] = mapped_column(ForeignKey("address.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime]
    kind: Mapped[str]  # basis | opt_out | opt_in
    bar: Mapped[str] = mapped_column(default="", server_default="")  # of an opt-out or opt-in: ours | carrier | both
    source: Mapped[str]  # texted_first | school | opt_in | keyword | words | carrier | coordinator
    scope: Mapped[str]
    wording: Mapped[str]
    message_id: Mapped[UUID | None]


class Underage(Base):
    """A salted hash of a number whose holder is under 13, or of the id of a text from there, kept for a day."""

    __tablename__ = "underage"

    digest: Mapped[str] = mapped_column(primary_key=True)
    until: Mapped[datetime]
