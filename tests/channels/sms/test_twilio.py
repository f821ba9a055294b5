from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer, unused_port

from channels.sms.twilio import TwilioAccount, TwilioCarrier
from conversations.carrier import DeliveryState, Fault, Outgoing, SendFailed
from footbridge.phones.faults import Trouble
from tests.support.twilio_stand_in import ACCOUNT_SID, AUTH_TOKEN, OUR_NUMBER, TwilioStandIn, stand_in

ANA, BEN = "+13055550101", "+13055550103"
BASE = "http://127.0.0.1:1"


@pytest.fixture
async def twilio() -> AsyncIterator[TwilioStandIn]:
    async with stand_in() as running:
        yield running


@pytest.fixture
async def carrier(twilio: TwilioStandIn) -> AsyncIterator[TwilioCarrier]:
    made = make(twilio.api_base_url)
    yield made
    await made.close()


def make(api: str, **account: str) -> TwilioCarrier:
    sender = {"from_number": OUR_NUMBER} if "messaging_service_sid" not in account else {}
    settings = {"account_sid": ACCOUNT_SID, "auth_token": AUTH_TOKEN, "public_base_url": BASE + "/"}
    return TwilioCarrier(
        TwilioAccount(**{**settings, **sender, "api_base_url": api, **account}), total_seconds=0.7
    )


async def test_a_text_goes_out_with_a_callback_that_names_it(
    carrier: TwilioCarrier, twilio: TwilioStandIn
) -> None:
    accepted = await carrier.send(Outgoing("0190-a&b", ANA, "¿Qué día? 50% & +1"))
    [sent] = await twilio.sent()
    assert (sent.to, sent.body, sent.from_number) == (ANA, "¿Qué día? 50% & +1", OUR_NUMBER)
    assert sent.callback == "http://127.0.0.1:1/sms/status?m=0190-a%26b"
    assert (accepted.carrier_id, accepted.direction, accepted.state) == (
        sent.sid,
        "outbound",
        DeliveryState.ACCEPTED,
    )
    assert abs(datetime.now(UTC) - accepted.at) < timedelta(seconds=5)


@pytest.mark.parametrize(
    ("trouble", "fault", "code", "accepted"),
    [
        (Trouble.ERROR_500, Fault.UNKNOWN, "20500", False),
        (Trouble.ERROR_500_ACCEPTED, Fault.UNKNOWN, "20500", True),
        (Trouble.UNAVAILABLE_503, Fault.RETRY, "20503", False),
        (Trouble.TOO_MANY_429, Fault.RETRY, "20429", False),
        (Trouble.REFUSED, Fault.OPTED_OUT, "21610", False),
        (Trouble.HANG, Fault.UNKNOWN, "", False),
        (Trouble.HANG_ACCEPTED, Fault.UNKNOWN, "", True),
        (Trouble.DROP, Fault.UNKNOWN, "", False),
        (Trouble.DROP_ACCEPTED, Fault.UNKNOWN, "", True),
        (Trouble.GARBAGE_ACCEPTED, Fault.UNKNOWN, "", True),
    ],
)
async def test_what_is_known_after_a_failed_send(
    carrier: TwilioCarrier, twilio: TwilioStandIn, trouble: Trouble, fault: Fault, code: str, accepted: bool
) -> None:
    await twilio.plan(trouble, seconds=2)
    before = datetime.now(UTC)
    with pytest.raises(SendFailed) as failure:
        await carrier.send(Outgoing("1", ANA, "hello"))
    assert (failure.value.fault, failure.value.code) == (fault, code)
    assert failure.value.retry_after == (1.0 if trouble is Trouble.TOO_MANY_429 else None)
    found = await carrier.list_sent(to=ANA, since=before)
    assert [text.body for text in found] == (["hello"] if accepted else [])
    assert ANA not in str(failure.value)


async def test_nobody_listening_is_known_not_to_be_accepted() -> None:
    carrier = make(f"http://127.0.0.1:{unused_port()}")
    with pytest.raises(SendFailed) as failure:
        await carrier.send(Outgoing("1", ANA, "hello"))
    assert failure.value.fault is Fault.RETRY
    await carrier.close()


async def test_a_name_that_does_not_resolve_is_known_not_to_be_accepted() -> None:
    carrier = make("http://carrier.invalid")
    with pytest.raises(SendFailed) as failure:
        await carrier.send(Outgoing("1", ANA, "hello"))
    assert failure.value.fault is Fault.RETRY
    await carrier.close()


