"""A report of something unsafe puts the host on hold, and what is confirmed there before a person."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Text, cast, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from conversations.cases.open import NewCase, open_case
from conversations.models import Address, Case, Conversation, Inbound, Lane, Outbound, OutState
from conversations.policy import Policy
from placements.cause import Cause
from placements.models import Booking, Notice, Opportunity, Partner, PartnerFreeze
from placements.queries.partners import hosts_meant, on_hold
from placements.queries.people import is_verified
from placements.services.freezes import freeze_partner

STRANGERS_HOLDS = 2  # in a day, by a number that the school knows nobody by
_A_DAY = timedelta(days=1)


async def hold_hosts(
    session: AsyncSession,
    *,
    people: Sequence[UUID],
    text: str,
    cause: Cause,
    inbound_id: UUID,
    conversation_id: UUID,
    policy: Policy,
    now: datetime,
    only_if_clear: bool = False,
) -> list[Case]:
    """Put every host on hold that a report may be about, in the transaction that takes the report in.

    A case for each host lists the confirmed visits there, for a coordinator to decide. If no host can be told from
    the text or the sender's visits, one case says so, unless `only_if_clear`: then it may not be about a host at all.
    A number that nobody here is known by puts `STRANGERS_HOLDS` on hold in a day; of more it only opens cases.
    """
    cases = []
    left = await _holds_left(session, people, conversation_id, now)
    meant = await hosts_meant(session, person_ids=people, text=text, now=now, only_if_clear=only_if_clear)
    for partner_id in meant:
        if left is not None and not await session.scalar(
            select(on_hold(Partner.id)).where(Partner.id == partner_id)
        ):
            if left <= 0:
                facts = await _facts(session, partner_id) | {"count": STRANGERS_HOLDS}
                cases.append(_case("host_named", facts, people, inbound_id, conversation_id))
                continue
            left -= 1
        held = await freeze_partner(session, partner_id=partner_id, why="report", cause=cause)
        if held is not None:
            await keep_from_host(session, partner_id, now)
            facts = await _facts(session, partner_id) | {"bookings": [str(each) for each in held.to_decide]}
            cases.append(_case("host_frozen", facts, people, inbound_id, conversation_id))
    if not cases and not only_if_clear:
        cases.append(_case("host_unclear", {}, people, inbound_id, conversation_id))
    return [await open_case(session, each, policy=policy, now=now) for each in cases]


async def _holds_left(
    session: AsyncSession, people: Sequence[UUID], conversation_id: UUID, now: datetime
) -> int | None:
    """How many more hosts this number may put on hold today; None for one that the school knows."""
    address = await session.scalar(
        select(Address)
        .join(Conversation, Conversation.address_id == Address.id)
        .where(Conversation.id == conversation_id)
    )
    if address is None or any([await is_verified(session, each, address.value) for each in people]):
        return None
    texts = select(cast(Inbound.id, Text)).where(Inbound.address_id == address.id)
    held = await session.scalar(
        select(func.count(PartnerFreeze.id)).where(
            PartnerFreeze.cause_ref.in_(texts), PartnerFreeze.at > now - _A_DAY
        )
    )
    return STRANGERS_HOLDS - int(held or 0)


async def _facts(session: AsyncSession, partner_id: UUID) -> dict[str, object]:
    partner = await session.get_one(Partner, partner_id)
    return {"partner": partner.name, "partner_id": str(partner_id)}


def _case(
    kind: str, facts: dict[str, object], people: Sequence[UUID], inbound_id: UUID, conversation_id: UUID
) -> NewCase:
    return NewCase(
        kind=kind,
        severity="urgent",
        dedupe=f"{kind}:{inbound_id}:{facts.get('partner_id', '')}",
        person_id=people[0] if len(people) == 1 else None,
        conversation_id=conversation_id,
        record_id=UUID(str(facts["partner_id"])) if facts else None,
        inbound_id=inbound_id,
        facts={**facts, "people": [str(each) for each in people]},
    )


async def keep_from_host(session: AsyncSession, partner_id: UUID, now: datetime) -> None:
    """What waits to be sent to a host on hold is not sent: reminders, questions, news about visits there.

    A champion who is a mother as well still hears of her own child.
    """
    role = func.jsonb_extract_path_text(Notice.data, "roles", cast(Outbound.person_id, Text))
    there = (
        select(Notice.id)
        .join(Booking, Booking.id == Notice.record_id)
        .join(Opportunity, Opportunity.id == Booking.opportunity_id)
        .where(
            Opportunity.partner_id == partner_id,
            cast(Notice.id, Text) == Outbound.cause_ref,
            role == "employer",
        )
        .correlate(Outbound)
    )
    await session.execute(
        update(Outbound)
        .where(
            Outbound.state == OutState.QUEUED,
            Outbound.lane == Lane.OTHER,
            Outbound.cause_kind == "notice",
            there.exists(),
        )
        .values(state=OutState.SUPPRESSED, why_suppressed="host_on_hold", state_at=now)
    )
