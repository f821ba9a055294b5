"""Our bar and the carrier's, kept apart; and what an opt-out puts at stake."""

from dataclasses import replace

import pytest

from conversations.cases.about import at_stake, case_about
from conversations.ledger.addresses import SMS, address_of
from conversations.ledger.bars import lift_by_coordinator
from conversations.ledger.sender import Sender
from conversations.models import Case, OutState
from conversations.texts import render
from footbridge.phones.faults import Trouble
from placements.models import ContactKind, ContactPoint, LinkedHow, new_id
from tests.conversations.given import ANA, BEN, GLORIA, LEO, NOW, STRANGER, Desk
from tests.placements import given
from tests.support.twilio_stand_in import TwilioStandIn

OURS, CARRIERS, BOTH, NONE = (True, False), (False, True), (True, True), (False, False)


@pytest.fixture
def desk(district: Desk) -> Desk:
    """Everything here is about people whom the school knows."""
    return district


async def bars(desk: Desk, number: str) -> tuple[bool, bool]:
    address = await desk.address(number)
    assert address is not None
    return address.opted_out_at is not None, address.carrier_barred_at is not None


async def tasks(desk: Desk) -> list[str]:
    return [case.kind for case in await desk.cases() if case.state == "open"]


async def about(desk: Desk, case: Case) -> str:
    async with desk.database.session() as session:
        return render([await case_about(session, case)], "en")


@pytest.mark.parametrize(
    ("texts", "up"),
    [
        (["STOP"], BOTH),
        (["leave me alone, no more texts"], OURS),
        (["ALTO"], OURS),
        (["STOP", "START"], NONE),
        (["STOP", "yes"], NONE),
        (["STOP", "please text me again"], CARRIERS),
        (["STOP", "please text me again", "UNSTOP"], NONE),
        (["ALTO", "quiero recibir mensajes otra vez"], NONE),
        (["ALTO", "STOP", "please text me again"], CARRIERS),
        (["no more texts", "hello?", "1", "si"], OURS),
        (["you have the wrong number"], OURS),
    ],
)
async def test_what_lifts_which(desk: Desk, texts: list[str], up: tuple[bool, bool]) -> None:
    for text in texts:
        await desk.text(STRANGER, text)
    assert await bars(desk, STRANGER) == up
    assert ("must_text_start" in await tasks(desk)) == (up == CARRIERS)


async def test_words_that_ask_for_texts_are_nothing_special_from_anybody_else(desk: Desk) -> None:
    await desk.text(STRANGER, "please text me again")
    assert await desk.outbox() == []
    assert await bars(desk, STRANGER) == NONE


async def test_the_task_says_what_to_text_where_and_is_there_once(district: Desk) -> None:
    policy = replace(district.policy, text_number="305-555-0100")
    await district.text(ANA, "STOP", policy=policy)
    for body in ("please text me again", "hello??", "are you there"):
        await district.text(ANA, body, policy=policy)
    [case] = [c for c in await district.cases() if c.kind == "must_text_start"]
    assert "Ana T." in await about(district, case)
    assert "text START to 305-555-0100" in await about(district, case)
    assert [i.silence for i in await district.inbox()][1:] == ["carrier_bar"] * 3
    await district.text(ANA, "START", policy=policy)
    await district.text(ANA, "STOP", policy=policy)
    await district.text(ANA, "please text me again", policy=policy)
    [old, new] = [c for c in await district.cases() if c.kind == "must_text_start"]
    assert (old.state, new.state) == ("closed", "open")  # another bar, another task


async def test_a_coordinator_lifts_ours_and_hears_what_is_left(district: Desk) -> None:
    for number, text, left in ((ANA, "ALTO", NONE), (LEO, "STOP", CARRIERS)):
        await district.text(number, text)
        async with district.database.session() as session:
            address = await address_of(session, SMS, number, NOW)
            case = await lift_by_coordinator(
                session, address, wording="form of 3 Feb, signed", policy=district.policy, now=NOW
            )
            assert (case is not None) == (left == CARRIERS)
        assert await bars(district, number) == left
    [(source, bar, wording)] = await district.rows(
        "select source, bar, wording from conversations.basis b join conversations.address a on a.id = b.address_id"
        " where kind = 'opt_in' and a.value = :n",
        n=ANA,
    )
    assert (source, bar, wording) == ("coordinator", "ours", "form of 3 Feb, signed")


async def test_what_the_carrier_refuses_is_its_bar_and_a_task(
    district: Desk, sender: Sender, phones: TwilioStandIn
) -> None:
    await phones.plan(Trouble.REFUSED, code=21610, number=ANA)
    await district.write(ANA, "your visit")
    await sender.flush()
    assert await bars(district, ANA) == CARRIERS
    assert await tasks(district) == ["must_text_start"]
    later = await district.outbound(await district.write(ANA, "more"))
    assert (later.state, later.why_suppressed) == (OutState.SUPPRESSED, "carrier_bar")


