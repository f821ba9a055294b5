"""The stand-in itself, in this process and as one of its own."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager

import pytest

from channels.sms.twilio import TwilioAccount, TwilioCarrier
from conversations.carrier import Fault, Outgoing, SendFailed
from footbridge.phones import Trouble
from tests.footbridge.phones.app import App
from tests.support.twilio_stand_in import (
    ACCOUNT_SID,
    AUTH_TOKEN,
    OUR_NUMBER,
    TwilioStandIn,
    stand_in,
    stand_in_process,
)

ANA = "+13055550101"
Start = Callable[[], AbstractAsyncContextManager[TwilioStandIn]]


@pytest.fixture(params=[stand_in, stand_in_process])
async def twilio(request: pytest.FixtureRequest) -> AsyncIterator[TwilioStandIn]:
    start: Start = request.param
    async with start() as running:
        yield running


def carrier(twilio: TwilioStandIn) -> TwilioCarrier:
    given = twilio.environment()
    account = TwilioAccount(
        given["TWILIO_ACCOUNT_SID"],
        given["TWILIO_AUTH_TOKEN"],
        "http://127.0.0.1:1",
        given["TWILIO_FROM_NUMBER"],
        api_base_url=given["TWILIO_API_BASE_URL"],
    )
    return TwilioCarrier(account, total_seconds=1)


async def test_it_records_waits_holds_fails_and_forgets(twilio: TwilioStandIn) -> None:
    assert twilio.environment()["TWILIO_ACCOUNT_SID"] == ACCOUNT_SID
    ours = carrier(twilio)
    await ours.send(Outgoing("1", ANA, "one"))
    [text] = await twilio.wait_for(ANA, 1)
    assert (text.body, text.from_number) == ("one", OUR_NUMBER)
    with pytest.raises(TimeoutError, match="1 of 2"):
        await twilio.wait_for(ANA, 2, seconds=0.2)
    await twilio.hold()
    with pytest.raises(SendFailed) as held:
        await ours.send(Outgoing("2", ANA, "two"))
    await twilio.release()
    await twilio.plan(Trouble.TOO_MANY_429, number=ANA)
    with pytest.raises(SendFailed) as refused:
        await ours.send(Outgoing("3", ANA, "three"))
    assert (held.value.fault, refused.value.fault) == (Fault.UNKNOWN, Fault.RETRY)
    await ours.send(Outgoing("3", ANA, "three"))
    assert [text.body for text in await twilio.settled(quiet=0.1)] == ["one", "two", "three"]
    await twilio.reset()
    assert await twilio.texts() == []
    await ours.close()


async def test_it_posts_what_people_text(twilio: TwilioStandIn, app: App) -> None:
    twilio.base_url = app.base_url
    answer = await twilio.post_inbound(ANA, "hi", sid="SM1", OptOutType="HELP")
    assert (answer.status, answer.content_type) == (200, "text/xml")
    assert (await twilio.post_inbound(ANA, "hi", sid="SM1")).status == 200
    assert (await twilio.post_inbound(ANA, None, pictures=1)).status == 200
    assert (await twilio.post_inbound(ANA, "hi", signature="")).status == 403
    assert (await twilio.post_inbound(ANA, "hi", signature="x", record=False)).status == 403
    seen = [(text.body, text.pictures, text.opt_out_type) for text in app.texts]
    assert seen == [("hi", 0, "HELP"), ("hi", 0, ""), ("", 1, "")]
    assert [text.body for text in await twilio.texts()] == ["hi", "", "hi"]
    assert await twilio.sent() == []


@pytest.fixture
async def app() -> AsyncIterator[App]:
    async with App.serving(AUTH_TOKEN) as made:
        yield made
