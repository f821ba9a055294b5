"""Erasing a person: their own rows are emptied, and what others' rows say of them is replaced.

Everything happens in the transaction of the caller, so that a person is erased wholly or not at all. Only what the
carrier keeps follows, as rows of `carrier_erasure`.
"""

import re
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from conversations.ledger.addresses import erasing
from conversations.models import Address
from conversations.policy import Policy
from conversations.privacy import at_carrier
from conversations.privacy.columns import Column, personal, text_columns
from conversations.privacy.likeness import Likeness, name_pattern, plain
from conversations.privacy.tombstones import NUMBER, PERSON, Tombstone, digest, remember
from conversations.texts import catalogue
from placements import clock
from placements.cause import Cause
from placements.models import Person
from placements.services.erasure import ERASED_NAME, Identity, end_bookings, erase_person, identity_of


class NotNow(Exception):
    """The person cannot be erased at this moment; the message is one line."""


@dataclass
class Erasure:
    """What was done: counts by what was erased, and the columns that still hold a likeness (none, normally)."""

    bookings: int = 0
    messages: int = 0
    at_carrier: int = 0
    numbers: int = 0
    forms: int = 0
    replaced: dict[str, int] = field(default_factory=dict)
    left: list[str] = field(default_factory=list)
    opted_out: bool = False


async def erase(
    session: AsyncSession, *, person_id: UUID, policy: Policy, cause: Cause, whatever_is_open: bool = False
) -> Erasure:
    """Erase one person. Raises NotNow while an urgent case about them is open or a text to them is on its way.

    `whatever_is_open` is for a restored copy, in which what seems open was settled before.
    """
    known = await identity_of(session, person_id)
    now = await clock.now(session)
    addresses = await _own_addresses(session, known)
    await _hold_still(session, known, addresses)
    if not whatever_is_open:
        await _refuse_for_now(session, known, addresses)
    done = Erasure(numbers=len(addresses))
    related = await _related_addresses(session, person_id)
    patterns = await _patterns(session, known)
    async with erasing(session):
        done.bookings = len(await end_bookings(session, person_id=person_id, cause=cause))
        done.opted_out = await _remember(session, known, addresses, policy.salt, now)
        await _empty_messages(session, known, addresses, done, now)
        await _empty_questions(session, known, addresses, now)
        await _empty_cases(session, known, addresses, now)
        await _stop_mails(session, known)
        await _empty_addresses(session, addresses, policy.salt)
        done.forms = await erase_person(session, person_id=person_id, cause=cause)
        await _replace_mentions(session, patterns, related, done, now)
        done.left = await find_left(session, patterns.certain)
    session.expire_all()
    return done


async def erase_number(session: AsyncSession, *, address: Address, policy: Policy) -> None:
    """Erase a number that is nobody's on file: what it wrote and was written."""
    now = await clock.now(session)
    nobody = Identity(UUID(int=0), "", "", (address.value,), frozenset(), (), ())
    patterns = await _patterns(session, nobody)
    async with erasing(session):
        done = Erasure()
        await _remember(session, nobody, [address], policy.salt, now)
        await _empty_messages(session, nobody, [address], done, now)
        await _empty_questions(session, nobody, [address], now)
        await _empty_cases(session, nobody, [address], now)
        await _empty_addresses(session, [address], policy.salt)
        await _replace_mentions(session, patterns, [], done, now)
    session.expire_all()


@dataclass(frozen=True)
class _Patterns:
    """`certain` finds nobody else; `rare` are names that nobody else here has; `own` any word of the name."""

    certain: str | None
    rare: str | None
    own: str | None


async def _own_addresses(session: AsyncSession, known: Identity) -> list[Address]:
    mine = [phone for phone in known.phones if phone not in known.held_by_others]
    rows = await session.scalars(select(Address).where(Address.value.in_(mine)))
    return list(rows)


async def _hold_still(session: AsyncSession, known: Identity, addresses: list[Address]) -> None:
    """Nothing comes in to, is answered at or leaves for these addresses until the erasure is through."""
    at = {"person": known.person_id, "addresses": [a.id for a in addresses]}
    for statement in (
        "select id from conversations.conversation where address_id = any(:addresses) order by id for update",
        "select id from conversations.outbound where state in ('queued', 'sending') and (person_id = :person"
        " or address_id = any(:addresses)) order by id for update",
    ):
        await session.execute(text(statement), at)


