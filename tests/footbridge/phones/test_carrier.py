"""The simulated carrier over HTTP: what it answers, what it calls back, and that it answers as Twilio
describes."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import jsonschema  # type: ignore[import-untyped]
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer, unused_port

from channels.sms.twilio import TwilioAccount, TwilioCarrier
from conversations.carrier import DeliveryState, Fault, Outgoing, SendFailed
from footbridge.phones import (
    ACCOUNT_SID,
    OUR_NUMBER,
    SIMULATOR,
    CarrierConfig,
    Faults,
    MemoryStore,
    Simulator,
    Store,
    Trouble,
    make_carrier,
)
from footbridge.phones.store import Filter, Handset
from tests.footbridge.phones.app import App

ANA, BEN = "+13055550101", "+13055550103"
MESSAGES = f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages"
SCHEMA: dict[str, Any] = json.loads(Path(__file__).with_name("twilio_messages_schema.json").read_text())

Client = TestClient[web.Request, web.Application]


@pytest.fixture
async def client(config: CarrierConfig) -> AsyncIterator[Client]:
    async with TestClient(TestServer(make_carrier(config)), headers=login(App.TOKEN)) as made:
        yield made


@pytest.fixture
def simulator(client: Client) -> Simulator:
    return client.app[SIMULATOR]


def login(token: str) -> dict[str, str]:
    return {"Authorization": aiohttp.encode_basic_auth(ACCOUNT_SID, token)}


def check(body: Any, name: str) -> None:
    """That a JSON answer, or a form, is what Twilio publishes under this name."""
    validator = jsonschema.Draft202012Validator({**SCHEMA, "$ref": f"#/$defs/{name}"})
    assert [error.message for error in validator.iter_errors(body)] == []


async def send(client: Client, **form: str) -> tuple[int, dict[str, Any]]:
    fields = {"To": ANA, "From": OUR_NUMBER, "Body": "hello", **form}
    answer = await client.post(f"{MESSAGES}.json", data={k: v for k, v in fields.items() if v})
    return answer.status, await answer.json()


async def final(client: Client, sid: str) -> dict[str, Any]:
    async with asyncio.timeout(5):
        while True:
            body: dict[str, Any] = await (await client.get(f"{MESSAGES}/{sid}.json")).json()
            if body["status"] not in ("queued", "sent"):
                return body
            await asyncio.sleep(0.005)


async def test_a_text_is_accepted_and_delivered_with_signed_callbacks(client: Client, app: App) -> None:
    callback = f"{app.base_url}/sms/status?m=0190-x"
    status, created = await send(client, Body="¿Qué día?", StatusCallback=callback)
    assert status == 201
    check(created, "message")
    assert (created["status"], created["num_segments"], created["direction"]) == (
        "queued",
        "1",
        "outbound-api",
    )
    check(await final(client, created["sid"]), "message")
    await app.wait(app.statuses, 2)
    assert [(one.reference, one.carrier_id, one.state) for one in app.statuses] == [
        ("0190-x", created["sid"], DeliveryState.SENT),
        ("0190-x", created["sid"], DeliveryState.DELIVERED),
    ]


async def test_each_text_has_an_id_of_its_own(client: Client) -> None:
    answers = await asyncio.gather(*(send(client, Body=f"text {number}") for number in range(20)))
    assert len({created["sid"] for _, created in answers}) == 20


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"To": ""}, 21604),
        ({"From": ""}, 21603),
        ({"Body": ""}, 21602),
        ({"Body": "x" * 1601}, 21617),
        ({"To": "305-555-0101"}, 21211),
        ({"To": "+1"}, 21211),
        ({"From": "+13055559999"}, 21606),
        ({"From": "", "MessagingServiceSid": "MG" + "0" * 32}, 21606),
        ({"StatusCallback": "javascript:1"}, 21609),
    ],
)
async def test_what_is_refused_and_how_it_is_worded(client: Client, form: dict[str, str], code: int) -> None:
    status, error = await send(client, **form)
    assert (status, error["code"], error["status"]) == (400, code, 400)
    check(error, "error")


async def test_a_text_of_1600_characters_is_taken(client: Client) -> None:
    status, created = await send(client, Body="x" * 1600)
    assert (status, created["num_segments"]) == (201, "11")


async def test_the_login_is_checked(client: Client) -> None:
    for headers in (login("wrong"), {"Authorization": "Basic !!"}, {"Authorization": "Bearer x"}):
        answer = await client.get(f"{MESSAGES}.json", headers=headers)
        assert (answer.status, (await answer.json())["code"]) == (401, 20003)
    other = await client.get(f"/2010-04-01/Accounts/AC{'9' * 32}/Messages.json")
    assert (other.status, (await other.json())["code"]) == (404, 20404)


async def test_the_list_is_paged_and_filtered(client: Client) -> None:
    sids = [(await send(client, Body=f"text {number}"))[1]["sid"] for number in range(5)]
    await send(client, To=BEN)
    for sid in sids:
        await final(client, sid)
    seen, uri, pages = [], f"{MESSAGES}.json?To=%2B13055550101&PageSize=2", 0
    while uri:
        page = await (await client.get(uri)).json()
        check(page, "list")
        assert page["page"] == pages and len(page["messages"]) <= 2
        seen += [row["sid"] for row in page["messages"]]
        uri, pages = page["next_page_uri"], pages + 1
    assert (seen, pages) == (sids[::-1], 3)
    tomorrow = await (await client.get(f"{MESSAGES}.json", params={"DateSent>": "2999-01-01"})).json()
    assert tomorrow["messages"] == []
    assert (await client.get(f"{MESSAGES}.json", params={"DateSent": "soon"})).status == 400


async def test_a_body_is_redacted_and_a_text_deleted_once_it_is_final(client: Client) -> None:
    _, created = await send(client)
    one = f"{MESSAGES}/{created['sid']}.json"
    early = await client.post(one, data={"Body": ""})
    assert (early.status, (await early.json())["code"]) == (409, 20009)
    await final(client, created["sid"])
    assert (await client.post(one, data={"Body": "other words"})).status == 400
    redacted = await (await client.post(one, data={"Body": ""})).json()
    check(redacted, "message")
    assert redacted["body"] == ""
    assert (await client.delete(one)).status == 204
    assert (await client.get(one)).status == 404


async def test_stop_blocks_after_one_confirmation_and_start_lifts_it(
    client: Client, simulator: Simulator, app: App
) -> None:
    await simulator.type(ANA, " Stop ")
    await app.wait(app.texts, 1)
    assert [(await send(client))[0] for _ in range(2)] == [201, 400]
    status, error = await send(client)
    assert (status, error["code"]) == (400, 21610)
    assert (await send(client, To=BEN))[0] == 201
    await simulator.type(ANA, "stop please")
    await simulator.type(ANA, "unstop")
    assert (await send(client))[0] == 201
    await app.wait(app.texts, 3)
    assert [text.body for text in app.texts] == [" Stop ", "stop please", "unstop"]


@pytest.mark.parametrize("word", ["stop please", "yes", "start", "stopp", "help", ""])
async def test_what_is_not_a_stop_word_blocks_nothing(
    client: Client, simulator: Simulator, word: str
) -> None:
    await simulator.type(ANA, word)
    assert [(await send(client))[0] for _ in range(2)] == [201, 201]


async def test_where_the_carrier_answers_keywords_nothing_passes_after_stop(config: CarrierConfig) -> None:
    own = make_carrier(replace(config, keyword_replies="carrier"))
    async with TestClient(TestServer(own), headers=login(App.TOKEN)) as client:
        simulator = client.app[SIMULATOR]
        for word in ("STOP", "HELP", "START", "START"):
            await simulator.type(ANA, word)
        sent = await simulator.store.list(Filter(to=ANA), 9)
        assert [text.direction for text in sent] == ["outbound-reply"] * 3
        await simulator.type(ANA, "quit")
        assert (await send(client))[1]["code"] == 21610


async def test_what_people_type_reaches_the_app_signed(simulator: Simulator, app: App) -> None:
    typed = await simulator.type(ANA, "¿Sí? 😀\n+1 & 2", pictures=1)
    await app.wait(app.texts, 1)
    [text] = app.texts
    assert (text.carrier_id, text.from_number, text.to) == (typed.sid, ANA, OUR_NUMBER)
    assert (text.body, text.pictures, text.opt_out_type) == ("¿Sí? 😀\n+1 & 2", 1, "")
    assert typed.sid.startswith("MM")


async def test_what_became_of_a_webhook_is_kept(simulator: Simulator, app: App) -> None:
    stored = await simulator.type(ANA, "one")
    await app.wait(app.texts, 1)
    app.fail = True
    refused = await simulator.type(ANA, "two")
    await noted(simulator.store, refused.sid)
    assert [(await noted(simulator.store, sid)) for sid in (stored.sid, refused.sid)] == [
        "stored",
        "HTTP 503",
    ]


async def noted(store: Store, sid: str) -> str:
    async with asyncio.timeout(5):
        while not ((text := await store.get(sid)) and text.note):
            await asyncio.sleep(0.005)
    return text.note


async def test_a_webhook_is_tried_once_more_when_nobody_listens(config: CarrierConfig) -> None:
    port = unused_port()
    away = replace(config, base_url=f"http://127.0.0.1:{port}")
    app = App()
    app.base_url = away.base_url
    async with TestClient(TestServer(make_carrier(away))) as client:
        simulator = client.app[SIMULATOR]
        lost = await simulator.type(ANA, "nobody there")
        assert await noted(simulator.store, lost.sid) == "no answer"
        typed = await simulator.type(ANA, "just in time")
        async with TestServer(app.application(), port=port):
            assert await noted(simulator.store, typed.sid) == "stored"
    assert [text.body for text in app.texts] == ["just in time"]


async def test_the_app_is_dialled_at_its_local_address_with_the_public_one_signed(
    config: CarrierConfig, app: App
) -> None:
    local, app.base_url = app.base_url, "https://bridge.example"
    public = replace(config, base_url="https://bridge.example", local_url=local)
    async with TestClient(TestServer(make_carrier(public)), headers=login(App.TOKEN)) as client:
        await client.app[SIMULATOR].type(ANA, "hi")
        await send(client, StatusCallback="https://bridge.example/sms/status?m=1")
        await app.wait(app.texts, 1)
        await app.wait(app.statuses, 2)


async def test_a_phone_that_is_off_gets_nothing(client: Client, simulator: Simulator, app: App) -> None:
    await simulator.store.save_handset(Handset(ANA, "Ana", "student", switched_off=True))
    _, created = await send(client, StatusCallback=f"{app.base_url}/sms/status?m=1")
    body = await final(client, created["sid"])
    assert (body["status"], body["error_code"]) == ("undelivered", 30003)
    check(body, "message")
    await app.wait(app.statuses, 2)
    assert (app.statuses[1].error_code, app.statuses[1].fault) == ("30003", Fault.DEAD_NUMBER)


@pytest.mark.parametrize(
    ("trouble", "states"),
    [
        (Trouble.CALLBACK_LOST, []),
        (Trouble.CALLBACK_TWICE, ["sent", "sent", "delivered", "delivered"]),
        (Trouble.CALLBACK_REVERSED, ["delivered", "sent"]),
        (Trouble.FAILED, ["sent", "failed"]),
        (Trouble.UNDELIVERED, ["sent", "undelivered"]),
    ],
)
async def test_callbacks_go_wrong_on_order(
    client: Client, simulator: Simulator, app: App, trouble: Trouble, states: list[str]
) -> None:
    simulator.faults.plan(trouble, number=ANA)
    _, created = await send(client, StatusCallback=f"{app.base_url}/sms/status?m=1")
    await final(client, created["sid"])
    await app.wait(app.statuses, len(states))
    await asyncio.sleep(0.05)
    assert [one.status for one in app.statuses] == states


async def test_webhooks_go_wrong_on_order(simulator: Simulator, app: App) -> None:
    simulator.faults.plan(Trouble.INBOUND_LOST)
    simulator.faults.plan(Trouble.INBOUND_TWICE)
    await simulator.type(ANA, "lost")
    await simulator.type(ANA, "twice")
    await app.wait(app.texts, 2)
    await asyncio.sleep(0.05)
    assert [text.body for text in app.texts] == ["twice", "twice"]
    assert [text.body for text in await simulator.store.list(Filter(), 9)] == ["twice", "lost"]


async def test_plans_are_for_one_number_and_run_out() -> None:
    faults = Faults()
    faults.plan(Trouble.DROP, times=2, number=BEN)
    kinds = frozenset({Trouble.DROP})
    assert faults.take(kinds, ANA) is None
    assert [faults.take(kinds, BEN) is not None for _ in range(3)] == [True, True, False]
    assert faults.left() == 0


async def test_sends_wait_while_held(client: Client, simulator: Simulator) -> None:
    simulator.faults.hold()
    waiting = asyncio.create_task(send(client))
    await asyncio.sleep(0.05)
    assert not waiting.done() and await simulator.store.list(Filter(), 9) == []
    simulator.faults.release()
    assert (await waiting)[0] == 201


async def test_what_was_under_way_goes_on_in_the_next_process(
    config: CarrierConfig, store: Store, app: App
) -> None:
    slow, config = replace(config, delays=(30.0, 30.0)), replace(config, resume_after=0.0)
    async with TestClient(TestServer(make_carrier(slow, store=store)), headers=login(App.TOKEN)) as client:
        _, created = await send(client, StatusCallback=f"{app.base_url}/sms/status?m=1")
        assert created["status"] == "queued"
    async with TestClient(TestServer(make_carrier(config, store=store)), headers=login(App.TOKEN)) as client:
        assert (await final(client, created["sid"]))["status"] == "delivered"
        await app.wait(app.statuses, 2)
    assert [one.status for one in app.statuses] == ["sent", "delivered"]


async def test_what_was_typed_but_not_passed_on_is_so_by_the_next_process(
    config: CarrierConfig, store: Store, app: App
) -> None:
    first = make_carrier(config, store=store)
    async with TestServer(first):
        await first[SIMULATOR].type(ANA, "hi", pass_on=False)
    async with TestServer(make_carrier(replace(config, resume_after=0.0), store=store)):
        await app.wait(app.texts, 1)
    assert [text.body for text in app.texts] == ["hi"]


async def test_our_requests_are_what_twilio_publishes(config: CarrierConfig) -> None:
    """The forms and queries that leave `channels.sms.twilio`, held against the published description."""
    seen: list[tuple[str, dict[str, str]]] = []
    app = make_carrier(config, store=MemoryStore())

    @web.middleware
    async def watch(request: web.Request, handler: Any) -> web.StreamResponse:
        fields = request.query if request.method == "GET" else await request.post()
        seen.append((f"{request.method} {request.match_info.route.resource}", dict(fields)))  # type: ignore[arg-type]
        answer: web.StreamResponse = await handler(request)
        return answer

    app.middlewares.append(watch)
    async with TestServer(app) as server:
        base = str(server.make_url("")).rstrip("/")
        account = TwilioAccount(ACCOUNT_SID, App.TOKEN, config.base_url, OUR_NUMBER, api_base_url=base)
        carrier = TwilioCarrier(account)
        by_service = TwilioCarrier(replace(account, from_number="", messaging_service_sid="MG" + "0" * 32))
        sent = await carrier.send(Outgoing("0190-x", ANA, "hello"))
        with pytest.raises(SendFailed):
            await by_service.send(Outgoing("0190-y", ANA, "hello"))
        await carrier.list_sent(to=ANA, since=sent.at)
        await carrier.list_received(since=sent.at)
        while (text := await app[SIMULATOR].store.get(sent.carrier_id)) and text.status != "delivered":
            await asyncio.sleep(0.01)
        await carrier.erase_body(sent.carrier_id)
        await carrier.close()
        await by_service.close()
    kinds = ["create", "create", "query", "query", "update"]
    assert len(seen) == len(kinds)
    for kind, (_, fields) in zip(kinds, seen, strict=True):
        check(fields, kind)
    assert seen[4][1] == {"Body": ""}
