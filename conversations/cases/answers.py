"""The answers to crisis and unsafe texts: what each must contain, and who at the district signed which exact words.

The words are those that people receive, with this installation's contact and hotlines in them; a change of either makes
them unsigned again. An unsigned answer is sent all the same: no answer would be worse.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from conversations.ledger.gate import edits
from conversations.models import SignedAnswer
from conversations.policy import Policy
from conversations.texts import Edits, Say, render
from conversations.texts.catalogue import LANGUAGES

NATIONAL_ABUSE_LINE = "1-800-422-4453"


class NotSignable(Exception):
    """These words lack something that they must contain; the message names it."""


@dataclass(frozen=True)
class Answer:
    """One answer in one language. `signed` is the signature under exactly these words; `before` the latest of all."""

    key: str
    language: str
    wording: str
    missing: tuple[str, ...]
    signed: SignedAnswer | None
    before: SignedAnswer | None

    @property
    def digest(self) -> str:
        return digest(self.wording)

    @property
    def state(self) -> str:
        """signed, changed (since it was signed), or unsigned."""
        if self.signed is not None:
            return "signed"
        return "unsigned" if self.before is None else "changed"


def crisis_answer(key: str, policy: Policy) -> Say:
    """An answer with this installation's contact and hotlines."""
    both = f"{NATIONAL_ABUSE_LINE} {{}} {policy.abuse_line}"
    lines = {"en": both.format("or"), "es": both.format("o")} if policy.abuse_line else NATIONAL_ABUSE_LINE
    return Say(key, {"contact": policy.contact_name, "lines": lines})


def keys() -> tuple[str, ...]:
    """Every answer that a district signs."""
    return tuple(_rules())


def lacks(key: str, language: str, wording: str, policy: Policy) -> tuple[str, ...]:
    """What a wording must contain and does not."""
    rules, words = _rules()[key], wording.lower()
    first = re.search(r"\b(911|988|1-800[\d-]+)\b", words)
    missing = [] if first and first[1] == rules["first"] else [f"{rules['first']} before any other number"]
    contact = re.escape(policy.contact_name.lower())
    for each in rules["must"]:
        pattern = each.get(language)
        if pattern is not None and not re.search(pattern.replace("{contact}", contact), words, re.DOTALL):
            missing.append(each["what"])
    return tuple(missing)


def worded(key: str, language: str, policy: Policy, wordings: Edits | None = None) -> str:
    """The words as people receive them."""
    return render([crisis_answer(key, policy)], language, wordings)


async def answers(session: AsyncSession, policy: Policy) -> list[Answer]:
    """Every answer in both languages, with who signed it."""
    wordings = await edits(session)
    rows = (await session.scalars(select(SignedAnswer).order_by(SignedAnswer.id))).all()
    found = []
    for key in keys():
        for language in LANGUAGES:
            words = worded(key, language, policy, wordings)
            of_it = [row for row in rows if (row.key, row.language) == (key, language)]
            found.append(
                Answer(
                    key=key,
                    language=language,
                    wording=words,
                    missing=lacks(key, language, words, policy),
                    signed=next((row for row in reversed(of_it) if row.digest == digest(words)), None),
                    before=of_it[-1] if of_it else None,
                )
            )
    return found


async def unsigned(session: AsyncSession, policy: Policy) -> list[str]:
    """The answers that nobody has signed as they are now, as `crisis.abuse (es)`."""
    return [f"{a.key} ({a.language})" for a in await answers(session, policy) if a.state != "signed"]


async def sign(session: AsyncSession, answer: Answer, *, by: str, now: datetime) -> SignedAnswer:
    """Note that somebody has read and approved exactly these words. Raises NotSignable."""
    if answer.missing:
        raise NotSignable(f"{answer.key} ({answer.language}) does not say: {'; '.join(answer.missing)}")
    row = SignedAnswer(
        key=answer.key,
        language=answer.language,
        digest=answer.digest,
        wording=answer.wording,
        signed_by=by,
        at=now,
    )
    session.add(row)
    await session.flush()
    return row


def digest(wording: str) -> str:
    """What a signature is under."""
    return hashlib.sha256(wording.encode()).hexdigest()


@cache
def _rules() -> Mapping[str, Any]:
    rules: Mapping[str, Any] = yaml.safe_load(
        Path(__file__).with_name("answers.yml").read_text(encoding="utf-8")
    )
    return rules
