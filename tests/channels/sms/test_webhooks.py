import asyncio
import gzip
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from urllib.parse import urlencode

import pytest
import structlog
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from channels.sms.forms import InboundText, StatusCallback
from channels.sms.signature import HEADER, sign
from channels.sms.webhooks import EMPTY_TWIML, MAX_BODY, routes
from conversations.carrier import DeliveryState, Fault

TOKEN = "a token"
BASE = "https://bridge.example"
ANA = "+13055550101"
OURS = "+13055550100"
FORM = {"MessageSid": "SM1", "From": ANA, "To": OURS, "Body": "hi", "NumMedia": "0"}

Client = TestClient[web.Request, web.Application]
MakeClient = Callable[..., Awaitable[Client]]


class Intake:
    """Keeps what it is given, or fails as told."""

    def __init__(self) -> None:
        self.texts: list[InboundText] = []
        self.statuses: list[StatusCallback] = []
        self.error: Exception | None = None
        self.delay = 0.0

    async def received(self, form: InboundText) -> None:
        await asyncio.sleep(self.delay)
        if self.error:
            raise self.error
        self.texts.append(form)

    async def status(self, callback: StatusCallback) -> None:
        if self.error:
            raise self.error
        self.statuses.append(callback)


@pytest.fixture
def intake() -> Intake:
    return Intake()


@pytest.fixture
async def client(aiohttp_client: MakeClient, intake: Intake) -> Client:
    app = web.Application()
    app.add_routes(routes(intake, auth_token=TOKEN, public_base_url=BASE + "/", store_seconds=0.5))
    return await aiohttp_client(app)


async def post(
    client: Client, form: dict[str, str], path: str = "/sms/inbound", signature: str | None = None
) -> tuple[int, str]:
    signed = sign(TOKEN, BASE + path, form) if signature is None else signature
    answer = await client.post(path, data=form, headers={HEADER: signed} if signed else {})
    return answer.status, await answer.text()


async def test_a_text_is_handed_on_and_answered_with_empty_twiml(client: Client, intake: Intake) -> None:
    answer = await client.post(
        "/sms/inbound", data=FORM, headers={HEADER: sign(TOKEN, BASE + "/sms/inbound", FORM)}
    )
    assert (answer.status, answer.content_type, await answer.text()) == (200, "text/xml", EMPTY_TWIML)
    assert intake.texts == [InboundText("SM1", ANA, OURS, "hi", 0, "")]


@pytest.mark.parametrize("signature", ["", "x", "AAAAAAAAAAAAAAAAAAAAAAAAAAA=", sign("b", BASE, FORM)])
async def test_a_wrong_or_missing_signature_is_403(client: Client, intake: Intake, signature: str) -> None:
    assert (await post(client, FORM, signature=signature))[0] == 403
    assert (await post(client, FORM, path="/sms/status?m=1", signature=signature))[0] == 403
    assert intake.texts == [] and intake.statuses == []


async def test_what_a_proxy_says_is_not_consulted(client: Client, intake: Intake) -> None:
    own = f"http://{client.host}:{client.port}/sms/inbound"
    for signed_over in (own, "https://evil.example/sms/inbound"):
        headers = {
            HEADER: sign(TOKEN, signed_over, FORM),
            "Host": "evil.example",
            "X-Forwarded-Host": "evil.example",
            "X-Forwarded-Proto": "https",
            "X-Original-Host": "evil.example",
            "Forwarded": "host=evil.example;proto=https",
        }
        answer = await client.post("/sms/inbound", data=FORM, headers=headers)
        assert answer.status == 403
    assert intake.texts == []


