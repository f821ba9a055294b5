"""The whole store at one snapshot, and back again.

A backup is a gzipped tar: `manifest.json`, then one member a table in PostgreSQL's own text format for COPY. It is read
in one REPEATABLE READ transaction, so it is the store as of one moment however long it takes, from any PostgreSQL and
without its programs. The job queue is left out: its jobs only say "look at this conversation", and rows are looked at
anyway.
"""

import asyncio
import io
import json
import os
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

import psycopg
from psycopg import sql
from sqlalchemy import NullPool, create_engine
from sqlalchemy.exc import SQLAlchemyError

from conversations.privacy.tombstones import Tombstone, digest
from footbridge import postgres
from footbridge.commands import Refused, erasure_list, open_installation
from footbridge.commands.erase import erase_again
from footbridge.settings import Settings
from footbridge.wiring import connect
from placements import migrate
from placements.database import sqlalchemy_url

FORMAT = 1
SCHEMAS = ("placements", "conversations", "phones")
LEFT_OUT = ("placements.alembic_version", "conversations.beat", "conversations.send_rate")
ALIVE_SECONDS = 15  # a part that said so less than this ago may still be running


@dataclass
class Manifest:
    """What a backup is. `tables` are in an order in which they can be filled; `counters` the identity columns."""

    format: int
    made_at: str
    revision: str
    salt_check: str
    tables: list[str]
    columns: dict[str, list[str]]
    rows: dict[str, int]
    counters: dict[str, int]
    erased: list[dict[str, Any]] = field(default_factory=list)


async def backup(settings: Settings, file: Path) -> str:
    """Write the whole store to a new file, for its owner alone. Refused where there is a file already."""
    async with open_installation(settings) as parts:
        if file.exists():
            raise Refused(f"{file} is there already")
        salt = parts.policy.salt
        try:
            manifest = await asyncio.to_thread(_write, parts.dsn, file, settings.home, salt)
        except OSError as error:
            raise Refused(f"{file} cannot be written: {error.strerror}") from None
    size = file.stat().st_size
    return f"{file}: {sum(manifest.rows.values())} rows of {len(manifest.tables)} tables, {size} bytes"


def _write(dsn: str, file: Path, home: Path, salt: str) -> Manifest:
    fresh = file.with_name(f".{file.name}.part")
    fd = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with (
            os.fdopen(fd, "wb") as raw,
            psycopg.connect(dsn) as connection,
        ):
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            connection.read_only = True
            with tarfile.open(fileobj=raw, mode="w:gz") as tar:
                manifest = _manifest(connection, home, salt)
                _add(tar, "manifest.json", io.BytesIO(json.dumps(asdict(manifest)).encode()))
                for table in manifest.tables:
                    with tempfile.TemporaryFile() as spool:
                        _copy_out(connection, table, manifest.columns[table], spool)
                        _add(tar, table, spool)
            raw.flush()
            os.fsync(raw.fileno())
        fresh.rename(file)
    finally:
        fresh.unlink(missing_ok=True)
    return manifest


def _manifest(connection: psycopg.Connection[Any], home: Path, salt: str) -> Manifest:
    made = connection.execute("select now()").fetchone()
    revision = connection.execute("select version_num from placements.alembic_version").fetchone()
    assert made is not None and revision is not None
    tables = _in_order(connection)
    columns = {table: _columns(connection, table) for table in tables}
    rows = {}
    for table in tables:
        counted = connection.execute(sql.SQL("select count(*) from {}").format(_name(table))).fetchone()
        rows[table] = counted[0] if counted else 0
    return Manifest(
        format=FORMAT,
        made_at=made[0].astimezone(UTC).isoformat(),
        revision=revision[0],
        salt_check=digest("check", "salt", salt),
        tables=tables,
        columns=columns,
        rows=rows,
        counters=_counters(connection),
        erased=[dict(erasure_list.as_json(stone)) for stone in erasure_list.read(home)],
    )


