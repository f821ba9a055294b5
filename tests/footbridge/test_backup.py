"""The whole store at one snapshot, back again, and nothing said twice or brought back."""

import json
import os
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from conversations.due import DueWork
from conversations.ledger.restored import settle_gap
from conversations.ledger.sender import Sender
from footbridge.commands import Refused
from footbridge.commands import backup as backup_commands
from footbridge.commands import erase as erase_commands
from footbridge.settings import Settings
from placements.database import Database
from tests.support.cluster import Cluster
from tests.support.dump import cells, holding
from tests.support.town import ANA, BEN, CORA, GLORIA, Town

pytestmark = pytest.mark.engine

NOT_COMPARED = ("procrastinate.", "placements.alembic_version.", "conversations.restored.", "conversations.beat.",
                "conversations.send_rate.")  # fmt: skip


def settings_for(url: str, home: Path) -> Settings:
    plain = url.replace("+psycopg", "")
    return Settings.load(FOOTBRIDGE_HOME=home, DATABASE_URL=plain, FOOTBRIDGE_DEMO="1")


@pytest.fixture(autouse=True)
def _salt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOOTBRIDGE_HASH_SALT", "salt")


@pytest.fixture
def settings(town: Town, tmp_path: Path) -> Settings:
    return settings_for(town.database.engine.url.render_as_string(hide_password=False), tmp_path)


@pytest.fixture
def other(postgres: Cluster, tmp_path: Path) -> Iterator[Settings]:
    """An empty database beside the town's, of the same installation."""
    with postgres.database(migrated=False) as url:
        yield settings_for(url, tmp_path)


async def some_time_later(restored: Database) -> None:
    """The carrier is asked about an unknown outcome seconds after the hand-over, which a real restore always is."""
    async with restored.session() as session:
        await session.execute(
            text("update conversations.restored set copy_real = copy_real - interval '20 seconds'")
        )


async def everything(session: AsyncSession) -> list[tuple[str, str]]:
    return sorted(cell for cell in await cells(session) if not cell[0].startswith(NOT_COMPARED))


async def book(town: Town) -> None:
    for who, words in ((ANA, "any shadows for nursing?"), (ANA, "1"), (ANA, "1"), (GLORIA, "1"), (BEN, "1")):
        await town.text(who, words)


async def test_what_is_restored_is_what_was_backed_up(
    town: Town, settings: Settings, other: Settings
) -> None:
    await book(town)
    file = settings.home / "store.tar.gz"
    said = await backup_commands.backup(settings, file)
    assert str(file) in said and os.stat(file).st_mode & 0o777 == 0o600
    async with town.database.session() as session:
        before = await everything(session)
    await backup_commands.restore(other, file, replace=False)
    restored = Database(str(other.database_url))
    async with restored.session() as session:
        assert await everything(session) == before
        await session.execute(text("update placements.people set language = 'en'"))
        number = await session.scalar(
            text(
                'insert into conversations."case" (id, kind, severity, state, opened_at, dedupe, facts)'
                " values (gen_random_uuid(), 'x', 'normal', 'open', now(), 'x', '{}') returning number"
            )
        )
        highest = await session.scalar(text('select max(number) from conversations."case"'))
        assert number == highest
    await restored.close()


async def test_triggers_and_keys_hold_after_a_restore(
    town: Town, settings: Settings, other: Settings
) -> None:
    await book(town)
    await backup_commands.backup(settings, settings.home / "b")
    await backup_commands.restore(other, settings.home / "b", replace=False)
    restored = Database(str(other.database_url))
    for statement in (
        "update placements.audit set verb = 'x'",
        "update placements.bookings set state = 'requested'",
        "insert into placements.consents select * from placements.consents",
    ):
        with pytest.raises(
            Exception, match=r"only ever added|cannot go from|GENERATED ALWAYS|generated always"
        ):
            async with restored.session() as session:
                await session.execute(text(statement))
    await restored.close()


async def test_a_database_with_people_is_replaced_only_when_told_so(town: Town, settings: Settings) -> None:
    await backup_commands.backup(settings, settings.home / "b")
    with pytest.raises(Refused, match="say --replace"):
        await backup_commands.restore(settings, settings.home / "b", replace=False)
    with pytest.raises(Refused, match="is there already"):
        await backup_commands.backup(settings, settings.home / "b")
    async with town.database.session() as session:
        await session.execute(text("insert into conversations.beat values ('worker', now())"))
    with pytest.raises(Refused, match="stop `footbridge serve` first"):
        await backup_commands.restore(settings, settings.home / "b", replace=True)


def _cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def _no_tar(file: Path) -> None:
    file.write_text("not a tar")


def _lacking(file: Path) -> None:
    with tarfile.open(file) as old, tarfile.open(file.with_suffix(".new"), "w:gz") as new:
        for member in old:
            if member.name != "placements.people":
                new.addfile(member, old.extractfile(member))
    file.with_suffix(".new").rename(file)


@pytest.mark.parametrize("spoil", [_cut, _no_tar, _lacking])
async def test_a_spoilt_file_changes_nothing(
    town: Town, settings: Settings, other: Settings, spoil: Callable[[Path], None]
) -> None:
    file = settings.home / "b.tar.gz"
    await backup_commands.backup(settings, file)
    await backup_commands.restore(other, file, replace=False)
    restored = Database(str(other.database_url))
    async with restored.session() as session:
        before = await everything(session)
    spoil(file)
    with pytest.raises(Refused):
        await backup_commands.restore(other, file, replace=True)
    async with restored.session() as session:
        assert await everything(session) == before
    await restored.close()


