"""A report of something unsafe puts the host on hold, and what is confirmed there before a person."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Text, cast, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from conversations.cases.open import NewCase, open_case
from conversations.models import Case, Lane, Outbound, OutState
from conversations.policy import Policy
from placements.cause import Cause
from placements.models import Booking, Notice, Opportunity, Partner
from placements.queries.partners import hosts_meant
from placements.services.freezes import Held, freeze_partner


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
    """
    cases = []
    meant = await hosts_meant(session, person_ids=people, text=text, now=now, only_if_clear=only_if_clear)
    for partner_id in meant:
        held = await freeze_partner(session, partner_id=partner_id, why="report", cause=cause)
        if held is not None:
            await keep_from_host(session, partner_id, now)
            cases.append(_case(await _facts(session, held), people, inbound_id, conversation_id))
    if not cases and not only_if_clear:
        cases.append(_case({}, people, inbound_id, conversation_id))
    return [await open_case(session, each, policy=policy, now=now) for each in cases]


async def _facts(session: AsyncSession, held: Held) -> dict[str, object]:
    partner = await session.get_one(Partner, held.partner_id)
    return {
        "partner": partner.name,
        "partner_id": str(held.partner_id),
        "bookings": [str(each) for each in held.to_decide],
    }


def _case(
    facts: dict[str, object], people: Sequence[UUID], inbound_id: UUID, conversation_id: UUID
) -> NewCase:
    kind = "host_frozen" if facts else "host_unclear"
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
