import asyncio
from dataclasses import replace

import pytest

from conversations.cases import NewCase, open_case
from conversations.models import Case, MessageClass, OutState
from placements import clock
from tests.conversations.given import CORA, NOW, STRANGER, Desk
from tests.placements import given


async def opened(desk: Desk, **more: object) -> Case:
    async with desk.database.session() as session:
        new = NewCase(**({"kind": "talk_to_person", "dedupe": "talk:1"} | more))  # type: ignore[arg-type]
        return await open_case(session, new, policy=desk.policy, now=await clock.now(session))


async def test_one_cause_opens_one_case_and_tells_once_however_many_try(district: Desk) -> None:
    made = await asyncio.gather(*(opened(district, person_id=given.ANA) for _ in range(5)))
    assert len({case.id for case in made}) == 1
    assert len(await district.cases()) == 1
    [told] = await district.outbox(CORA)
    assert told.texts == ["case.opened"] and told.state == OutState.QUEUED
    assert "Ana T." in told.body and "Torres" not in told.body
    assert (told.cause_kind, told.cause_ref) == ("case", str(made[0].id))


async def test_cases_are_numbered_in_order(district: Desk) -> None:
    numbers = [(await opened(district, dedupe=f"talk:{n}")).number for n in range(3)]
    assert numbers == sorted(set(numbers))


@pytest.mark.parametrize("person", [given.ANA, given.GLORIA])
async def test_the_coordinator_of_the_students_school_also_for_a_guardian(
    district: Desk, person: object
) -> None:
    await opened(district, person_id=person)
    assert len(await district.outbox(CORA)) == 1


async def test_about_nobody_known_the_first_on_call_is_told(desk: Desk) -> None:
    await opened(desk)
    [told] = await desk.outbox(CORA)
    assert told.state == OutState.QUEUED and "Somebody" in told.body
    assert await desk.outbox(STRANGER) == []


@pytest.mark.parametrize(
    ("severity", "message_class"),
    [("normal", MessageClass.CAUSED), ("soon", MessageClass.CAUSED), ("urgent", MessageClass.PAGE)],
)
async def test_only_what_is_urgent_wakes_anybody(desk: Desk, severity: str, message_class: str) -> None:
    await opened(desk, severity=severity)
    [told] = await desk.outbox(CORA)
    assert told.message_class == message_class


async def test_with_nobody_to_tell_the_case_is_there_all_the_same(desk: Desk) -> None:
    async with desk.database.session() as session:
        new = NewCase(kind="talk_to_person", dedupe="talk:1")
        await open_case(session, new, policy=replace(desk.policy, oncall=()), now=NOW)
    assert [(c.kind, c.state) for c in await desk.cases()] == [("talk_to_person", "open")]
    assert await desk.outbox() == []