async def _refuse_for_now(session: AsyncSession, known: Identity, addresses: list[Address]) -> None:
    at = {"person": known.person_id, "addresses": [a.id for a in addresses]}
    case = await session.scalar(
        text(
            'select c.number from conversations."case" c left join conversations.conversation v'
            " on v.id = c.conversation_id where c.state = 'open' and c.severity = 'urgent'"
            " and (c.person_id = :person or v.address_id = any(:addresses)) order by c.number limit 1"
        ),
        at,
    )
    if case is not None:
        raise NotNow(f"case {case} about this person's safety is open; close it first")
    await _refuse_if_called(session, known)
    sending = await session.scalar(
        text(
            "select 1 from conversations.outbound where state = 'sending'"
            " and (person_id = :person or address_id = any(:addresses)) limit 1"
        ),
        at,
    )
    if sending is not None:
        raise NotNow("a text to this person is on its way; try again in a minute")
    mailing = text(
        "select 1 from conversations.mail where state = 'sending' and lower(to_address) = any(:mails) limit 1"
    )
    if await session.scalar(mailing, {"mails": _mails(known)}) is not None:
        raise NotNow("a mail to this person is on its way; try again in a minute")


async def _refuse_if_called(session: AsyncSession, known: Identity) -> None:
    """Who was called for an alarm, and who came, is on record until the case is closed."""
    mine = [phone for phone in known.phones if phone not in known.held_by_others]
    case = await session.scalar(
        text(
            'select c.number from conversations."case" c join conversations.page p on p.case_id = c.id'
            " where c.state = 'open' and (p.acknowledged_by = any(:numbers) or exists ("
            "select 1 from conversations.page_call l where l.page_id = p.id and l.number = any(:numbers)))"
            " order by c.number limit 1"
        ),
        {"numbers": mine},
    )
    if case is not None:
        raise NotNow(f"this person was called for case {case}, which is open; close it first")


async def _stop_mails(session: AsyncSession, known: Identity) -> None:
    """Mails that wait for this person do not go; the address itself is replaced with every other mention."""
    stop = text(
        "update conversations.mail set state = 'suppressed', next_try_at = null"
        " where state = 'queued' and lower(to_address) = any(:mails)"
    )
    await session.execute(stop, {"mails": _mails(known)})


def _mails(known: Identity) -> list[str]:
    return [mail.lower() for mail in known.mails]


async def _related_addresses(session: AsyncSession, person_id: UUID) -> list[UUID]:
    """The addresses at which the person was spoken of: family, hosts, coordinators, by question, notice or case."""
    rows = await session.execute(
        text(
            """
            with booked as (
                select b.id from placements.bookings b join placements.opportunities o on o.id = b.opportunity_id
                where b.student_id = :person or o.champion_id = :person
                union select c.booking_id from placements.consents c
                where c.person_id = :person or c.student_id = :person),
            family as (
                select guardian_id as id from placements.guardian_links where student_id = :person
                union select student_id from placements.guardian_links where guardian_id = :person)
            select address_id from conversations.prompt where record_id in (select id from booked)
            union select o.address_id from conversations.outbound o join placements.notices n
                on o.cause_kind = 'notice' and o.cause_ref = n.id::text
                where n.record_id in (select id from booked) or n.data->>'student_id' = :person::text
                   or :person::text = any(n.audience)
            union select o.address_id from conversations.outbound o join conversations."case" c
                on o.cause_kind in ('case', 'page') and o.cause_ref = c.id::text where c.person_id = :person
            union select a.id from conversations.address a join placements.contact_points p on p.value = a.value
                where p.person_id in (select id from family)
            """.replace(":person", "cast(:person as uuid)")
        ),
        {"person": person_id},
    )
    return list(rows.scalars())


async def _patterns(session: AsyncSession, known: Identity) -> _Patterns:
    likeness = Likeness(
        first_name=known.first_name,
        last_name=known.last_name,
        numbers=tuple(phone for phone in known.phones if phone not in known.held_by_others),
        mails=known.mails,
        student_numbers=known.student_numbers,
    )
    others = await session.execute(
        select(Person.first_name, Person.last_name).where(Person.id != known.person_id)
    )
    shared = {plain(word) for names in others for name in names for word in name.split()}
    rare = tuple(
        part for part in likeness.name_parts if plain(part) not in shared and plain(part) not in _our_words()
    )
    return _Patterns(likeness.certain(), name_pattern(rare), name_pattern(likeness.name_parts))


@cache
def _our_words() -> frozenset[str]:
    """Words of our own texts: a name that is one of them ("Will") is replaced only where the person was spoken of."""
    texts = (words for wording in catalogue().values() for words in wording.values())
    return frozenset(plain(word) for words in texts for word in re.findall(r"[^\W\d_]+", words))


