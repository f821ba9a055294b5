import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

from conversations.ledger.addresses import (
    SMS,
    Bar,
    address_of,
    conversation_of,
    erasing,
    has_basis,
    note_basis,
    on_call_address,
    opt_in,
    opt_out,
    why_barred,
)
from conversations.models import Address, Conversation
from tests.conversations.given import ANA, NOW, STRANGER, Desk

LATER = NOW + timedelta(hours=1)


async def test_an_address_and_its_conversation_are_made_once_however_many_ask(desk: Desk) -> None:
    async def ask() -> None:
        async with desk.database.session() as session:
            address = await address_of(session, SMS, STRANGER, NOW)
            await conversation_of(session, address.id, lock=True)

    await asyncio.gather(*(ask() for _ in range(6)))
    async with desk.database.session() as session:
        for made in (Address, Conversation):
            assert await session.scalar(select(func.count()).select_from(made)) == 1


async def test_the_same_value_on_another_channel_is_another_address(desk: Desk) -> None:
    async with desk.database.session() as session:
        one = await address_of(session, SMS, STRANGER, NOW)
        two = await address_of(session, "chat", STRANGER, NOW)
    assert one.id != two.id


async def test_the_school_holds_the_number_for_somebody(district: Desk) -> None:
    async with district.database.session() as session:
        ana = await address_of(session, SMS, ANA, NOW)
        stranger = await address_of(session, SMS, STRANGER, NOW)
        chat = await address_of(session, "chat", ANA, NOW)
        assert await has_basis(session, ana, NOW)
        assert not await has_basis(session, stranger, NOW)
        assert not await has_basis(session, chat, NOW)
    assert await district.bases(ANA) == [("basis", "school")]
    assert await district.bases(STRANGER) == []


async def test_an_opt_out_is_no_basis(desk: Desk) -> None:
    async with desk.database.session() as session:
        address = await address_of(session, SMS, STRANGER, NOW)
        await note_basis(session, address, kind="opt_out", source="words", scope="everything", now=NOW)
        assert not await has_basis(session, address, NOW)


async def test_being_on_call_is_a_basis_written_down_once(desk: Desk) -> None:
    async with desk.database.session() as session:
        first = await on_call_address(session, STRANGER, NOW)
        assert await has_basis(session, first, NOW)
        assert (await on_call_address(session, STRANGER, NOW)).id == first.id
    assert await desk.bases(STRANGER) == [("basis", "school")]


async def test_out_and_in_again(desk: Desk) -> None:
    async with desk.database.session() as session:
        address = await address_of(session, SMS, STRANGER, NOW)
        await opt_out(session, address, bar=Bar.OURS, source="words", now=NOW, wording="leave me alone")
        assert (address.opted_out_at, address.carrier_barred_at) == (NOW, None)
        await opt_out(session, address, bar=Bar.CARRIER, source="carrier", now=LATER)
        assert (address.opted_out_at, address.carrier_barred_at) == (NOW, LATER)
        await opt_in(session, address, bar=Bar.OURS, source="words", now=LATER)
        assert (address.opted_out_at, address.carrier_barred_at) == (None, LATER)
        assert why_barred(address) == "carrier_bar"
        await opt_in(session, address, bar=Bar.BOTH, source="keyword", now=LATER)
        assert (address.opted_out_at, address.carrier_barred_at, why_barred(address)) == (None, None, None)
    assert await desk.bases(STRANGER) == [
        ("opt_out", "words"),
        ("opt_out", "carrier"),
        ("opt_in", "words"),
        ("opt_in", "keyword"),
    ]


async def test_a_bar_is_as_old_as_the_first_asking_and_every_asking_is_in_the_ledger(desk: Desk) -> None:
    async with desk.database.session() as session:
        address = await address_of(session, SMS, STRANGER, NOW)
        for at in (NOW, LATER):
            await opt_out(session, address, bar=Bar.BOTH, source="keyword", now=at)
        assert (address.opted_out_at, address.carrier_barred_at) == (NOW, NOW)
    assert len(await desk.bases(STRANGER)) == 2


@pytest.mark.parametrize(
    "change",
    [
        "update conversations.basis set at = now()",
        "update conversations.basis set wording = ''",
        "delete from conversations.basis",
        "truncate conversations.basis",
        "truncate conversations.address cascade",
        "delete from conversations.address",
    ],
)
async def test_the_database_refuses_to_change_the_ledger(desk: Desk, change: str) -> None:
    async with desk.database.session() as session:
        address = await address_of(session, SMS, STRANGER, NOW)
        await note_basis(
            session, address, kind="basis", source="opt_in", scope="tests", now=NOW, wording="form 7"
        )
    with pytest.raises(DBAPIError, match="only ever added"):
        await desk.run(change)
    assert await desk.bases(STRANGER) == [("basis", "opt_in")]


async def test_erasing_a_person_may(desk: Desk) -> None:
    async with desk.database.session() as session:
        address = await address_of(session, SMS, STRANGER, NOW)
        await note_basis(session, address, kind="basis", source="opt_in", scope="tests", now=NOW)
        async with erasing(session):
            await session.delete(address)
        await note_basis(
            session, await address_of(session, SMS, STRANGER, NOW), kind="basis", source="", scope="", now=NOW
        )
    with pytest.raises(DBAPIError, match="only ever added"):
        await desk.run("delete from conversations.basis")