async def test_a_start_that_the_carrier_did_not_take_is_found_out_at_once(
    district: Desk, sender: Sender, phones: TwilioStandIn
) -> None:
    await district.text(ANA, "STOP")
    await sender.flush()
    await phones.plan(Trouble.REFUSED, code=21610, number=ANA)
    await district.text(ANA, "Start!!")
    assert await bars(district, ANA) == NONE
    await sender.flush()
    assert await bars(district, ANA) == CARRIERS
    assert await tasks(district) == ["must_text_start"]


async def test_a_farewell_that_the_carrier_refuses_is_no_task(
    district: Desk, sender: Sender, phones: TwilioStandIn
) -> None:
    await phones.plan(Trouble.REFUSED, code=21610, number=ANA)
    await district.text(ANA, "Stop!!")  # the carrier took it for one as well
    await sender.flush()
    assert await bars(district, ANA) == BOTH
    assert await tasks(district) == []


async def test_the_people_on_call_hear_that_an_answer_cannot_arrive(district: Desk) -> None:
    await district.text(ANA, "STOP")
    await district.text(ANA, "i want to kill myself")
    notes = await district.rows("select what from conversations.case_note")
    assert ("carrier_blocks_our_answer",) in notes


@pytest.mark.parametrize(
    ("verdict", "body", "answered", "up"),
    [
        ("STOP", "stop texting me, i want to die", "crisis.self_harm", BOTH),
        ("HELP", "my boss at the hospital touched me", "crisis.abuse", NONE),
        ("START", "YES", None, NONE),
        ("STOP", "you have the wrong number", None, BOTH),
        ("STOP", "basta ya", None, BOTH),
        ("HELP", "ayudame", None, NONE),
        ("START", "stop", None, NONE),
    ],
)
async def test_what_the_carrier_answered_is_only_answered_where_somebody_is_in_need(
    desk: Desk, verdict: str, body: str, answered: str | None, up: tuple[bool, bool]
) -> None:
    await desk.text(STRANGER, body, answered_by_carrier=verdict)
    sent = await desk.outbox(STRANGER)
    assert [o.texts[0] for o in sent] == ([answered] if answered else [])
    assert await bars(desk, STRANGER) == up
    if not answered:
        assert [i.silence for i in await desk.inbox()] == ["answered_by_carrier"]


async def share(desk: Desk, person: object, number: str) -> None:
    """The number is this person's too."""
    async with desk.database.session() as session:
        session.add(
            ContactPoint(
                id=new_id(),
                person_id=person,
                kind=ContactKind.PHONE,
                value=number,
                how=LinkedHow.SCHOOL,
                valid_from=NOW,
            )
        )


async def stopped(desk: Desk, number: str, word: str) -> tuple[str, list[str]]:
    await desk.text(number, word)
    [case] = [c for c in await desk.cases() if c.kind == "stopped_with_booking"]
    async with desk.database.session() as session:
        return await about(desk, case), await at_stake(session, case)


@pytest.mark.parametrize("word", ["STOP", "CANCEL", "end", "Quit", "no me manden mas mensajes", "fin"])
async def test_a_guardian_of_two_who_stops_puts_both_at_stake(district: Desk, word: str) -> None:
    async with district.database.session() as session:
        await given.booked(session, given.ANA)
        await given.booked(session, given.LEO)
    line, stake = await stopped(district, GLORIA, word)
    assert line == "Gloria T. stopped our texts. Open visits: Ana T. and Leo T.."
    assert len(stake) == 2 and all("Mercy Hospital" in each for each in stake)
    assert sorted(each.split(":")[0] for each in stake) == ["Ana T.", "Leo T."]


async def test_everyone_on_a_shared_phone_is_named(district: Desk) -> None:
    await share(district, given.LEO, ANA)
    async with district.database.session() as session:
        await given.booked(session, given.LEO)
    line, stake = await stopped(district, ANA, "STOP")
    assert line.startswith("Ana T. and Leo T. stopped our texts.")
    assert [each.split(":")[0] for each in stake] == ["Leo T."]


async def test_a_host_who_stops_puts_the_visits_at_their_place_at_stake(district: Desk) -> None:
    async with district.database.session() as session:
        await given.consented(session)
    _, stake = await stopped(district, BEN, "STOP")
    assert len(stake) == 1 and "waiting host" in stake[0]


async def test_who_has_nothing_open_opens_no_case_and_a_second_stop_opens_no_second(district: Desk) -> None:
    await district.text(LEO, "STOP")
    assert await tasks(district) == []
    async with district.database.session() as session:
        await given.booked(session)
    for _ in range(3):
        await district.text(ANA, "STOP")
    assert (await tasks(district)).count("stopped_with_booking") == 1


async def test_a_wrong_number_names_what_is_at_stake_as_well(district: Desk) -> None:
    async with district.database.session() as session:
        await given.booked(session)
    await district.text(ANA, "you have the wrong number")
    [case] = [c for c in await district.cases() if c.kind == "wrong_number"]
    async with district.database.session() as session:
        assert len(await at_stake(session, case)) == 1
    assert case.severity == "soon"
