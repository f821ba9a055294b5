"""Twilio's webhook signature (X-Twilio-Signature), checked over the configured public address, fail closed.

The signed text is the full URL that Twilio called, followed by every form field in the order of the names,
each name followed by its value; HMAC-SHA1 with the account's auth token, in base64
(https://www.twilio.com/docs/usage/security#validating-requests).

The URL is always PUBLIC_BASE_URL + path + query as they arrived. What a proxy says about host, scheme or port
(Host, X-Forwarded-*) is never consulted: whoever can write those headers must not choose what was signed.
A fragment of connection overrides (`#rc=5&rp=all`) is kept by Twilio and is not part of the signed URL.
"""

import base64
import hmac
from collections.abc import Sequence
from hashlib import sha1

from multidict import MultiDict
from twilio.request_validator import RequestValidator

HEADER = "X-Twilio-Signature"

Pairs = Sequence[tuple[bytes, bytes]]
"""Form fields as they were sent: percent-decoded, otherwise untouched, in the order of the body."""


def signed_url(public_base_url: str, path_and_query: str) -> str:
    """The address that Twilio called and signed."""
    return public_base_url.rstrip("/") + path_and_query


def sign(auth_token: str, url: str, fields: dict[str, str]) -> str:
    """The signature Twilio would send with these fields: for the simulator and for tests."""
    return str(RequestValidator(auth_token).compute_signature(url, fields))


def is_genuine(auth_token: str, url: str, pairs: Pairs, signature: str) -> bool:
    """Whether whoever sent these fields holds the auth token. False without a token or a signature."""
    if not auth_token or not signature or not signature.isascii():
        return False
    text = MultiDict((_text(name), _text(value)) for name, value in pairs)
    if RequestValidator(auth_token).validate(url, text, signature):
        return True
    return _has_invalid_utf8(pairs) and hmac.compare_digest(_sign_bytes(auth_token, url, pairs), signature)


def _has_invalid_utf8(pairs: Pairs) -> bool:
    return any("\ufffd" in _text(part) for pair in pairs for part in pair)


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")


def _sign_bytes(auth_token: str, url: str, pairs: Pairs) -> str:
    """The same signature over bytes that are not text, which the library's validator cannot take."""
    signed = url.encode() + b"".join(name + value for name, value in sorted(set(pairs)))
    return base64.b64encode(hmac.new(auth_token.encode(), signed, sha1).digest()).decode("ascii")
