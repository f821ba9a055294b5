import pytest

from channels.sms.errors import CODES, meaning_of_failure, meaning_of_refusal
from conversations.carrier import Fault


@pytest.mark.parametrize(
    ("status", "code", "fault"),
    [
        (400, 21610, Fault.OPTED_OUT),
        (400, 21211, Fault.DEAD_NUMBER),
        (400, 21214, Fault.DEAD_NUMBER),
        (400, 21614, Fault.DEAD_NUMBER),
        (400, 21635, Fault.DEAD_NUMBER),
        (400, 21612, Fault.OURS),
        (400, 21606, Fault.OURS),
        (400, 21408, Fault.OURS),
        (400, 21617, Fault.OURS),
        (401, 20003, Fault.OURS),
        (404, 20404, Fault.OURS),
        (400, 21611, Fault.RETRY),
        (429, 20429, Fault.RETRY),
        (429, None, Fault.RETRY),
        (503, 20503, Fault.RETRY),
        (503, 99999, Fault.RETRY),
        (503, None, Fault.UNKNOWN),
        (500, 20500, Fault.UNKNOWN),
        (500, None, Fault.UNKNOWN),
        (502, None, Fault.UNKNOWN),
        (504, None, Fault.UNKNOWN),
        (408, None, Fault.UNKNOWN),
        (400, None, Fault.OURS),
        (400, 29999, Fault.OURS),
        (403, None, Fault.OURS),
        (302, None, Fault.OURS),
    ],
)
def test_what_a_refused_send_means(status: int, code: int | None, fault: Fault) -> None:
    assert meaning_of_refusal(status, code).fault is fault


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ("30003", Fault.DEAD_NUMBER),
        ("30005", Fault.DEAD_NUMBER),
        ("30006", Fault.DEAD_NUMBER),
        ("21610", Fault.OPTED_OUT),
        ("30001", Fault.RETRY),
        ("30022", Fault.RETRY),
        ("30002", Fault.OURS),
        ("30004", Fault.OURS),
        ("30007", Fault.OURS),
        ("30034", Fault.OURS),
        ("30008", Fault.UNKNOWN),
        ("", Fault.UNKNOWN),
        ("31337", Fault.UNKNOWN),
        ("٣٠٠٠٣", Fault.UNKNOWN),
        ("9" * 5000, Fault.UNKNOWN),
    ],
)
def test_what_a_failed_delivery_means(code: str, fault: Fault) -> None:
    assert meaning_of_failure(code).fault is fault


def test_every_reason_is_ours_to_show() -> None:
    for meaning in CODES.values():
        assert meaning.why
        assert not any(letter.isdigit() for letter in meaning.why.replace("10DLC", ""))
