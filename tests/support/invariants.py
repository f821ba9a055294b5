"""What must hold of every text of a test run, whatever the test was about."""

import re
from collections.abc import Iterator

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from conversations.texts import measure

# Keywords that a carrier acts on; a text may explain STOP, START and HELP but never ask for one as an answer.
_ASKED_FOR = re.compile(
    r"\b(?:reply|answer|respond|responda|conteste|responde)\s+(?:with\s+|con\s+)?"
    r"(?:YES|NO|CANCEL|END|QUIT|STOPALL|UNSUBSCRIBE|REVOKE|OPTOUT|INFO)\b"
)
_LONGEST_ASKED_FOR = 4

_TEXTS = """
select o.id, o.body, o.state, o.cause_kind, o.cause_ref, o.reply_to, a.value
from conversations.outbound o join conversations.address a on a.id = o.address_id
"""
_PEOPLE = """
select c.value, p.last_name,
       exists (select 1 from placements.students s where s.person_id = p.id) as student,
       exists (select 1 from placements.champions h where h.person_id = p.id) as host
from placements.contact_points c join placements.people p on p.id = c.person_id where c.kind = 'phone'
"""


async def broken(session: AsyncSession) -> list[str]:
    """What is wrong with the texts in this database, one line each."""
    people = [tuple(row) for row in (await session.execute(text(_PEOPLE))).all()]
    found = []
    for row in (await session.execute(text(_TEXTS))).all():
        found += [f"{why}: {row.body!r}" for why in _wrong(row, people)]
    return found


def _wrong(row: object, people: list[tuple[str, str, bool, bool]]) -> Iterator[str]:
    body, to = str(row.body), str(row.value)  # type: ignore[attr-defined]
    if not row.cause_kind or not row.cause_ref:  # type: ignore[attr-defined]
        yield "no cause"
    size = measure(body)
    longest = _LONGEST_ASKED_FOR if row.reply_to else size.within  # type: ignore[attr-defined]
    if size.segments > longest:
        yield f"{size.segments} segments"
    if _ASKED_FOR.search(body):
        yield "a carrier keyword as an answer"
    yield from _crossed(body, to, people)


def _crossed(body: str, to: str, people: list[tuple[str, str, bool, bool]]) -> Iterator[str]:
    """A student's surname or number in a host's text, or the other way round."""
    reads_as_student = any(number == to and student for number, _, student, _ in people)
    reads_as_host = any(number == to and host for number, _, _, host in people)
    for number, surname, student, host in people:
        crossing = (reads_as_student and host) or (reads_as_host and student)
        if crossing and (
            number in body
            or number[-8:].replace("-", "") in re.sub(r"\D", "", body)
            or re.search(rf"\b{re.escape(surname)}\b", body)
        ):
            yield "a contact that crosses"
