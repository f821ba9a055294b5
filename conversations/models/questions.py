"""Questions that nothing answered."""

from datetime import date

from sqlalchemy import BigInteger, Identity
from sqlalchemy.orm import Mapped, mapped_column

from conversations.models.base import Base


class UnansweredQuestion(Base):
    """A question that got no answer, in its words without names and numbers. Nothing leads from here to its sender."""

    __tablename__ = "unanswered"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    week: Mapped[date] = mapped_column(
        index=True
    )  # its Monday by the district's clock; no finer time is kept
    language: Mapped[str]
    role: Mapped[str]
    words: Mapped[str]
