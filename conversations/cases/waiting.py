"""What waits for one coordinator, most pressing first."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from conversations.cases.calls import DRILL
from conversations.cases.open import coordinator_of
from conversations.models import Case
from placements.queries.people import PersonView

_PRESSING = {"urgent": 0, "soon": 1, "normal": 2}


async def open_cases_for(session: AsyncSession, coordinator: PersonView) -> Sequence[Case]:
    """The open cases about people of the coordinator's schools, and those about nobody we know.

    For a coordinator of the whole district, all of them.
    """
    rows = (await session.scalars(select(Case).where(Case.state == "open", Case.kind != DRILL))).all()
    everywhere = any(role.role == "coordinator" and role.school_id is None for role in coordinator.roles)
    mine = [case for case in rows if everywhere or await _is_hers(session, case, coordinator)]
    return sorted(mine, key=lambda case: (_PRESSING.get(case.severity, 9), case.number))


async def _is_hers(session: AsyncSession, case: Case, coordinator: PersonView) -> bool:
    of = await coordinator_of(session, case.person_id)
    return of is None or of.id == coordinator.id
