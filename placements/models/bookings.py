"""Bookings and everything that was said about them."""

import uuid
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, ForeignKeyConstraint, Identity, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from placements.models.base import Base, choice, new_id
from placements.rules.bookings import HOLDING, BookingState

_HOLDS = "state in (" + ", ".join(f"'{state}'" for state in sorted(HOLDING)) + ")"


class Decision(StrEnum):
    GIVEN = "given"
    REFUSED = "refused"
    REVOKED = "revoked"
    LIFTED = "lifted"


class Booking(Base):
    """One student in one place. The partial unique index is what gives a place to one student only."""

    __tablename__ = "bookings"
    __table_args__ = (
        ForeignKeyConstraint(["slot_id", "place_no"], ["places.slot_id", "places.place_no"]),
        Index("uq_bookings_place", "slot_id", "place_no", unique=True, postgresql_where=text(_HOLDS)),
        Index(
            "uq_bookings_student_slot", "student_id", "slot_id", unique=True, postgresql_where=text(_HOLDS)
        ),
        Index("ix_bookings_student_id", "student_id"),
        Index("ix_bookings_deadline", "deadline", postgresql_where=text(_HOLDS)),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    student_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("students.person_id"))
    slot_id: Mapped[uuid.UUID]
    opportunity_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("opportunities.id"))
    place_no: Mapped[int]
    state: Mapped[BookingState] = mapped_column(choice(BookingState, "state"))
    state_since: Mapped[datetime]
    requested_at: Mapped[datetime]
    plan_since: Mapped[datetime]  # permission given before this was for another plan
    needs_consent: Mapped[bool]
    needs_form: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    needs_host: Mapped[bool]
    deadline: Mapped[datetime | None]  # when the state that waits for somebody runs out
    remind_at: Mapped[datetime | None]  # when that somebody is asked once more
    day_before_at: Mapped[datetime]
    host_asked: Mapped[bool] = mapped_column(default=False)
    nudged_at: Mapped[datetime | None]
    moved_from: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("bookings.id"))
    ended_why: Mapped[str | None]


class BookingEvent(Base):
    """One step of a booking. Rows are only ever added; `from_state` is empty for the first."""

    __tablename__ = "booking_events"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    booking_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("bookings.id"), index=True)
    at: Mapped[datetime]
    from_state: Mapped[BookingState | None] = mapped_column(choice(BookingState, "from_state"))
    to_state: Mapped[BookingState] = mapped_column(choice(BookingState, "to_state"))
    actor_id: Mapped[uuid.UUID | None]
    cause_kind: Mapped[str]
    cause_ref: Mapped[str]
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)


class Consent(Base):
    """What a guardian (or a student of 18) decided, in which words, from which number. Only ever added."""

    __tablename__ = "consents"
    __table_args__ = (Index("ix_consents_student_opportunity", "student_id", "opportunity_id"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    at: Mapped[datetime]
    booking_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("bookings.id"), index=True)
    student_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("students.person_id"))
    opportunity_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("opportunities.id"))
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id"))
    decision: Mapped[Decision] = mapped_column(choice(Decision, "decision"))
    wording: Mapped[str]
    number: Mapped[str | None]
    cause_kind: Mapped[str]
    cause_ref: Mapped[str]
    form_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("consent_forms.id"))


class ConsentForm(Base):
    """A signed form on paper, as a coordinator took it in. `content` is empty once it was erased; the hash stays.

    The file is a row, not a file in a folder: erasing, backup and restore then cover it in one transaction.
    """

    __tablename__ = "consent_forms"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    booking_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("bookings.id"), index=True)
    student_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("students.person_id"), index=True)
    signed_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id"))
    signed_on: Mapped[date]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id"))
    media_type: Mapped[str]
    sha256: Mapped[str]
    size: Mapped[int]  # bytes
    content: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)


class Refusal(Base):
    """A guardian's no to one opportunity. It holds until it is lifted."""

    __tablename__ = "refusals"
    __table_args__ = (
        Index(
            "uq_refusals_unlifted",
            "student_id",
            "opportunity_id",
            "person_id",
            unique=True,
            postgresql_where=text("lifted_at is null"),
        ),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    student_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("students.person_id"))
    opportunity_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("opportunities.id"))
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id"))
    at: Mapped[datetime]
    lifted_at: Mapped[datetime | None]
    lifted_by: Mapped[uuid.UUID | None]


class BookingDue(Base):
    """Due work that was done, once for each booking and kind."""

    __tablename__ = "booking_dues"

    booking_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("bookings.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    due_at: Mapped[datetime]
    done_at: Mapped[datetime]


class StudentForm(Base):
    """A form that the school holds for a student, such as a health record. `kind` is the rule pack's."""

    __tablename__ = "student_forms"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    student_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("students.person_id"), index=True)
    kind: Mapped[str]
    received_at: Mapped[datetime]
    valid_until: Mapped[datetime | None]


class Interest(Base):
    """ "Tell me when": what a student would like to hear of. Told once, then closed."""

    __tablename__ = "interests"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    student_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("students.person_id"), index=True)
    clusters: Mapped[list[str]] = mapped_column(default=list)
    activity: Mapped[str | None] = mapped_column(ForeignKey("activity_types.code"))
    at: Mapped[datetime]
    told_at: Mapped[datetime | None]
