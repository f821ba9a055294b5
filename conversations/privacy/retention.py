"""Words that are older than the district keeps them are erased, once a day, here and at the carrier."""

from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from conversations.models import Done
from conversations.policy import Policy
from conversations.privacy import at_carrier
from placements import clock
from placements.database import Database

AT = time(3, 30)  # local; the texts of a day go with that night
BATCH = 500

# Texts of a conversation, or of a person, that an open urgent case is about are kept until it is closed.
_HELD = """
exists (select 1 from conversations."case" c where c.state = 'open' and c.severity = 'urgent'
        and (c.conversation_id = m.conversation_id or c.inbound_id = m.id or c.person_id = m.person_id))
"""
_INBOUND = f"""
update conversations.inbound set body = '', understood = null, did = null, erased_at = :now
where id in (select m.id from conversations.inbound m where m.erased_at is null and m.received_at < :before
             and m.state = 'done' and not {_HELD} order by m.received_at limit :batch)
returning carrier_id, pictures > 0
"""
_OUTBOUND = f"""
update conversations.outbound set body = '', erased_at = :now
where id in (select m.id from conversations.outbound m where m.erased_at is null and m.created_at < :before
             and m.state not in ('queued', 'sending') and not {_HELD} order by m.created_at limit :batch)
returning carrier_id, false
"""
_REST = (
    "update conversations.prompt set question = jsonb_build_object('say', question->'say'), options = '[]',"
    " again = null where created_at < :before and state not in ('open', 'queued') and options <> '[]'",
    """update conversations.conversation set dialogue = null, held_text = null
       where (dialogue is not null or held_text is not null) and not exists (
           select 1 from conversations.inbound i
           where i.conversation_id = conversation.id and i.erased_at is null)""",
    """update conversations.address set gate = null where gate is not null and created_at < :before
       and not exists (select 1 from conversations.inbound i
                       where i.address_id = address.id and i.erased_at is null)""",
    """update conversations."case" set facts = '{}' where state = 'closed' and closed_at < :before
       and facts <> '{}'""",
    """update conversations.case_note n set what = split_part(n.what, ':', 1) from conversations."case" c
       where c.id = n.case_id and c.state = 'closed' and c.closed_at < :before and n.what like '%:%'""",
    "update conversations.mail set subject = '', body = '' where created_at < :before and body <> ''"
    " and state not in ('queued', 'sending')",
    "delete from placements.roster_tries where at < :before",
    "delete from placements.number_claims where asked_at < :before and state <> 'waiting'",
)


class Retention:
    """Once a day, by the installation's clock. A run that dies goes on where it stopped: batch by batch."""

    def __init__(self, database: Database, policy: Policy) -> None:
        self._db, self._policy = database, policy

    async def run(self) -> int:
        """Erase what is too old, unless that was done today; 1 if something was erased."""
        async with self._db.session() as session:
            now = await clock.now(session)
            due = last_due(now, self._policy)
            if await session.get(Done, _key(due)) is not None:
                return 0
        before = due - timedelta(days=self._policy.retention_days)
        erased = 0
        while batch := await self._batch(before):
            erased += batch
        async with self._db.session() as session:
            for statement in _REST:
                await session.execute(text(statement), {"before": before} if ":before" in statement else {})
            await session.execute(
                insert(Done).values(key=_key(due), due_at=due, at=now).on_conflict_do_nothing()
            )
            await session.execute(
                text("delete from conversations.done where key like 'retention:%' and due_at < :due"),
                {"due": due},
            )
        return min(erased, 1)

    async def _batch(self, before: datetime) -> int:
        async with self._db.session() as session:
            now = await clock.now(session)
            erased = 0
            for statement in (_INBOUND, _OUTBOUND):
                rows = await session.execute(text(statement), {"before": before, "now": now, "batch": BATCH})
                found: list[Any] = [tuple(row) for row in rows]
                erased += len(found)
                known = [(carrier_id, pictures) for carrier_id, pictures in found if carrier_id]
                await at_carrier.ask(session, known, what=at_carrier.WORDS, now=now)
            return erased


def last_due(now: datetime, policy: Policy) -> datetime:
    """The moment of the run that is due now: today's, or yesterday's before its hour."""
    local = now.astimezone(policy.timezone)
    today = local.replace(hour=AT.hour, minute=AT.minute, second=0, microsecond=0)
    return (today if today <= local else today - timedelta(days=1)).astimezone(now.tzinfo)


async def next_due_at(
    session: AsyncSession, policy: Policy, after: datetime, until: datetime
) -> datetime | None:
    """The next run that has words to erase, if it lies in (after, until]."""
    oldest = await session.scalar(
        text(
            "select least((select min(received_at) from conversations.inbound where erased_at is null),"
            " (select min(created_at) from conversations.outbound where erased_at is null))"
        )
    )
    if oldest is None:
        return None
    too_old = max(oldest + timedelta(days=policy.retention_days), after)
    due = last_due(too_old, policy)
    while due <= too_old:
        local = due.astimezone(policy.timezone) + timedelta(days=1)
        due = local.astimezone(after.tzinfo)
    return due if after < due <= until else None


def _key(due: datetime) -> str:
    return f"retention:{due.isoformat()}"
