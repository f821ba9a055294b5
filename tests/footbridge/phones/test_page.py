import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest
from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient, TestServer

from footbridge.phones import (
    ACCOUNT_SID,
    CARRIER_PREFIX,
    OUR_NUMBER,
    MemoryStore,
    PhonePerson,
    PhonesConfig,
    Store,
    add_phones,
)
from footbridge.phones.simulator import Simulator
from tests.footbridge.phones.app import App

ANA, GLORIA, BEN, LUIS = "+13055550101", "+13055550102", "+13055550103", "+13055550104"
PEOPLE = [
    PhonePerson(LUIS, "Luis Romero", "student", "grade 10"),
    PhonePerson(ANA, "Ana Torres", "student", "grade 11"),
    PhonePerson(GLORIA, "Gloria Torres", "guardian", "Ana's mother"),
    PhonePerson(BEN, "Ben Ortiz", "employer", "Mercy Hospital"),
]
CLOCK = datetime(2026, 12, 1, 14, 0, tzinfo=UTC)

Client = TestClient[web.Request, web.Application]


async def people() -> list[PhonePerson]:
    return PEOPLE


async def clock() -> datetime:
    return CLOCK


@pytest.fixture
def phones(app: App) -> PhonesConfig:
    return PhonesConfig(
        base_url=app.base_url,
        account_sid=ACCOUNT_SID,
        auth_token=App.TOKEN,
        our_number=OUR_NUMBER,
        delays=(0.01, 0.01),
        clock=clock,
        people=people,
    )


async def start(phones: PhonesConfig, store: Store) -> tuple[Client, Simulator]:
    application = web.Application()
    simulator = add_phones(application, store=store, config=phones)
    client = TestClient(TestServer(application))
    await client.start_server()
    return client, simulator


@pytest.fixture
async def running(phones: PhonesConfig, store: Store) -> AsyncIterator[tuple[Client, Simulator]]:
    client, simulator = await start(phones, store)
    yield client, simulator
    await client.close()


@pytest.fixture
def client(running: tuple[Client, Simulator]) -> Client:
    return running[0]


@pytest.fixture
def simulator(running: tuple[Client, Simulator]) -> Simulator:
    return running[1]


async def state(client: Client) -> dict[str, Any]:
    answer = await client.get("/phones/state")
    assert answer.status == 200
    body: dict[str, Any] = await answer.json()
    return body


async def next_event(stream: ClientResponse, wanted: str) -> dict[str, Any]:
    """The next event of a kind on an open stream."""
    async with asyncio.timeout(5):
        while True:
            name = (await stream.content.readline()).decode().strip()
            if name == f"event: {wanted}":
                line = (await stream.content.readline()).decode()
                found: dict[str, Any] = json.loads(line.removeprefix("data: "))
                return found


@pytest.mark.parametrize("path", ["", "/assets/phones.css", "/assets/phones.js", "/assets/phones.svg"])
async def test_the_page_runs_nothing_but_its_own_files(client: Client, path: str) -> None:
    answer = await client.get(f"/phones{path}")
    assert answer.status == 200
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy
    text = await answer.text()
    assert "http://" not in text.replace("http://www.w3.org/2000/svg", "") and "https://" not in text
    if path == "":
        assert "<script>" not in text and "style=" not in text and "onclick" not in text


@pytest.mark.parametrize("name", ["phones.html", "../page.py", "..%2Fpage.py", "none"])
async def test_no_other_file_is_served(client: Client, name: str) -> None:
    assert (await client.get(f"/phones/assets/{name}")).status == 404


async def test_a_student_an_employer_and_a_guardian_are_shown_first(client: Client) -> None:
    now = await state(client)
    assert now["first_shown"] == [ANA, BEN, GLORIA]
    assert (now["now"], now["timezone"]) == ("2026-12-01T14:00:00+00:00", "America/New_York")
    assert [person["name"] for person in now["people"]] == [person.name for person in PEOPLE]