async def test_a_backup_of_another_salt_is_refused(
    town: Town, settings: Settings, other: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    await backup_commands.backup(settings, settings.home / "b")
    monkeypatch.setenv("FOOTBRIDGE_HASH_SALT", "another")
    with pytest.raises(Refused, match="FOOTBRIDGE_HASH_SALT"):
        await backup_commands.restore(other, settings.home / "b", replace=False)


async def test_somebody_erased_since_the_backup_stays_erased(
    town: Town, settings: Settings, other: Settings
) -> None:
    async with town.database.session() as session:
        await session.execute(
            text(
                "update placements.people set first_name = 'Zephyrine', last_name = 'Quackenbush'"
                " where first_name = 'Ana'"
            )
        )
    await town.text(ANA, "do they have ornithopters")
    await town.text(ANA, "STOP")
    await backup_commands.backup(settings, settings.home / "b")
    await erase_commands.erase_one(settings, "100201", confirm=lambda _question: True)
    said = await backup_commands.restore(other, settings.home / "b", replace=False)
    assert "erased again: 1" in said
    restored = Database(str(other.database_url))
    async with restored.session() as session:
        assert await holding(session, "zephyrine", "quackenbush", "ornithopters", "13055550101") == []
    await restored.close()
    later = settings.home / "later"
    await backup_commands.backup(settings, later)
    with tarfile.open(later) as tar:
        for member in tar:
            content = (tar.extractfile(member) or b"").read().lower()  # type: ignore[union-attr]
            assert (
                b"quackenbush" not in content
                and b"ornithopters" not in content
                and b"13055550101" not in content
            )


async def test_what_went_out_after_the_backup_does_not_go_out_again(
    town: Town, settings: Settings, other: Settings
) -> None:
    await town.phones.post_inbound(ANA, "any shadows for nursing?")
    for conversation in await town._conversations.waiting():
        await town._conversations.drain(conversation)
    [(queued,)] = await town.rows("select count(*) from conversations.outbound where state = 'queued'")
    assert queued == 1
    await backup_commands.backup(settings, settings.home / "b")
    heard = await town.settle()
    assert len(heard[ANA]) == 1
    await backup_commands.restore(other, settings.home / "b", replace=False)
    restored = Database(str(other.database_url))
    await some_time_later(restored)
    sender = Sender(restored, town.carrier, town.policy, per_second=1000)
    await settle_gap(restored, town.carrier, town.policy)
    for _ in range(4):
        await sender.flush()
        await sender.settle()
    async with restored.session() as session:
        states = (
            await session.execute(text("select state, carrier_id is not null from conversations.outbound"))
        ).all()
    await restored.close()
    assert [tuple(row) for row in states] in ([("sent", True)], [("delivered", True)], [("accepted", True)])
    assert len([t for t in await town.phones.sent() if t.to == ANA]) == 1


async def test_what_never_went_out_goes_out_after_the_restore(
    town: Town, settings: Settings, other: Settings
) -> None:
    await town.phones.post_inbound(ANA, "any shadows for nursing?")
    for conversation in await town._conversations.waiting():
        await town._conversations.drain(conversation)
    await backup_commands.backup(settings, settings.home / "b")
    await backup_commands.restore(other, settings.home / "b", replace=False)
    restored = Database(str(other.database_url))
    await some_time_later(restored)
    sender = Sender(restored, town.carrier, town.policy, per_second=1000)
    await settle_gap(restored, town.carrier, town.policy)
    for _ in range(4):
        await sender.flush()
        await sender.settle()
    await restored.close()
    assert len([t for t in await town.phones.sent() if t.to == ANA]) == 1


async def test_what_came_in_after_the_backup_is_read_by_a_person_and_not_answered_again(
    town: Town, settings: Settings, other: Settings
) -> None:
    await town.text(ANA, "any shadows for nursing?")
    await backup_commands.backup(settings, settings.home / "b")
    await town.text(ANA, "1")
    await town.text(GLORIA, "STOP")
    said = len(await town.phones.sent())
    await backup_commands.restore(other, settings.home / "b", replace=False)
    restored = Database(str(other.database_url))
    assert await settle_gap(restored, town.carrier, town.policy) == 2
    assert await settle_gap(restored, town.carrier, town.policy) == 0
    await some_time_later(restored)
    due, sender = DueWork(restored, town.policy), Sender(restored, town.carrier, town.policy, per_second=1000)
    for _ in range(4):
        await due.run()
        await sender.flush()
        await sender.settle()
    async with restored.session() as session:
        kept = (
            await session.execute(text("select body, silence from conversations.inbound order by seq"))
        ).all()
        cases = list(await session.scalars(text('select kind from conversations."case"')))
        out = await session.scalar(
            text("select opted_out_at is not null from conversations.address where value = :g"), {"g": GLORIA}
        )
    await restored.close()
    assert [tuple(row) for row in kept][1:] == [("1", "before_restore"), ("STOP", "before_restore")]
    assert cases == ["restored_gap"] and out
    fresh = (await town.phones.sent())[said:]
    assert {t.to for t in fresh} == {CORA}


async def test_a_backup_is_one_moment_however_long_it_takes(town: Town, settings: Settings) -> None:
    await book(town)
    await backup_commands.backup(settings, settings.home / "b")
    with tarfile.open(settings.home / "b") as tar:
        first = tar.next()
        assert first is not None
        content = tar.extractfile(first)
        assert content is not None
        manifest = json.loads(content.read())
    assert manifest["rows"]["placements.bookings"] == 1
    assert "placements.looks" in manifest["tables"] and "conversations.outbound" in manifest["tables"]
    assert not [t for t in manifest["tables"] if t.startswith("procrastinate")]
