"""Partners, their sites, and the people there who champion students."""

import uuid
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from placements.models.base import Base, choice, new_id
from placements.models.people import Person


class PartnerKind(StrEnum):
    """The kinds of organisation named for work-based-learning intermediaries and hosts."""

    EMPLOYER = "employer"
    CHAMBER_OF_COMMERCE = "chamber_of_commerce"
    INDUSTRY_ASSOCIATION = "industry_association"
    WORKFORCE_BOARD = "workforce_board"
    NONPROFIT = "nonprofit"
    POSTSECONDARY = "postsecondary"
    GOVERNMENT = "government"
    COMMUNITY_ORGANIZATION = "community_organization"


class PartnerReach(StrEnum):
    STATE = "state"
    SECTOR = "sector"
    REGIONAL = "regional"
    LOCAL = "local"


class PartnerStatus(StrEnum):
    """The recruiting pipeline of a partner or a champion."""

    ASKED = "asked"
    REPLIED = "replied"
    VETTED = "vetted"
    ACTIVE = "active"  # has offered places
    PAUSED = "paused"
    LAPSED = "lapsed"


class Partner(Base):
    """An organisation. `aliases` are what people call it in a text."""

    __tablename__ = "partners"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    district_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("districts.id"), index=True)
    name: Mapped[str] = mapped_column(unique=True)
    aliases: Mapped[list[str]] = mapped_column(default=list)
    kind: Mapped[PartnerKind] = mapped_column(choice(PartnerKind, "kind"))
    reach: Mapped[PartnerReach] = mapped_column(choice(PartnerReach, "reach"))
    status: Mapped[PartnerStatus] = mapped_column(choice(PartnerStatus, "status"))
    clusters: Mapped[list[str]] = mapped_column(default=list)


class PartnerFreeze(Base):
    """Why nothing goes on at a partner until a coordinator has looked. Several may stand at once."""

    __tablename__ = "partner_freezes"
    __table_args__ = (
        Index("uq_partner_freezes_cause", "partner_id", "cause_kind", "cause_ref", unique=True),
        Index("ix_partner_freezes_standing", "partner_id", postgresql_where=text("cleared_at is null")),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    partner_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("partners.id"))
    at: Mapped[datetime]
    why: Mapped[str]  # report: somebody reported something unsafe; coordinator: on their own account
    cause_kind: Mapped[str]
    cause_ref: Mapped[str]
    cleared_at: Mapped[datetime | None]
    cleared_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("people.id"))


class Site(Base):
    """A place where students arrive. `ask_for` is the desk or door, never a person's surname or number."""

    __tablename__ = "sites"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    partner_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("partners.id"), index=True)
    name: Mapped[str]
    address: Mapped[str]
    city: Mapped[str]
    ask_for: Mapped[dict[str, str]]
    hazards: Mapped[list[str]] = mapped_column(default=list)  # codes of the rule pack

    partner: Mapped[Partner] = relationship(lazy="joined", innerjoin=True)


class Champion(Base):
    """A person who speaks for a partner."""

    __tablename__ = "champions"
    __table_args__ = (
        Index(
            "uq_champions_current",
            "person_id",
            "partner_id",
            unique=True,
            postgresql_where=text("valid_until is null"),
        ),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id"))
    partner_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("partners.id"), index=True)
    status: Mapped[PartnerStatus] = mapped_column(choice(PartnerStatus, "status"))
    valid_from: Mapped[datetime]
    valid_until: Mapped[datetime | None]

    person: Mapped[Person] = relationship(lazy="joined", innerjoin=True)
