"""Hosts on hold, from a terminal: which, why not, and letting them go on."""

import json
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from conversations.cases.holds import keep_from_host
from footbridge.commands import Refused, open_installation
from footbridge.commands.export import one_person
from footbridge.settings import Settings
from placements import clock
from placements.cause import Cause
from placements.models import Partner
from placements.queries.partners import partners_on_hold
from placements.services.bookings import cancel_booking
from placements.services.freezes import clear_partner, freeze_partner

_WHY_NOT = {
    "not_coordinator": "only a coordinator of the district may do this",
    "not_yours": "only a coordinator of the student's school may do this",
    "none": "this host is not on hold",
    "closed": "that visit is over or was called off",
    "past": "that visit is over",
    "unknown": "there is no such visit",
}


async def partners_held(settings: Settings, *, as_json: bool) -> str:
    """The hosts on hold and since when."""
    async with open_installation(settings) as parts, parts.database.session() as session:
        rows = [{"partner": p.name, "since": at.isoformat()} for p, at in await partners_on_hold(session)]
    if as_json:
        return json.dumps(rows, ensure_ascii=False)
    return "\n".join(f"{row['since'][:16]}  {row['partner']}" for row in rows) or "no host is on hold"


async def partners_freeze(settings: Settings, named: str, *, by: str) -> str:
    """Put a host on hold by a coordinator's own decision."""
    async with open_installation(settings) as parts, parts.database.session() as session:
        partner, cause = await one_partner(session, named), await by_coordinator(session, by)
        held = await freeze_partner(session, partner_id=partner.id, why="coordinator", cause=cause)
        await keep_from_host(session, partner.id, await clock.now(session))
        visits = len(held.to_decide) if held else 0
    return f"{partner.name} is on hold; confirmed visits to decide about: {visits}"


async def partners_clear(settings: Settings, named: str, *, by: str) -> str:
    """A coordinator has looked: the host goes on, and what waited is asked afresh."""
    async with open_installation(settings) as parts, parts.database.session() as session:
        partner, cause = await one_partner(session, named), await by_coordinator(session, by)
        actor = UUID(str(cause.actor))
        outcome = await clear_partner(session, partner_id=partner.id, person_id=actor, cause=cause)
        if not outcome.ok:
            raise Refused(_WHY_NOT.get(outcome.reason or "", outcome.reason or "refused"))
    return f"{partner.name} goes on"


async def partners_call_off(settings: Settings, booking: UUID, *, by: str) -> str:
    """Call one visit off as a coordinator; everyone concerned hears of it."""
    async with open_installation(settings) as parts, parts.database.session() as session:
        cause = await by_coordinator(session, by)
        actor = UUID(str(cause.actor))
        outcome = await cancel_booking(
            session, booking_id=booking, person_id=actor, role="coordinator", cause=cause
        )
        if not outcome.ok:
            raise Refused(_WHY_NOT.get(outcome.reason or "", outcome.reason or "refused"))
    return "called off"


async def one_partner(session: AsyncSession, named: str) -> Partner:
    """The host of that name, other name or id; of a part of its name if that is one host's only."""
    wanted = named.strip().lower()
    every = (await session.scalars(select(Partner).order_by(Partner.name))).all()
    found = [p for p in every if wanted in (p.name.lower(), str(p.id), *(each.lower() for each in p.aliases))]
    found = found or [p for p in every if wanted in p.name.lower()]
    if len(found) != 1:
        raise Refused("no host is called that" if not found else "; ".join(p.name for p in found))
    return found[0]


async def by_coordinator(session: AsyncSession, named: str) -> Cause:
    """The person in whose name it is done; one command is one cause."""
    found = await one_person(session, named)
    return Cause("console", str(uuid4()), found.id)
