import asyncio
from datetime import UTC, datetime, timedelta

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncEngine

from footbridge.phones.store import INBOUND, OUTBOUND, Filter, Handset, PostgresStore, Store, Text, metadata

ANA, BEN, OURS = "+13055550101", "+13055550103", "+13055550100"
NOW = datetime(2026, 3, 2, 15, 0, 0, 250_000, UTC)


def text(
    sid: str, *, to: str = ANA, direction: str = OUTBOUND, at: datetime = NOW, sent: bool = True
) -> Text:
    from_number = ANA if direction == INBOUND else OURS
    return Text(
        sid=sid,
        direction=direction,
        from_number=from_number,
        to=OURS if direction == INBOUND else to,
        body="¿Qué día?\n1. Sí 😀",
        status="received" if direction == INBOUND else "queued",
        created_at=at,
        updated_at=at,
        clock_at=at + timedelta(days=3),
        sent_at=at if sent else None,
        callback="http://x/sms/status?m=1",
    )


async def test_what_is_kept_comes_back_and_counts_up(store: Store) -> None:
    first = await store.add(text("SM1"))
    second = await store.add(text("SM2", direction=INBOUND))
    assert second.seq > first.seq > 0
    assert await store.get("SM1") == first
    assert await store.get("SM9") is None


async def test_a_change_is_kept(store: Store) -> None:
    await store.add(text("SM1", sent=False))
    changed = await store.change("SM1", status="undelivered", error_code=30003, sent_at=NOW)
    assert changed is not None and (changed.status, changed.error_code) == ("undelivered", 30003)
    assert changed.updated_at > NOW
    assert await store.get("SM1") == changed
    assert await store.change("SM9", status="sent") is None


async def test_lists_are_newest_first_and_filtered(store: Store) -> None:
    for number in range(4):
        await store.add(text(f"SM{number}", at=NOW + timedelta(hours=number)))
    await store.add(text("SMben", to=BEN))
    await store.add(text("SMin", direction=INBOUND))
    await store.add(text("SMqueued", sent=False))

    async def sids(wanted: Filter, limit: int = 50) -> list[str]:
        return [one.sid for one in await store.list(wanted, limit)]

    assert await sids(Filter()) == ["SMqueued", "SMin", "SMben", "SM3", "SM2", "SM1", "SM0"]
    assert await sids(Filter(to=ANA)) == ["SMqueued", "SM3", "SM2", "SM1", "SM0"]
    assert await sids(Filter(to=ANA), 2) == ["SMqueued", "SM3"]
    assert await sids(Filter(from_number=ANA)) == ["SMin"]
    assert await sids(Filter(to=ANA, sent_from=NOW + timedelta(hours=2))) == ["SM3", "SM2"]
    assert await sids(Filter(to=ANA, sent_before=NOW + timedelta(hours=2))) == ["SM1", "SM0"]
    third = await store.get("SM3")
    assert third is not None
    assert await sids(Filter(to=ANA, before_seq=third.seq)) == ["SM2", "SM1", "SM0"]


async def test_what_the_carrier_still_has_to_do(store: Store) -> None:
    for sid, status in (("SM1", "queued"), ("SM2", "sent"), ("SM3", "delivered"), ("SM4", "undelivered")):
        await store.add(text(sid))
        await store.change(sid, status=status)
    await store.add(text("SMtyped", direction=INBOUND))
    await store.add(text("SMstored", direction=INBOUND))
    await store.change("SMstored", note="stored")
    assert [one.sid for one in await store.unfinished()] == ["SM1", "SM2", "SMtyped"]


async def test_a_text_can_be_deleted(store: Store) -> None:
    await store.add(text("SM1"))
    assert await store.delete("SM1")
    assert not await store.delete("SM1")
    assert await store.list(Filter(), 9) == []


async def test_a_block_lets_one_confirmation_pass_and_no_more(store: Store) -> None:
    assert await store.may_send(OURS, ANA)
    await store.block(OURS, ANA, confirmation=True, at=NOW)
    await store.block(OURS, BEN, confirmation=False, at=NOW)
    assert await store.blocked_numbers() == [ANA, BEN]
    assert [await store.may_send(OURS, ANA) for _ in range(3)] == [True, False, False]
    await store.block(OURS, ANA, confirmation=True, at=NOW)  # a second STOP earns no second confirmation
    assert not await store.may_send(OURS, ANA)
    assert not await store.may_send(OURS, BEN)
    assert await store.unblock(OURS, ANA)
    assert not await store.unblock(OURS, ANA)
    assert [await store.may_send(OURS, ANA) for _ in range(2)] == [True, True]


async def test_handsets_are_remembered_in_the_order_they_came(store: Store) -> None:
    await store.save_handset(Handset(BEN, "Ben Ortiz", "employer"))
    await store.save_handset(Handset(ANA, "Ana Torres", "student", added=True))
    await store.save_handset(Handset(BEN, "Ben Ortiz", "employer", switched_off=True))
    assert await store.handsets() == [
        Handset(BEN, "Ben Ortiz", "employer", switched_off=True),
        Handset(ANA, "Ana Torres", "student", added=True),
    ]
    await store.clear()
    assert await store.handsets() == []


async def test_a_new_process_finds_everything(database: AsyncEngine) -> None:
    before = PostgresStore(database)
    kept = await before.add(text("SM1"))
    await before.block(OURS, ANA, confirmation=False, at=NOW)
    after = PostgresStore(database)
    assert await after.list(Filter(), 9) == [kept]
    assert await after.unfinished() == [kept]
    assert not await after.may_send(OURS, ANA)


async def test_one_confirmation_passes_when_several_texts_leave_at_once(database: AsyncEngine) -> None:
    store = PostgresStore(database)
    await store.block(OURS, ANA, confirmation=True, at=NOW)
    passed = await asyncio.gather(*(store.may_send(OURS, ANA) for _ in range(5)))
    assert sum(passed) == 1


async def test_the_migrations_make_the_tables_that_the_store_uses(database: AsyncEngine) -> None:
    def differences(connection: Connection) -> list[object]:
        context = MigrationContext.configure(
            connection,
            opts={
                "include_schemas": True,
                "include_name": lambda name, kind, _parents: kind != "schema" or name == "phones",
                "compare_type": True,
            },
        )
        return list(compare_metadata(context, metadata))

    async with database.connect() as connection:
        assert await connection.run_sync(differences) == []
