"""What the ledger needs of a carrier, so that it can send without knowing whose wire it is.

The wiring supplies an implementation (`channels.sms`); the ledger classifies outcomes only by the closed lists here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class Fault(StrEnum):
    """Why a send did not succeed, as far as it matters for what happens next."""

    RETRY = "retry"  # not accepted, may be tried again (429, 5xx with a clear refusal, connection refused)
    OPTED_OUT = "opted_out"  # the carrier holds an opt-out for this number (21610)
    DEAD_NUMBER = "dead_number"  # the number cannot take texts (21211, 21614, 30003, 30005, 30006)
    OURS = "ours"  # our request or account is at fault; trying again changes nothing
    UNKNOWN = "unknown"  # it may or may not have been accepted (time-out, connection lost after sending)


class SendFailed(Exception):
    """A send that the carrier did not confirm. `code` is the carrier's error code as text, or ''."""

    def __init__(self, fault: Fault, code: str = "", detail: str = "") -> None:
        super().__init__(f"{fault} {code} {detail}".strip())
        self.fault = fault
        self.code = code
        self.retry_after: float | None = None


class DeliveryState(StrEnum):
    """Delivery states in the order in which they may follow each other; a state never moves back."""

    ACCEPTED = "accepted"
    SENT = "sent"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    FAILED = "failed"


@dataclass(frozen=True)
class Outgoing:
    """One text to hand over. `reference` is our message id; it comes back in every status callback."""

    reference: str
    to: str
    body: str


@dataclass(frozen=True)
class CarrierMessage:
    """One row of the carrier's own list, of either direction. Times are UTC."""

    carrier_id: str
    from_number: str
    to: str
    body: str
    direction: str  # 'inbound' or 'outbound'
    state: DeliveryState | None
    error_code: str
    at: datetime
    pictures: int


class Carrier(Protocol):
    """A carrier account. Every method may raise `SendFailed`; only `send` and `erase_*`
    change anything outside; to erase what is no longer there does nothing."""

    name: str

    async def send(self, message: Outgoing) -> CarrierMessage: ...

    async def list_sent(self, *, to: str, since: datetime) -> Sequence[CarrierMessage]: ...

    async def list_received(self, *, since: datetime) -> Sequence[CarrierMessage]: ...

    async def erase_body(self, carrier_id: str) -> None: ...

    async def erase_pictures(self, carrier_id: str) -> None: ...

    async def erase_message(self, carrier_id: str) -> None: ...

    async def close(self) -> None: ...
