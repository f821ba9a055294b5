from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from placements import notices
from placements.cause import Cause
from placements.models import AuditEntry
from tests.placements.given import ANA, GLORIA

CAUSE = Cause("system", "test")


async def test_a_notice_waits_until_it_is_done(session: AsyncSession) -> None:
    ids = [
        await notices.tell(
            session,
            event=event,
            record_type="booking",
            record_id=ANA,
            audience={GLORIA: "guardian"},
            data={"n": 1},
            cause=CAUSE,
        )
        for event in ("first", "second", "third")
    ]
    waiting = await notices.unsent(session, limit=2)
    assert [each.event for each in waiting] == ["first", "second"]
    assert waiting[0].audience == [GLORIA]
    assert waiting[0].data == {"n": 1, "roles": {str(GLORIA): "guardian"}}
    assert ids[0] is not None
    await notices.mark_done(session, ids[0])
    assert [each.event for each in await notices.unsent(session)] == ["second", "third"]
    assert await notices.notice(session, ids[0]) == waiting[0]
    assert await notices.notice(session, ANA) is None


async def test_nobody_to_tell_is_on_record(session: AsyncSession) -> None:
    nothing = await notices.tell(
        session,
        event="consent_unreachable",
        record_type="booking",
        record_id=ANA,
        audience=[],
        data={},
        cause=CAUSE,
    )
    assert nothing is None
    line = (await session.execute(select(AuditEntry).where(AuditEntry.verb == "nobody_to_tell"))).scalar_one()
    assert line.data == {"event": "consent_unreachable"}