def _in_order(connection: psycopg.Connection[Any]) -> list[str]:
    """The tables, each after those that it refers to."""
    names = [
        row[0]
        for row in connection.execute(
            "select table_schema || '.' || table_name from information_schema.tables"
            " where table_schema = any(%s) and table_type = 'BASE TABLE' order by 1",
            [list(SCHEMAS)],
        )
        if row[0] not in LEFT_OUT
    ]
    refers: dict[str, set[str]] = {name: set() for name in names}
    for child, parent in connection.execute(
        "select n.nspname || '.' || c.relname, pn.nspname || '.' || p.relname from pg_constraint f"
        " join pg_class c on c.oid = f.conrelid join pg_namespace n on n.oid = c.relnamespace"
        " join pg_class p on p.oid = f.confrelid join pg_namespace pn on pn.oid = p.relnamespace"
        " where f.contype = 'f'"
    ):
        if child in refers and parent in refers and child != parent:
            refers[child].add(parent)
    ordered: list[str] = []
    while refers:
        free = [name for name, parents in refers.items() if not parents - set(ordered)]
        if not free:
            raise Refused("tables refer to each other in a circle: " + ", ".join(refers))
        ordered += free
        refers = {name: parents for name, parents in refers.items() if name not in free}
    return ordered


def _columns(connection: psycopg.Connection[Any], table: str) -> list[str]:
    schema, name = table.split(".")
    return [
        row[0]
        for row in connection.execute(
            "select column_name from information_schema.columns where table_schema = %s and table_name = %s"
            " and is_generated = 'NEVER' order by ordinal_position",
            [schema, name],
        )
    ]


def _counters(connection: psycopg.Connection[Any]) -> dict[str, int]:
    """The last value of each identity column that was used, by `schema.table.column`."""
    rows = connection.execute(
        "select table_schema, table_name, column_name from information_schema.columns"
        " where table_schema = any(%s) and is_identity = 'YES'",
        [list(SCHEMAS)],
    ).fetchall()
    found = {}
    for schema, table, column in rows:
        last = connection.execute(
            "select pg_sequence_last_value(pg_get_serial_sequence(%s, %s)::regclass)",
            [f'"{schema}"."{table}"', column],
        ).fetchone()
        if last is not None and last[0] is not None:
            found[f"{schema}.{table}.{column}"] = int(last[0])
    return found


def _copy_out(connection: psycopg.Connection[Any], table: str, columns: list[str], to: IO[bytes]) -> None:
    query = sql.SQL("copy (select {} from {}) to stdout").format(_list(columns), _name(table))
    with connection.cursor() as cursor, cursor.copy(query) as copy:
        for block in copy:
            to.write(bytes(block))


def _add(tar: tarfile.TarFile, name: str, content: IO[bytes]) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = content.seek(0, io.SEEK_END), 0o600
    content.seek(0)
    tar.addfile(member, content)


async def restore(settings: Settings, file: Path, *, replace: bool) -> str:
    """Replace the whole store by a backup, in one transaction, and erase again who was erased since.

    Refused while the installation runs, where people are held (unless `replace`), and for a backup of another salt
    that has an erasure list.
    """
    with postgres.running(settings) as url:
        if not file.is_file():
            raise Refused(f"there is no file {file}")
        known = await asyncio.to_thread(_may_restore, url, replace)
        stones = [*known, *erasure_list.read(settings.home)]
        parts = connect(settings, name="command", pool_size=2)
        try:
            manifest = await asyncio.to_thread(_read, url, file, parts.policy.salt, stones)
            stones += [erasure_list.stone_of(row) for row in manifest.erased]
            async with parts.database.session() as session:
                again = await erase_again(session, parts.policy, stones)
        finally:
            await parts.database.close()
        erasure_list.add(settings.home, stones)
    return (
        f"restored from {file}: {sum(manifest.rows.values())} rows as of {manifest.made_at}; erased again: {again}.\n"
        "What may have gone out or come in since then is settled by the carrier's list when `footbridge serve` starts."
    )


def _may_restore(url: str, replace: bool) -> list[Tombstone]:
    """The erasure list of the database that is replaced. Raises Refused."""
    with psycopg.connect(postgres.plain(url)) as connection:
        there = connection.execute("select to_regclass('placements.people')::text").fetchone()
        if there is None or there[0] is None:
            return []
        held = connection.execute("select count(*) from placements.people").fetchone()
        if held and held[0] and not replace:
            raise Refused(f"this database holds {held[0]} people; to replace them say --replace")
        alive = connection.execute(
            "select part from conversations.beat where at_real > now() - make_interval(secs => %s)",
            [ALIVE_SECONDS],
        ).fetchone()
        if alive:
            raise Refused("stop `footbridge serve` first, on every machine; it was seen a moment ago")
        listed = connection.execute("select to_regclass('conversations.erased')::text").fetchone()
        if listed is None or listed[0] is None:
            return []
        rows = connection.execute(
            "select kind, digest, at, opted_out_at from conversations.erased"
        ).fetchall()
        return [Tombstone(*row) for row in rows]


