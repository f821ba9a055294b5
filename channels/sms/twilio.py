"""Sending, listing and erasing texts by Twilio's REST API.

Every failure becomes `SendFailed` with a fault of the closed list. What decides between "not accepted" and
"unknown" is whether the request's head had been written when the connection failed: before that nothing can
have been accepted.
"""

import json
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote, urlsplit

import aiohttp
import structlog
from aiohttp import hdrs
from twilio.base.exceptions import TwilioException
from twilio.http import AsyncHttpClient
from twilio.http.response import Response
from twilio.rest import Client
from yarl import URL

from channels.sms.errors import meaning_of_refusal
from channels.sms.forms import STATES
from channels.sms.webhooks import STATUS_PATH
from conversations.carrier import CarrierMessage, DeliveryState, Fault, Outgoing, SendFailed

TWILIO_API = "https://api.twilio.com"
CONNECT_SECONDS = 5.0
TOTAL_SECONDS = 10.0
POOL = 20
PAGE_SIZE = 100
MAX_PAGES = 20
MAX_RETRY_AFTER = 3600.0  # seconds

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class TwilioAccount:
    """One account and its sender: `from_number` or `messaging_service_sid`, the service where both are set.

    `api_base_url` is another address that speaks Twilio's REST API, or '' for Twilio's own.
    """

    account_sid: str
    auth_token: str
    public_base_url: str
    from_number: str = ""
    messaging_service_sid: str = ""
    api_base_url: str = ""


class TwilioCarrier:
    """`conversations.carrier.Carrier` over Twilio's wire. Make it inside the event loop that uses it."""

    name = "twilio"

    def __init__(
        self,
        account: TwilioAccount,
        *,
        connect_seconds: float = CONNECT_SECONDS,
        total_seconds: float = TOTAL_SECONDS,
    ) -> None:
        if not account.from_number and not account.messaging_service_sid:
            raise ValueError("a sender is needed: a number or a messaging service")
        self._account = account
        self._http = _Http(account.api_base_url, connect_seconds, total_seconds)
        client = Client(account.account_sid, account.auth_token, http_client=self._http)
        self._messages: Any = client.api.v2010.accounts(account.account_sid).messages

    async def send(self, message: Outgoing) -> CarrierMessage:
        """Hands one text over. Raises SendFailed; a 2xx that cannot be read is UNKNOWN."""
        try:
            created = await self._messages.create_async(
                to=message.to,
                body=message.body,
                status_callback=self._callback(message.reference),
                **self._sender(),
            )
            return _carrier_message(created)
        except (TwilioException, ValueError, TypeError, AttributeError):
            raise SendFailed(Fault.UNKNOWN, detail="the carrier's answer could not be read") from None

    async def list_sent(self, *, to: str, since: datetime) -> Sequence[CarrierMessage]:
        """What the carrier has sent to one number since a time (UTC, real time), newest first.

        No date filter goes out: it is one on the time of sending, and a message still queued has none.
        """
        rows = await self._list(since, to=to)
        return [row for row in rows if row.direction == "outbound"]

    async def list_received(self, *, since: datetime) -> Sequence[CarrierMessage]:
        """What people have texted us since a time (UTC, real time), newest first."""
        # The carrier may read the filter as a day; what is too old is dropped here.
        filters: dict[str, Any] = {"date_sent_after": since.astimezone(UTC) - timedelta(days=1)}
        if not self._account.messaging_service_sid:
            filters["to"] = self._account.from_number
        rows = await self._list(since, **filters)
        return [row for row in rows if row.direction == "inbound"]

    async def erase_body(self, carrier_id: str) -> None:
        """Empties the text the carrier keeps of a message; one that it no longer has needs no erasing."""
        await _unless_gone(self._messages(carrier_id).update_async(body=""))

    async def erase_pictures(self, carrier_id: str) -> None:
        """Deletes the pictures the carrier keeps of a message."""
        found = await _unless_gone(self._messages(carrier_id).media.list_async())
        for picture in found or ():
            await _unless_gone(self._messages(carrier_id).media(picture.sid).delete_async())

    async def erase_message(self, carrier_id: str) -> None:
        """Deletes all that the carrier keeps of a message: words, both numbers, times."""
        await _unless_gone(self._messages(carrier_id).delete_async())

    async def close(self) -> None:
        await self._http.close()

    def _callback(self, reference: str) -> str:
        return f"{self._account.public_base_url.rstrip('/')}{STATUS_PATH}?m={quote(reference, safe='')}"

    def _sender(self) -> dict[str, str]:
        if self._account.messaging_service_sid:
            return {"messaging_service_sid": self._account.messaging_service_sid}
        return {"from_": self._account.from_number}

    async def _list(self, since: datetime, **filters: Any) -> list[CarrierMessage]:
        """All rows since `since`. The list is newest first: a page that is wholly older ends the reading."""
        found: list[CarrierMessage] = []
        since = since.replace(microsecond=0)  # the carrier's times are whole seconds
        try:
            page = await self._messages.page_async(page_size=PAGE_SIZE, **filters)
            for _ in range(MAX_PAGES):
                rows = [_carrier_message(row) for row in page]
                recent = [row for row in rows if row.at >= since]
                found += recent
                if not recent or not page.next_page_url:
                    return found
                page = await page.next_page_async()
        except (TwilioException, ValueError, TypeError, AttributeError):
            raise SendFailed(Fault.RETRY, detail="the carrier's list could not be read") from None
        log.warning("carrier_list_cut_short", pages=MAX_PAGES)
        return found


