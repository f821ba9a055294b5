import pytest

from placements.rules.bookings import (
    CLOSED,
    HOLDING,
    TRANSITIONS,
    BookingState,
    TransitionError,
    after_consent,
    after_request,
    check,
)


def reachable(start: BookingState) -> set[BookingState]:
    seen: set[BookingState] = set()
    ahead = [start]
    while ahead:
        for state in TRANSITIONS[ahead.pop()] - seen:
            seen.add(state)
            ahead.append(state)
    return seen


def test_every_state_is_in_the_table_and_can_be_reached() -> None:
    assert set(TRANSITIONS) == set(BookingState)
    assert reachable(BookingState.REQUESTED) == set(BookingState) - {BookingState.REQUESTED}


def test_what_is_closed_never_holds_a_place_again() -> None:
    for state in CLOSED:
        assert not reachable(state) & HOLDING


def test_a_refused_booking_goes_nowhere() -> None:
    assert reachable(BookingState.REFUSED) == set()


def test_only_a_waiting_booking_expires() -> None:
    assert {state for state, ways in TRANSITIONS.items() if BookingState.EXPIRED in ways} == {
        BookingState.REQUESTED,
        BookingState.WAITING_CONSENT,
        BookingState.WAITING_HOST,
    }


def test_the_guardian_is_asked_before_the_host() -> None:
    assert after_request(needs_consent=True, needs_host=True) is BookingState.WAITING_CONSENT
    assert after_request(needs_consent=False, needs_host=True) is BookingState.WAITING_HOST
    assert after_request(needs_consent=False, needs_host=False) is BookingState.CONFIRMED
    assert after_consent(needs_host=True) is BookingState.WAITING_HOST
    assert after_consent(needs_host=False) is BookingState.CONFIRMED


def test_a_wrong_step_is_an_error() -> None:
    with pytest.raises(TransitionError, match="from expired to confirmed"):
        check(BookingState.EXPIRED, BookingState.CONFIRMED)
