"""The inspection copy of a student's record."""

import json
from typing import Any

from jinja2 import Environment, PackageLoader, select_autoescape
from sqlalchemy.ext.asyncio import AsyncSession

from conversations.privacy.record import NotAStudent, record_of
from footbridge.commands import Refused, looker, open_installation
from footbridge.settings import Settings
from placements.queries.finding import Found, find_people
from placements.services.looks import note_look

FORMATS = ("json", "html")


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
    templates = Environment(
        loader=PackageLoader("footbridge", "templates"), autoescape=select_autoescape(), trim_blocks=True
    )
    return templates.get_template("record.html").render(record=record, program=program, contact=contact)


async def one_person(session: AsyncSession, wanted: str) -> Found:
    """The one person that is meant. Raises Refused with the list where there are several, or none."""
    found = await find_people(session, wanted)
    if not found:
        raise Refused(f"nobody here is {wanted!r}: give a student number, phone number, name or id")
    if len(found) > 1:
        lines = [f"{each.id}  {each.first_name} {each.last_name}  ({each.about})" for each in found]
        raise Refused(f"{wanted!r} may be {len(found)} people; give the id:\n" + "\n".join(lines))
    return found[0]
