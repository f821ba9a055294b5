"""Twilio's REST wire for messages (API version 2010-04-01), answered by the simulator."""

import asyncio
import base64
import binascii
import hmac
import re
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from aiohttp import web

from footbridge.phones.faults import SEND_TROUBLES, Plan, Trouble
from footbridge.phones.simulator import Simulator, is_final
from footbridge.phones.store import Filter, Text

API_VERSION = "2010-04-01"
ACCOUNT = f"/{API_VERSION}/Accounts/{{account}}"
MAX_BODY = 1600  # characters
DEFAULT_PAGE, MAX_PAGE = 50, 1000

_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class ApiError(Exception):
    """An error as Twilio words it in JSON."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code

    def response(self, headers: Mapping[str, str] | None = None) -> web.Response:
        body = {
            "code": self.code,
            "message": str(self),
            "more_info": f"https://www.twilio.com/docs/errors/{self.code}",
            "status": self.status,
        }
        return web.json_response(body, status=self.status, headers=headers)


def rest_routes(simulator: Simulator, prefix: str = "") -> list[web.RouteDef]:
    """The message resource below `prefix`."""
    rest = _Rest(simulator, prefix)
    messages, one = f"{prefix}{ACCOUNT}/Messages.json", f"{prefix}{ACCOUNT}/Messages/{{sid}}.json"
    one_media = f"{prefix}{ACCOUNT}/Messages/{{sid}}/Media"
    return [
        web.post(messages, rest.guarded(rest.create)),
        web.get(messages, rest.guarded(rest.list), allow_head=False),
        web.get(one, rest.guarded(rest.fetch), allow_head=False),
        web.post(one, rest.guarded(rest.update)),
        web.delete(one, rest.guarded(rest.delete)),
        web.get(f"{one_media}.json", rest.guarded(rest.list_media), allow_head=False),
        web.delete(f"{one_media}/{{media}}.json", rest.guarded(rest.delete_media)),
    ]


class _Rest:
    def __init__(self, simulator: Simulator, prefix: str) -> None:
        self._simulator = simulator
        self._prefix = prefix

    def guarded(self, handler: Handler) -> Handler:
        """The handler behind the account's login, with errors as JSON."""

        async def answer(request: web.Request) -> web.StreamResponse:
            try:
                self._authenticate(request)
                return await handler(request)
            except ApiError as error:
                return error.response()

        return answer

    async def create(self, request: web.Request) -> web.StreamResponse:
        form = await _form(request)
        await self._simulator.faults.pass_gate()
        plan = self._simulator.faults.take(SEND_TROUBLES, form.get("To", ""))
        if plan is not None and plan.trouble in _BEFORE:
            return await _befall(plan, request)
        text = await self._accept(form)
        if plan is not None:
            return await _befall(plan, request)
        return web.json_response(_resource(text, self._simulator.config.account_sid), status=201)

    async def list(self, request: web.Request) -> web.StreamResponse:
        query = request.query
        size = _page_size(query.get("PageSize", ""))
        wanted = await self._filter(query)
        found = await self._simulator.store.list(wanted, size + 1)
        rows, more = found[:size], len(found) > size
        page = int(query["Page"]) if query.get("Page", "").isdigit() else 0
        return web.json_response(self._page(request, rows, page, size, more=more))

    async def fetch(self, request: web.Request) -> web.StreamResponse:
        return self._answer(await self._known(request))

    async def update(self, request: web.Request) -> web.StreamResponse:
        form = await _form(request)
        text = await self._known(request)
        if form.get("Body", "") != "":
            raise ApiError(400, 20001, "The Body of a message can only be redacted, with an empty value")
        if "Body" not in form:
            raise ApiError(400, 20001, "Body is missing")
        if not is_final(text):
            raise ApiError(409, 20009, "Cannot redact a message that is in progress")
        changed = await self._simulator.store.change(text.sid, body="")
        if changed is None:
            raise _not_found(text.sid)
        self._simulator.hub.tell(changed)
        return self._answer(changed)

    async def delete(self, request: web.Request) -> web.StreamResponse:
        text = await self._known(request)
        if not is_final(text):
            raise ApiError(409, 20009, "Cannot delete a message that is in progress")
        await self._simulator.store.delete(text.sid)
        return web.Response(status=204)

    async def list_media(self, request: web.Request) -> web.StreamResponse:
        """The pictures of a message, by ids that count up; nothing of them but their number is kept."""
        text = await self._known(request)
        account = self._simulator.config.account_sid
        uri = f"/{API_VERSION}/Accounts/{account}/Messages/{text.sid}/Media"
        rows = [
            {
                "sid": f"ME{number:032x}",
                "account_sid": account,
                "parent_sid": text.sid,
                "content_type": "image/jpeg",
                "date_created": _date(text.created_at),
                "date_updated": _date(text.updated_at),
                "uri": f"{uri}/ME{number:032x}.json",
            }
            for number in range(text.pictures)
        ]
        page = {
            "page": 0,
            "page_size": DEFAULT_PAGE,
            "start": 0,
            "end": max(len(rows) - 1, 0),
            "uri": f"{uri}.json",
            "first_page_uri": f"{uri}.json",
            "next_page_uri": None,
            "previous_page_uri": None,
        }
        return web.json_response({**page, "media_list": rows})

    async def delete_media(self, request: web.Request) -> web.StreamResponse:
        text = await self._known(request)
        if text.pictures == 0:
            raise _not_found(f"{text.sid}/Media/{request.match_info['media']}")
        await self._simulator.store.change(text.sid, pictures=text.pictures - 1)
        return web.Response(status=204)

    def _authenticate(self, request: web.Request) -> None:
        config = self._simulator.config
        scheme, _, encoded = request.headers.get("Authorization", "").partition(" ")
        try:
            given = base64.b64decode(encoded, validate=True)
        except (binascii.Error, ValueError):
            given = b""
        expected = f"{config.account_sid}:{config.auth_token}".encode()
        if scheme.lower() != "basic" or not hmac.compare_digest(given, expected):
            raise ApiError(401, 20003, "Authenticate")
        if request.match_info["account"] != config.account_sid:
            raise ApiError(404, 20404, f"The requested resource {request.path} was not found")

    async def _accept(self, form: Mapping[str, str]) -> Text:
        """Twilio's checks in Twilio's words. Raises ApiError."""
        config, store = self._simulator.config, self._simulator.store
        to, body = form.get("To", ""), form.get("Body", "")
        sender, service = form.get("From", ""), form.get("MessagingServiceSid", "")
        callback = form.get("StatusCallback", "")
        if not to:
            raise ApiError(400, 21604, "A 'To' phone number is required.")
        if not sender and not service:
            raise ApiError(400, 21603, "A 'From' phone number is required.")
        if not body:
            raise ApiError(400, 21602, "Message body is required.")
        if len(body) > MAX_BODY:
            raise ApiError(400, 21617, "The concatenated message body exceeds the 1600 character limit.")
        if not _NUMBER.fullmatch(to):
            raise ApiError(400, 21211, f"The 'To' number {to} is not a valid phone number.")
        if (service and service != config.service_sid) or (sender and sender != config.our_number):
            raise ApiError(400, 21606, "The 'From' phone number is not valid for this account.")
        if callback and urlsplit(callback).scheme not in ("http", "https"):
            raise ApiError(400, 21609, "The 'StatusCallback' URL is not a valid URL.")
        if not await store.may_send(config.our_number, to):
            raise ApiError(400, 21610, "Attempt to send to unsubscribed recipient")
        return await self._simulator.accept(to=to, body=body, callback=callback, service_sid=service)

    async def _known(self, request: web.Request) -> Text:
        sid = request.match_info["sid"]
        text = await self._simulator.store.get(sid)
        if text is None:
            raise _not_found(sid)
        return text

    def _answer(self, text: Text) -> web.Response:
        return web.json_response(_resource(text, self._simulator.config.account_sid))

    async def _filter(self, query: Mapping[str, str]) -> Filter:
        before_seq = None
        if token := query.get("PageToken", ""):
            last = await self._simulator.store.get(token.removeprefix("PA"))
            if last is None:
                raise ApiError(400, 20001, "PageToken is not valid")
            before_seq = last.seq
        sent_from = _moment(query.get("DateSent>", ""))
        sent_before = _moment(query.get("DateSent<", ""))
        if day := _moment(query.get("DateSent", "")):
            sent_from, sent_before = day, day + timedelta(days=1)
        return Filter(query.get("From", ""), query.get("To", ""), sent_from, sent_before, before_seq)

    def _page(self, request: web.Request, rows: Any, page: int, size: int, *, more: bool) -> dict[str, Any]:
        account = self._simulator.config.account_sid
        path = f"/{API_VERSION}/Accounts/{account}/Messages.json"
        asked = {name: value for name, value in request.query.items() if name not in ("Page", "PageToken")}
        asked["PageSize"] = str(size)

        def uri(**extra: Any) -> str:
            return f"{path}?{urlencode({**asked, **extra})}"

        return {
            "end": page * size + max(len(rows) - 1, 0),
            "first_page_uri": uri(Page=0),
            "next_page_uri": uri(Page=page + 1, PageToken="PA" + rows[-1].sid) if more else None,
            "page": page,
            "page_size": size,
            "previous_page_uri": uri(Page=page - 1) if page else None,
            "start": page * size,
            "uri": uri(Page=page),
            "messages": [_resource(text, account) for text in rows],
        }


