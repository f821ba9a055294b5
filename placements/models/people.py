"""People, their numbers, and what they are to each other. Every link has a from, an until and how we know."""

import uuid
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from placements.models.base import Base, choice, new_id
from placements.models.schools import Academy, School


class LinkedHow(StrEnum):
    """How we know that a number is this person's."""

    SCHOOL = "school"  # in the school's own records
    COORDINATOR = "coordinator"  # a coordinator linked it
    OLD_NUMBER = "old_number"  # the number that was theirs before said yes to this one
    ROSTER_MATCH = "roster_match"  # the person knew student number and birth date
    SELF_SAID = "self_said"  # typed by somebody; counts for nothing that needs a verified number


class ContactKind(StrEnum):
    PHONE = "phone"
    EMAIL = "email"


class ClaimState(StrEnum):
    """What became of the wish to be texted at another number."""

    WAITING = "waiting"  # the old number was asked
    AGREED = "agreed"  # it said yes, or a coordinator did
    REFUSED = "refused"
    EXPIRED = "expired"


class StaffRole(StrEnum):
    COORDINATOR = "coordinator"
    TEACHER = "teacher"
    COUNSELOR = "counselor"


class Person(Base):
    """`language` is en or es. Names and numbers stand here and nowhere else."""

    __tablename__ = "people"
    __table_args__ = (CheckConstraint("language in ('en', 'es')", name="language"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    first_name: Mapped[str]
    last_name: Mapped[str]
    birth_date: Mapped[date | None]
    language: Mapped[str] = mapped_column(default="en")
    is_demo: Mapped[bool] = mapped_column(default=False, server_default=text("false"))


class ContactPoint(Base):
    """A number or address of a person, from when until when. Phones are E.164.

    `confirmed_at` is when it was last said to be theirs still; `doubted_at` when something said that it may not be.
    """

    __tablename__ = "contact_points"
    __table_args__ = (
        Index(
            "uq_contact_points_current",
            "person_id",
            "kind",
            "value",
            unique=True,
            postgresql_where=text("valid_until is null"),
        ),
        Index("ix_contact_points_value", "value", postgresql_where=text("valid_until is null")),
        CheckConstraint("kind <> 'phone' or value ~ '^\\+[1-9][0-9]{6,14}$'", name="e164"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id"))
    kind: Mapped[ContactKind] = mapped_column(choice(ContactKind, "kind"), default=ContactKind.PHONE)
    value: Mapped[str]
    role: Mapped[str | None]  # as what the person uses it, where that was said
    how: Mapped[LinkedHow] = mapped_column(choice(LinkedHow, "how"))
    valid_from: Mapped[datetime]
    valid_until: Mapped[datetime | None]
    ended_why: Mapped[str | None]
    confirmed_at: Mapped[datetime | None]
    doubted_at: Mapped[datetime | None]
    doubted_why: Mapped[str | None]


class Student(Base):
    """The person as a student of one school."""

    __tablename__ = "students"
    __table_args__ = (
        Index("uq_students_number", "school_id", "student_number", unique=True),
        Index("ix_students_student_number", "student_number"),
        CheckConstraint("grade between 6 and 13", name="grade"),
    )

    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id"), primary_key=True)
    school_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("schools.id"))
    academy_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("academies.id"))
    grade: Mapped[int]
    student_number: Mapped[str]
    valid_from: Mapped[datetime]
    valid_until: Mapped[datetime | None]

    person: Mapped[Person] = relationship(lazy="joined", innerjoin=True)
    school: Mapped[School] = relationship(lazy="joined", innerjoin=True)
    academy: Mapped[Academy | None] = relationship(lazy="joined")


class GuardianLink(Base):
    """Who may decide for a student. A barred guardian may not, and is told nothing."""

    __tablename__ = "guardian_links"
    __table_args__ = (
        Index(
            "uq_guardian_links_current",
            "guardian_id",
            "student_id",
            unique=True,
            postgresql_where=text("valid_until is null"),
        ),
        CheckConstraint("guardian_id <> student_id", name="two_people"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    guardian_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id"))
    student_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("students.person_id"), index=True)
    relation: Mapped[str] = mapped_column(default="guardian")
    barred: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    how: Mapped[LinkedHow] = mapped_column(choice(LinkedHow, "how"))
    valid_from: Mapped[datetime]
    valid_until: Mapped[datetime | None]


class Staff(Base):
    """A post at a school, or in the whole district where `school_id` is empty."""

    __tablename__ = "staff"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id"), index=True)
    role: Mapped[StaffRole] = mapped_column(choice(StaffRole, "role"))
    district_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("districts.id"))
    school_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("schools.id"))
    valid_from: Mapped[datetime]
    valid_until: Mapped[datetime | None]


class RosterTry(Base):
    """One attempt to match a number to the roster. Kept so that tries can be counted."""

    __tablename__ = "roster_tries"
    __table_args__ = (
        Index("ix_roster_tries_phone", "phone", "at"),
        Index("ix_roster_tries_student_number", "student_number", "at"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    phone: Mapped[str]
    student_number: Mapped[str]
    at: Mapped[datetime]
    matched: Mapped[bool]
    cleared: Mapped[bool] = mapped_column(default=False, server_default=text("false"))


class NumberClaim(Base):
    """Somebody who knows what a student knows asks from another number. The number on file is asked; one at a time."""

    __tablename__ = "number_claims"
    __table_args__ = (
        Index(
            "uq_number_claims_waiting", "person_id", unique=True, postgresql_where=text("state = 'waiting'")
        ),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id"))
    old_number: Mapped[str]
    new_number: Mapped[str]
    state: Mapped[ClaimState] = mapped_column(choice(ClaimState, "state"))
    asked_at: Mapped[datetime]
    until: Mapped[datetime]
    settled_at: Mapped[datetime | None]
