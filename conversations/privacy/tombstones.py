"""Salted hashes of what was erased: proof of an opt-out without the number, and a list to erase by after a restore."""

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from conversations.models import Address, Basis, Erased

NUMBER, PERSON = "number", "person"


@dataclass(frozen=True)
class Tombstone:
    """`digest` stands for a number or for a person's id; it cannot be turned back without the salt."""

    kind: str
    digest: str
    at: datetime
    opted_out_at: datetime | None = None


def digest(kind: str, value: str | UUID, salt: str) -> str:
    """The keyed hash that stands for a number (E.164) or a person's id."""
    return hmac.new(salt.encode(), f"{kind}:{value}".encode(), hashlib.sha256).hexdigest()


async def remember(session: AsyncSession, stones: Iterable[Tombstone]) -> None:
    """Keep these. One that is known keeps its opt-out, or gets it."""
    for stone in stones:
        row = insert(Erased).values(
            kind=stone.kind, digest=stone.digest, at=stone.at, opted_out_at=stone.opted_out_at
        )
        await session.execute(
            row.on_conflict_do_update(
                index_elements=["kind", "digest"],
                set_={"opted_out_at": row.excluded.opted_out_at, "carried_at": None},
                where=Erased.opted_out_at.is_(None),
            )
        )


async def all_stones(session: AsyncSession) -> list[Tombstone]:
    """The erasure list."""
    rows = await session.scalars(select(Erased).order_by(Erased.id))
    return [Tombstone(row.kind, row.digest, row.at, row.opted_out_at) for row in rows]


async def carry_over_opt_out(session: AsyncSession, address: Address, *, salt: str, now: datetime) -> None:
    """An erased number that turns up again is still opted out, until START comes from that phone."""
    if address.opted_out_at is not None:
        return
    stone = await session.scalar(
        select(Erased).where(
            Erased.kind == NUMBER,
            Erased.digest == digest(NUMBER, address.value, salt),
            Erased.opted_out_at.is_not(None),
            Erased.carried_at.is_(None),
        )
    )
    if stone is None:
        return
    address.opted_out_at, stone.carried_at = stone.opted_out_at, now
    session.add(
        Basis(
            address_id=address.id,
            at=now,
            kind="opt_out",
            source="before_erasure",
            scope="everything",
            wording="",
            message_id=None,
            bar="ours",
        )
    )
    await session.flush()