async def test_without_the_named_ones_the_first_of_each_role_is_shown(phones: PhonesConfig) -> None:
    client, _ = await start(replace(phones, first_shown=("+19995550100", BEN)), MemoryStore())
    assert (await state(client))["first_shown"] == [BEN, LUIS, GLORIA]
    await client.close()


async def test_people_are_shown_once_a_number_in_the_words_of_the_page(phones: PhonesConfig) -> None:
    async def family() -> list[PhonePerson]:
        return [
            PhonePerson(BEN, "Ben Ortiz", "champion", "champion"),
            PhonePerson(GLORIA, "Gloria Torres", "guardian", "guardian"),
            PhonePerson(GLORIA, "Leo Torres", "student", "grade 9"),
            PhonePerson(GLORIA, "Gloria Torres", "coordinator"),
        ]

    client, _ = await start(replace(phones, people=family), MemoryStore())
    shown = [(p["name"], p["role"], p["about"]) for p in (await state(client))["people"]]
    assert shown == [
        ("Ben Ortiz", "employer", ""),
        ("Gloria Torres and Leo Torres", "guardian", "a shared phone"),
    ]
    await client.close()


async def test_a_text_typed_on_a_phone_reaches_the_app_and_is_shown_as_received(
    client: Client, app: App
) -> None:
    async with client.get("/phones/events") as stream:
        await next_event(stream, "pulse")
        answer = await client.post("/phones/texts", json={"from": ANA, "body": " ¿Qué?\x00 😀 "})
        assert answer.status == 201
        first = await next_event(stream, "text")
        assert (first["number"], first["typed"], first["body"], first["note"]) == (
            ANA,
            True,
            " ¿Qué? 😀 ",
            "",
        )
        assert (await next_event(stream, "text"))["note"] == "stored"
    assert [text.body for text in app.texts] == [" ¿Qué? 😀 "]
    [shown] = (await state(client))["texts"][ANA]
    assert (shown["note"], shown["at"], shown["sid"]) == ("stored", CLOCK.isoformat(), first["sid"])


async def test_a_text_to_a_phone_is_seen_from_sending_to_delivered(client: Client) -> None:
    async with client.get("/phones/events") as stream:
        await next_event(stream, "pulse")
        await send(client, GLORIA)
        seen = [await next_event(stream, "text") for _ in range(3)]
    assert [(one["status"], one["typed"], one["number"]) for one in seen] == [
        ("queued", False, GLORIA),
        ("sent", False, GLORIA),
        ("delivered", False, GLORIA),
    ]


async def send(client: Client, to: str) -> int:
    form = {"To": to, "From": OUR_NUMBER, "Body": "hello"}
    url = f"{CARRIER_PREFIX}/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json"
    login = {"Authorization": aiohttp.encode_basic_auth(ACCOUNT_SID, App.TOKEN)}
    return (await client.post(url, data=form, headers=login)).status


async def test_a_phone_can_be_switched_off_and_on(client: Client) -> None:
    async with client.get("/phones/events") as stream:
        await next_event(stream, "pulse")
        off = await client.post("/phones/switch", json={"number": BEN, "off": True})
        assert (await off.json())["off"] is True
        assert (await next_event(stream, "person"))["off"] is True
        await send(client, BEN)
        seen = [await next_event(stream, "text") for _ in range(3)]
        assert seen[-1]["status"] == "undelivered"
        assert seen[-1]["why"] == "the phone is off, out of reach or no longer in service"
        on = await client.post("/phones/switch", json={"number": BEN, "off": False})
        assert (await on.json())["off"] is False
        await send(client, BEN)
        assert [(await next_event(stream, "text"))["status"] for _ in range(3)][-1] == "delivered"
    ben = next(person for person in (await state(client))["people"] if person["number"] == BEN)
    assert ben["role"] == "employer" and not ben["added"]


