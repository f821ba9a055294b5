"""A term with the clock change in it: every reminder at the school's wall-clock time, once."""

import asyncio
import sys
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from footbridge.settings import PROJECT_ROOT
from tests.support.installation import Installation, installation
from tests.support.town import ANA, BEN, GLORIA, Town

pytestmark = pytest.mark.engine

ZONE = ZoneInfo("America/New_York")

_SLOT = """
with made as (
  insert into placements.slots (id, opportunity_id, starts_at, ends_at, timezone, status)
  select gen_random_uuid(), s.opportunity_id, cast(:starts as timestamptz), cast(:ends as timestamptz),
    s.timezone, s.status
  from placements.slots s join placements.opportunities o on o.id = s.opportunity_id
  join placements.partners p on p.id = o.partner_id where p.name = 'Mercy Hospital' limit 1 returning id)
insert into placements.places (slot_id, place_no) select id, 1 from made returning 1
"""


async def _book(town: Town, day: datetime) -> None:
    await town.rows(_SLOT, starts=day, ends=day + timedelta(hours=3))
    await town.text(ANA, f"book me the nursing shadow at mercy on {day:%B} {day.day}")
    await town.text(ANA, "1")
    await town.text(GLORIA, "1")
    await town.text(BEN, "1")


async def test_reminders_keep_the_wall_clock_across_the_change(town: Town) -> None:
    before, after = datetime(2027, 3, 12, 9, tzinfo=ZONE), datetime(2027, 3, 16, 9, tzinfo=ZONE)
    await _book(town, before)
    await _book(town, after)
    states = await town.rows("select state, count(*) from placements.bookings group by 1")
    assert states == [("confirmed", 2)]
    heard = await town.move_to(datetime(2027, 3, 20, 12))
    assert all(
        sum("emind" in body or "ecord" in body for body in heard[who]) == 2 for who in (ANA, GLORIA, BEN)
    )
    sent = await town.rows(
        "select a.value, o.due_at, o.sent_at from conversations.outbound o join conversations.address a"
        " on a.id = o.address_id where texts->>0 like 'notice.booking_reminder%' order by o.due_at"
    )
    local = {(who, due.astimezone(ZONE).strftime("%m-%d %H:%M")) for who, due, _ in sent}
    assert local == {(who, day) for who in (ANA, GLORIA, BEN) for day in ("03-11 17:00", "03-15 17:00")}
    assert all(timedelta(0) <= at - due < timedelta(seconds=20) for _, due, at in sent)


@pytest.mark.slow
async def test_tick_moves_a_running_installation(tmp_path: Path) -> None:
    async with installation(tmp_path) as place:
        await place.deliver(ANA, "any shadows for nursing?", "SM" + "a" * 32)
        await place.phones.wait_for(ANA, 1)
        await place.deliver(ANA, "2", "SM" + "b" * 32)
        await place.phones.wait_for(GLORIA, 2)
        for who, sid, then in ((GLORIA, "c", BEN), (BEN, "d", ANA)):
            await place.deliver(who, "1", "SM" + sid * 32)
            await place.phones.wait_for(then, 2)
        await place.phones.settled()
        [(starts,)] = place.rows(
            "select s.starts_at from placements.bookings b join placements.slots s on s.id = b.slot_id"
        )
        status, _ = await _footbridge(place, "tick", "--at", (starts + timedelta(days=2)).isoformat())
        assert status == 0
        again, _ = await _footbridge(
            place, "tick", "--at", (starts + timedelta(days=2, minutes=5)).isoformat()
        )
        assert again == 0
        for who in (ANA, BEN, GLORIA):
            texts = [text.body for text in await place.phones.sent(who)]
            assert sum("eminder" in body or "ecuerda" in body or "ecordatorio" in body for body in texts) == 1
        status, out = await _footbridge(place, "clock", "--json")
        assert status == 0 and (starts + timedelta(days=2)).astimezone(ZONE).date().isoformat() in out
        status, _ = await _footbridge(place, "tick", "--at", "next week")
        assert status == 2


async def _footbridge(place: Installation, *arguments: str) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "footbridge",
        *arguments,
        cwd=PROJECT_ROOT,
        env=place.environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    out, _ = await process.communicate()
    return process.returncode or 0, out.decode()
