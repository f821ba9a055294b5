import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from channels.sms.twilio import TwilioCarrier
from conversations.carrier import CarrierMessage, Fault, SendFailed
from conversations.ledger.reconcile import LOOK_BACK, take_in_missing
from conversations.models import Address, Basis
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


AT = datetime.now(UTC) - timedelta(minutes=30)
SOON = timedelta(seconds=1)


async def learn(desk: Desk, *texts: tuple[str, str, datetime]) -> None:
    """The carrier's list, as (id, words, time), the newest first as carriers list; what is missing is taken in."""
    rows = [replace(listed(sid, at), body=body) for sid, body, at in sorted(texts, key=lambda t: t[2])]
    carrier = _Listing(rows[::-1])
    await take_in_missing(desk.database, carrier, desk.policy, real_now=datetime.now(UTC))  # type: ignore[arg-type]


async def bars(desk: Desk) -> tuple[bool, bool]:
    """Whether our bar is up, and the carrier's."""
    async with desk.database.session() as session:
        address = (await session.scalars(select(Address).where(Address.value == STRANGER))).one()
        return address.opted_out_at is not None, address.carrier_barred_at is not None


async def ledger(desk: Desk) -> list[str]:
    async with desk.database.session() as session:
        rows = await session.scalars(select(Basis).where(Basis.kind != "basis").order_by(Basis.id))
        return [row.kind for row in rows]


async def test_a_stop_learnt_late_does_not_undo_a_newer_start(desk: Desk) -> None:
    await desk.text(STRANGER, "START", sid="SM2")
    before = len(await desk.outbox(STRANGER))
    await learn(desk, ("SM1", "STOP", AT), ("SM2", "START", AT + SOON))
    assert await bars(desk) == (False, False)
    assert await ledger(desk) == ["opt_in", "opt_out", "opt_in"], "it is on record that there was a STOP"
    assert len(await desk.outbox(STRANGER)) == before
    [stop] = [i for i in await desk.inbox() if i.carrier_id == "SM1"]
    assert stop.silence == "overtaken"


async def test_words_that_ask_for_texts_lift_ours_alone_then_too(desk: Desk) -> None:
    await desk.text(STRANGER, "stop texting me", sid="SM1")
    await desk.text(STRANGER, "please text me again", sid="SM3")
    assert await bars(desk) == (False, False)
    await learn(desk, ("SM2", "STOP", AT), ("SM3", "please text me again", AT + SOON))
    assert await bars(desk) == (False, True), "the carrier saw a STOP and no START since"


@pytest.mark.parametrize("apart", [-SOON, 0 * SOON])
async def test_a_newer_stop_stands_and_in_the_same_second_silence_wins(desk: Desk, apart: timedelta) -> None:
    await desk.text(STRANGER, "START", sid="SM2")
    await learn(desk, ("SM1", "STOP", AT), ("SM2", "START", AT + apart))
    assert await bars(desk) == (True, True)


async def test_a_start_whose_time_is_not_known_does_not_outdo_a_late_stop(desk: Desk) -> None:
    await desk.text(STRANGER, "START", sid="SM2")
    await learn(desk, ("SM1", "STOP", AT))
    assert await bars(desk) == (True, True)


@pytest.mark.parametrize(("apart", "barred"), [(-SOON, False), (0 * SOON, True), (SOON, True)])
async def test_a_start_learnt_late_does_not_undo_a_newer_stop(
    desk: Desk, apart: timedelta, barred: bool
) -> None:
    await desk.text(STRANGER, "STOP", sid="SM2")
    await learn(desk, ("SM1", "START", AT), ("SM2", "STOP", AT + apart))
    assert await bars(desk) == (barred, barred)


async def test_a_cry_for_help_that_also_opted_out_is_answered_and_the_newer_start_stands(desk: Desk) -> None:
    await desk.text(STRANGER, "START", sid="SM2")
    await learn(desk, ("SM1", "stop texting me, i want to die", AT), ("SM2", "START", AT + SOON))
    assert await bars(desk) == (False, False)
    assert (await desk.outbox(STRANGER))[-1].texts == ["crisis.self_harm"]
