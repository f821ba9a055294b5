"""The number of a page, texted back: by whom, in what words, and who hears of it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from conversations.cases import PageWork
from conversations.models import InState
from conversations.texts import measure
from tests.conversations.given import ANA, CORA, POLICY, STRANGER, Desk

DEV, OFFICE = "+13055550110", "+17865550190"
CHAIN = replace(POLICY, oncall=(CORA, DEV), district_contact=OFFICE)
WORDS = "i want to die, nobody at home would even notice"


@pytest.fixture
async def called(district: Desk) -> Desk:
    """Ana is in need, and Cora was called."""
    district.policy = CHAIN
    await district.text(ANA, WORDS)
    return district


async def code_of(desk: Desk) -> str:
    [(code,)] = await desk.rows("select code from conversations.page order by started_at desc limit 1")
    return str(code)


async def taken(desk: Desk) -> str | None:
    [(by,)] = await desk.rows("select acknowledged_by from conversations.page")
    return by if by is None else str(by)


async def last(desk: Desk, number: str) -> str:
    return (await desk.outbox(number))[-1].body


async def minutes_later(desk: Desk, minutes: int) -> None:
    await desk.later(timedelta(minutes=minutes, seconds=1))
    await PageWork(desk.database, CHAIN).run()


@pytest.mark.parametrize(
    "form",
    [
        "{}",
        " {} ",
        "{}.",
        "#{}",
        "{}!",
        "{}\n",
        "ok {}",
        "{} got it",
        "I have it, {}",
        "{} lo tengo",
        "Sí {}",
    ],
)
async def test_ways_of_texting_it_back(called: Desk, form: str) -> None:
    await called.text(CORA, form.format(await code_of(called)))
    assert await taken(called) == CORA


@pytest.mark.parametrize("form", ["{}?", "not me {}", "{} in an hour", "can't, {}", "call Dev about {}"])
async def test_with_other_words_the_number_alone_is_asked_for_and_calling_goes_on(
    called: Desk, form: str
) -> None:
    code = await code_of(called)
    await called.text(CORA, form.format(code))
    assert await taken(called) is None
    assert f"only the number {code}" in await last(called, CORA)


async def test_whoever_takes_it_gets_the_exact_words_and_the_number(called: Desk) -> None:
    await called.text(CORA, await code_of(called))
    said = await last(called, CORA)
    assert WORDS in said and ANA in said and "Ana T." in said and "Torres" not in said


@pytest.mark.parametrize("filler", ["and then he said it again ", "y después él lo dijo otra vez 🙏 "])
async def test_long_words_are_cut_to_one_message(district: Desk, filler: str) -> None:
    district.policy = CHAIN
    await district.text(ANA, "i want to die. " + filler * 20)
    await district.text(CORA, await code_of(district))
    said = await last(district, CORA)
    size = measure(said)
    assert size.segments <= size.within and said.endswith("...") and "i want to die." in said


async def test_everybody_who_was_called_hears_who_has_it_once_and_nobody_else(called: Desk) -> None:
    for _ in range(2):
        await minutes_later(called, 5)
    await called.run("update conversations.outbound set state = 'delivered' where state = 'queued'")
    before = len(await called.outbox(DEV))
    await called.text(DEV, await code_of(called))
    assert "Dev Shah has it" in await last(called, CORA)
    assert len(await called.outbox(OFFICE)) == 0
    assert len(await called.outbox(DEV)) == before + 1
    await minutes_later(called, 300)
    assert not [o for o in await called.outbox() if o.texts == ["page.call"]][3:]


async def test_a_second_one_hears_that_it_is_taken(called: Desk) -> None:
    for _ in range(2):
        await minutes_later(called, 5)
    code = await code_of(called)
    await called.text(CORA, code)
    await called.text(DEV, code)
    assert "taken: Cora Diaz" in await last(called, DEV)
    assert await taken(called) == CORA
    notes = await called.rows("select what from conversations.case_note where what like 'page_ack%'")
    assert len(notes) == 1


async def test_only_who_was_called_can_take_it(called: Desk) -> None:
    code = await code_of(called)
    for other in (DEV, STRANGER, ANA):
        await called.text(other, code)
    assert await taken(called) is None


async def test_another_number_is_no_answer(called: Desk) -> None:
    code = await code_of(called)
    other = str(100 + (int(code) - 99) % 900)
    for body in ("", "1", other, f"{code}0", "²³¹", f"{code} {code}", "abc"):
        await called.text(CORA, body)
    assert await taken(called) is None


async def test_it_needs_neither_worker_nor_engine_and_stays_out_of_the_dialogue(called: Desk) -> None:
    await called.text(CORA, await code_of(called), sid="SM" + "7" * 32)
    [inbound] = [i for i in await called.inbox() if i.carrier_id == "SM" + "7" * 32]
    assert inbound.state == InState.DONE and inbound.did == [{"step": "page_acknowledged"}]
    [reply] = [o for o in await called.outbox(CORA) if o.reply_to == inbound.id]
    assert reply.lane == "urgent"


async def test_calls_that_have_not_left_yet_do_not(called: Desk) -> None:
    for _ in range(2):
        await minutes_later(called, 5)
    await called.text(CORA, await code_of(called))
    [waiting] = [o for o in await called.outbox(DEV) if o.texts == ["page.call"]]
    assert (waiting.state, waiting.why_suppressed) == ("suppressed", "acknowledged")
    assert not [
        o for o in await called.outbox(DEV) if o.texts == ["page.taken"]
    ]  # never called, nothing to tell


async def test_somebody_who_stopped_our_texts_can_still_take_it(district: Desk) -> None:
    """By the mail, which carries the number too."""
    district.policy = CHAIN
    await district.text(CORA, "STOP")
    await district.text(ANA, WORDS)
    await district.text(CORA, await code_of(district))
    assert await taken(district) == CORA
    assert (await district.outbox(CORA))[-1].state == "suppressed"


async def test_of_two_pages_the_number_says_which(called: Desk) -> None:
    first = await code_of(called)
    await called.text(STRANGER, "my friend wants to kill himself")
    second = await code_of(called)
    assert first != second
    await called.text(CORA, second)
    rows = await called.rows("select code from conversations.page where acknowledged_at is not null")
    assert rows == [(second,)]
