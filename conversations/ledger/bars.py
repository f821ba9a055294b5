"""What a bar asks of people: the carrier's is lifted by one word from one phone, so somebody has to say so."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from conversations.cases import NewCase, open_case
from conversations.ledger.addresses import Bar, conversation_of, opt_in, opt_out
from conversations.models import Address, Case, CaseNote, Conversation, Inbound
from conversations.policy import Policy
from placements.queries.people import people_at


async def ask_for_start(
    session: AsyncSession,
    address: Address,
    conversation: Conversation,
    *,
    inbound: Inbound | None = None,
    policy: Policy,
    now: datetime,
) -> Case:
    """The task of telling whoever is at this number to text START; one as long as the carrier's bar stands."""
    people = await people_at(session, address.value)
    since = address.carrier_barred_at or now
    new = NewCase(
        kind="must_text_start",
        dedupe=f"must_text_start:{address.id}:{since.isoformat()}",
        person_id=people[0].id if people else None,
        conversation_id=conversation.id,
        inbound_id=inbound.id if inbound else None,
        facts={"people": [str(each.id) for each in people], "our_number": policy.text_number},
    )
    return await open_case(session, new, policy=policy, now=now)


async def close_ask_for_start(session: AsyncSession, conversation: Conversation, *, now: datetime) -> None:
    """START came: the task is done."""
    query = select(Case).where(
        Case.conversation_id == conversation.id, Case.kind == "must_text_start", Case.state == "open"
    )
    for case in await session.scalars(query):
        case.state, case.closed_at = "closed", now
        session.add(CaseNote(case_id=case.id, at=now, by="Footbridge", what="closed: texted START"))


async def note_carrier_bar(session: AsyncSession, address: Address, *, code: str, now: datetime) -> None:
    """The carrier refused a text because its own list has the number: its bar is up, whoever asked for that."""
    if address.carrier_barred_at is None:
        await opt_out(session, address, bar=Bar.CARRIER, source="carrier", now=now, wording=code)


async def lift_by_coordinator(
    session: AsyncSession, address: Address, *, wording: str, policy: Policy, now: datetime
) -> Case | None:
    """Lift our bar on what the person told the school, in its words; the task that is left where the carrier's stands.

    `wording` goes into the ledger: who asked, when, on which paper or call.
    """
    await opt_in(session, address, bar=Bar.OURS, source="coordinator", now=now, wording=wording)
    if address.carrier_barred_at is None:
        return None
    conversation = await conversation_of(session, address.id)
    return await ask_for_start(session, address, conversation, policy=policy, now=now)
