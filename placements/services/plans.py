"""A plan that changes: another time, place or person at the host. Whoever agreed to the old one is asked again."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from placements import clock
from placements.cause import Cause, audit, once
from placements.models import Booking, Opportunity, Site, Slot
from placements.queries import people
from placements.rules.bookings import HOLDING
from placements.services.booking_steps import ask_again, lock_slot, open_scene


async def change_time(
    session: AsyncSession, *, slot_id: UUID, starts_at: datetime, ends_at: datetime, cause: Cause
) -> int:
    """Move a whole slot to another time (aware datetimes). Returns how many bookings are asked about again.

    Raises LookupError for an unknown slot and ValueError for a time that is over or ends before it begins.
    """

    async def do() -> dict[str, Any]:
        slot = await _slot(session, slot_id)
        if not await clock.now(session) < starts_at < ends_at:
            raise ValueError("a visit begins in the future and ends after it began")
        slot.starts_at, slot.ends_at = starts_at, ends_at
        await session.flush()
        await audit(session, cause, "change_time", "slot", slot_id)
        return {"again": await _ask_all_again(session, [slot_id], cause)}

    return int((await once(session, cause, f"change_time:{slot_id}", do))["again"])


async def change_place(session: AsyncSession, *, opportunity_id: UUID, site_id: UUID, cause: Cause) -> int:
    """Hold an opportunity at another site of the same partner. Returns and raises as `change_time`."""

    async def do() -> dict[str, Any]:
        opportunity = await _opportunity(session, opportunity_id)
        site = await session.get(Site, site_id)
        if site is None or site.partner_id != opportunity.partner_id:
            raise ValueError("no such site of this partner")
        opportunity.site = site
        await session.flush()
        await audit(session, cause, "change_place", "opportunity", opportunity_id, {"site": site_id})
        return {"again": await _ask_all_again(session, await _slots_of(session, opportunity_id), cause)}

    return int((await once(session, cause, f"change_place:{opportunity_id}", do))["again"])


async def change_champion(
    session: AsyncSession, *, opportunity_id: UUID, champion_id: UUID, cause: Cause
) -> int:
    """Let another person at the partner receive the students. Returns and raises as `change_time`.

    Whoever it is now reads no name before the family has agreed to them, as with any first request.
    """

    async def do() -> dict[str, Any]:
        opportunity = await _opportunity(session, opportunity_id)
        if champion_id not in await people.champions_of(session, opportunity.partner_id):
            raise ValueError("this person does not speak for the partner")
        opportunity.champion_id = champion_id
        await session.flush()
        await audit(session, cause, "change_champion", "opportunity", opportunity_id, {"to": champion_id})
        slots = await _slots_of(session, opportunity_id)
        return {"again": await _ask_all_again(session, slots, cause, new_host=True)}

    return int((await once(session, cause, f"change_champion:{opportunity_id}", do))["again"])


async def _ask_all_again(
    session: AsyncSession, slot_ids: list[UUID], cause: Cause, *, new_host: bool = False
) -> int:
    now = await clock.now(session)
    rows = await session.execute(
        select(Booking.id)
        .join(Slot, Slot.id == Booking.slot_id)
        .where(Booking.slot_id.in_(slot_ids), Booking.state.in_(HOLDING), Slot.starts_at > now)
        .order_by(Booking.student_id, Booking.id)
    )
    again = 0
    for booking_id in rows.scalars().all():
        scene = await open_scene(session, booking_id, cause)
        if scene is not None and scene.booking.state in HOLDING:
            scene.booking.host_asked = scene.booking.host_asked and not new_host
            await ask_again(scene)
            again += 1
    return again


async def _slots_of(session: AsyncSession, opportunity_id: UUID) -> list[UUID]:
    rows = await session.execute(select(Slot.id).where(Slot.opportunity_id == opportunity_id))
    return list(rows.scalars())


async def _slot(session: AsyncSession, slot_id: UUID) -> Slot:
    slot = await lock_slot(session, slot_id)
    if slot is None:
        raise LookupError("no such slot")
    return slot


async def _opportunity(session: AsyncSession, opportunity_id: UUID) -> Opportunity:
    found = await session.get(Opportunity, opportunity_id)
    if found is None:
        raise LookupError("no such opportunity")
    return found
