import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from placements.cause import Cause, audit, once
from placements.models import AuditEntry
from tests.placements.given import ANA, MORNING


async def test_doing_it_twice_is_doing_it_once(session: AsyncSession) -> None:
    done: list[str] = []

    async def do() -> dict[str, object]:
        done.append("x")
        return {"count": len(done)}

    cause = Cause("message", "m1")
    assert await once(session, cause, "count", do) == {"count": 1}
    assert await once(session, cause, "count", do) == {"count": 1}
    assert await once(session, cause, "count again", do) == {"count": 2}
    assert await once(session, Cause("message", "m2"), "count", do) == {"count": 3}
    assert await once(session, Cause("console", "m1"), "count", do) == {"count": 4}


async def test_a_verb_within_itself_is_an_error(session: AsyncSession) -> None:
    cause = Cause("message", "m1")

    async def inner() -> dict[str, object]:
        return {}

    async def outer() -> dict[str, object]:
        return await once(session, cause, "loop", inner)

    with pytest.raises(RuntimeError, match="within itself"):
        await once(session, cause, "loop", outer)


async def test_the_audit_line_says_who_what_why_and_when(session: AsyncSession) -> None:
    await audit(session, Cause("console", "c1", ANA), "look", "person", ANA, {"id": ANA, "day": MORNING})
    line = (await session.execute(select(AuditEntry).where(AuditEntry.verb == "look"))).scalar_one()
    assert (line.actor_id, line.cause_kind, line.cause_ref, line.record_id) == (
        ANA,
        "console",
        "c1",
        str(ANA),
    )
    assert line.data == {"id": str(ANA), "day": str(MORNING)}
    assert abs((line.at - MORNING).total_seconds()) < 300
