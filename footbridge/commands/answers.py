"""The answers to crisis and unsafe texts: who has signed which words."""

import json
from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from conversations.cases.answers import Answer, NotSignable, answers, keys, sign
from conversations.texts.catalogue import LANGUAGES
from footbridge.commands import Refused, open_installation
from footbridge.settings import Settings
from placements import clock as installation_clock

SHORT = 12  # digits of a wording's digest that are shown


async def answers_list(settings: Settings, *, as_json: bool) -> str:
    """Every answer in both languages: signed, changed since, or unsigned."""
    found = await _answers(settings)
    if as_json:
        return json.dumps([_row(each) for each in found], ensure_ascii=False)
    lines = [_line(each, settings.zone) for each in found]
    unsigned = sum(each.state != "signed" for each in found)
    if unsigned:
        lines.append(f"{unsigned} of {len(found)} are not signed as they are now; they are sent all the same")
    return "\n".join(lines)


async def answers_show(settings: Settings, key: str, *, as_json: bool) -> str:
    """One answer in full, in both languages."""
    found = [each for each in await _answers(settings) if each.key == _known(key)]
    if as_json:
        return json.dumps([_row(each) for each in found], ensure_ascii=False)
    return "\n\n".join(f"{_line(each, settings.zone)}\n{each.wording}" for each in found)


async def answers_sign(settings: Settings, wanted: Sequence[str], *, language: str | None, by: str) -> str:
    """Sign answers as they are now: those named, in one language or both."""
    if not by.strip():
        raise Refused("--by takes the name and office of whoever has read the words and approves them")
    if language not in (None, *LANGUAGES):
        raise Refused(f"--language takes {' or '.join(LANGUAGES)}")
    names = {_known(key) for key in wanted}
    lines = []
    async with open_installation(settings) as parts, parts.database.session() as session:
        now = await installation_clock.now(session)
        for each in await answers(session, parts.policy):
            if each.key in names and language in (None, each.language):
                try:
                    await sign(session, each, by=by.strip(), now=now)
                except NotSignable as lacking:
                    raise Refused(str(lacking)) from None
                lines.append(f"{each.key} ({each.language}) {each.digest[:SHORT]} signed by {by.strip()}")
    return "\n".join(lines)


async def _answers(settings: Settings) -> list[Answer]:
    async with open_installation(settings) as parts, parts.database.session() as session:
        return await answers(session, parts.policy)


def _known(key: str) -> str:
    if key not in keys():
        raise Refused(f"there is no answer {key}; there are {', '.join(keys())}")
    return key


def _row(answer: Answer) -> dict[str, Any]:
    signature = answer.signed or answer.before
    return {
        "key": answer.key,
        "language": answer.language,
        "state": answer.state,
        "digest": answer.digest,
        "wording": answer.wording,
        "missing": list(answer.missing),
        "signed_by": signature.signed_by if signature else None,
        "signed_at": signature.at.isoformat() if signature else None,
        "signed_digest": signature.digest if signature else None,
    }


def _line(answer: Answer, zone: ZoneInfo) -> str:
    said = {"signed": "signed", "changed": "CHANGED since it was signed", "unsigned": "UNSIGNED"}[
        answer.state
    ]
    signature = answer.signed or answer.before
    if signature is not None:
        said += f" by {signature.signed_by} on {signature.at.astimezone(zone):%Y-%m-%d}"
    if answer.missing:
        said += f"; does not say: {'; '.join(answer.missing)}"
    return f"{answer.key:<22} {answer.language}  {answer.digest[:SHORT]}  {said}"