async def test_without_a_token_every_call_is_refused(aiohttp_client: MakeClient, intake: Intake) -> None:
    app = web.Application()
    app.add_routes(routes(intake, auth_token="", public_base_url=BASE))
    client = await aiohttp_client(app)
    assert (await post(client, FORM, signature=sign("", BASE + "/sms/inbound", FORM)))[0] == 403


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ({**FORM, "Body": "x" * 1600}, InboundText("SM1", ANA, OURS, "x" * 1600, 0, "")),
        ({**FORM, "Body": "😀" * 800}, InboundText("SM1", ANA, OURS, "😀" * 800, 0, "")),
        ({**FORM, "Body": ""}, InboundText("SM1", ANA, OURS, "", 0, "")),
        ({**FORM, "Body": "a\x00b\x00"}, InboundText("SM1", ANA, OURS, "ab", 0, "")),
        ({**FORM, "Body": "/restart"}, InboundText("SM1", ANA, OURS, "/restart", 0, "")),
        ({**FORM, "Body": "a+b & c=d%00"}, InboundText("SM1", ANA, OURS, "a+b & c=d%00", 0, "")),
        ({**FORM, "Body": "¡Sí!\n2"}, InboundText("SM1", ANA, OURS, "¡Sí!\n2", 0, "")),
        ({**FORM, "NumMedia": "2"}, InboundText("SM1", ANA, OURS, "hi", 2, "")),
        ({**FORM, "NumMedia": "many"}, InboundText("SM1", ANA, OURS, "hi", 0, "")),
        ({**FORM, "NumMedia": "-1"}, InboundText("SM1", ANA, OURS, "hi", 0, "")),
        ({**FORM, "OptOutType": "stop"}, InboundText("SM1", ANA, OURS, "hi", 0, "STOP")),
        ({**FORM, "OptOutType": "dance"}, InboundText("SM1", ANA, OURS, "hi", 0, "")),
        ({"SmsSid": "SM2", "From": "72345"}, InboundText("SM2", "72345", "", "", 0, "")),
        (
            {"MessageSid": "MM1", "From": ANA, "NumMedia": "1", "MediaUrl0": "https://x.example/1"},
            InboundText("MM1", ANA, "", "", 1, ""),
        ),
    ],
)
async def test_what_people_send(
    client: Client, intake: Intake, form: dict[str, str], expected: InboundText
) -> None:
    assert (await post(client, form))[0] == 200
    assert intake.texts == [expected]


async def test_bytes_that_are_not_utf8_are_read_with_replacements(client: Client, intake: Intake) -> None:
    body = urlencode({**FORM, "Body": "?"}).encode().replace(b"Body=%3F", b"Body=caf%E9\xff%00!")
    signed = sign(TOKEN, BASE + "/sms/inbound", {**FORM, "Body": "caf\ufffd\ufffd\x00!"})
    headers = {HEADER: signed, "Content-Type": "application/x-www-form-urlencoded"}
    answer = await client.post("/sms/inbound", data=body, headers=headers)
    assert answer.status == 200
    assert [text.body for text in intake.texts] == ["caf\ufffd\ufffd!"]


@pytest.mark.parametrize("field", ["From", "MessageSid"])
@pytest.mark.parametrize("value", [None, "", "  ", "\x00", "x" * 65, "a\nb"])
async def test_without_a_sender_or_an_id_it_is_400(
    client: Client, intake: Intake, field: str, value: str | None
) -> None:
    form = {name: text for name, text in FORM.items() if name != field}
    if value is not None:
        form[field] = value
    status, text = await post(client, form)
    assert (status, text) == (400, f"{field} is missing or malformed")
    assert intake.texts == []


@pytest.mark.parametrize("content_type", ["application/json", "text/plain", "multipart/form-data", ""])
async def test_anything_but_a_form_is_400(client: Client, content_type: str) -> None:
    headers = {HEADER: sign(TOKEN, BASE + "/sms/inbound", {}), "Content-Type": content_type}
    assert (await client.post("/sms/inbound", data=b'{"From":"x"}', headers=headers)).status == 400


async def test_a_body_beyond_the_limit_is_413(client: Client, intake: Intake) -> None:
    assert (await post(client, {**FORM, "Body": "x" * MAX_BODY}))[0] == 413

    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield b"Body=" + b"x" * 4096 + b"&"

    headers = {HEADER: "x", "Content-Type": "application/x-www-form-urlencoded"}
    assert (await client.post("/sms/inbound", data=chunks(), headers=headers)).status == 413
    assert intake.texts == []


async def test_too_many_fields_are_400_and_a_bomb_is_refused(client: Client) -> None:
    headers = {HEADER: "x", "Content-Type": "application/x-www-form-urlencoded"}
    many = b"&".join(b"a%d=1" % n for n in range(2000))
    assert (await client.post("/sms/inbound", data=many, headers=headers)).status == 400
    bomb = gzip.compress(b"a" * 50_000_000)
    packed = await client.post("/sms/inbound", data=bomb, headers={**headers, "Content-Encoding": "gzip"})
    assert packed.status in (400, 413)


