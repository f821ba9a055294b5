"""Erasing a person."""

import re
from collections.abc import Callable
from uuid import UUID, uuid4

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from conversations.policy import Policy
from conversations.privacy.erasure import (
    Erasure,
    NotNow,
    erase,
    erase_number,
    numbers_to_erase_again,
    persons_to_erase_again,
)
from conversations.privacy.likeness import Likeness
from conversations.privacy.tombstones import NUMBER, PERSON, Tombstone, all_stones, remember
from footbridge import logs
from footbridge.commands import Refused, erasure_list, looker, open_installation
from footbridge.commands.export import one_person
from footbridge.settings import Settings
from placements.cause import Cause
from placements.queries.finding import Found
from placements.services.erasure import Identity, identity_of
from placements.services.looks import note_look

Confirm = Callable[[str], bool]

_LAW = "If somebody has asked to inspect the record, answer that first: until then 34 CFR 99.10(e) forbids it."


async def erase_one(settings: Settings, wanted: str, *, confirm: Confirm) -> str:
    """Erase one person, once `confirm` says so, and say what was done and what is kept."""
    async with open_installation(settings) as parts:
        async with parts.database.session() as session:
            found = await one_person(session, wanted)
        question = f"Erase {found.first_name} {found.last_name} ({found.about})? This cannot be undone. {_LAW}"
        if not confirm(question):
            raise Refused("nothing was erased: say so with --yes")
        async with parts.database.session() as session:
            known = await identity_of(session, found.id)
            await note_look(session, people=[found.id], what="erase", looker=looker())
            try:
                done = await erase(session, person_id=found.id, policy=parts.policy, cause=_cause())
            except NotNow as not_now:
                raise Refused(str(not_now)) from None
            await forget_in_simulator(session, known)
            stones = await all_stones(session)
        erasure_list.add(settings.home, stones)
        logged = mentions_in_logs(settings, known)
    return told(found, done, logged, mentions_in_settings(settings, known), simulated=settings.simulated)


async def erase_again(session: AsyncSession, policy: Policy, stones: list[Tombstone]) -> int:
    """Erase everybody on the erasure list whom a restore has brought back; how many there were."""
    await remember(session, stones)
    people = {stone.digest for stone in stones if stone.kind == PERSON}
    numbers = {stone.digest for stone in stones if stone.kind == NUMBER}
    again: list[UUID] = await persons_to_erase_again(session, policy.salt, people)
    for person_id in again:
        known = await identity_of(session, person_id)
        await erase(session, person_id=person_id, policy=policy, cause=_cause(), whatever_is_open=True)
        await forget_in_simulator(session, known)
    left = await numbers_to_erase_again(session, policy.salt, numbers)
    for address in left:
        await erase_number(session, address=address, policy=policy)
    return len(again) + len(left)


def _cause() -> Cause:
    return Cause("system", f"erase:{uuid4()}")


async def forget_in_simulator(session: AsyncSession, known: Identity) -> None:
    """The simulated phones are part of this database: what is asked of the carrier is done at once."""
    numbers = [phone for phone in known.phones if phone not in known.held_by_others]
    for statement in (
        'delete from phones.texts where from_number = any(:numbers) or "to" = any(:numbers)',
        "delete from phones.blocks where theirs = any(:numbers)",
        "delete from phones.handsets where number = any(:numbers)",
    ):
        await session.execute(text(statement), {"numbers": numbers})
    await session.execute(
        text(
            "delete from phones.texts where sid in (select carrier_id from conversations.carrier_erasure"
            " where what = 'message')"
        )
    )
    await session.execute(
        text(
            "update phones.texts set body = '' where sid in (select carrier_id from"
            " conversations.carrier_erasure where what = 'body')"
        )
    )


def mentions_in_logs(settings: Settings, known: Identity) -> list[str]:
    """Log files in which a number or mail address of the person stands, by name. None should."""
    likeness = Likeness(numbers=known.phones, mails=known.mails)
    words = [*likeness.mails, *(number.lstrip("+") for number in likeness.numbers)]
    words += [number[-10:] for number in likeness.numbers]
    found = []
    for path in sorted(logs.log_folder(settings.home).glob("*.log*")):
        content = path.read_text(encoding="utf-8", errors="replace")
        if any(word in content for word in words):
            found.append(path.name)
    return found


def mentions_in_settings(settings: Settings, known: Identity) -> list[str]:
    """Settings that still name the person or their number, and by which they would be texted or named again."""
    likeness = Likeness(known.first_name, known.last_name, known.phones, known.mails).certain()
    said = {
        "FOOTBRIDGE_ONCALL": " ".join(settings.oncall),
        "FOOTBRIDGE_DISTRICT_CONTACT": settings.district_contact,
        "FOOTBRIDGE_ONCALL_MAIL": " ".join(settings.oncall_mail),
        "FOOTBRIDGE_HELP_CONTACT": settings.help_contact,
    }
    return [name for name, value in said.items() if likeness and re.search(likeness, value, re.IGNORECASE)]


def told(found: Found, done: Erasure, logged: list[str], named: list[str], *, simulated: bool) -> str:
    """What was done, and what is kept and why."""
    carrier = "the simulated carrier" if simulated else "the phone company"
    lines = [
        f"Erased: {found.first_name} {found.last_name}.",
        f"  {done.messages} texts emptied, {done.bookings} open bookings ended, {done.numbers} numbers removed.",
        f"  {sum(done.replaced.values())} mentions replaced in what others wrote or were written.",
        f"  {done.at_carrier} texts are being erased at {carrier}; `footbridge serve` does it and keeps the outcome.",
        "Kept:",
        "  a salted hash of each number and of the person's id, so that a restored backup is erased again"
        + (", and the opt-out with it, so that the number is never texted again." if done.opted_out else "."),
        *_of_forms(done.forms),
        "  bookings, hours and permissions as bare facts with dates, without name, number or words.",
        "  that it was erased, when, and who has looked at the record.",
        "  backups made before now still hold the person: restoring one erases again by the list.",
    ]
    if named:
        lines.append("Change these settings, they name the person still: " + ", ".join(named))
    if done.left:
        lines.append("Look at these by hand, they still hold a likeness: " + ", ".join(done.left))
    if logged:
        lines.append("Remove these log files by hand, they name the person: " + ", ".join(logged))
    return "\n".join(lines)


def _of_forms(forms: int) -> list[str]:
    if not forms:
        return []
    return [
        f"  of {forms} signed forms, whose files are erased: that there was one, its dates and the file's SHA-256."
        " The paper, and scans outside Footbridge, are the school's to keep or destroy by the state's schedule."
    ]
