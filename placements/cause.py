"""Why something happens. Every verb takes a cause, and does its work once for it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from placements import clock
from placements.models import AuditEntry, Effect

CauseKind = Literal["message", "console", "due", "import", "system"]


@dataclass(frozen=True)
class Cause:
    """`ref` names the message, request, due item or file; `address` is the phone it came from (E.164)."""

    kind: CauseKind
    ref: str
    actor: UUID | None = None
    address: str | None = None


async def once(
    session: AsyncSession, cause: Cause, verb: str, do: Callable[[], Awaitable[dict[str, Any]]]
) -> dict[str, Any]:
    """The result of `do` for this cause and verb; `do` runs only the first time.

    A second caller at the same instant waits for the first one's transaction and gets its result.
    """
    key = {"cause_kind": cause.kind, "cause_ref": cause.ref, "verb": verb}
    taken = await session.execute(
        insert(Effect)
        .values(**key, at=await clock.now(session), result=None)
        .on_conflict_do_nothing()
        .returning(Effect.verb)
    )
    if taken.scalar_one_or_none() is None:
        known = await session.execute(select(Effect.result).filter_by(**key))
        before = known.scalar_one()
        if before is None:
            raise RuntimeError(f"{verb} was called from within itself for the same cause")
        return dict(before)
    result = await do()
    await session.execute(update(Effect).filter_by(**key).values(result=result))
    return result


async def audit(
    session: AsyncSession,
    cause: Cause,
    verb: str,
    record_type: str,
    record_id: UUID | str,
    data: dict[str, Any] | None = None,
) -> None:
    """Write one line of the audit trail. `data` must hold no name and no number."""
    session.add(
        AuditEntry(
            at=await clock.now(session),
            actor_id=cause.actor,
            verb=verb,
            record_type=record_type,
            record_id=str(record_id),
            cause_kind=cause.kind,
            cause_ref=cause.ref,
            data={key: _plain(value) for key, value in (data or {}).items()},
        )
    )
    await session.flush()


def _plain(value: object) -> object:
    return str(value) if isinstance(value, UUID | date | datetime) else value
