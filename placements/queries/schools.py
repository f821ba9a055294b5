"""Schools, their zones, calendars and rules."""

from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from placements.models import School, Student
from placements.rules.packs import RulePack, load_holidays, load_pack
from placements.rules.school_days import Calendar


def zone_of(school: School) -> ZoneInfo:
    """The school's time zone, or its district's where it names none."""
    return ZoneInfo(school.timezone or school.district.timezone)


def calendar_of(school: School) -> Calendar:
    """The school's calendar: its weekdays less closures less holidays."""
    return Calendar(
        zone=zone_of(school),
        weekdays=frozenset(school.weekdays),
        closures=tuple((closure.first_day, closure.last_day) for closure in school.closures),
        holidays=load_holidays(school.holiday_pack) if school.holiday_pack else (),
    )


def pack_of(school: School) -> RulePack:
    """The rules of the school's district."""
    return load_pack(school.district.rule_pack)


async def school(session: AsyncSession, school_id: UUID) -> School | None:
    """The school with its district and closures loaded."""
    return await session.get(School, school_id)


async def student_zone(session: AsyncSession, student_id: UUID) -> ZoneInfo | None:
    """The time zone of a student's school; None for somebody who is no student."""
    student = await session.get(Student, student_id)
    return zone_of(student.school) if student else None


async def schools(session: AsyncSession) -> list[School]:
    """Every school, by name."""
    return list((await session.execute(select(School).order_by(School.name))).scalars())
