"""A host's offers from a terminal, and what changes about them: the person, the place, the time."""

import json
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from footbridge.commands import Refused, looker, open_installation
from footbridge.commands.partners import by_coordinator, one_partner
from footbridge.settings import Settings
from placements import clock
from placements.cause import Cause
from placements.models import Opportunity, Partner, Person, Site, Slot
from placements.queries.people import champions_of
from placements.services import plans
from placements.services.freezes import coordinates_district
from placements.services.looks import note_look


async def partners_show(settings: Settings, named: str, *, as_json: bool) -> str:
    """What a host offers: each offer with its person, place and times to come, and who else speaks for the host."""
    async with open_installation(settings) as parts, parts.database.session() as session:
        partner = await one_partner(session, named)
        champions = [await session.get_one(Person, each) for each in await champions_of(session, partner.id)]
        await note_look(
            session, people=[each.id for each in champions], what="partners show", looker=looker()
        )
        sites = await session.scalars(select(Site).where(Site.partner_id == partner.id).order_by(Site.name))
        shown: dict[str, Any] = {
            "partner": partner.name,
            "people": [_name(each) for each in champions],
            "sites": [
                {"id": str(each.id), "site": f"{each.name}, {each.address}"} for each in sites.unique()
            ],
            "offers": [await _offer(session, each) for each in await _offers(session, partner, None)],
        }
    if as_json:
        return json.dumps(shown, ensure_ascii=False)
    lines = [f"{partner.name}: {', '.join(shown['people']) or 'nobody'} speaks for it"]
    lines += [f"  site {each['id']}  {each['site']}" for each in shown["sites"]]
    for offer in shown["offers"]:
        lines.append(f"  offer {offer['id']}  {offer['title']}: {offer['person']}, {offer['site']}")
        lines += [f"    time {each['id']}  {each['when']}" for each in offer["times"]]
    return "\n".join(lines)


async def change_champion(settings: Settings, named: str, person: str, *, offer: str | None, by: str) -> str:
    """Let another person at the host receive the students, for one offer or all."""
    async with open_installation(settings) as parts, parts.database.session() as session:
        partner, cause = await _mine(session, await one_partner(session, named), by)
        to = await _champion(session, partner, person)
        again = 0
        for each in await _offers(session, partner, offer):
            if each.champion_id != to.id:
                again += await plans.change_champion(
                    session, opportunity_id=each.id, champion_id=to.id, cause=cause
                )
        name = _name(to)
    return f"{name} receives the students at {partner.name}; {_asked(again)}"


async def change_place(settings: Settings, named: str, site: str, *, offer: str | None, by: str) -> str:
    """Hold a host's visits at another of its sites, for one offer or all."""
    async with open_installation(settings) as parts, parts.database.session() as session:
        partner, cause = await _mine(session, await one_partner(session, named), by)
        rows = (await session.scalars(select(Site).where(Site.partner_id == partner.id))).unique().all()
        found = [each for each in rows if site.lower() in (str(each.id), each.name.lower())]
        if len(found) != 1:
            raise Refused(f"that names no site of this host; it has {', '.join(s.name for s in rows)}")
        again = 0
        for each in await _offers(session, partner, offer):
            if each.site_id != found[0].id:
                again += await plans.change_place(
                    session, opportunity_id=each.id, site_id=found[0].id, cause=cause
                )
    return f"{partner.name} receives the students at {found[0].name}; {_asked(again)}"


async def change_time(settings: Settings, slot_id: UUID, starts: datetime, ends: datetime, *, by: str) -> str:
    """Move one time of an offer; `starts` and `ends` are by the clock of the place where they have no zone."""
    async with open_installation(settings) as parts, parts.database.session() as session:
        slot = await session.get(Slot, slot_id)
        if slot is None:
            raise Refused("there is no such time; `footbridge partners show HOST` lists them")
        partner, cause = await _mine(session, slot.opportunity.partner, by)
        zone = ZoneInfo(slot.timezone)
        at, until = (each if each.tzinfo else each.replace(tzinfo=zone) for each in (starts, ends))
        try:
            again = await plans.change_time(
                session, slot_id=slot_id, starts_at=at, ends_at=until, cause=cause
            )
        except ValueError as wrong:
            raise Refused(str(wrong)) from None
    return f"{partner.name}: {_when(at, until, zone)}; {_asked(again)}"


async def _mine(session: AsyncSession, partner: Partner, by: str) -> tuple[Partner, Cause]:
    """The host, and the coordinator of its district who changes something there."""
    cause = await by_coordinator(session, by)
    if not await coordinates_district(session, UUID(str(cause.actor)), partner.district_id):
        raise Refused("only a coordinator of the district may do this")
    return partner, cause


async def _champion(session: AsyncSession, partner: Partner, named: str) -> Person:
    every = [await session.get_one(Person, each) for each in await champions_of(session, partner.id)]
    wanted = named.strip().lower()
    found = [p for p in every if wanted in (str(p.id), p.first_name.lower(), _name(p).lower())]
    if len(found) != 1:
        known = ", ".join(_name(each) for each in every) or "nobody"
        raise Refused(f"that names nobody who speaks for {partner.name}, or more than one; there is {known}")
    return found[0]


async def _offers(session: AsyncSession, partner: Partner, wanted: str | None) -> list[Opportunity]:
    query = select(Opportunity).where(Opportunity.partner_id == partner.id).order_by(Opportunity.id)
    every = (await session.scalars(query)).unique().all()
    found = [
        each
        for each in every
        if wanted is None or wanted == str(each.id) or wanted.lower() in each.title["en"].lower()
    ]
    if not found:
        raise Refused("this host has no such offer; `footbridge partners show HOST` lists them")
    return sorted(found, key=lambda each: each.title["en"])


async def _offer(session: AsyncSession, offer: Opportunity) -> dict[str, Any]:
    times = await session.scalars(
        select(Slot)
        .where(Slot.opportunity_id == offer.id, Slot.ends_at > await clock.now(session))
        .order_by(Slot.starts_at)
    )
    champion = await session.get_one(Person, offer.champion_id)
    return {
        "id": str(offer.id),
        "title": offer.title["en"],
        "status": offer.status.value,
        "person": _name(champion),
        "site": offer.site.name,
        "times": [
            {"id": str(each.id), "when": _when(each.starts_at, each.ends_at, ZoneInfo(each.timezone))}
            for each in times.unique()
        ],
    }


def _when(starts: datetime, ends: datetime, zone: ZoneInfo) -> str:
    return f"{starts.astimezone(zone):%Y-%m-%d %H:%M} to {ends.astimezone(zone):%H:%M}"


def _asked(again: int) -> str:
    return f"visits about which everyone is asked again: {again}"


def _name(person: Person) -> str:
    return f"{person.first_name} {person.last_name}"
