"""A drill of the people on call: start it, see how it went, end it."""

import json
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from conversations.cases.calls import name_of
from conversations.cases.drill import end_drill, last_drill, open_drill, start_drill
from conversations.cases.log import log_of
from conversations.cases.pages import NOBODY
from conversations.models import Case, Page
from footbridge.commands import Refused, open_installation
from footbridge.commands.cases import log_lines
from footbridge.settings import Settings
from placements import clock as installation_clock


async def drill(settings: Settings, *, by: str) -> str:
    """Call the people on call, in order, with marked texts. The running installation does the rest."""
    async with open_installation(settings) as parts, parts.database.session() as session:
        if (going_on := await open_drill(session)) is not None:
            raise Refused(f"drill {going_on.number} is going on; `footbridge drill --end` ends it")
        now = await installation_clock.now(session)
        case = await start_drill(session, by=by, policy=parts.policy, now=now)
        called = [await name_of(session, number) for number in parts.policy.chain]
    return (
        f"drill {case.number} has begun; called in order until one answers: {', '.join(called)}\n"
        "see how it goes: footbridge drill --report"
    )


async def end(settings: Settings, *, by: str) -> str:
    """End the drill that is going on, and tell whoever was called."""
    async with open_installation(settings) as parts, parts.database.session() as session:
        case = await open_drill(session)
        if case is None:
            raise Refused("no drill is going on")
        now = await installation_clock.now(session)
        await end_drill(session, case, by=by, policy=parts.policy, now=now)
    return f"drill {case.number} is over"


async def report(settings: Settings, number: int | None, *, as_json: bool) -> str:
    """How a drill went, the latest if none is named."""
    async with open_installation(settings) as parts, parts.database.session() as session:
        case = await last_drill(session, number)
        if case is None:
            raise Refused("there has been no drill" if number is None else f"there is no drill {number}")
        result = await _result(session, case)
    if as_json:
        return json.dumps(result, ensure_ascii=False)
    by, seconds = result["acknowledged_by"], result["seconds"]
    outcome = {
        "acknowledged": f"acknowledged by {by} after {seconds} s",
        "nobody": "NOBODY acknowledged",
        "going_on": "nobody has acknowledged yet",
    }[result["outcome"]]
    return "\n".join([f"Drill {case.number}: {outcome}", *log_lines(result["log"], settings.zone)])


async def _result(session: AsyncSession, case: Case) -> dict[str, Any]:
    page = (await session.scalars(select(Page).where(Page.case_id == case.id))).one()
    by, at = page.acknowledged_by, page.acknowledged_at
    answered = at is not None and by != NOBODY
    return {
        "number": case.number,
        "started": page.started_at.isoformat(),
        "started_by": case.facts["by"],
        "outcome": "acknowledged" if answered else "nobody" if at is not None else "going_on",
        "acknowledged_by": await name_of(session, by) if answered and by else None,
        "seconds": round((at - page.started_at).total_seconds(), 1) if answered and at else None,
        "log": [moment.as_json() for moment in await log_of(session, case)],
    }
