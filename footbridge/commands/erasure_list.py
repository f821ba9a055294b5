"""The erasure list outside the database: hashes only, so that a database that is lost leaves nobody un-erased.

It is `FOOTBRIDGE_HOME/erased.jsonl`, one JSON object a line. It goes with every backup, too.
"""

import json
import os
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from conversations.privacy.tombstones import Tombstone
from footbridge.settings import make_home

NAME = "erased.jsonl"


def read(home: Path) -> list[Tombstone]:
    """Everything on the list; an empty one where there is no file."""
    path = home / NAME
    return (
        [stone_of(json.loads(line)) for line in path.read_text().splitlines() if line]
        if path.exists()
        else []
    )


def add(home: Path, stones: Iterable[Tombstone]) -> None:
    """Put on the list what is not there yet; on disk before this returns."""
    known = {(stone.kind, stone.digest, stone.opted_out_at is None) for stone in read(home)}
    fresh = [s for s in stones if (s.kind, s.digest, s.opted_out_at is None) not in known]
    if not fresh:
        return
    path = make_home(home) / NAME
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a") as file:
        file.writelines(json.dumps(as_json(stone)) + "\n" for stone in fresh)
        file.flush()
        os.fsync(file.fileno())


def as_json(stone: Tombstone) -> dict[str, str | None]:
    return {
        "kind": stone.kind,
        "digest": stone.digest,
        "at": stone.at.isoformat(),
        "opted_out_at": stone.opted_out_at.isoformat() if stone.opted_out_at else None,
    }


def stone_of(row: dict[str, str | None]) -> Tombstone:
    out = row.get("opted_out_at")
    return Tombstone(
        str(row["kind"]),
        str(row["digest"]),
        datetime.fromisoformat(str(row["at"])),
        datetime.fromisoformat(out) if out else None,
    )
