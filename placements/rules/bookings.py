"""The booking's states, and every way from one to another. The database repeats this table in a trigger."""

from collections.abc import Mapping
from enum import StrEnum


class BookingState(StrEnum):
    """Where a booking stands. The first four hold a place in the slot."""

    REQUESTED = "requested"  # the place is held; nobody has been asked yet
    WAITING_CONSENT = "waiting_consent"  # a guardian has been asked
    WAITING_HOST = "waiting_host"  # the host has been asked
    CONFIRMED = "confirmed"
    ATTENDED = "attended"
    NO_SHOW = "no_show"
    CANCELLED = "cancelled"  # by the student, a guardian, the host or a coordinator
    DECLINED = "declined"  # by the host, when asked
    REFUSED = "refused"  # by a guardian, when asked or later
    EXPIRED = "expired"  # nobody answered in time


HOLDING = frozenset(
    {
        BookingState.REQUESTED,
        BookingState.WAITING_CONSENT,
        BookingState.WAITING_HOST,
        BookingState.CONFIRMED,
    }
)
CLOSED = frozenset(BookingState) - HOLDING

_ENDINGS = frozenset({BookingState.CANCELLED, BookingState.REFUSED, BookingState.EXPIRED})
TRANSITIONS: Mapping[BookingState, frozenset[BookingState]] = {
    BookingState.REQUESTED: frozenset(
        {BookingState.WAITING_CONSENT, BookingState.WAITING_HOST, BookingState.CONFIRMED}
    )
    | _ENDINGS,
    BookingState.WAITING_CONSENT: frozenset({BookingState.WAITING_HOST, BookingState.CONFIRMED}) | _ENDINGS,
    # Back to an earlier question only where the plan changed, or whoever permitted it may not any more.
    BookingState.WAITING_HOST: frozenset(
        {BookingState.WAITING_CONSENT, BookingState.CONFIRMED, BookingState.DECLINED}
    )
    | _ENDINGS,
    # A confirmed booking no longer waits for anybody, so it cannot expire.
    BookingState.CONFIRMED: frozenset(
        {
            BookingState.WAITING_CONSENT,
            BookingState.WAITING_HOST,
            BookingState.ATTENDED,
            BookingState.NO_SHOW,
            BookingState.CANCELLED,
            BookingState.REFUSED,
        }
    ),
    # Attendance may be put right by a person who was there.
    BookingState.ATTENDED: frozenset({BookingState.NO_SHOW}),
    BookingState.NO_SHOW: frozenset({BookingState.ATTENDED}),
    BookingState.CANCELLED: frozenset(),
    BookingState.DECLINED: frozenset(),
    BookingState.REFUSED: frozenset(),
    BookingState.EXPIRED: frozenset(),
}

WAITING_FOR: Mapping[BookingState, str] = {
    BookingState.WAITING_CONSENT: "guardian",
    BookingState.WAITING_HOST: "host",
}


class TransitionError(ValueError):
    """The state machine has no such way."""


def check(current: BookingState, target: BookingState) -> None:
    """Raise TransitionError unless a booking may go from `current` to `target` in one step."""
    if target not in TRANSITIONS[current]:
        raise TransitionError(f"a booking cannot go from {current} to {target}")


def after_request(*, needs_consent: bool, needs_host: bool) -> BookingState:
    """The state that follows the request: consent is asked first, then the host."""
    if needs_consent:
        return BookingState.WAITING_CONSENT
    return after_consent(needs_host=needs_host)


def after_consent(*, needs_host: bool) -> BookingState:
    """The state that follows a guardian's consent."""
    return BookingState.WAITING_HOST if needs_host else BookingState.CONFIRMED
