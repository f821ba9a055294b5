import asyncio

from sqlalchemy import func, select

from conversations.ledger.addresses import (
    SMS,
    address_of,
    conversation_of,
    has_basis,
    note_basis,
    on_call_address,
    opt_in,
    opt_out,
)
from conversations.models import Address, Conversation
from tests.conversations.given import ANA, NOW, STRANGER, Desk


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
        await opt_out(session, address, source="keyword", now=NOW, wording="STOP")
        assert (address.opted_out_at, address.carrier_barred_at) == (NOW, None)
        await opt_out(session, address, source="carrier", now=NOW)
        assert address.carrier_barred_at == NOW
        await opt_in(session, address, source="keyword", now=NOW)
        assert (address.opted_out_at, address.carrier_barred_at) == (None, None)
    assert await desk.bases(STRANGER) == [
        ("opt_out", "keyword"),
        ("opt_out", "carrier"),
        ("opt_in", "keyword"),
    ]
