"""Coordinators' own wordings of what goes out, from a terminal."""

import json
from uuid import uuid4

from conversations import edits
from footbridge.check import text_findings
from footbridge.commands import Refused, open_installation
from footbridge.settings import Settings
from placements import clock
from placements.cause import Cause

LANGUAGES = ("en", "es")


async def texts_list(settings: Settings, part: str, *, edited: bool, as_json: bool) -> str:
    """The names of the texts, what they say, and which a coordinator changed."""
    async with open_installation(settings) as parts, parts.database.session() as session:
        found = [text for text in await edits.texts(session, part) if text.by is not None or not edited]
    if as_json:
        rows = [
            {"key": t.key, "language": t.language, "wording": t.wording, "edited": t.by is not None}
            for t in found
        ]
        return json.dumps(rows, ensure_ascii=False)
    lines = [f"{'*' if t.by is not None else ' '} {t.key} ({t.language}): {t.wording}" for t in found]
    return "\n".join(lines) or "no such text"


async def texts_show(settings: Settings, key: str) -> str:
    """One text in both languages, as it goes out and as it ships."""
    async with open_installation(settings) as parts, parts.database.session() as session:
        found = [await edits.text_of(session, key, language) for language in LANGUAGES]
    lines = []
    for text in found:
        if text is None:
            raise Refused(f"there is no text {key}")
        lines.append(f"{text.language}: {text.wording}")
        if text.by is not None:
            lines.append(f"    changed by {text.by}, {text.at:%Y-%m-%d}; it ships as: {text.shipped}")
    return "\n".join(lines)


async def texts_edit(settings: Settings, key: str, language: str, wording: str, by: str) -> str:
    """Put a coordinator's wording in place; it is live with the next message."""
    async with open_installation(settings) as parts, parts.database.session() as session:
        text = await edits.text_of(session, key, language)
        if text is None:
            raise Refused(f"there is no text {key} in {language}")
        wording = wording.strip()
        if not wording:
            raise Refused("a text needs words; the one that ships comes back with: footbridge texts reset")
        if names := edits.other_values(text.shipped, wording):
            raise Refused(
                f"{key} ({language}): name the same values as the text that ships, see {_named(names)}"
            )
        if found := list(text_findings(key, language, wording)):
            raise Refused("; ".join(found))
        await edits.edit(
            session,
            key=key,
            language=language,
            wording=wording,
            by=by,
            now=await clock.now(session),
            cause=_cause(),
        )
    return f"{key} ({language}) now says: {wording}"


async def texts_reset(settings: Settings, key: str, language: str, by: str) -> str:
    """Go back to the wording that ships."""
    async with open_installation(settings) as parts, parts.database.session() as session:
        text = await edits.text_of(session, key, language)
        if text is None:
            raise Refused(f"there is no text {key} in {language}")
        gone = await edits.reset(session, key=key, language=language, by=by, cause=_cause())
    return f"{key} ({language}) {'says' if gone else 'said already'} what it ships with: {text.shipped}"


def _named(names: set[str]) -> str:
    return ", ".join("{" + name + "}" for name in sorted(names))


def _cause() -> Cause:
    return Cause("console", f"texts:{uuid4()}")