async def test_another_number_is_added_and_remembered(
    client: Client, phones: PhonesConfig, store: Store
) -> None:
    added = await client.post("/phones/people", json={"name": " Maya Lee ", "number": "(305) 555-0150"})
    assert (added.status, (await added.json())["number"]) == (201, "+13055550150")
    again = await client.post("/phones/people", json={"name": "Somebody", "number": "+1 305 555 0150"})
    assert (again.status, (await again.json())["name"]) == (200, "Maya Lee")
    known = await client.post("/phones/people", json={"name": "Me", "number": ANA})
    assert (known.status, (await known.json())["name"]) == (200, "Ana Torres")
    later, _ = await start(phones, store)
    assert (await state(later))["people"][-1] == {
        "number": "+13055550150",
        "name": "Maya Lee",
        "role": "",
        "about": "added here",
        "off": False,
        "added": True,
    }
    await later.close()


async def test_who_opted_out_is_shown(client: Client) -> None:
    async with client.get("/phones/events") as stream:
        await next_event(stream, "pulse")
        await client.post("/phones/texts", json={"from": ANA, "body": "STOP"})
        await next_event(stream, "text")
        assert (await next_event(stream, "text"))["stopped"] is True
        assert (await state(client))["stopped"] == [ANA]
        await client.post("/phones/texts", json={"from": ANA, "body": "START"})
        await next_event(stream, "text")
        assert (await next_event(stream, "text"))["stopped"] is False


@pytest.mark.parametrize(
    ("path", "body", "reason"),
    [
        ("texts", {"from": "Ana", "body": "hi"}, "That is not a phone number."),
        ("texts", {"from": ANA, "body": "  "}, "There is nothing to send."),
        ("texts", {"from": ANA, "body": "x" * 1601}, "A text has at most 1600 characters."),
        ("texts", {"from": ANA, "body": 7}, "A text is words, or a picture."),
        ("texts", {"from": ANA, "body": "", "pictures": 99}, "A text is words, or a picture."),
        ("texts", ["x"], "A JSON object is expected."),
        ("people", {"name": "", "number": "3055550150"}, "A name of up to 40 letters is needed."),
        ("people", {"name": "x" * 41, "number": "3055550150"}, "A name of up to 40 letters is needed."),
        ("people", {"name": "Maya", "number": "12"}, "That is not a phone number."),
        ("people", {"name": "Maya", "number": OUR_NUMBER}, "That is Footbridge's own number."),
        ("switch", {"number": "+13055550150", "off": True}, "No such phone."),
        ("switch", {"number": ANA, "off": "yes"}, "No such phone."),
    ],
)
async def test_what_the_page_refuses(client: Client, path: str, body: object, reason: str) -> None:
    answer = await client.post(f"/phones/{path}", json=body)
    assert (answer.status, (await answer.json())["error"]) == (400, reason)


async def test_another_site_cannot_type_here(client: Client) -> None:
    form = await client.post("/phones/texts", data={"from": ANA, "body": "hi"})
    plain = await client.post(
        "/phones/texts", data=json.dumps({"from": ANA, "body": "hi"}), headers={"Content-Type": "text/plain"}
    )
    assert (form.status, plain.status) == (400, 400)
    assert "Access-Control-Allow-Origin" not in form.headers


async def test_streams_end_when_the_application_stops(running: tuple[Client, Simulator]) -> None:
    client, simulator = running
    stream = await client.get("/phones/events")
    await next_event(stream, "pulse")
    assert len(simulator.hub.listeners) == 1
    async with asyncio.timeout(5):
        await client.server.close()
        await stream.content.read()
    assert simulator.hub.listeners == set()


async def test_a_page_that_does_not_keep_up_is_dropped(simulator: Simulator) -> None:
    queue = simulator.hub.listen()
    for number in range(600):
        await simulator.type(ANA, f"text {number}", pass_on=False)
    assert simulator.hub.listeners == set()
    held = [queue.get_nowait() for _ in range(queue.qsize())]
    assert held[-1] is None


async def test_the_pulse_tells_of_a_store_that_was_emptied(client: Client, store: Store) -> None:
    await client.post("/phones/texts", json={"from": ANA, "body": "hi"})
    before = await state(client)
    await store.clear()
    async with client.get("/phones/events") as stream:
        assert (await next_event(stream, "pulse"))["last_seq"] == 0 != before["last_seq"]