@pytest.mark.parametrize(
    ("account", "to", "fault", "code"),
    [
        ({"auth_token": "wrong"}, ANA, Fault.OURS, "20003"),
        ({"account_sid": "AC" + "1" * 32}, ANA, Fault.OURS, "20003"),
        ({"from_number": "+13055559999"}, ANA, Fault.OURS, "21606"),
        ({"messaging_service_sid": "MG" + "1" * 32}, ANA, Fault.OURS, "21606"),
        ({}, "+1305", Fault.DEAD_NUMBER, "21211"),
    ],
)
async def test_refusals(
    twilio: TwilioStandIn, account: dict[str, str], to: str, fault: Fault, code: str
) -> None:
    carrier = make(twilio.api_base_url, **account)
    with pytest.raises(SendFailed) as failure:
        await carrier.send(Outgoing("1", to, "hello"))
    assert (failure.value.fault, failure.value.code) == (fault, code)
    await carrier.close()


async def test_the_list_of_sends_is_read_to_its_end(
    carrier: TwilioCarrier, twilio: TwilioStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("channels.sms.twilio.PAGE_SIZE", 2)
    since = datetime.now(UTC)
    for number in range(5):
        await carrier.send(Outgoing(str(number), ANA, f"text {number}"))
        await carrier.send(Outgoing(str(number), BEN, "other"))
    found = await carrier.list_sent(to=ANA, since=since)
    assert [text.body for text in found] == [f"text {number}" for number in (4, 3, 2, 1, 0)]
    assert await carrier.list_sent(to=ANA, since=datetime.now(UTC) + timedelta(seconds=2)) == []


async def test_the_list_of_incoming_texts_holds_those_no_webhook_brought(
    carrier: TwilioCarrier, twilio: TwilioStandIn
) -> None:
    since = datetime.now(UTC)
    for body, pictures in (("one", 0), ("", 2)):
        with pytest.raises(OSError):
            await twilio.post_inbound(ANA, body, pictures=pictures)
    await carrier.send(Outgoing("1", ANA, "hello"))
    found = await carrier.list_received(since=since)
    assert [(text.body, text.pictures, text.from_number, text.state) for text in found] == [
        ("", 2, ANA, None),
        ("one", 0, ANA, None),
    ]
    assert await carrier.list_received(since=datetime.now(UTC) + timedelta(seconds=2)) == []


async def test_a_body_is_erased_at_the_carrier(carrier: TwilioCarrier, twilio: TwilioStandIn) -> None:
    sent = await carrier.send(Outgoing("1", ANA, "secret"))
    await twilio.settled(quiet=0.1)
    await carrier.erase_body(sent.carrier_id)
    assert [text.body for text in await twilio.sent()] == [""]
    await carrier.erase_body("SM" + "0" * 32)


async def test_erasing_what_is_on_its_way_is_tried_again_later(
    carrier: TwilioCarrier, twilio: TwilioStandIn
) -> None:
    sent = await carrier.send(Outgoing("1", ANA, "secret"))
    with pytest.raises(SendFailed) as failure:
        await carrier.erase_body(sent.carrier_id)
    assert failure.value.fault is Fault.RETRY


async def test_a_carrier_whose_list_cannot_be_read_says_so() -> None:
    async def answer(_request: web.Request) -> web.Response:
        return web.Response(text="<html>not Twilio</html>")

    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", answer)
    async with TestServer(app) as server:
        carrier = make(str(server.make_url("")))
        for listing in (
            carrier.list_sent(to=ANA, since=datetime.now(UTC)),
            carrier.list_received(since=datetime.now(UTC)),
        ):
            with pytest.raises(SendFailed) as failure:
                await listing
            assert failure.value.fault is Fault.RETRY
        await carrier.close()


async def test_nothing_is_logged_of_whom_or_what(
    carrier: TwilioCarrier, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    await carrier.send(Outgoing("1", ANA, "secret words"))
    await carrier.list_sent(to=ANA, since=datetime.now(UTC))
    ours = [r.getMessage() for r in caplog.records if not r.name.startswith("aiohttp.access")]
    assert not any("3055550101" in line or "secret" in line for line in ours)


def test_a_sender_is_needed() -> None:
    with pytest.raises(ValueError, match="sender"):
        TwilioCarrier(TwilioAccount(ACCOUNT_SID, AUTH_TOKEN, BASE))
