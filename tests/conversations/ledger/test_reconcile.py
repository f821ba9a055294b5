import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from channels.sms.twilio import TwilioCarrier
from conversations.carrier import CarrierMessage, Fault, SendFailed
from conversations.ledger.reconcile import LOOK_BACK, take_in_missing
from tests.conversations.given import OTHER, STRANGER, Desk
from tests.support.twilio_stand_in import OUR_NUMBER, TwilioStandIn


async def lost(phones: TwilioStandIn, who: str, body: str, sid: str, pictures: int = 0) -> None:
    """A text that the carrier has and whose webhook reached nobody."""
    with pytest.raises(OSError):
        await phones.post_inbound(who, body, sid=sid, pictures=pictures)


async def take_in(desk: Desk, carrier: TwilioCarrier) -> int:
    return await take_in_missing(desk.database, carrier, desk.policy, real_now=datetime.now(UTC))


async def test_what_never_reached_us_is_taken_in_once_and_in_order(
    desk: Desk, carrier: TwilioCarrier, phones: TwilioStandIn
) -> None:
    await lost(phones, STRANGER, "first", "SM1")
    await lost(phones, OTHER, "hello", "SM2", pictures=1)
    await desk.text(STRANGER, "second", sid="SM3")
    await lost(phones, STRANGER, "second", "SM3")
    assert await take_in(desk, carrier) == 2
    assert await take_in(desk, carrier) == 0
    assert sorted((i.carrier_id, i.body, i.pictures) for i in await desk.inbox()) == [
        ("SM1", "first", 0),
        ("SM2", "hello", 1),
        ("SM3", "second", 0),
    ]


async def test_two_workers_at_once_and_the_webhook_after_all(
    desk: Desk, carrier: TwilioCarrier, phones: TwilioStandIn
) -> None:
    await lost(phones, STRANGER, "STOP", "SM1")
    await asyncio.gather(
        take_in(desk, carrier), take_in(desk, carrier), desk.text(STRANGER, "STOP", sid="SM1")
    )
    assert len(await desk.inbox()) == 1
    assert len(await desk.outbox()) == 1


async def test_a_lost_cry_for_help_is_answered_when_it_is_found(
    desk: Desk, carrier: TwilioCarrier, phones: TwilioStandIn
) -> None:
    await lost(phones, STRANGER, "i want to die", "SM1")
    assert await take_in(desk, carrier) == 1
    assert [o.texts for o in await desk.outbox(STRANGER)] == [["crisis.self_harm"]]


class _Listing:
    """A carrier of which only the list matters."""

    name = "twilio"

    def __init__(self, listed: list[CarrierMessage] | None) -> None:
        self.listed, self.since = listed, datetime.min

    async def list_received(self, *, since: datetime) -> list[CarrierMessage]:
        self.since = since
        if self.listed is None:
            raise SendFailed(Fault.RETRY)
        return self.listed


def listed(sid: str, at: datetime) -> CarrierMessage:
    return CarrierMessage(sid, STRANGER, OUR_NUMBER, sid, "inbound", None, "", at, 0)


async def test_the_oldest_first_a_day_back(desk: Desk) -> None:
    now = datetime.now(UTC)
    carrier = _Listing([listed("SM2", now), listed("SM1", now - timedelta(minutes=1))])
    assert await take_in_missing(desk.database, carrier, desk.policy, real_now=now) == 2  # type: ignore[arg-type]
    assert [i.carrier_id for i in await desk.inbox()] == ["SM1", "SM2"]
    assert carrier.since == now - LOOK_BACK == now - timedelta(hours=24)


async def test_nothing_listed_and_a_list_that_cannot_be_read(desk: Desk) -> None:
    now = datetime.now(UTC)
    assert await take_in_missing(desk.database, _Listing([]), desk.policy, real_now=now) == 0  # type: ignore[arg-type]
    with pytest.raises(SendFailed):
        await take_in_missing(desk.database, _Listing(None), desk.policy, real_now=now)  # type: ignore[arg-type]
    assert await desk.inbox() == []
