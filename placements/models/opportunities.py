"""What students can do, and when: activity types, opportunities, slots and their places."""

import uuid
from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from placements.models.base import Base, choice, new_id
from placements.models.partners import Partner, Site


class Stage(StrEnum):
    """The continuum, from learning about work to learning for it."""

    AWARENESS = "awareness"
    EXPLORATION = "exploration"
    PREPARATION = "preparation"
    ANY = "any"


class OpportunityStatus(StrEnum):
    DRAFT = "draft"
    LISTED = "listed"
    CLOSED = "closed"


class SlotStatus(StrEnum):
    OPEN = "open"
    CLOSED = "closed"


class ActivityType(Base):
    """A kind of activity. The rows come from `knowledge/activities.yml`; a district may relabel them."""

    __tablename__ = "activity_types"

    code: Mapped[str] = mapped_column(primary_key=True)
    stage: Mapped[Stage] = mapped_column(choice(Stage, "stage"))
    label: Mapped[dict[str, str]]
    position: Mapped[int]


class Opportunity(Base):
    """What one partner offers. Texts are `{"en": ..., "es": ...}`; `champion_id` answers requests first."""

    __tablename__ = "opportunities"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    partner_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("partners.id"), index=True)
    site_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("sites.id"))
    champion_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id"))
    activity: Mapped[str] = mapped_column(ForeignKey("activity_types.code"), index=True)
    title: Mapped[dict[str, str]]
    what_you_do: Mapped[dict[str, str]]
    bring: Mapped[dict[str, str]]
    clusters: Mapped[list[str]] = mapped_column(default=list)
    occupations: Mapped[list[str]] = mapped_column(default=list)
    min_grade: Mapped[int | None]
    min_age: Mapped[int | None]
    school_ids: Mapped[list[str]] = mapped_column(default=list)  # empty: every school of the district
    status: Mapped[OpportunityStatus] = mapped_column(choice(OpportunityStatus, "status"))

    partner: Mapped[Partner] = relationship(lazy="joined", innerjoin=True)
    site: Mapped[Site] = relationship(lazy="joined", innerjoin=True)
    activity_type: Mapped[ActivityType] = relationship(lazy="joined", innerjoin=True)


class Slot(Base):
    """One time at which an opportunity happens. Its capacity is the number of its places."""

    __tablename__ = "slots"
    __table_args__ = (
        CheckConstraint("starts_at < ends_at", name="in_order"),
        Index("ix_slots_starts_at", "starts_at"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    opportunity_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("opportunities.id"), index=True)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    timezone: Mapped[str]
    ask_for: Mapped[dict[str, str] | None]  # None: the site's
    status: Mapped[SlotStatus] = mapped_column(choice(SlotStatus, "status"), default=SlotStatus.OPEN)

    opportunity: Mapped[Opportunity] = relationship(lazy="joined", innerjoin=True)


class Place(Base):
    """One chair in a slot, numbered from 1."""

    __tablename__ = "places"
    __table_args__ = (CheckConstraint("place_no > 0", name="from_one"),)

    slot_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("slots.id"), primary_key=True)
    place_no: Mapped[int] = mapped_column(primary_key=True)
