import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from conversations.ledger.addresses import SMS, address_of, conversation_of, note_basis
from conversations.ledger.gate import Cause, Letter, put
from conversations.models import Address, Lane, MessageClass, Outbound, Prompt, PromptState
from conversations.prompts import (
    CHOICE_LASTS,
    SETTLED_LATELY,
    TOO_FAST,
    Ask,
    asked_before,
    close,
    last_prompt,
    open_next,
    open_prompt,
    put_prompt,
    question_of,
    waiting_acts,
    withdraw_for_record,
    yes_no,
)
from conversations.texts import Say, render
from tests.conversations.given import GLORIA, NOW, POLICY, Desk

CONSENT, OTHER_CONSENT, LIST = "consent", "host_request", "choose_slot"


@pytest.fixture
async def address(session: AsyncSession) -> Address:
    made = await address_of(session, SMS, GLORIA, NOW)
    await note_basis(session, made, kind="basis", source="opt_in", scope="tests", now=NOW)
    return made


async def ask(session: AsyncSession, address: Address, kind: str, record: UUID | None = None) -> Prompt:
    return await put_prompt(
        session,
        address.id,
        Ask(
            kind=kind,
            say=Say("turn.empty"),
            yes_no=True,
            record_id=record,
            options=yes_no({"verb": "keep"}, {"verb": "no_thanks"}),
        ),
        person_id=None,
        role="guardian",
        language="en",
        now=NOW,
    )


async def states(session: AsyncSession, *prompts: Prompt) -> list[str]:
    for prompt in prompts:
        await session.refresh(prompt)
    return [str(prompt.state) for prompt in prompts]


async def test_a_question_opens(session: AsyncSession, address: Address) -> None:
    prompt = await ask(session, address, LIST)
    assert await open_prompt(session, address.id) is prompt
    assert prompt.expires_at == NOW + CHOICE_LASTS
    assert (await ask(session, address, CONSENT)).expires_at is None


async def test_the_database_refuses_two_open_questions_at_one_address(desk: Desk) -> None:
    async with desk.database.session() as session:
        address = await address_of(session, SMS, GLORIA, NOW)
        await ask(session, address, LIST)

    async def second() -> None:
        async with desk.database.session() as session:
            session.add(
                Prompt(
                    id=uuid4(),
                    address_id=address.id,
                    role="anyone",
                    kind=LIST,
                    question={},
                    options=[],
                    yes_no=False,
                    language="en",
                    state=PromptState.OPEN,
                    created_at=NOW,
                )
            )

    with pytest.raises(IntegrityError, match="prompt_one_open"):
        await second()
    refused = await asyncio.gather(*(second() for _ in range(3)), return_exceptions=True)
    assert all(isinstance(each, IntegrityError) for each in refused)


async def test_an_act_waits_behind_an_act(session: AsyncSession, address: Address) -> None:
    first = await ask(session, address, CONSENT)
    second = await ask(session, address, CONSENT)
    third = await ask(session, address, OTHER_CONSENT)
    assert await states(session, first, second, third) == ["open", "queued", "queued"]
    assert await waiting_acts(session, address.id) == 3


async def test_a_list_gives_way_for_good_and_an_act_only_for_a_while(
    session: AsyncSession, address: Address
) -> None:
    old = await ask(session, address, LIST)
    new = await ask(session, address, LIST)
    assert await states(session, old, new) == ["replaced", "open"]
    act = await ask(session, address, CONSENT)
    assert await states(session, new, act) == ["replaced", "open"]
    mine = await ask(session, address, LIST)
    assert await states(session, act, mine) == ["queued", "open"]
    assert await waiting_acts(session, address.id) == 1


async def test_what_has_waited_longest_comes_next(session: AsyncSession, address: Address) -> None:
    acts = [await ask(session, address, CONSENT) for _ in range(3)]
    assert await open_next(session, address.id) is None  # one is open
    opened = []
    for _ in acts:
        standing = await open_prompt(session, address.id)
        assert standing is not None
        opened.append(standing.id)
        close(standing, PromptState.ANSWERED, NOW)
        await session.flush()
        await open_next(session, address.id)
    assert opened == [act.id for act in acts]
    assert await open_next(session, address.id) is None


