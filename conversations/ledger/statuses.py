"""What the carrier says became of a message. Every callback is kept; a message's state only moves forward."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from conversations.carrier import DeliveryState
from conversations.ledger.bars import note_carrier_bar
from conversations.models import Address, Callback, Outbound, OutState
from placements import clock
from placements.cause import Cause
from placements.services.people import doubt_phone

_ORDER = {
    OutState.QUEUED: 0,
    OutState.SENDING: 1,
    OutState.ACCEPTED: 2,
    OutState.SENT: 3,
    OutState.DELIVERED: 4,
    OutState.UNDELIVERED: 4,
    OutState.FAILED: 4,
}
_STATES = {
    "queued": "accepted",
    "accepted": "accepted",
    "sending": "accepted",
    "scheduled": "accepted",
    "sent": "sent",
    "delivered": "delivered",
    "read": "delivered",
    "undelivered": "undelivered",
    "failed": "failed",
    "canceled": "failed",
}
OPTED_OUT_CODE = "21610"
DEAD_CODES = frozenset({"21211", "21214", "21217", "21265", "21614", "21635", "30003", "30005", "30006"})

# Of these the ones that are for good. A phone that is off (30003) is still its owner's when it is on again.
GONE_CODES = DEAD_CODES - {"21214", "30003"}


async def note_status(
    session: AsyncSession, *, message: str, carrier_id: str, status: str, error_code: str
) -> None:
    """Keep a delivery callback and move its message forward. An unknown message or state does no harm."""
    now = await clock.now(session)
    outbound = await _find(session, message, carrier_id)
    session.add(
        Callback(
            at=now,
            outbound_id=outbound.id if outbound else None,
            carrier_id=carrier_id[:64],
            status=status[:32],
            error_code=error_code[:16],
        )
    )
    state = _STATES.get(status)
    if outbound is None or state is None:
        return
    await advance(session, outbound, DeliveryState(state), carrier_id, error_code, now)


async def advance(
    session: AsyncSession,
    outbound: Outbound,
    state: DeliveryState,
    carrier_id: str,
    error_code: str,
    now: datetime,
) -> None:
    """Move a message to a later state; an earlier one is passed over."""
    outbound.carrier_id = outbound.carrier_id or carrier_id
    if (
        outbound.carrier_id != carrier_id
        or _ORDER.get(OutState(outbound.state), 9) >= _ORDER[OutState(state)]
    ):
        return
    outbound.state, outbound.state_at = OutState(state), now
    outbound.sent_at = outbound.sent_at or now
    outbound.error_code = error_code or outbound.error_code
    await note_fault(session, outbound, error_code, now)


async def note_fault(session: AsyncSession, outbound: Outbound, code: str, now: datetime) -> None:
    """Learn from an error code: the carrier's own opt-out, or a number that takes no texts."""
    if code == OPTED_OUT_CODE:
        address = await session.get_one(Address, outbound.address_id)
        await note_carrier_bar(session, address, code=code, now=now)
    elif code in DEAD_CODES:
        address = await session.get_one(Address, outbound.address_id)
        address.dead_at = address.dead_at or now
        if code in GONE_CODES:
            cause = Cause("system", f"delivery:{outbound.id}")
            await doubt_phone(session, phone=address.value, why=code, cause=cause)


async def _find(session: AsyncSession, message: str, carrier_id: str) -> Outbound | None:
    try:
        wanted = Outbound.id == UUID(message)
    except ValueError:
        wanted = Outbound.carrier_id == carrier_id
    query = select(Outbound).where(wanted).with_for_update()
    return (await session.scalars(query)).first()
