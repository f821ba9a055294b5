"""Take in a text: one transaction stores it, decides safety, writes its answer and wakes a worker."""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from conversations import safety
from conversations.cases import FromDuty, answer_page
from conversations.ledger.addresses import address_of, conversation_of, has_basis, note_basis, why_barred
from conversations.ledger.bars import ask_for_start
from conversations.ledger.late import Late
from conversations.ledger.urgent import answer_safety
from conversations.models import Address, Conversation, Inbound, InState, Underage
from conversations.policy import Policy
from conversations.privacy.tombstones import carry_over_opt_out
from conversations.wakeups import wake_conversation
from placements import clock
from placements.queries.people import people_at

UNREAD_FOR = timedelta(hours=25)  # longer than the carrier's list is looked back over


@dataclass(frozen=True, kw_only=True)
class Text:
    """A text as a wire hands it over. `carrier_id` is unique at that carrier."""

    channel: str
    carrier: str
    carrier_id: str
    sender: str
    body: str
    pictures: int = 0
    answered_by_carrier: str = ""  # the carrier's own opt-out verdict: STOP, START or HELP
    late: Late | None = None  # where only the carrier's list had it: when it was sent


async def receive(session: AsyncSession, text: Text, *, policy: Policy) -> UUID | None:
    """Store a text and everything about it that cannot wait. None for one that is here already or may not be kept."""
    now = await clock.now(session)
    role = await _role(session, text)
    if await _forgotten(session, text, policy, role, now):
        return None
    address = await address_of(session, text.channel, text.sender, now)
    conversation = await conversation_of(session, address.id, lock=True)
    await session.refresh(address)
    if address.value != text.sender:  # the number was erased while this text waited for the lock
        address = await address_of(session, text.channel, text.sender, now)
        conversation = await conversation_of(session, address.id, lock=True)
    inbound = await _store(session, text, address, conversation, now)
    if inbound is None:
        return None
    address.dead_at = None  # a number that texts us is in service, whatever the carrier said of it before
    if not await has_basis(session, address, now):
        await note_basis(
            session,
            address,
            kind="basis",
            source="texted_first",
            scope="conversation",
            now=now,
            message_id=inbound.id,
        )
    await carry_over_opt_out(session, address, salt=policy.salt, now=now)
    barred = why_barred(address)
    verdict = text.answered_by_carrier.upper()
    finding = as_the_carrier_took_it(safety.read(text.body, opted_out=barred is not None, role=role), verdict)
    if finding is not None:
        await answer_safety(
            session, finding, inbound, address, conversation, verdict, policy=policy, now=now, late=text.late
        )
        return inbound.id
    duty = FromDuty(inbound=inbound, address=address, conversation=conversation, policy=policy, now=now)
    if await answer_page(session, duty):
        return inbound.id
    if barred:
        inbound.state, inbound.silence, inbound.handled_at = InState.DONE, barred, now
        if barred == "carrier_bar":
            await ask_for_start(session, address, conversation, inbound=inbound, policy=policy, now=now)
        return inbound.id
    await wake_conversation(session, conversation.id)
    return inbound.id


def as_the_carrier_took_it(finding: safety.Finding | None, verdict: str) -> safety.Finding | None:
    """What is to be done with a text of which the carrier says that it was a keyword, and that it has answered it.

    Somebody in need is heard first, whatever else the carrier saw in the text; a STOP stands besides.
    """
    need = {"STOP": "opt_out", "START": "opt_in", "HELP": "help_keyword"}.get(verdict)
    if need is None or (finding is not None and finding.need == need):
        return finding
    if finding is not None and (finding.need in ("crisis", "report_unsafe") or _gone(finding, need)):
        return replace(finding, also_opt_out=finding.also_opt_out or need == "opt_out")
    return safety.Finding(need, "keyword" if need == "opt_out" else "", False, "en", "carrier.opt_out_type")


def _gone(finding: safety.Finding, need: str) -> bool:
    """A wrong number is taken off whether or not the carrier heard a STOP in it."""
    return finding.need == "wrong_number" and need == "opt_out"


def underage_digest(value: str, salt: str) -> str:
    """The salted hash that stands for a number whose holder is under 13, or for the id of a text from there."""
    return hashlib.sha256(f"{salt}:{value}".encode()).hexdigest()


async def _role(session: AsyncSession, text: Text) -> str:
    roles = {role.role for p in await people_at(session, text.sender) for role in p.roles}
    return next(
        (role for role in ("student", "guardian", "employer", "coordinator") if role in roles), "anyone"
    )


async def _forgotten(session: AsyncSession, text: Text, policy: Policy, role: str, now: datetime) -> bool:
    """Whether this is a child under 13 whose texts are not kept; a crisis is always taken in.

    The text's own id is marked as well: it stays on the carrier's list when the number's mark has ended.
    """
    number, this = (underage_digest(part, policy.salt) for part in (text.sender, text.carrier_id))
    query = select(Underage.digest).where(Underage.digest.in_((number, this)), Underage.until > now)
    if await session.scalar(query.limit(1)) is None:
        return False
    finding = safety.read(text.body, role=role)
    if finding is not None and finding.need == "crisis":
        return False
    await session.execute(
        insert(Underage).values(digest=this, until=now + UNREAD_FOR).on_conflict_do_nothing()
    )
    return True


async def _store(
    session: AsyncSession, text: Text, address: Address, conversation: Conversation, now: datetime
) -> Inbound | None:
    stored = await session.scalar(
        insert(Inbound)
        .values(
            id=uuid4(),
            address_id=address.id,
            conversation_id=conversation.id,
            carrier=text.carrier,
            carrier_id=text.carrier_id,
            body=text.body.replace("\x00", ""),
            pictures=text.pictures,
            received_at=now,
            state=InState.WAITING,
            attempts=0,
        )
        .on_conflict_do_nothing(index_elements=["carrier", "carrier_id"])
        .returning(Inbound.id)
    )
    return await session.get(Inbound, stored) if stored else None