_BEFORE = frozenset(
    {
        Trouble.ERROR_500,
        Trouble.UNAVAILABLE_503,
        Trouble.TOO_MANY_429,
        Trouble.REFUSED,
        Trouble.HANG,
        Trouble.DROP,
    }
)


async def _befall(plan: Plan, request: web.Request) -> web.StreamResponse:
    """The answer, or the lack of one, that a planned trouble gives."""
    match plan.trouble:
        case Trouble.UNAVAILABLE_503:
            raise ApiError(503, 20503, "Service unavailable")
        case Trouble.TOO_MANY_429:
            return ApiError(429, 20429, "Too Many Requests").response({"Retry-After": "1"})
        case Trouble.REFUSED:
            raise ApiError(400, plan.code or 21610, "Refused as planned")
        case Trouble.GARBAGE_ACCEPTED:
            return web.Response(status=HTTPStatus.CREATED, text="<html>a proxy's page</html>")
        case Trouble.HANG | Trouble.HANG_ACCEPTED | Trouble.DROP | Trouble.DROP_ACCEPTED:
            await asyncio.sleep(plan.seconds if "hang" in plan.trouble else 0)
            if request.transport is not None:
                request.transport.abort()
            return web.Response(status=500)
        case _:
            raise ApiError(500, 20500, "An internal server error has occurred")


