"""The carrier's wire, and senders on it."""

from collections.abc import AsyncIterator, Callable

import pytest

from channels.sms.twilio import TwilioAccount, TwilioCarrier
from conversations.ledger.sender import Sender
from tests.conversations.given import Desk
from tests.support.twilio_stand_in import ACCOUNT_SID, AUTH_TOKEN, OUR_NUMBER, TwilioStandIn, stand_in

SOON = 0.4  # seconds until a hanging send is given up


@pytest.fixture
async def phones() -> AsyncIterator[TwilioStandIn]:
    async with stand_in() as running:
        yield running


@pytest.fixture
async def carrier(phones: TwilioStandIn) -> AsyncIterator[TwilioCarrier]:
    account = TwilioAccount(
        ACCOUNT_SID,
        AUTH_TOKEN,
        "http://127.0.0.1:1",
        from_number=OUR_NUMBER,
        api_base_url=phones.api_base_url,
    )
    made = TwilioCarrier(account, total_seconds=SOON)
    yield made
    await made.close()


@pytest.fixture
def make_sender(desk: Desk, carrier: TwilioCarrier) -> Callable[..., Sender]:
    """Makes senders on the desk's outbox; several are like several processes."""

    def make(per_second: float = 1000, **more: object) -> Sender:
        return Sender(desk.database, carrier, desk.policy, per_second=per_second, **more)  # type: ignore[arg-type]

    return make


@pytest.fixture
def sender(make_sender: Callable[..., Sender]) -> Sender:
    return make_sender()
