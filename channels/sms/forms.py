"""Reading Twilio's webhook forms: bytes that anybody may have sent become two small records, or a refusal."""

import re
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from channels.sms.errors import meaning_of_failure
from channels.sms.signature import Pairs
from conversations.carrier import DeliveryState, Fault

MAX_FIELDS = 500
MAX_ADDRESS = 64  # characters; a phone number has at most 16, an address such as "whatsapp:+1..." a few more

STATES: dict[str, DeliveryState | None] = {
    "accepted": DeliveryState.ACCEPTED,
    "scheduled": DeliveryState.ACCEPTED,
    "queued": DeliveryState.ACCEPTED,
    "sending": DeliveryState.ACCEPTED,
    "sent": DeliveryState.SENT,
    "delivered": DeliveryState.DELIVERED,
    "read": DeliveryState.DELIVERED,
    "undelivered": DeliveryState.UNDELIVERED,
    "partially_delivered": DeliveryState.UNDELIVERED,
    "failed": DeliveryState.FAILED,
    "canceled": DeliveryState.FAILED,
    "receiving": None,
    "received": None,
}
"""Twilio's message states in our terms; those of an incoming message have none."""

_CARRIER_ID = re.compile(r"[A-Za-z0-9_.:-]{1,64}")
_REFERENCE = re.compile(r"[A-Za-z0-9_-]{1,64}")


class BadForm(ValueError):
    """The form cannot be what Twilio sends. The message names the field, never its content."""


@dataclass(frozen=True)
class InboundText:
    """One text that a person sent us. `body` is empty for a picture without words; it holds no NUL."""

    carrier_id: str
    from_number: str
    to: str
    body: str
    pictures: int
    opt_out_type: str  # STOP, START or HELP where the carrier has already answered a keyword, else ''


@dataclass(frozen=True)
class StatusCallback:
    """News of one send. `reference` is our message id as it came back, or '' (it is not checked to exist).

    `state` is None for a status that says nothing about delivery; `fault` is set where the message failed.
    """

    reference: str
    carrier_id: str
    status: str
    state: DeliveryState | None
    error_code: str
    fault: Fault | None


def parse_pairs(body: bytes) -> list[tuple[bytes, bytes]]:
    """The fields of a urlencoded form as sent, empty values kept. Raises BadForm for too many fields."""
    parts = [part for part in body.split(b"&") if part]
    if len(parts) > MAX_FIELDS:
        raise BadForm("too many fields")
    pairs = []
    for part in parts:
        name, _, value = part.replace(b"+", b" ").partition(b"=")
        pairs.append((unquote_to_bytes(name), unquote_to_bytes(value)))
    return pairs


def read_fields(pairs: Pairs) -> dict[str, str]:
    """The fields as text that a database takes: what is not UTF-8 becomes U+FFFD, NUL goes; the first of a
    repeated name counts."""
    fields: dict[str, str] = {}
    for name, value in pairs:
        fields.setdefault(_text(name), _text(value))
    return fields


def read_inbound(fields: dict[str, str]) -> InboundText:
    """Raises BadForm without a sender or a message id."""
    return InboundText(
        carrier_id=_carrier_id(fields),
        from_number=_address(fields, "From"),
        to=fields.get("To", "").strip()[:MAX_ADDRESS],
        body=fields.get("Body", ""),
        pictures=_count(fields.get("NumMedia", "")),
        opt_out_type=_opt_out_type(fields.get("OptOutType", "")),
    )


def read_status(fields: dict[str, str], reference: str) -> StatusCallback:
    """Raises BadForm without a message id or a status."""
    status = (fields.get("MessageStatus") or fields.get("SmsStatus") or "").strip().lower()
    if not status:
        raise BadForm("MessageStatus is missing")
    code = fields.get("ErrorCode", "").strip()
    state = STATES.get(status)
    failed = state in (DeliveryState.FAILED, DeliveryState.UNDELIVERED)
    return StatusCallback(
        reference=reference if _REFERENCE.fullmatch(reference) else "",
        carrier_id=_carrier_id(fields),
        status=status[:32],
        state=state,
        error_code=code if code.isascii() and code.isdigit() and len(code) <= 6 else "",
        fault=meaning_of_failure(code).fault if failed else None,
    )


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace").replace("\x00", "")


def _carrier_id(fields: dict[str, str]) -> str:
    sid = (fields.get("MessageSid") or fields.get("SmsMessageSid") or fields.get("SmsSid") or "").strip()
    if not _CARRIER_ID.fullmatch(sid):
        raise BadForm("MessageSid is missing or malformed")
    return sid


def _address(fields: dict[str, str], name: str) -> str:
    address = fields.get(name, "").strip()
    if not address or len(address) > MAX_ADDRESS or not address.isprintable():
        raise BadForm(f"{name} is missing or malformed")
    return address


def _count(text: str) -> int:
    digits = text.strip()
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= 3 else 0


def _opt_out_type(text: str) -> str:
    word = text.strip().upper()
    return word if word in {"STOP", "START", "HELP"} else ""
