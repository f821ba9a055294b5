from dataclasses import replace
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from conversations.cases import NewCase, acknowledge, open_case, page_step, start_page
from conversations.cases.pages import REPEAT_AFTER, SLOW_AFTER_STEPS, SLOW_REPEAT
from conversations.ledger.addresses import SMS, address_of, note_basis
from conversations.models import Address, Case, CaseNote, Lane, Outbound, OutState, Page
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


async def crisis(session: AsyncSession, policy: Policy = POLICY, number: int = 1) -> Case:
    new = NewCase(kind="crisis", severity="urgent", dedupe=f"crisis:{number}", facts={"kind": "self_harm"})
    return await open_case(session, new, policy=policy, now=NOW)


async def called(session: AsyncSession, page: Page) -> list[tuple[str, Outbound]]:
    """Whom a page went to, in order."""
    query = (
        select(Address.value, Outbound)
        .join(Outbound, Outbound.address_id == Address.id)
        .where(Outbound.cause_kind == "page", Outbound.cause_ref == str(page.id))
        .order_by(Outbound.seq)
    )
    return [(number, row) for number, row in (await session.execute(query)).all()]


async def test_one_after_the_other_twice_each_and_round_again(session: AsyncSession) -> None:
    page = await start_page(session, await crisis(session), policy=POLICY, now=NOW)
    for _ in range(5):
        assert page.next_at is not None
        await page_step(session, page, policy=POLICY, now=page.next_at)
    rows = await called(session, page)
    assert [number for number, _ in rows] == [CORA, CORA, DEV, DEV, CORA, CORA]
    assert {row.lane for _, row in rows} == {Lane.URGENT}
    assert {row.state for _, row in rows} == {OutState.QUEUED}  # though no person holds these numbers
    assert [row.due_at for _, row in rows] == [NOW + n * REPEAT_AFTER for n in range(6)]
    assert all(page.code in row.body for _, row in rows)
    notes = await session.scalars(select(CaseNote.what).order_by(CaseNote.id))
    assert list(notes) == [f"paged:{n}" for n in range(1, 7)]


async def test_after_two_hours_once_an_hour_and_never_given_up(session: AsyncSession) -> None:
    page = await start_page(session, await crisis(session), policy=POLICY, now=NOW)
    page.steps = SLOW_AFTER_STEPS - 1
    await page_step(session, page, policy=POLICY, now=NOW)
    assert page.next_at == NOW + SLOW_REPEAT


async def test_a_page_is_started_once_a_case(session: AsyncSession) -> None:
    case = await crisis(session)
    first = await start_page(session, case, policy=POLICY, now=NOW)
    assert await start_page(session, case, policy=POLICY, now=NOW) is first
    assert len(await called(session, first)) == 1


async def test_what_is_acknowledged_is_not_repeated(session: AsyncSession) -> None:
    page = await start_page(session, await crisis(session), policy=POLICY, now=NOW)
    assert await acknowledge(session, await address_of(session, SMS, CORA, NOW), page.code, now=NOW) is page
    await page_step(session, page, policy=POLICY, now=NOW)
    assert len(await called(session, page)) == 1 and page.next_at is None


async def test_with_nobody_on_call_the_page_rests(session: AsyncSession) -> None:
    policy = replace(POLICY, oncall=())
    page = await start_page(session, await crisis(session, policy), policy=policy, now=NOW)
    assert page.next_at is None and await called(session, page) == []


@pytest.mark.parametrize("form", ["{}", " {} ", "{}.", "#{}", "{}!", "{}\n"])
async def test_ways_of_texting_a_number_back(session: AsyncSession, form: str) -> None:
    page = await start_page(session, await crisis(session), policy=POLICY, now=NOW)
    cora = await address_of(session, SMS, CORA, NOW)
    assert await acknowledge(session, cora, form.format(page.code), now=NOW) is page


async def test_what_is_no_acknowledgement(session: AsyncSession) -> None:
    page = await start_page(session, await crisis(session), policy=POLICY, now=NOW)
    cora = await address_of(session, SMS, CORA, NOW)
    other = str(100 + (int(page.code) - 99) % 900)
    for body in ("", "1", other, f"{page.code}0", f"ok {page.code}", "abc", "²³¹"):
        assert await acknowledge(session, cora, body, now=NOW) is None
    assert page.acknowledged_at is None


async def test_two_open_pages_have_two_numbers_and_neither_is_that_of_a_hotline(
    session: AsyncSession,
) -> None:
    pages = [
        await start_page(session, await crisis(session, number=n), policy=POLICY, now=NOW) for n in range(20)
    ]
    assert len({page.code for page in pages}) == 20
    assert not {"911", "988"} & {page.code for page in pages}
    cora = await address_of(session, SMS, CORA, NOW)
    assert await acknowledge(session, cora, pages[7].code, now=NOW) is pages[7]
    assert [page for page in pages if page.acknowledged_at] == [pages[7]]
