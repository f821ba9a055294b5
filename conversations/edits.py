"""Coordinators' own wordings: checked by the rules of every text, live at once, and on the audit trail."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from conversations.models import TextEdit
from conversations.texts import catalogue, known
from placements.cause import Cause, audit


@dataclass(frozen=True)
class Text:
    """A text as it goes out in one language, and as it ships where a coordinator changed it."""

    key: str
    language: str
    wording: str
    shipped: str
    by: str | None = None
    at: datetime | None = None


async def texts(session: AsyncSession, part: str = "") -> Sequence[Text]:
    """Every text whose name holds `part`, in both languages, by name."""
    rows = {(row.key, row.language): row for row in await session.scalars(select(TextEdit))}
    found = []
    for key in sorted(key for key in catalogue() if part in key):
        for language, shipped in catalogue()[key].items():
            row = rows.get((key, language))
            found.append(_text(key, language, shipped, row))
    return found


async def text_of(session: AsyncSession, key: str, language: str) -> Text | None:
    """One text in one language; None for a name or a language that does not exist."""
    if not known(key) or language not in catalogue()[key]:
        return None
    row = await session.get(TextEdit, (key, language))
    return _text(key, language, catalogue()[key][language], row)


def _text(key: str, language: str, shipped: str, row: TextEdit | None) -> Text:
    if row is None:
        return Text(key, language, shipped, shipped)
    return Text(key, language, row.wording, shipped, row.by, row.at)


async def edit(
    session: AsyncSession, *, key: str, language: str, wording: str, by: str, now: datetime, cause: Cause
) -> None:
    """Put a wording in the place of the one that ships. The caller has checked it."""
    row = {"key": key, "language": language, "wording": wording, "at": now, "by": by}
    kept = insert(TextEdit).values(row)
    await session.execute(kept.on_conflict_do_update(index_elements=["key", "language"], set_=row))
    await audit(session, cause, "text_edited", "text", f"{key}:{language}", {"by": by, "wording": wording})


async def reset(session: AsyncSession, *, key: str, language: str, by: str, cause: Cause) -> bool:
    """Go back to the wording that ships; whether another one stood."""
    query = delete(TextEdit).where(TextEdit.key == key, TextEdit.language == language)
    gone = (await session.execute(query.returning(TextEdit.key))).first() is not None
    if gone:
        await audit(session, cause, "text_reset", "text", f"{key}:{language}", {"by": by})
    return gone


def other_values(shipped: str, wording: str) -> set[str]:
    """Names in braces that one wording has and the other has not."""
    return set(re.findall(r"{(\w*)}", shipped)) ^ set(re.findall(r"{(\w*)}", wording))
