"""The closed table of the carrier's error codes: what each means for what happens next.

Codes and meanings: https://www.twilio.com/docs/api/errors. The same code can come back from a send or, later,
in a delivery callback; the meaning is the same. The wording is ours: the carrier's own messages quote phone
numbers.
"""

from dataclasses import dataclass
from http import HTTPStatus

from conversations.carrier import Fault


@dataclass(frozen=True)
class Meaning:
    """What an error code says about a message: whose fault, and the reason in our words."""

    fault: Fault
    why: str


CODES: dict[int, Meaning] = {
    # Not accepted, or accepted and dropped before any phone: may be tried again.
    20009: Meaning(Fault.RETRY, "the carrier is still working on this message"),
    20429: Meaning(Fault.RETRY, "too many requests"),
    20503: Meaning(Fault.RETRY, "the carrier is not available"),
    21611: Meaning(Fault.RETRY, "the sender's queue is full"),
    30001: Meaning(Fault.RETRY, "the sender's queue overflowed"),
    30022: Meaning(Fault.RETRY, "the sender's rate limit was passed"),
    # The person said stop.
    21610: Meaning(Fault.OPTED_OUT, "the number has opted out"),
    # The number cannot take texts.
    21211: Meaning(Fault.DEAD_NUMBER, "not a phone number"),
    21214: Meaning(Fault.DEAD_NUMBER, "the number cannot be reached"),
    21217: Meaning(Fault.DEAD_NUMBER, "not a phone number"),
    21265: Meaning(Fault.DEAD_NUMBER, "a short code cannot be texted"),
    21614: Meaning(Fault.DEAD_NUMBER, "not a mobile number"),
    21635: Meaning(Fault.DEAD_NUMBER, "a landline"),
    30003: Meaning(Fault.DEAD_NUMBER, "the phone is off, out of reach or no longer in service"),
    30005: Meaning(Fault.DEAD_NUMBER, "the number is unknown or no longer in service"),
    30006: Meaning(Fault.DEAD_NUMBER, "a landline, or a carrier that cannot be reached"),
    # Our account, our sender or our text: trying again changes nothing, a person must look.
    20001: Meaning(Fault.OURS, "the request was refused as malformed"),
    20003: Meaning(Fault.OURS, "the account or its token was refused"),
    20005: Meaning(Fault.OURS, "the account is not active"),
    20006: Meaning(Fault.OURS, "access was denied"),
    20008: Meaning(Fault.OURS, "these are test credentials"),
    20404: Meaning(Fault.OURS, "the account or message was not found"),
    21212: Meaning(Fault.OURS, "the sender is not a valid number"),
    21408: Meaning(Fault.OURS, "the account may not text this region"),
    21601: Meaning(Fault.OURS, "the sender cannot send texts"),
    21602: Meaning(Fault.OURS, "the text is missing"),
    21603: Meaning(Fault.OURS, "the sender is missing"),
    21604: Meaning(Fault.OURS, "the recipient is missing"),
    21605: Meaning(Fault.OURS, "the text is too long"),
    21606: Meaning(Fault.OURS, "the sender does not belong to the account"),
    21608: Meaning(Fault.OURS, "a trial account may text verified numbers only"),
    21609: Meaning(Fault.OURS, "the callback address is not valid"),
    # No route from this sender to this number: another sender may have one, so the number is not called dead.
    21612: Meaning(Fault.OURS, "this sender cannot reach this number"),
    21617: Meaning(Fault.OURS, "the text is too long"),
    21619: Meaning(Fault.OURS, "the text is missing"),
    21660: Meaning(Fault.OURS, "the sender belongs to another account"),
    21701: Meaning(Fault.OURS, "the messaging service does not exist"),
    21703: Meaning(Fault.OURS, "the messaging service has no sender"),
    21704: Meaning(Fault.OURS, "the messaging service has no sender"),
    30002: Meaning(Fault.OURS, "the account is suspended"),
    # Blocked between this sender and this phone: by the network, or by the person for this sender alone.
    30004: Meaning(Fault.OURS, "the phone or its network blocks this sender"),
    30007: Meaning(Fault.OURS, "filtered by the phone network"),
    30010: Meaning(Fault.OURS, "the price limit was passed"),
    30019: Meaning(Fault.OURS, "the text is too large for the phone network"),
    30023: Meaning(Fault.OURS, "the sender's daily limit was passed"),
    30024: Meaning(Fault.OURS, "the sender is not set up with the phone network"),
    30032: Meaning(Fault.OURS, "the toll-free sender is not verified"),
    30034: Meaning(Fault.OURS, "the sender is not registered for 10DLC"),
    30035: Meaning(Fault.OURS, "the sender's 10DLC registration is being set up"),
    30036: Meaning(Fault.OURS, "the text waited too long in the carrier's queue"),
    # Nobody knows whether the phone has it.
    20500: Meaning(Fault.UNKNOWN, "the carrier failed"),
    30008: Meaning(Fault.UNKNOWN, "the phone network gave no reason"),
    30017: Meaning(Fault.UNKNOWN, "the phone network was congested"),
    30410: Meaning(Fault.UNKNOWN, "the phone network did not answer in time"),
}


def meaning_of_refusal(status: int, code: int | None) -> Meaning:
    """What an HTTP answer other than 2xx to a request of ours says.

    `status` is the HTTP status; `code` the error code in Twilio's error JSON, or None where the answer was
    something else. A status of 5xx is a clear refusal only where Twilio itself says "not available".
    """
    if code is not None and code in CODES:
        return CODES[code]
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return Meaning(Fault.RETRY, "too many requests")
    if status == HTTPStatus.SERVICE_UNAVAILABLE and code is not None:
        return Meaning(Fault.RETRY, "the carrier is not available")
    if status >= 500 or status == HTTPStatus.REQUEST_TIMEOUT:
        return Meaning(Fault.UNKNOWN, f"HTTP {status}")
    return Meaning(Fault.OURS, f"HTTP {status}")


def meaning_of_failure(code: str) -> Meaning:
    """What the error code of a delivery callback or of a listed message says; a code that is not ours to know
    leaves the outcome unknown, so that nothing is resent on a guess."""
    known = CODES.get(int(code)) if code.isascii() and code.isdigit() and len(code) <= 6 else None
    return known or Meaning(Fault.UNKNOWN, "not delivered, for a reason that is not on our list")