class _Http(AsyncHttpClient):  # type: ignore[misc]
    """The library's HTTP client over one pooled session: base address, time-outs, classified failures.

    It logs nothing: the library's own client logs addresses that hold phone numbers.
    """

    def __init__(self, base_url: str, connect_seconds: float, total_seconds: float) -> None:
        super().__init__(None, True, total_seconds)
        self._base_url = base_url.rstrip("/")
        self._timeout = aiohttp.ClientTimeout(
            total=total_seconds, connect=connect_seconds, sock_connect=connect_seconds
        )
        self._session: aiohttp.ClientSession | None = None

    async def request(
        self,
        method: str,
        uri: str,
        params: dict[str, object] | None = None,
        data: dict[str, object] | None = None,
        headers: dict[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
        allow_redirects: bool = False,
    ) -> Response:
        """The answer where it is 2xx. Raises SendFailed for every other outcome."""
        progress = SimpleNamespace(written=False)
        try:
            async with self._open().request(
                method,
                self._address(uri),
                params=_query(params),
                data=data,
                headers={**(headers or {}), **_login(auth)},
                allow_redirects=False,
                trace_request_ctx=progress,
            ) as answer:
                text = await answer.text(errors="replace")
                if not 200 <= answer.status < 300:
                    raise _refusal(answer.status, text, answer.headers.get("Retry-After", ""))
                return Response(answer.status, text, answer.headers)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            fault = Fault.UNKNOWN if progress.written else Fault.RETRY
            raise SendFailed(fault, detail=type(error).__name__) from None

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _address(self, uri: str) -> URL:
        if self._base_url and uri.startswith(TWILIO_API):
            uri = self._base_url + uri.removeprefix(TWILIO_API)
        return URL(uri, encoded=True)

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                timeout=self._timeout,
                # A pooled connection that the other side has closed would make a send's outcome unknown.
                connector=aiohttp.TCPConnector(limit=POOL, keepalive_timeout=4.0),
                cookie_jar=aiohttp.DummyCookieJar(),
                trace_configs=[_trace_of_writing()],
                trust_env=not _is_loopback(self._base_url),
            )
        return self._session


async def _unless_gone(request: Awaitable[Any]) -> Any:
    """The answer to an erasing request, or None where the carrier has no such thing. Raises SendFailed."""
    try:
        return await request
    except SendFailed as failure:
        if failure.code != "20404":
            raise
        return None
    except (TwilioException, ValueError, TypeError, KeyError):
        raise SendFailed(Fault.UNKNOWN, detail="the carrier's answer could not be read") from None


def _trace_of_writing() -> aiohttp.TraceConfig:
    async def written(_session: aiohttp.ClientSession, context: SimpleNamespace, _params: object) -> None:
        context.trace_request_ctx.written = True

    trace = aiohttp.TraceConfig()
    trace.on_request_headers_sent.append(written)
    return trace


def _is_loopback(base_url: str) -> bool:
    return (urlsplit(base_url).hostname or "") in {"127.0.0.1", "localhost", "::1"}


def _login(auth: tuple[str, str] | None) -> dict[str, str]:
    return {hdrs.AUTHORIZATION: aiohttp.encode_basic_auth(*auth, encoding="utf-8")} if auth else {}


def _query(params: dict[str, object] | None) -> dict[str, str] | None:
    return {name: str(value) for name, value in params.items()} if params else None


def _refusal(status: int, text: str, retry_after: str) -> SendFailed:
    code = _error_code(text)
    meaning = meaning_of_refusal(status, code)
    failure = SendFailed(meaning.fault, "" if code is None else str(code), meaning.why)
    if meaning.fault is Fault.RETRY:
        failure.retry_after = _seconds(retry_after)
    return failure


def _error_code(text: str) -> int | None:
    """The code in Twilio's error JSON, or None where the answer is something else (a proxy's page)."""
    try:
        body = json.loads(text)
    except ValueError:
        return None
    code = body.get("code") if isinstance(body, dict) else None
    return code if isinstance(code, int) and not isinstance(code, bool) else None


def _seconds(retry_after: str) -> float | None:
    """Seconds to wait as a Retry-After header says it (a number, or a date), at most an hour."""
    if retry_after.isascii() and retry_after.isdigit():
        return min(float(retry_after[:9]), MAX_RETRY_AFTER)
    try:
        until = parsedate_to_datetime(retry_after)
    except ValueError:
        return None
    aware = until if until.tzinfo else until.replace(tzinfo=UTC)
    return min(max((aware - datetime.now(UTC)).total_seconds(), 0.0), MAX_RETRY_AFTER)


def _carrier_message(row: Any) -> CarrierMessage:
    if not row.sid:
        raise ValueError("a message without an id")
    pictures = str(row.num_media or "0")
    return CarrierMessage(
        carrier_id=str(row.sid),
        from_number=str(row.from_ or ""),
        to=str(row.to or ""),
        body=(row.body or "").replace("\x00", ""),
        direction="inbound" if row.direction == "inbound" else "outbound",
        state=_state(row.status),
        error_code="" if row.error_code is None else str(row.error_code),
        at=_time(row.date_created) or _time(row.date_sent) or datetime.now(UTC),
        pictures=int(pictures) if pictures.isdigit() else 0,
    )


def _state(status: object) -> DeliveryState | None:
    return STATES.get(str(status or "").lower(), DeliveryState.ACCEPTED)


def _time(value: object) -> datetime | None:
    """A moment in UTC: the library leaves what it cannot parse as text."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return None
    if not isinstance(value, datetime):
        return None
    return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
