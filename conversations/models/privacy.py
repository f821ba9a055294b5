"""What was erased and has to stay erased, what is still to be erased at the carrier, and restored copies."""

from datetime import datetime

from sqlalchemy import BigInteger, Identity, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from conversations.models.base import Base


class Erased(Base):
    """A salted hash of what was erased: a number, or a person's id. It keeps them erased after a restore.

    `opted_out_at` is the proof of an opt-out that outlives the number; `carried_at` says when the number turned
    up again and the opt-out was put back on it.
    """

    __tablename__ = "erased"
    __table_args__ = (UniqueConstraint("kind", "digest"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    kind: Mapped[str]  # number | person
    digest: Mapped[str]
    at: Mapped[datetime]
    opted_out_at: Mapped[datetime | None]
    carried_at: Mapped[datetime | None]


class CarrierErasure(Base):
    """One message to be erased at the carrier: its words (`body`), or all that it keeps of it (`message`)."""

    __tablename__ = "carrier_erasure"
    __table_args__ = (
        UniqueConstraint("carrier_id", "what"),
        Index("carrier_erasure_waiting", "id", postgresql_where=text("state = 'waiting'")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    carrier_id: Mapped[str]
    what: Mapped[str]
    pictures: Mapped[bool] = mapped_column(default=False)
    asked_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(default="waiting")  # waiting | done | failed
    attempts: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime | None]
    claimed_real: Mapped[datetime | None]
    error_code: Mapped[str | None]
    done_at: Mapped[datetime | None]


class Restored(Base):
    """A copy that was restored: what the carrier sent or took in since `copy_real` is settled by its list."""

    __tablename__ = "restored"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    copy_real: Mapped[datetime]
    restored_real: Mapped[datetime]
    restored_at: Mapped[datetime]
    gap_settled_real: Mapped[datetime | None]