def _read(url: str, file: Path, salt: str, stones: list[Tombstone]) -> Manifest:
    """Put the backup into the database, in one transaction. Raises Refused and leaves everything as it was."""
    try:
        with tarfile.open(file, "r:gz") as tar:
            manifest = _manifest_of(tar, file, salt)
            engine = create_engine(sqlalchemy_url(url), poolclass=NullPool)
            try:
                with engine.begin() as connection:
                    driver = connection.connection.driver_connection
                    assert driver is not None
                    for schema in migrate.SCHEMAS:
                        driver.execute(
                            sql.SQL("drop schema if exists {} cascade").format(sql.Identifier(schema))
                        )
                    migrate.upgrade_on(connection, manifest.revision)
                    _fill(driver, tar, manifest)
                    migrate.upgrade_on(connection)
                    _mark_restored(driver, manifest)
                    _keep_list(driver, [*stones, *map(erasure_list.stone_of, manifest.erased)])
            finally:
                engine.dispose()
    except (tarfile.TarError, EOFError, OSError, KeyError, TypeError, ValueError) as error:
        raise Refused(f"{file} cannot be read as a backup: {type(error).__name__}") from None
    except (psycopg.Error, SQLAlchemyError) as error:  # whose messages may quote what was in a row
        raise Refused(f"{file} does not fit together, nothing was changed: {type(error).__name__}") from None
    return manifest


def _manifest_of(tar: tarfile.TarFile, file: Path, salt: str) -> Manifest:
    first = tar.next()
    content = tar.extractfile(first) if first is not None and first.name == "manifest.json" else None
    if content is None:
        raise Refused(f"{file} is no backup of Footbridge")
    manifest = Manifest(**json.loads(content.read()))
    if manifest.format != FORMAT:
        raise Refused(f"{file} was made by another version of Footbridge (format {manifest.format})")
    if manifest.salt_check != digest("check", "salt", salt):
        raise Refused(
            f"{file} was made with another FOOTBRIDGE_HASH_SALT; without it nobody can be kept erased. Set that one, or"
            " bring the secrets.json of the installation that made it"
        )
    return manifest


def _fill(driver: Any, tar: tarfile.TarFile, manifest: Manifest) -> None:
    for table in manifest.tables:
        driver.execute(sql.SQL("alter table {} disable trigger user").format(_name(table)))
        driver.execute(sql.SQL("delete from {}").format(_name(table)))
    for table, content in _members(tar):
        columns = manifest.columns[table]
        query = sql.SQL("copy {} ({}) from stdin").format(_name(table), _list(columns))
        with driver.cursor() as cursor, cursor.copy(query) as copy:
            while block := content.read(1 << 20):
                copy.write(block)
    for table in manifest.tables:
        counted = driver.execute(sql.SQL("select count(*) from {}").format(_name(table))).fetchone()[0]
        if counted != manifest.rows[table]:
            raise Refused(f"{table}: {counted} rows of {manifest.rows[table]}; the file is not whole")
        driver.execute(sql.SQL("alter table {} enable trigger user").format(_name(table)))
    for counter, last in manifest.counters.items():
        schema, name, column = counter.split(".")
        driver.execute(
            "select setval(pg_get_serial_sequence(%s, %s)::regclass, %s)",
            [f'"{schema}"."{name}"', column, last],
        )


def _members(tar: tarfile.TarFile) -> Iterator[tuple[str, IO[bytes]]]:
    while (member := tar.next()) is not None:
        content = tar.extractfile(member)
        if content is not None:
            yield member.name, content


def _mark_restored(driver: Any, manifest: Manifest) -> None:
    """From here on what is queued may have gone out: the carrier's own list says so before anything is sent."""
    driver.execute(
        "insert into conversations.restored (copy_real, restored_real, restored_at) values (%s, clock_timestamp(),"
        " clock_timestamp() + coalesce((select ahead from placements.clock where id = 1), interval '0'))",
        [datetime.fromisoformat(manifest.made_at)],
    )


def _keep_list(driver: Any, stones: list[Tombstone]) -> None:
    """The erasure list goes in with the data, so that a process that dies here leaves it for the next start."""
    for stone in stones:
        driver.execute(
            "insert into conversations.erased (kind, digest, at, opted_out_at) values (%s, %s, %s, %s)"
            " on conflict (kind, digest) do nothing",
            [stone.kind, stone.digest, stone.at, stone.opted_out_at],
        )


def _name(table: str) -> sql.Identifier:
    return sql.Identifier(*table.split("."))


def _list(columns: list[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, columns))