async def test_an_act_that_stepped_aside_comes_back_before_those_that_came_after_it(
    session: AsyncSession, address: Address
) -> None:
    first = await ask(session, address, CONSENT)
    await ask(session, address, OTHER_CONSENT)
    mine = await ask(session, address, LIST)
    close(mine, PromptState.ANSWERED, NOW)
    await session.flush()
    assert await open_next(session, address.id) is first


async def test_what_is_settled_is_asked_no_more_wherever_it_was(
    session: AsyncSession, address: Address
) -> None:
    record, other = uuid4(), uuid4()
    elsewhere = await address_of(session, SMS, "+13055550155", NOW)
    first = await ask(session, address, CONSENT, record)
    second = await ask(session, address, CONSENT, other)
    there = await ask(session, elsewhere, CONSENT, record)
    answered = await ask(session, elsewhere, LIST, record)
    close(answered, PromptState.ANSWERED, NOW)
    await session.flush()
    assert await withdraw_for_record(session, record, NOW) == {address.id, elsewhere.id}
    assert await states(session, first, second, there, answered) == [
        "withdrawn",
        "queued",
        "withdrawn",
        "answered",
    ]
    assert await open_next(session, address.id) is second
    assert await withdraw_for_record(session, record, NOW) == set()


async def test_the_last_one_whatever_became_of_it(session: AsyncSession, address: Address) -> None:
    assert await last_prompt(session, address.id) is None
    await ask(session, address, CONSENT)
    latest = await ask(session, address, LIST)
    close(latest, PromptState.EXPIRED, NOW)
    await session.flush()
    assert await last_prompt(session, address.id) is latest


async def handed(session: AsyncSession, address: Address, prompt: Prompt, seconds: float | None) -> None:
    """The question was handed to the carrier so many seconds ago, or not yet."""
    letter = Letter(
        address=address,
        conversation=await conversation_of(session, address.id),
        body="?",
        texts=["turn.empty"],
        cause=Cause("notice", "1"),
        dedupe=f"{prompt.id}:{seconds}",
        lane=Lane.OTHER,
        message_class=MessageClass.REPLY,
        prompt_id=prompt.id,
    )
    message_id = await put(session, letter, policy=POLICY, now=NOW)
    if seconds is not None:
        row = await session.get_one(Outbound, message_id)
        row.handed_at = NOW - timedelta(seconds=seconds)
        await session.flush()


async def test_a_question_that_has_not_gone_out_cannot_have_been_answered(
    session: AsyncSession, address: Address
) -> None:
    prompt = await ask(session, address, CONSENT)
    assert not await asked_before(session, prompt, NOW)
    await handed(session, address, prompt, None)
    assert not await asked_before(session, prompt, NOW)
    await handed(session, address, prompt, -1)  # a second after the answer came
    assert not await asked_before(session, prompt, NOW)
    await handed(session, address, prompt, 1)
    assert await asked_before(session, prompt, NOW)


@pytest.mark.parametrize(
    ("asked_ago", "state", "settled_ago", "taken"),
    [
        (3, PromptState.WITHDRAWN, 5, False),  # the answer may be to what has just gone
        (3, PromptState.EXPIRED, 5, False),
        (3, PromptState.ANSWERED, 5, True),
        (3, PromptState.REPLACED, 5, True),
        (3, PromptState.WITHDRAWN, SETTLED_LATELY.seconds + 1, True),
        (TOO_FAST.seconds + 1, PromptState.WITHDRAWN, 5, True),
        (TOO_FAST.seconds, PromptState.WITHDRAWN, 5, False),
    ],
)
async def test_an_answer_that_came_too_fast_after_another_question_was_settled(
    session: AsyncSession,
    address: Address,
    asked_ago: float,
    state: PromptState,
    settled_ago: float,
    taken: bool,
) -> None:
    gone = await ask(session, address, CONSENT)
    close(gone, state, NOW - timedelta(seconds=settled_ago))
    await session.flush()
    prompt = await ask(session, address, CONSENT)
    await handed(session, address, prompt, asked_ago)
    assert await asked_before(session, prompt, NOW) is taken


async def test_a_question_and_its_lines(session: AsyncSession, address: Address) -> None:
    prompt = await ask(session, address, CONSENT)
    for language, yes in (("en", "Yes"), ("es", "Sí")):
        lines = render(question_of(prompt), language).splitlines()
        assert lines[-2:] == [f"1. {yes}", "2. No"]