async def _remember(
    session: AsyncSession, known: Identity, addresses: list[Address], salt: str, now: datetime
) -> bool:
    barred = {a.value: a.opted_out_at or a.carrier_barred_at for a in addresses}
    stones = [
        Tombstone(NUMBER, digest(NUMBER, phone, salt), now, barred.get(phone))
        for phone in known.phones
        if phone not in known.held_by_others
    ]
    if known.person_id.int:
        stones.append(Tombstone(PERSON, digest(PERSON, known.person_id, salt), now))
    await remember(session, stones)
    return any(barred.values())


_MINE = """
(m.person_id = :person or m.address_id = any(:addresses) or (m.person_id is null and m.address_id = any(:shared)))
"""


async def _empty_messages(
    session: AsyncSession, known: Identity, addresses: list[Address], done: Erasure, now: datetime
) -> None:
    at = await _whose(session, known, addresses) | {"now": now}
    inbound = await session.execute(
        text(
            "update conversations.inbound m set body = '', safety = null, understood = null, did = null,"
            " erased_at = :now, silence = case when state = 'waiting' then 'erased' else silence end,"
            f" state = 'done', handled_at = coalesce(handled_at, :now) where {_MINE}"
            " returning carrier_id, pictures > 0"
        ),
        at,
    )
    known_there = [(str(row[0]), bool(row[1])) for row in inbound]
    outbound = await session.execute(
        text(
            "update conversations.outbound m set body = '', erased_at = :now,"
            " state = case when state in ('queued', 'sending') then 'suppressed' else state end,"
            " why_suppressed = case when state in ('queued', 'sending') then 'erased' else why_suppressed end"
            f" where {_MINE} returning carrier_id"
        ),
        at,
    )
    sent = list(outbound.scalars())
    done.messages = len(known_there) + len(sent)
    known_there += [(str(each), False) for each in sent if each]
    done.at_carrier = await at_carrier.ask(session, known_there, what=at_carrier.EVERYTHING, now=now)


async def _whose(session: AsyncSession, known: Identity, addresses: list[Address]) -> dict[str, object]:
    shared = await session.scalars(select(Address.id).where(Address.value.in_(known.held_by_others)))
    return {
        "person": known.person_id,
        "addresses": [a.id for a in addresses],
        "shared": list(shared),
    }


async def _empty_questions(
    session: AsyncSession, known: Identity, addresses: list[Address], now: datetime
) -> None:
    """Questions to the person, and those to others about the person's bookings; open ones are withdrawn."""
    at = await _whose(session, known, addresses) | {"now": now}
    await session.execute(
        text(
            "update conversations.prompt m set question = jsonb_build_object('say', question->'say'),"
            " options = '[]', again = null, closed_at = coalesce(closed_at, :now),"
            " state = case when state in ('open', 'queued') then 'withdrawn' else state end"
            f" where {_MINE} or m.record_id in"
            " (select id from placements.bookings where student_id = :person)"
        ),
        at,
    )
    await session.execute(
        text(
            "update conversations.conversation set dialogue = null, held_text = null,"
            " acting_person_id = null, acting_until = null where address_id = any(:addresses)"
            " or address_id = any(:shared) or acting_person_id = :person"
        ),
        at,
    )


async def _empty_cases(
    session: AsyncSession, known: Identity, addresses: list[Address], now: datetime
) -> None:
    at = await _whose(session, known, addresses) | {"now": now}
    mine = (
        "(c.person_id = :person or c.conversation_id in (select id from conversations.conversation"
        " where address_id = any(:addresses)))"
    )
    await session.execute(
        text(
            "update conversations.case_note n set what = split_part(n.what, ':', 1)"
            f' from conversations."case" c where c.id = n.case_id and {mine}'
        ),
        at,
    )
    await session.execute(
        text(
            "update conversations.mail n set subject = '', body = '',"
            " state = case when n.state = 'queued' then 'suppressed' else n.state end"
            f' from conversations."case" c where c.id = n.case_id and {mine}'
        ),
        at,
    )
    closed = await session.execute(
        text(
            "update conversations.\"case\" c set facts = '{}', state = 'closed',"
            f" closed_at = coalesce(closed_at, :now) where {mine} returning c.id, c.closed_at = :now"
        ),
        at,
    )
    for case_id, just_now in closed.all():
        if just_now:
            await session.execute(
                text(
                    "insert into conversations.case_note (case_id, at, by, what)"
                    " values (:case, :now, 'erasure', 'closed: the person was erased')"
                ),
                {"case": case_id, "now": now},
            )
    await session.execute(
        text("update conversations.conversation set status = 'bot' where address_id = any(:addresses)"),
        at,
    )


