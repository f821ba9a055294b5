"""The public listener: alive, ready or not and which part, and never 2xx for a text that is not stored."""

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from aiohttp.test_utils import TestClient, TestServer

from channels.sms.signature import HEADER, sign
from footbridge.gateway import private_app, public_app
from footbridge.ports import Ports
from footbridge.settings import Settings
from footbridge.wiring import Parts, policy_of
from placements.database import Database
from tests.support import twilio_stand_in as twilio

BASE = "http://127.0.0.1:8080"
TOKEN = "private-token-of-the-tests"


@pytest.fixture(autouse=True)
def _secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOOTBRIDGE_PRIVATE_TOKEN", TOKEN)


def _settings(home: Path, url: str) -> Settings:
    return Settings.load(
        FOOTBRIDGE_HOME=home,
        DATABASE_URL=url.replace("+psycopg", ""),
        FOOTBRIDGE_DEMO="1",
        PUBLIC_BASE_URL=BASE,
        TWILIO_ACCOUNT_SID=twilio.ACCOUNT_SID,
        TWILIO_AUTH_TOKEN=twilio.AUTH_TOKEN,
        TWILIO_FROM_NUMBER=twilio.OUR_NUMBER,
        TWILIO_API_BASE_URL="http://127.0.0.1:9",
    )


async def _client(home: Path, url: str, *, private: bool = False) -> AsyncIterator[TestClient]:  # type: ignore[type-arg]
    settings = _settings(home, url)
    parts = Parts(settings, Database(url, pool_size=2), policy_of(settings))
    async with aiohttp.ClientSession() as http:
        app = private_app(parts) if private else public_app(parts, Ports(8080, 9, 9), http)
        async with TestClient(TestServer(app)) as client:
            yield client
    await parts.database.close()


@pytest.fixture
async def client(tmp_path: Path, database_url: str) -> AsyncIterator[TestClient]:  # type: ignore[type-arg]
    async for each in _client(tmp_path, database_url):
        yield each


@pytest.fixture
async def lost(tmp_path: Path) -> AsyncIterator[TestClient]:  # type: ignore[type-arg]
    """A gateway whose database is gone."""
    async for each in _client(tmp_path, f"postgresql+psycopg://nobody@/none?host={tmp_path}"):
        yield each


@pytest.fixture
async def private(tmp_path: Path, database_url: str) -> AsyncIterator[TestClient]:  # type: ignore[type-arg]
    async for each in _client(tmp_path, database_url, private=True):
        yield each


def _form(body: str) -> tuple[dict[str, str], dict[str, str]]:
    form = {
        "MessageSid": "SM" + "a" * 32,
        "AccountSid": twilio.ACCOUNT_SID,
        "From": "+13055550101",
        "To": twilio.OUR_NUMBER,
        "Body": body,
        "NumMedia": "0",
    }
    return form, {HEADER: sign(twilio.AUTH_TOKEN, f"{BASE}/sms/inbound", form)}


async def test_a_text_that_cannot_be_stored_is_never_answered_2xx(lost: TestClient) -> None:  # type: ignore[type-arg]
    form, headers = _form("i want to die")
    answer = await lost.post("/sms/inbound", data=form, headers=headers)
    assert answer.status == 503


async def test_alive_without_a_database_but_not_ready(lost: TestClient) -> None:  # type: ignore[type-arg]
    assert (await lost.get("/healthz")).status == 200
    ready = await lost.get("/readyz")
    assert ready.status == 503
    assert (await ready.json())["parts"] == {
        "database": "not ready",
        "worker": "not ready",
        "engine": "not ready",
    }


async def test_ready_names_the_part_that_is_not(client: TestClient) -> None:  # type: ignore[type-arg]
    answer = await (await client.get("/readyz")).json()
    assert answer["parts"] == {"database": "ready", "worker": "not ready", "engine": "not ready"}


async def test_phones_exist_only_without_a_carrier(client: TestClient) -> None:  # type: ignore[type-arg]
    assert (await client.get("/phones")).status == 404


async def test_actions_are_for_those_who_know_the_secret(private: TestClient) -> None:  # type: ignore[type-arg]
    assert (await private.post("/actions/webhook", json={"next_action": "action_greet"})).status == 401


async def test_metrics_count_texts_by_state(private: TestClient, client: TestClient) -> None:  # type: ignore[type-arg]
    form, headers = _form("STOP")
    assert (await client.post("/sms/inbound", data=form, headers=headers)).status == 200
    token = {"Authorization": f"Bearer {TOKEN}"}
    answer = await private.get("/metrics", headers=token)
    assert 'footbridge_inbound_texts{state="done"} 1.0' in await answer.text()


@pytest.mark.parametrize("shown", ["", "Bearer", "Bearer no", "Bearer wrong-\u00f1", TOKEN])
async def test_metrics_are_for_those_who_know_the_secret(private: TestClient, shown: str) -> None:  # type: ignore[type-arg]
    answer = await private.get("/metrics", headers={"Authorization": shown})
    assert answer.status == 401
    assert "footbridge_" not in await answer.text()


async def test_what_nobody_has_signed_is_named_and_keeps_nothing_from_being_ready(client: TestClient) -> None:  # type: ignore[type-arg]
    said = await (await client.get("/readyz")).json()
    assert "crisis.abuse (es)" in said["unsigned_answers"] and said["parts"]["database"] == "ready"
