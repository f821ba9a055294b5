"""Whom a page calls, when, and that it never falls quiet."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from conversations.cases import NewCase, PageWork, end_page, open_case, page_step, start_page
from conversations.cases.pages import EVERYBODY_AFTER, REPEAT_AFTER, SLOW_AFTER, SLOW_REPEAT
from conversations.ledger.addresses import on_call_address
from conversations.models import EVERYBODY, Case, CaseNote, Lane, Outbound, OutState, Page, PageCall
from conversations.policy import Policy
from placements import clock
from tests.conversations.given import CORA, NOW, POLICY, STRANGER, Desk

DEV, OFFICE = "+13055550110", "+17865550190"
CHAIN = replace(POLICY, oncall=(CORA, DEV), district_contact=OFFICE)


async def crisis(session: AsyncSession, policy: Policy = CHAIN, number: int = 1) -> Case:
    new = NewCase(kind="crisis", severity="urgent", dedupe=f"crisis:{number}", facts={"kind": "self_harm"})
    return await open_case(session, new, policy=policy, now=NOW)


async def called(session: AsyncSession, page: Page) -> list[tuple[int, str, str | None]]:
    """Step, number, and why not, of every call of a page, in order."""
    query = select(PageCall).where(PageCall.page_id == page.id).order_by(PageCall.id)
    return [(call.step, call.number, call.why_not) for call in await session.scalars(query)]


async def texts(session: AsyncSession, page: Page) -> list[Outbound]:
    query = select(Outbound).where(Outbound.cause_kind == "page", Outbound.cause_ref == str(page.id))
    return list(await session.scalars(query.order_by(Outbound.seq)))


async def step(session: AsyncSession, page: Page, policy: Policy = CHAIN) -> None:
    """The next call, at the time that it is due."""
    assert page.next_at is not None
    await page_step(session, page, policy=policy, now=page.next_at)


async def test_each_twice_in_order_then_the_district_contact_then_everybody(session: AsyncSession) -> None:
    page = await start_page(session, await crisis(session), policy=CHAIN, now=NOW)
    for _ in range(5):
        await step(session, page)
    assert [number for _, number, _ in await called(session, page)] == [CORA, CORA, DEV, DEV, OFFICE, OFFICE]
    rows = await texts(session, page)
    assert [row.due_at for row in rows] == [NOW + n * REPEAT_AFTER for n in range(6)]
    assert {row.lane for row in rows} == {Lane.URGENT}
    assert {row.state for row in rows} == {OutState.QUEUED}  # though no person holds these numbers
    assert all(page.code in row.body for row in rows)
    await step(session, page)
    assert (await called(session, page))[6:] == [(7, number, None) for number in (CORA, DEV, OFFICE)]
    assert page.next_at == NOW + 6 * REPEAT_AFTER + EVERYBODY_AFTER


async def test_it_slows_down_after_two_hours_and_is_never_given_up(session: AsyncSession) -> None:
    page = await start_page(session, await crisis(session), policy=CHAIN, now=NOW)
    waits = []
    for _ in range(40):
        before = page.next_at
        await step(session, page)
        assert page.next_at is not None and before is not None
        waits.append(page.next_at - before)
    assert max(waits) == SLOW_REPEAT and waits[-1] == SLOW_REPEAT
    assert page.next_at is not None and page.next_at - NOW > timedelta(hours=20)
    early = [
        wait for wait, n in zip(waits, range(40), strict=True) if sum(waits[:n], timedelta()) < SLOW_AFTER
    ]
    assert max(early) <= SLOW_REPEAT and EVERYBODY_AFTER in early


async def test_without_a_district_contact_everybody_on_call_is_called_after_the_last(
    session: AsyncSession,
) -> None:
    policy = replace(CHAIN, district_contact="")
    page = await start_page(session, await crisis(session, policy), policy=policy, now=NOW)
    for _ in range(4):
        await step(session, page, policy)
    assert [(n, who) for n, who, _ in await called(session, page)][4:] == [(5, CORA), (5, DEV)]


async def test_a_number_that_stopped_our_texts_costs_no_time_and_becomes_a_case(
    session: AsyncSession,
) -> None:
    address = await on_call_address(session, CORA, NOW)
    address.opted_out_at = NOW
    page = await start_page(session, await crisis(session), policy=CHAIN, now=NOW)
    assert await called(session, page) == [(1, CORA, "opted_out"), (1, DEV, None)]
    assert len(await texts(session, page)) == 1 and page.next_at == NOW + REPEAT_AFTER
    [case] = await session.scalars(select(Case).where(Case.kind == "oncall_unreachable"))
    assert (case.severity, case.facts["number"], case.facts["why"]) == ("soon", CORA, "opted_out")


async def test_a_dead_number_is_tried_and_not_waited_for(session: AsyncSession) -> None:
    address = await on_call_address(session, CORA, NOW)
    address.dead_at = NOW
    page = await start_page(session, await crisis(session), policy=CHAIN, now=NOW)
    assert await called(session, page) == [(1, CORA, "dead_number"), (1, DEV, None)]
    assert [row.state for row in await texts(session, page)] == [OutState.QUEUED, OutState.QUEUED]


async def test_with_nobody_who_takes_texts_it_goes_on_all_the_same(session: AsyncSession) -> None:
    for number in CHAIN.chain:
        (await on_call_address(session, number, NOW)).opted_out_at = NOW
    page = await start_page(session, await crisis(session), policy=CHAIN, now=NOW)
    assert {why for _, _, why in await called(session, page)} == {"opted_out"}
    notes = await session.scalars(select(CaseNote.what).order_by(CaseNote.id))
    assert list(notes) == ["nobody_answered", "nobody_can_be_texted"]
    assert page.next_at == NOW + EVERYBODY_AFTER
    (await on_call_address(session, DEV, NOW)).opted_out_at = None
    await step(session, page)
    assert [(who, why) for n, who, why in await called(session, page) if n == 2] == [
        (CORA, "opted_out"),
        (DEV, None),
        (OFFICE, "opted_out"),
    ]


async def test_a_page_is_started_once_a_case(session: AsyncSession) -> None:
    case = await crisis(session)
    first = await start_page(session, case, policy=CHAIN, now=NOW)
    assert await start_page(session, case, policy=CHAIN, now=NOW) is first
    assert len(await called(session, first)) == 1


async def test_with_nobody_on_call_the_page_rests(session: AsyncSession) -> None:
    policy = replace(CHAIN, oncall=(), district_contact="")
    page = await start_page(session, await crisis(session, policy), policy=policy, now=NOW)
    assert page.next_at is None and await called(session, page) == []


async def test_a_chain_that_grew_shorter_meanwhile_ends_in_everybody(session: AsyncSession) -> None:
    page = await start_page(session, await crisis(session), policy=CHAIN, now=NOW)
    for _ in range(4):
        await step(session, page)
    shorter = replace(CHAIN, oncall=(DEV,), district_contact="")
    await step(session, page, shorter)
    assert (await called(session, page))[-1] == (6, DEV, None)
    assert page.next_at is not None


async def test_open_pages_have_numbers_of_their_own_and_none_is_a_hotlines(session: AsyncSession) -> None:
    pages = [
        await start_page(session, await crisis(session, number=n), policy=CHAIN, now=NOW) for n in range(20)
    ]
    assert len({page.code for page in pages}) == 20
    assert not {"911", "988"} & {page.code for page in pages}


async def test_a_case_that_is_closed_is_called_about_no_more(session: AsyncSession) -> None:
    case = await crisis(session)
    page = await start_page(session, case, policy=CHAIN, now=NOW)
    assert await end_page(session, case, by="school", now=NOW)
    await page_step(session, page, policy=CHAIN, now=NOW)
    assert page.next_at is None and len(await called(session, page)) == 1
    assert not await end_page(session, case, by="school", now=NOW)


@asynccontextmanager
async def at_work(desk: Desk) -> AsyncIterator[PageWork]:
    desk.policy = CHAIN
    await desk.text(STRANGER, "i want to die")
    yield PageWork(desk.database, CHAIN)


async def numbers(desk: Desk) -> list[str]:
    return [n for (n,) in await desk.rows("select number from conversations.page_call order by id")]


async def test_what_is_due_is_done_once_however_many_do_it(desk: Desk) -> None:
    async with at_work(desk) as work:
        assert await work.run() == 0
        for minutes in (6, 12, 18):
            async with desk.database.session() as session:
                await clock.move_to(session, NOW + timedelta(minutes=minutes))
            others = [PageWork(desk.database, CHAIN) for _ in range(3)]
            assert sum(await asyncio.gather(*(w.run() for w in (work, *others)))) == 1
        assert await numbers(desk) == [CORA, CORA, DEV, DEV]


@pytest.mark.parametrize("state", ["failed", "undelivered", "suppressed"])
async def test_a_page_that_does_not_arrive_calls_the_next_at_once(desk: Desk, state: str) -> None:
    async with at_work(desk) as work:
        await desk.run(
            "update conversations.outbound set state = :s, error_code = '30003' where cause_kind = 'page'",
            s=state,
        )
        assert await work.run() == 1
        assert await numbers(desk) == [CORA, DEV]
        assert await work.run() == 0
        [(why,)] = await desk.rows("select why_not from conversations.page_call where number = :n", n=CORA)
        assert why == "30003"
        assert [c.kind for c in await desk.cases()] == ["crisis", "oncall_unreachable"]


async def test_a_failure_of_an_earlier_call_is_noted_and_hurries_nobody(desk: Desk) -> None:
    async with at_work(desk) as work:
        await desk.later(timedelta(minutes=5, seconds=1))
        assert await work.run() == 1
        await desk.run(
            "update conversations.outbound set state = 'failed' where id ="
            " (select outbound_id from conversations.page_call order by id limit 1)"
        )
        assert await work.run() == 0
        assert await numbers(desk) == [CORA, CORA]


async def test_failures_of_a_call_to_everybody_make_no_storm(desk: Desk) -> None:
    async with at_work(desk) as work:
        for _ in range(6):
            await desk.later(timedelta(minutes=5, seconds=1))
            await work.run()
        assert (await desk.rows("select max(step), min(level) from conversations.page_call")) == [
            (7, EVERYBODY)
        ]
        await desk.run("update conversations.outbound set state = 'failed' where cause_kind = 'page'")
        for _ in range(5):
            assert await work.run() == 0
        assert len(await numbers(desk)) == 9
