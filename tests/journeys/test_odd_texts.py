"""What carriers and people really send: twice, forged, empty, endless, broken, pictures, slashes."""

import asyncio
from urllib.parse import quote_from_bytes

import pytest

from channels.sms.signature import HEADER, sign
from tests.support import twilio_stand_in as twilio
from tests.support.town import ANA, Town

pytestmark = pytest.mark.engine


async def test_the_same_webhook_five_times_at_once_has_one_effect(town: Town) -> None:
    answers = await asyncio.gather(
        *(town.phones.post_inbound(ANA, "hi there", sid="SM" + "1" * 32) for _ in range(5))
    )
    assert {answer.status for answer in answers} == {200}
    heard = await town.settle()
    assert len(heard[ANA]) == 1
    [(count,)] = await town.rows("select count(*) from conversations.inbound")
    assert count == 1


@pytest.mark.parametrize("signature", ["", "bm90IHRoZSByaWdodCBvbmU="])
async def test_a_wrong_signature_is_refused_and_stores_nothing(town: Town, signature: str) -> None:
    answer = await town.phones.post_inbound(ANA, "hi", signature=signature, record=False)
    assert answer.status == 403
    assert await town.rows("select 1 from conversations.inbound") == []


async def test_the_answer_to_a_webhook_is_empty_twiml(town: Town) -> None:
    answer = await town.phones.post_inbound(ANA, "hi")
    assert answer.content_type == "text/xml"
    assert "<Response></Response>" in answer.text


@pytest.mark.parametrize(
    ("body", "fields", "says"),
    [
        (None, {}, "came in empty"),
        ("   ", {}, "came in empty"),
        ("", {"pictures": 1}, "can't look at pictures"),
    ],
)
async def test_no_words(town: Town, body: str | None, fields: dict[str, int], says: str) -> None:
    heard = await town.text(ANA, body, **fields)
    assert says in heard[ANA][0]


@pytest.mark.parametrize(
    "body", ["a" * 1600, "\U0001f602\U0001f64f\U0001f3fd", "hi\x00there", "/restart", "/", "//x"]
)
async def test_strange_words_get_one_reply(town: Town, body: str) -> None:
    heard = await town.text(ANA, body)
    assert len(heard[ANA]) == 1


async def test_restart_is_words_and_no_command(town: Town) -> None:
    await town.text(ANA, "any shadows for nursing?")
    heard = await town.text(ANA, "/restart")
    assert "fresh start" in heard[ANA][0]
    [(intro,)] = await town.rows(
        "select introduced_for from conversations.address where value = :ana", ana=ANA
    )
    assert intro == "2026-27"
    heard = await town.text(ANA, "/cancel_booking{}")
    assert len(heard[ANA]) == 1


async def test_bytes_that_are_no_text(town: Town) -> None:
    form = {
        "MessageSid": "SM" + "7" * 32,
        "AccountSid": twilio.ACCOUNT_SID,
        "From": ANA,
        "To": twilio.OUR_NUMBER,
        "NumMedia": "0",
        "Body": "caf\ufffd",
    }
    body = (
        "&".join(f"{k}={quote_from_bytes(v.encode())}" for k, v in form.items() if k != "Body")
        + "&Body=caf%E9"
    )
    url = f"{town.phones.base_url}/sms/inbound"
    headers = {
        HEADER: sign(twilio.AUTH_TOKEN, url, form),
        "Content-Type": "application/x-www-form-urlencoded",
    }
    async with town.phones._session.post(url, data=body.encode(), headers=headers) as answer:
        assert answer.status in (200, 403)
    heard = await town.settle()
    assert len(heard.get(ANA, ())) == (1 if answer.status == 200 else 0)