@pytest.mark.parametrize(
    "raw",
    [
        b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"Content-Length: 5\r\nContent-Encoding: gzip\r\n\r\nplain",
        b"Content-Length: 40\r\n\r\nBody=cut",
    ],
)
async def test_a_broken_request_is_never_a_5xx(aiohttp_server: object, intake: Intake, raw: bytes) -> None:
    app = web.Application()
    app.add_routes(routes(intake, auth_token=TOKEN, public_base_url=BASE))
    async with TestServer(app) as server:
        assert server.port is not None
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        head = b"POST /sms/inbound HTTP/1.1\r\nHost: x\r\nX-Twilio-Signature: x\r\nConnection: close\r\n"
        writer.write(head + b"Content-Type: application/x-www-form-urlencoded\r\n" + raw)
        if writer.can_write_eof():
            writer.get_extra_info("socket").shutdown(socket.SHUT_WR)
        answer = await asyncio.wait_for(reader.read(), 5)
        writer.close()
        await writer.wait_closed()
    assert b" 50" not in answer.split(b"\r\n", 1)[0]
    assert intake.texts == []


@pytest.mark.parametrize("error", [RuntimeError("Ana Torres hi"), LookupError(), TimeoutError(), OSError()])
async def test_a_failure_to_store_is_503_and_logged_without_content(
    client: Client, intake: Intake, error: Exception
) -> None:
    intake.error = error
    with structlog.testing.capture_logs() as logs:
        assert (await post(client, FORM))[0] == 503
        assert (await post(client, {**FORM, "MessageStatus": "sent"}, path="/sms/status?m=1"))[0] == 503
    assert [(entry["event"], entry["carrier_id"], entry["error"]) for entry in logs] == [
        ("inbound_not_stored", "SM1", type(error).__name__),
        ("status_not_stored", "SM1", type(error).__name__),
    ]
    assert not any(word in str(logs) for word in ("Ana", "hi'", ANA))


async def test_a_store_that_hangs_is_503_before_the_carrier_gives_up(client: Client, intake: Intake) -> None:
    intake.delay = 5
    assert (await post(client, FORM))[0] == 503


@pytest.mark.parametrize(
    ("path", "form", "expected"),
    [
        (
            "/sms/status?m=0190-ab",
            {"MessageSid": "SM1", "MessageStatus": "delivered"},
            StatusCallback("0190-ab", "SM1", "delivered", DeliveryState.DELIVERED, "", None),
        ),
        (
            "/sms/status?m=7",
            {"MessageSid": "SM1", "MessageStatus": "undelivered", "ErrorCode": "30003"},
            StatusCallback("7", "SM1", "undelivered", DeliveryState.UNDELIVERED, "30003", Fault.DEAD_NUMBER),
        ),
        (
            "/sms/status",
            {"SmsSid": "SM1", "SmsStatus": "sent"},
            StatusCallback("", "SM1", "sent", DeliveryState.SENT, "", None),
        ),
        (
            "/sms/status?m=%3Cscript%3E",
            {"MessageSid": "SM1", "MessageStatus": "queued", "ErrorCode": "x" * 900},
            StatusCallback("", "SM1", "queued", DeliveryState.ACCEPTED, "", None),
        ),
        (
            "/sms/status?m=7&x=1",
            {"MessageSid": "SM1", "MessageStatus": "teleported"},
            StatusCallback("7", "SM1", "teleported", None, "", None),
        ),
    ],
)
async def test_news_of_a_send(
    client: Client, intake: Intake, path: str, form: dict[str, str], expected: StatusCallback
) -> None:
    assert (await post(client, form, path=path))[0] == 204
    assert intake.statuses == [expected]


async def test_the_query_is_part_of_what_is_signed(client: Client) -> None:
    form = {"MessageSid": "SM1", "MessageStatus": "sent"}
    signed = sign(TOKEN, BASE + "/sms/status?m=1", form)
    assert (await post(client, form, path="/sms/status?m=2", signature=signed))[0] == 403
    assert (await post(client, form, path="/sms/status", signature=signed))[0] == 403


@pytest.mark.parametrize("missing", ["MessageSid", "MessageStatus"])
async def test_news_of_nothing_is_400(client: Client, missing: str) -> None:
    form = {"MessageSid": "SM1", "MessageStatus": "sent"}
    del form[missing]
    assert (await post(client, form, path="/sms/status?m=1"))[0] == 400


async def test_only_post(client: Client) -> None:
    assert (await client.get("/sms/inbound")).status == 405
