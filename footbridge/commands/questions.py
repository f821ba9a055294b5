"""Questions that nothing answered, grouped by likeness, from a terminal."""

import json
from datetime import timedelta

from conversations.questions import grouped, questions_of, week_of
from footbridge.commands import open_installation
from footbridge.settings import Settings
from placements import clock


async def questions(settings: Settings, *, week: bool, as_json: bool) -> str:
    """The groups, largest first; with `week` those of last week, else all that are kept."""
    async with open_installation(settings) as parts, parts.database.session() as session:
        last = week_of(await clock.now(session), parts.policy.timezone) - timedelta(days=7)
        found = grouped(await questions_of(session, last if week else None))
        rows = [
            {
                "count": len(group.questions),
                "example": group.example,
                "questions": [q.words for q in group.questions],
            }
            for group in found
        ]
    if as_json:
        return json.dumps(rows, ensure_ascii=False)
    lines = [f"{row['count']:>4}  {row['example']}" for row in rows]
    return "\n".join(lines) or "no question went without an answer"
