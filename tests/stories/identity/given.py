"""The short words of the identity stories: who is linked where, what is booked, and how things came to stand."""

from datetime import date

from sqlalchemy import select

from conversations.cases.answering import close_case, reply
from conversations.models import Case
from placements import clock
from tests.support.town import ANA, Town

NEW = "+13055550150"  # a phone that nobody is linked to
OTHER = "+13055550151"
STUDENT_WORDS = ("march 2010", "1")  # born when, and who: a student


async def linked(town: Town, number: str) -> list[str]:
    """Who is linked to a number now, and how that is known."""
    rows = await town.rows(
        "select p.first_name || ' ' || c.how from placements.contact_points c"
        " join placements.people p on p.id = c.person_id"
        " where c.value = :n and c.valid_until is null order by 1",
        n=number,
    )
    return [row[0] for row in rows]


async def bookings(town: Town) -> dict[str, str]:
    """The state of each student's booking."""
    return dict(
        await town.rows(
            "select p.first_name, b.state from placements.bookings b join placements.people p on p.id = b.student_id"
        )
    )


async def status(town: Town, number: str) -> str:
    """Who has the conversation at a number."""
    [(found,)] = await town.rows(
        "select c.status from conversations.conversation c join conversations.address a on a.id = c.address_id"
        " where a.value = :n",
        n=number,
    )
    return str(found)


async def link(town: Town, first: str, last: str, number: str, how: str = "school") -> None:
    """Link a number to a person of the demo, beside those it has."""
    await town.rows(
        "insert into placements.contact_points (id, person_id, kind, value, how, valid_from)"
        " select gen_random_uuid(), id, 'phone', :n, :how, '2026-11-03' from placements.people"
        " where first_name = :f and last_name = :l returning 1",
        n=number,
        how=how,
        f=first,
        l=last,
    )


async def unlink(town: Town, number: str) -> None:
    """The school took a number off its list."""
    await town.rows(
        "update placements.contact_points set valid_until = now() where value = :n returning 1", n=number
    )


async def born(town: Town, first: str, last: str, day: date) -> None:
    """Give a person of the demo another birth date."""
    await town.rows(
        "update placements.people set birth_date = :d where first_name = :f and last_name = :l returning 1",
        d=day,
        f=first,
        l=last,
    )


async def dana_was_born(town: Town) -> str:
    """Dana's birth date as she would text it."""
    [(day,)] = await town.rows("select birth_date from placements.people where first_name = 'Dana'")
    return f"{day:%m/%d/%Y}"


async def ask_for_nursing(town: Town, who: str = ANA, pick: str = "1") -> None:
    await town.text(who, "any shadows for nursing?")
    await town.text(who, pick)


async def said_to(town: Town, number: str) -> str:
    """Everything that was ever sent to a number."""
    return "\n".join(each.body for each in await town.phones.sent() if each.to == number)


async def the_case(town: Town, kind: str) -> Case:
    async with town.database.session() as session:
        return (await session.scalars(select(Case).where(Case.kind == kind))).one()


async def school_replies(town: Town, kind: str, text: str) -> None:
    """A coordinator answers a case, as `footbridge cases reply` does."""
    async with town.database.session() as session:
        case = (await session.scalars(select(Case).where(Case.kind == kind))).one()
        await reply(session, case, text, by="cora", policy=town.policy, now=await clock.now(session))


async def school_closes(town: Town, kind: str) -> None:
    async with town.database.session() as session:
        case = (await session.scalars(select(Case).where(Case.kind == kind))).one()
        await close_case(session, case, "done", by="cora", policy=town.policy, now=await clock.now(session))


async def undelivered(town: Town, number: str, code: str) -> None:
    """The carrier says of the last text to a number that it did not arrive, and why."""
    [(message, sid)] = await town.rows(
        "select o.id, o.carrier_id from conversations.outbound o"
        " join conversations.address a on a.id = o.address_id where a.value = :n order by o.seq desc limit 1",
        n=number,
    )
    await town.rows("update conversations.outbound set state = 'sent' where id = :m returning 1", m=message)
    form = {"MessageSid": sid, "MessageStatus": "undelivered", "ErrorCode": code}
    answer = await town.phones.post_signed(f"/sms/status?m={message}", form)
    assert answer.status == 204
