"""Compare the carrier's list of inbound texts with ours, and take in what never reached us."""

from datetime import datetime, timedelta

from sqlalchemy import select

from conversations.carrier import Carrier
from conversations.ledger.addresses import SMS
from conversations.ledger.late import Late
from conversations.ledger.receive import Text, receive
from conversations.models import Inbound
from conversations.policy import Policy
from placements.database import Database

LOOK_BACK = timedelta(hours=24)


async def take_in_missing(database: Database, carrier: Carrier, policy: Policy, *, real_now: datetime) -> int:
    """Take in every text of the last day that the carrier has and we have not; how many there were."""
    listed = await carrier.list_received(since=real_now - LOOK_BACK)
    async with database.session() as session:
        ours = set(
            await session.scalars(
                select(Inbound.carrier_id).where(
                    Inbound.carrier == carrier.name, Inbound.carrier_id.in_([m.carrier_id for m in listed])
                )
            )
        )
    missing = sorted((m for m in reversed(listed) if m.carrier_id not in ours), key=lambda m: m.at)
    times = {m.carrier_id: m.at for m in listed}
    for message in missing:
        async with database.session() as session:
            await receive(
                session,
                Text(
                    channel=SMS,
                    carrier=carrier.name,
                    carrier_id=message.carrier_id,
                    sender=message.from_number,
                    body=message.body,
                    pictures=message.pictures,
                    late=Late(message.at, times),
                ),
                policy=policy,
            )
    return len(missing)
