import base64
import hmac
from hashlib import sha1

import pytest

from channels.sms.signature import is_genuine, sign, signed_url

TOKEN = "12345"
BASE = "https://bridge.example"
URL = "https://bridge.example/sms/inbound"
PAIRS = [(b"From", b"+13055550101"), (b"Body", "¿qué día?".encode()), (b"MediaUrl0", b"")]
FIELDS = {"From": "+13055550101", "Body": "¿qué día?", "MediaUrl0": ""}


def test_the_published_example_of_twilio() -> None:
    # https://www.twilio.com/docs/usage/security: the worked example of the documentation.
    fields = {
        "CallSid": "CA1234567890ABCDE",
        "Caller": "+14158675310",
        "Digits": "1234",
        "From": "+14158675310",
        "To": "+18005551212",
    }
    pairs = [(name.encode(), value.encode()) for name, value in fields.items()]
    url = signed_url("https://example.com/", "/myapp.php?foo=1&bar=2")
    assert url == "https://example.com/myapp.php?foo=1&bar=2"
    signature = "L/OH5YylLD5NRKLltdqwSvS0BnU="
    assert sign(TOKEN, url, fields) == signature
    assert is_genuine(TOKEN, url, pairs, signature)


def test_a_right_signature_holds_whatever_the_order_of_the_fields() -> None:
    assert is_genuine(TOKEN, URL, PAIRS, sign(TOKEN, URL, FIELDS))
    assert is_genuine(TOKEN, URL, PAIRS[::-1], sign(TOKEN, URL, FIELDS))


@pytest.mark.parametrize(
    "signed",
    [
        "http://bridge.example/sms/inbound",
        "https://10.0.0.7:8080/sms/inbound",
        "https://bridge.example/sms/inbound/",
        "https://bridge.example/sms/inbound?m=1",
        "https://bridge.example//sms/inbound",
        "https://evil.example/sms/inbound",
    ],
)
def test_a_signature_over_another_address_does_not(signed: str) -> None:
    assert not is_genuine(TOKEN, URL, PAIRS, sign(TOKEN, signed, FIELDS))


@pytest.mark.parametrize(
    "pairs",
    [
        PAIRS[:2],
        [*PAIRS, (b"OptOutType", b"STOP")],
        [(b"From", b"+13055550102"), *PAIRS[1:]],
        [(b"From", b"+13055550101\x00"), *PAIRS[1:]],
    ],
)
def test_a_signature_over_other_fields_does_not(pairs: list[tuple[bytes, bytes]]) -> None:
    assert not is_genuine(TOKEN, URL, pairs, sign(TOKEN, URL, FIELDS))


@pytest.mark.parametrize("signature", ["", "x", "sígn", sign("another token", URL, FIELDS)])
def test_a_wrong_signature_does_not(signature: str) -> None:
    assert not is_genuine(TOKEN, URL, PAIRS, signature)


def test_without_a_token_nothing_is_genuine() -> None:
    assert not is_genuine("", URL, PAIRS, sign("", URL, FIELDS))


def test_bytes_that_are_not_text_are_signed_as_sent_or_as_read() -> None:
    pairs = [(b"Body", b"caf\xe9 \xff"), (b"From", b"+13055550101")]
    over_bytes = hmac.new(TOKEN.encode(), URL.encode() + b"Bodycaf\xe9 \xffFrom+13055550101", sha1).digest()
    assert is_genuine(TOKEN, URL, pairs, base64.b64encode(over_bytes).decode())
    as_read = {"Body": "caf\ufffd \ufffd", "From": "+13055550101"}
    assert is_genuine(TOKEN, URL, pairs, sign(TOKEN, URL, as_read))
    assert not is_genuine(TOKEN, URL, pairs, sign(TOKEN, URL, {**as_read, "Body": "cafe"}))
