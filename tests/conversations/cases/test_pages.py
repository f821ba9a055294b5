from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from conversations.cases import NewCase, acknowledge, open_case, start_page
from conversations.ledger.addresses import SMS, address_of, note_basis
from conversations.models import Address
from conversations.policy import Policy

CORA, DEV, LEO = "+13055550109", "+13055550110", "+13055550106"
NOW = datetime(2027, 2, 1, 15, tzinfo=UTC)
POLICY = Policy(
    program="Footbridge Demo",
    help_contact="Cora Diaz",
    timezone=ZoneInfo("America/New_York"),
    quiet=(time(20), time(8)),
    app_answers_keywords=True,
    oncall=(CORA, DEV),
    salt="salt",
)


async def phone(session: AsyncSession, number: str) -> Address:
    address = await address_of(session, SMS, number, NOW)
    await note_basis(session, address, kind="basis", source="school", scope="placements", now=NOW)
    return address


async def test_a_page_is_acknowledged_by_whom_it_went_to_and_nobody_else(session: AsyncSession) -> None:
    cora, dev, leo = [await phone(session, number) for number in (CORA, DEV, LEO)]
    case = await open_case(
        session,
        NewCase(kind="crisis", severity="urgent", dedupe="crisis:1", facts={"kind": "self_harm"}),
        policy=POLICY,
        now=NOW,
    )
    page = await start_page(session, case, policy=POLICY, now=NOW)

    assert await acknowledge(session, leo, page.code, now=NOW) is None
    assert await acknowledge(session, dev, page.code, now=NOW) is None
    assert page.acknowledged_at is None and page.next_at is not None

    assert await acknowledge(session, cora, f"{page.code}.", now=NOW) is page
    assert (page.acknowledged_at, page.acknowledged_by, page.next_at) == (NOW, CORA, None)
    assert await acknowledge(session, cora, page.code, now=NOW) is None
