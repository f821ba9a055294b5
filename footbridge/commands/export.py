"""The inspection copy of a student's record."""

import json
from collections.abc import Mapping
from html import escape
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from conversations.privacy.record import NotAStudent, record_of
from footbridge.commands import Refused, looker, open_installation
from footbridge.settings import Settings
from placements.queries.finding import Found, find_people
from placements.services.looks import note_look

FORMATS = ("json", "html")
ABOUT = (
    "Other people stand here by first name only, without number or address. Notes about matters of safety, if there are"
    " any, are not part of this copy; a person at school decides about those. Words that were erased because of their"
    " age are not here any more. To ask, to correct or to erase something: {contact}."
)
PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>{title}</title><style>{style}</style></head>
<body>
{body}
</body>
</html>
"""
STYLE = """
body { font: 11pt/1.4 Georgia, serif; max-width: 46em; margin: 2em auto; padding: 0 1em; color: #111 }
h1 { font-size: 1.5em } h2 { font-size: 1.15em; margin: 1.6em 0 .4em; border-bottom: 1px solid #999 }
table { border-collapse: collapse } td, th { text-align: left; vertical-align: top; padding: .1em .8em .1em 0 }
td { white-space: pre-wrap } th { font-weight: normal; color: #444; white-space: nowrap }
.entry { border-bottom: 1px solid #ddd; padding: .3em 0; page-break-inside: avoid }
@media print { body { margin: 0; max-width: none } }
"""


async def export_learner(settings: Settings, wanted: str, *, form: str, with_safety: bool) -> str:
    """Everything held about one student, as JSON or as a page to print. The look is written down first."""
    async with open_installation(settings) as parts, parts.database.session() as session:
        found = await one_person(session, wanted)
        what = "export learner, with safety matters" if with_safety else "export learner"
        await note_look(session, people=[found.id], what=what, looker=looker())
        try:
            record = await record_of(session, found.id, with_safety=with_safety)
        except NotAStudent:
            raise Refused(f"{found.first_name} {found.last_name} is no student") from None
        contact = parts.policy.help_contact
    if form == "json":
        return json.dumps(record | {"questions": contact}, ensure_ascii=False, indent=1)
    return page(record, program=settings.program, contact=contact)


def page(record: dict[str, Any], *, program: str, contact: str) -> str:
    """The record as one page of HTML that needs nothing else, for reading and printing."""
    student = record["student"]
    title = escape(f"Record of {student['first_name']} {student['last_name']}")
    made = record["made_at"][:16].replace("T", " ")
    parts = [
        f"<h1>{title}</h1>",
        f"<p>Kept by {escape(program)}, the school's texting assistant. Made on {made}. Times are UTC.</p>",
        f"<h2>The student</h2>{_fields(student)}",
    ]
    for name, rows in record.items():
        if isinstance(rows, list):
            entries = "".join(f'<div class="entry">{_fields(row)}</div>' for row in rows)
            parts.append(f"<h2>{_heading(name)}</h2>{entries or '<p>Nothing is held.</p>'}")
    parts.append(f"<h2>About this copy</h2><p>{escape(ABOUT.format(contact=contact))}</p>")
    return PAGE.format(title=title, style=STYLE, body="\n".join(parts))


def _fields(row: Mapping[str, Any]) -> str:
    shown = [(key, value) for key, value in row.items() if value not in (None, "", [], {})]
    lines = "".join(
        f"<tr><th>{_heading(key)}</th><td>{escape(_value(value))}</td></tr>" for key, value in shown
    )
    return f"<table>{lines}</table>"


def _heading(name: str) -> str:
    return escape(name.replace("_", " ").capitalize())


def _value(value: object) -> str:
    if isinstance(value, Mapping):
        if "en" in value:
            return str(value["en"])
        return ", ".join(f"{key.replace('_', ' ')} {_value(each)}" for key, each in value.items() if each)
    if isinstance(value, list):
        return "; ".join(_value(each) for each in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


async def one_person(session: AsyncSession, wanted: str) -> Found:
    """The one person that is meant. Raises Refused with the list where there are several, or none."""
    found = await find_people(session, wanted)
    if not found:
        raise Refused(f"nobody here is {wanted!r}: give a student number, phone number, name or id")
    if len(found) > 1:
        lines = [f"{each.id}  {each.first_name} {each.last_name}  ({each.about})" for each in found]
        raise Refused(f"{wanted!r} may be {len(found)} people; give the id:\n" + "\n".join(lines))
    return found[0]