async def _empty_addresses(session: AsyncSession, addresses: list[Address], salt: str) -> None:
    """The number becomes its hash: the row stays for its opt-out and for the dates of its texts."""
    for address in addresses:
        await session.execute(
            text("update conversations.basis set wording = '' where address_id = :id"), {"id": address.id}
        )
        await session.execute(
            text("delete from conversations.held_notice where number = :number"), {"number": address.value}
        )
        await session.execute(
            text(
                "update conversations.address set value = :erased, gate = null, language = null,"
                " crisis_until = null where id = :id"
            ),
            {"erased": f"erased:{digest(NUMBER, address.value, salt)}:{address.id}", "id": address.id},
        )


async def _replace_mentions(
    session: AsyncSession, patterns: _Patterns, related: list[UUID], done: Erasure, now: datetime
) -> None:
    """What others wrote, were written, or had noted about the person."""
    everywhere = "|".join(part for part in (patterns.certain, patterns.rare) if part)
    columns = [c for c in personal() if c.search != "-" and not c.table.startswith("phones.")]
    if everywhere:
        for column in columns:
            await _replace(session, column, everywhere, "true", {}, done, now)
    if patterns.own and related:
        for column in columns:
            where = _RELATED.get(column.table)
            if where is not None:
                await _replace(session, column, patterns.own, where, {"related": related}, done, now)


_RELATED = {
    "conversations.inbound": "t.address_id = any(:related)",
    "conversations.outbound": "t.address_id = any(:related)",
    "conversations.prompt": "t.address_id = any(:related)",
    "conversations.conversation": "t.address_id = any(:related)",
    "conversations.basis": "t.address_id = any(:related)",
}


async def _replace(
    session: AsyncSession,
    column: Column,
    pattern: str,
    where: str,
    at: dict[str, object],
    done: Erasure,
    now: datetime,
) -> None:
    """Replace a likeness in one column. Messages that changed are erased at the carrier too."""
    value = f"regexp_replace(t.{column.sql}, :pattern, :instead, 'gi')"
    if column.search == "json":
        # A key of the object is followed by a colon; only what stands as a value is replaced.
        pattern = rf'(?:{pattern})(?!"\s*:)'
        value = f"regexp_replace(t.{column.sql}::text, :pattern, :instead, 'gi')::jsonb"
    elif column.search == "null":
        value = "null"
    elif column.search == "key":
        value = f"{value} || ':' || t.id"
    message = column.table in ("conversations.inbound", "conversations.outbound") and column.name == "body"
    rows = await session.execute(
        text(
            f"update {column.sql_table} t set {column.sql} = {value}"
            f" where t.{column.sql} is not null and t.{column.sql}::text ~* :pattern and {where}"
            + (" returning t.carrier_id" if message else " returning null")
        ),
        {"pattern": pattern, "instead": ERASED_NAME, **at}
        if column.search != "null"
        else {"pattern": pattern, **at},
    )
    found = list(rows.scalars())
    if found:
        key = f"{column.table}.{column.name}"
        done.replaced[key] = done.replaced.get(key, 0) + len(found)
    if message:
        there = [(str(each), False) for each in found if each]
        done.at_carrier += await at_carrier.ask(session, there, what=at_carrier.WORDS, now=now)


async def find_left(session: AsyncSession, pattern: str | None) -> list[str]:
    """The columns of the whole database that still hold a likeness, the simulated carrier's own copy apart."""
    if not pattern:
        return []
    found = []
    for table, columns in sorted((await text_columns(session)).items()):
        schema, name = table.split(".")
        if schema == "phones":
            continue
        for column in sorted(columns):
            hit = await session.scalar(
                text(f'select 1 from {schema}."{name}" t where t."{column}"::text ~* :pattern limit 1'),
                {"pattern": pattern},
            )
            if hit:
                found.append(f"{table}.{column}")
    return found


async def persons_to_erase_again(session: AsyncSession, salt: str, digests: set[str]) -> list[UUID]:
    """People of this database who are on the erasure list but have a name: a restore has brought them back."""
    rows = await session.execute(select(Person.id).where(Person.first_name != ERASED_NAME))
    return [person_id for person_id in rows.scalars() if digest(PERSON, person_id, salt) in digests]


async def numbers_to_erase_again(session: AsyncSession, salt: str, digests: set[str]) -> list[Address]:
    """Addresses of this database whose number is on the erasure list."""
    rows = await session.scalars(select(Address).where(Address.value.like("+%")))
    return [address for address in rows if digest(NUMBER, address.value, salt) in digests]
