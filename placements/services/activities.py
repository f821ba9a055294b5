"""The activity types, from the knowledge files into rows."""

from importlib import resources

import yaml
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from placements.cause import Cause, audit
from placements.models import ActivityType, Stage


async def load_activity_types(session: AsyncSession, *, cause: Cause) -> int:
    """Add the activity types that are missing; labels that a district changed stay. Returns how many came."""
    file = resources.files("knowledge") / "activities.yml"
    entries = yaml.safe_load(file.read_text(encoding="utf-8"))["activities"]
    rows = [
        {"code": code, "stage": Stage(entry["stage"]), "label": entry["label"], "position": position}
        for position, (code, entry) in enumerate(entries.items(), start=1)
    ]
    added = await session.execute(
        insert(ActivityType).values(rows).on_conflict_do_nothing().returning(ActivityType.code)
    )
    codes = list(added.scalars())
    if codes:
        await audit(session, cause, "load_activity_types", "activity_types", "all", {"codes": codes})
    return len(codes)
