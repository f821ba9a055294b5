"""Districts, schools, their calendars and academies."""

import uuid
from datetime import date

from sqlalchemy import ARRAY, CheckConstraint, ForeignKey, Index, Integer
from sqlalchemy.orm import Mapped, mapped_column, relationship

from placements.models.base import Base, new_id


class District(Base):
    """`rule_pack` names the file in `placements/rules/packs` that holds this district's rules."""

    __tablename__ = "districts"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(unique=True)
    timezone: Mapped[str]
    rule_pack: Mapped[str] = mapped_column(default="demo")


class School(Base):
    """`weekdays` are ISO, Monday 1; `holiday_pack` names a file of holidays that come back every year."""

    __tablename__ = "schools"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    district_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("districts.id"), index=True)
    name: Mapped[str] = mapped_column(unique=True)
    aliases: Mapped[list[str]] = mapped_column(default=list)
    city: Mapped[str] = mapped_column(default="")
    timezone: Mapped[str | None]  # None: the district's
    weekdays: Mapped[list[int]] = mapped_column(ARRAY(Integer), default=lambda: [1, 2, 3, 4, 5])
    holiday_pack: Mapped[str | None]

    district: Mapped[District] = relationship(lazy="joined", innerjoin=True)
    closures: Mapped[list["SchoolClosure"]] = relationship(
        lazy="selectin", order_by="SchoolClosure.first_day", back_populates="school"
    )


class SchoolClosure(Base):
    """Days without school, both ends included."""

    __tablename__ = "school_closures"
    __table_args__ = (
        CheckConstraint("first_day <= last_day", name="in_order"),
        Index("uq_school_closures_span", "school_id", "first_day", "last_day", unique=True),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    school_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("schools.id"))
    first_day: Mapped[date]
    last_day: Mapped[date]
    reason: Mapped[dict[str, str]]

    school: Mapped[School] = relationship(back_populates="closures")


class Academy(Base):
    """A career academy in a school: the pathway that its students follow."""

    __tablename__ = "academies"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    school_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("schools.id"), index=True)
    name: Mapped[dict[str, str]]
    pathway: Mapped[str]
    clusters: Mapped[list[str]] = mapped_column(default=list)
