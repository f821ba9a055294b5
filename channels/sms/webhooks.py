"""What Twilio calls: incoming texts and delivery states.

A webhook is answered 2xx only when what it brought is stored; a failure to store is 503, so that the carrier
brings it again, or the comparison with its list does. Nothing a stranger sends ends in a 5xx.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

import structlog
from aiohttp import ClientPayloadError, hdrs, web
from aiohttp.http_exceptions import HttpProcessingError

from channels.sms.forms import (
    BadForm,
    InboundText,
    StatusCallback,
    parse_pairs,
    read_fields,
    read_inbound,
    read_status,
)
from channels.sms.signature import HEADER, is_genuine, signed_url

INBOUND_PATH = "/sms/inbound"
STATUS_PATH = "/sms/status"

MAX_BODY = 64 * 1024  # bytes; 1,600 emoji of four bytes, percent-encoded, are 19,200
READ_SECONDS = 10.0
STORE_SECONDS = 12.0  # Twilio gives up after 15

EMPTY_TWIML = '<?xml version="1.0" encoding="UTF-8"?><Response></Response>'

log = structlog.get_logger(__name__)


class Intake(Protocol):
    """Who takes what the carrier brings. Returning means: durably stored, or known already."""

    async def received(self, form: InboundText) -> None: ...

    async def status(self, callback: StatusCallback) -> None: ...


def routes(
    intake: Intake, *, auth_token: str, public_base_url: str, store_seconds: float = STORE_SECONDS
) -> list[web.RouteDef]:
    """The two webhooks. With an empty `auth_token` every call is refused."""

    async def inbound(request: web.Request) -> web.Response:
        try:
            form = read_inbound(await _signed_fields(request, auth_token, public_base_url))
        except BadForm as fault:
            raise web.HTTPBadRequest(text=str(fault)) from None
        await _store(lambda: intake.received(form), "inbound_not_stored", form.carrier_id, store_seconds)
        return web.Response(text=EMPTY_TWIML, content_type="text/xml", charset="utf-8")

    async def status(request: web.Request) -> web.Response:
        try:
            fields = await _signed_fields(request, auth_token, public_base_url)
            callback = read_status(fields, request.query.get("m", ""))
        except BadForm as fault:
            raise web.HTTPBadRequest(text=str(fault)) from None
        await _store(lambda: intake.status(callback), "status_not_stored", callback.carrier_id, store_seconds)
        return web.Response(status=204)

    return [web.post(INBOUND_PATH, inbound), web.post(STATUS_PATH, status)]


async def _signed_fields(request: web.Request, auth_token: str, public_base_url: str) -> dict[str, str]:
    """The form's fields once the signature holds; else a 4xx. Raises BadForm for too many fields."""
    signature = request.headers.get(HEADER, "")
    if not auth_token or not signature:
        raise _forbidden()
    if request.content_type != "application/x-www-form-urlencoded":
        raise web.HTTPBadRequest(text="a urlencoded form is expected")
    pairs = parse_pairs(await _read(request))
    if not is_genuine(auth_token, signed_url(public_base_url, request.raw_path), pairs, signature):
        raise _forbidden()
    return read_fields(pairs)


async def _read(request: web.Request) -> bytes:
    if (request.content_length or 0) > MAX_BODY:
        raise _too_large()
    body = bytearray()
    try:
        async with asyncio.timeout(READ_SECONDS):
            async for chunk in request.content.iter_chunked(16 * 1024):
                body += chunk
                if len(body) > MAX_BODY:
                    raise _too_large()
    except TimeoutError:
        raise web.HTTPRequestTimeout(headers={hdrs.CONNECTION: "close"}) from None
    except (HttpProcessingError, ClientPayloadError, ValueError):
        raise web.HTTPBadRequest(text="the body cannot be read") from None
    return bytes(body)


async def _store(store: Callable[[], Awaitable[None]], event: str, carrier_id: str, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await store()
    except Exception as error:
        # Only the kind of error is logged: a database's message quotes the row it could not take.
        log.error(event, carrier_id=carrier_id, error=type(error).__name__)
        raise web.HTTPServiceUnavailable(headers={hdrs.RETRY_AFTER: "5"}) from None


def _forbidden() -> web.HTTPForbidden:
    log.warning("webhook_refused", reason="signature")
    return web.HTTPForbidden()


def _too_large() -> web.HTTPRequestEntityTooLarge:
    error = web.HTTPRequestEntityTooLarge(max_size=MAX_BODY, actual_size=MAX_BODY + 1)
    error.headers[hdrs.CONNECTION] = "close"
    return error
