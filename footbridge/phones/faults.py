"""What can go wrong at a carrier, on order: each request takes the next planned trouble that fits it.

Used by tests only; a simulator without plans never fails.
"""

import asyncio
from dataclasses import dataclass
from enum import StrEnum


class Trouble(StrEnum):
    """What happens: first to a send request, then to an accepted message, last to an incoming text's
    webhook."""

    ERROR_500 = "error_500"  # answered 500, nothing accepted
    ERROR_500_ACCEPTED = "error_500_accepted"  # accepted, yet answered 500
    UNAVAILABLE_503 = "unavailable_503"  # answered 503 with the carrier's error JSON
    TOO_MANY_429 = "too_many_429"  # answered 429 with Retry-After
    REFUSED = "refused"  # answered 400 with `code`
    HANG = "hang"  # no answer for `seconds`, nothing accepted
    HANG_ACCEPTED = "hang_accepted"  # accepted, no answer for `seconds`
    DROP = "drop"  # connection closed without an answer, nothing accepted
    DROP_ACCEPTED = "drop_accepted"  # accepted, connection closed without an answer
    GARBAGE_ACCEPTED = "garbage_accepted"  # accepted, the answer is 201 with a page of HTML

    UNDELIVERED = "undelivered"  # ends undelivered with `code` (30003 by default)
    FAILED = "failed"  # ends failed with `code` (30008 by default)
    CALLBACK_LOST = "callback_lost"  # delivered, but no status callback arrives
    CALLBACK_TWICE = "callback_twice"  # each status callback arrives twice
    CALLBACK_REVERSED = "callback_reversed"  # 'delivered' is called back before 'sent'

    INBOUND_TWICE = "inbound_twice"  # the webhook of an incoming text is posted twice at once
    INBOUND_LOST = "inbound_lost"  # the webhook is never posted; only the list holds the text


SEND_TROUBLES = frozenset(list(Trouble)[:10])
DELIVERY_TROUBLES = frozenset(list(Trouble)[10:15])
INBOUND_TROUBLES = frozenset(list(Trouble)[15:])


@dataclass
class Plan:
    """One planned trouble: how often it happens, and to which person's number ('' for any)."""

    trouble: Trouble
    times: int = 1
    number: str = ""
    code: int = 0
    seconds: float = 30.0


class Faults:
    """The plans of one simulator, and a gate that can hold every send."""

    def __init__(self) -> None:
        self._plans: list[Plan] = []
        self._open = asyncio.Event()
        self._open.set()

    def plan(
        self, trouble: Trouble, *, times: int = 1, number: str = "", code: int = 0, seconds: float = 30.0
    ) -> None:
        self._plans.append(Plan(Trouble(trouble), times, number, code, seconds))

    def take(self, kinds: frozenset[Trouble], number: str) -> Plan | None:
        """The next plan of these kinds for this number, counted down; None when nothing is planned."""
        for plan in self._plans:
            if plan.trouble in kinds and plan.number in ("", number) and plan.times > 0:
                plan.times -= 1
                return plan
        return None

    def left(self) -> int:
        """How many planned troubles have not happened yet."""
        return sum(plan.times for plan in self._plans)

    def clear(self) -> None:
        self._plans.clear()
        self.release()

    def hold(self) -> None:
        """Every send request now waits until `release`; then it is accepted, even if its sender has given up."""
        self._open.clear()

    def release(self) -> None:
        self._open.set()

    async def pass_gate(self) -> None:
        await self._open.wait()
