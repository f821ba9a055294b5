"""The installation's clock."""

import asyncio
import json
from datetime import UTC, datetime, timedelta

from conversations.due import DueWork, next_due_at, nothing_left
from footbridge.commands import Refused, open_installation
from footbridge.demo import is_demo_only
from footbridge.settings import Settings
from footbridge.wiring import Parts
from placements import clock as installation_clock

FLUSH_PATIENCE = 600.0  # seconds that a step of `tick` waits for the outbox


async def clock(settings: Settings, *, as_json: bool) -> str:
    """The installation's clock, and how far it is ahead."""
    async with open_installation(settings) as parts, parts.database.session() as session:
        now, ahead = await installation_clock.now(session), await installation_clock.offset(session)
    local = now.astimezone(settings.zone)
    if as_json:
        return json.dumps({"now": local.isoformat(), "ahead_seconds": ahead.total_seconds()})
    lead = timedelta(seconds=round(ahead.total_seconds()))
    return f"{local.isoformat(timespec='seconds')} (ahead of the real time by {lead})"


async def tick(settings: Settings, at: datetime) -> str:
    """Go to a moment step by step: whatever falls due on the way is done at its own time, and sent."""
    at = at if at.tzinfo else at.replace(tzinfo=settings.zone)
    async with open_installation(settings) as parts:
        due = DueWork(parts.database, parts.policy)
        await _may_move(parts, at)
        done = await _settle(parts, due)
        while True:
            async with parts.database.session() as session:
                now = await installation_clock.now(session)
                step = await next_due_at(session, now, at, parts.policy)
                if at > now:
                    await installation_clock.move_to(session, step or at)
            done += await _settle(parts, due)
            if step is None:
                break
    return f"{at.astimezone(settings.zone).isoformat(timespec='seconds')}: {done} things fell due"


async def _may_move(parts: Parts, at: datetime) -> None:
    async with parts.database.session() as session:
        ahead = at > datetime.now(UTC) + timedelta(seconds=1)
        if ahead and not await is_demo_only(session):
            raise Refused("a time ahead is for demo data only; with other data only what is due now is run")


async def _settle(parts: Parts, due: DueWork) -> int:
    """Do what is due until nothing is, and wait until it has left the outbox."""
    done = 0
    deadline = asyncio.get_running_loop().time() + FLUSH_PATIENCE
    while True:
        done += (again := await due.run())
        async with parts.database.session() as session:
            if not again and await nothing_left(session):
                return done
        if asyncio.get_running_loop().time() > deadline:
            raise Refused("the outbox does not empty; is `footbridge serve` running?")
        await asyncio.sleep(0.05)