async def _form(request: web.Request) -> dict[str, str]:
    if request.content_type != "application/x-www-form-urlencoded":
        raise ApiError(400, 20001, "A urlencoded form is expected")
    text = (await request.read()).decode("utf-8", "replace")
    return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=200))


def _resource(text: Text, account: str) -> dict[str, Any]:
    """One message as Twilio's JSON; every value but `error_code` is a string or null."""
    uri = f"/{API_VERSION}/Accounts/{account}/Messages/{text.sid}.json"
    return {
        "body": text.body,
        "num_segments": str(text.segments),
        "direction": text.direction,
        "from": text.from_number,
        "to": text.to,
        "date_updated": _date(text.updated_at),
        "price": None,
        "error_message": None if text.error_code is None else "See the error code",
        "uri": uri,
        "account_sid": account,
        "num_media": str(text.pictures),
        "status": text.status,
        "messaging_service_sid": text.service_sid or None,
        "sid": text.sid,
        "date_sent": _date(text.sent_at),
        "date_created": _date(text.created_at),
        "error_code": text.error_code,
        "price_unit": "USD",
        "api_version": API_VERSION,
        "subresource_uris": {"media": uri.removesuffix(".json") + "/Media.json"},
    }


def _date(moment: datetime | None) -> str | None:
    """RFC 2822, whole seconds, +0000."""
    return None if moment is None else format_datetime(moment.astimezone(UTC).replace(microsecond=0))


def _moment(text: str) -> datetime | None:
    """A date filter: a day or a moment, GMT. Raises ApiError for anything else."""
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ApiError(400, 20001, "DateSent is not a valid date") from None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _page_size(text: str) -> int:
    return min(max(int(text), 1), MAX_PAGE) if text.isdigit() else DEFAULT_PAGE


def _not_found(sid: str) -> ApiError:
    return ApiError(404, 20404, f"The requested resource /Messages/{sid}.json was not found")
