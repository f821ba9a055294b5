"""Opt-outs, crisis and pages: decided when the text is stored, whatever else is going on."""

from datetime import datetime, timedelta

import pytest

from tests.support.town import ANA, BEN, CORA, DEV, GLORIA, STRANGER, Town

pytestmark = pytest.mark.engine


async def _book_with_consent(town: Town) -> None:
    await town.text(ANA, "any shadows for nursing?")
    await town.text(ANA, "2")
    await town.text(GLORIA, "1")
    await town.text(BEN, "1")


async def test_stop_then_a_reminder_falls_due_then_start(town: Town) -> None:
    await _book_with_consent(town)
    heard = await town.text(ANA, "STOP")
    assert "no more texts" in heard[ANA][0]
    heard = await town.move_to(datetime(2027, 2, 15, 12))
    assert ANA not in heard
    [(why, key)] = await town.rows(
        "select why_suppressed, texts->>0 from conversations.outbound o join conversations.address a"
        " on a.id = o.address_id where a.value = :ana and why_suppressed is not null and"
        " texts->>0 like 'notice.booking_reminder%'",
        ana=ANA,
    )
    assert (why, key) == ("opted_out", "notice.booking_reminder_student")
    assert "stopped_with_booking" in await town.cases()
    heard = await town.text(ANA, "START")
    assert "welcome back" in heard[ANA][0]
    assert await town.text(ANA, "when is my shadow?")


async def test_stop_and_crisis_at_once(town: Town) -> None:
    heard = await town.text(ANA, "stop texting me, i want to die")
    assert len(heard[ANA]) == 1
    assert "988" in heard[ANA][0]
    assert "URGENT" in heard[CORA][-1] or any("URGENT" in body for body in heard[CORA])
    assert (await town.text(ANA, "hello?")).get(ANA) is None
    assert await town.silence("hello?") == "opted_out"


async def test_a_bare_cancel_with_a_booking_stops_and_opens_a_case(town: Town) -> None:
    await _book_with_consent(town)
    heard = await town.text(ANA, "CANCEL")
    assert "no more texts" in heard[ANA][0]
    assert "stopped_with_booking" in await town.cases()
    [(state,)] = await town.rows("select state from placements.bookings")
    assert state == "confirmed"


async def test_a_page_is_repeated_escalated_and_acknowledged(town: Town) -> None:
    heard = await town.text(ANA, "i want to kill myself")
    [page] = [body for body in heard[CORA] if "URGENT" in body]
    code = page.split("Text back ")[1][:3]
    now = datetime(2027, 2, 1, 10, 0)
    heard = await town.move_to(now + timedelta(minutes=6))
    assert any("URGENT" in body for body in heard[CORA])
    heard = await town.move_to(now + timedelta(minutes=11))
    assert any("URGENT" in body for body in heard[DEV])
    heard = await town.text(DEV, code)
    assert "is yours" in heard[DEV][0]
    heard = await town.move_to(now + timedelta(hours=3))
    assert not any("URGENT" in body for bodies in heard.values() for body in bodies)


async def test_ana_in_crisis_in_spanish_gets_spanish(town: Town) -> None:
    heard = await town.text(GLORIA, "mi hija dice que se quiere matar")
    assert "988" in heard[GLORIA][0] and "911" in heard[GLORIA][0]


async def test_words_that_opt_out_and_words_that_do_not(town: Town) -> None:
    heard = await town.text(ANA, "please stop texting me")
    assert "no more texts" in heard[ANA][0]
    heard = await town.text(BEN, "which bus stop is close to you")
    assert "no more texts" not in heard[BEN][0]


async def test_a_wrong_number_is_unlinked_and_left_alone(town: Town) -> None:
    heard = await town.text(GLORIA, "numero equivocado")
    assert len(heard[GLORIA]) == 1
    assert "wrong_number" in await town.cases()
    await town.text(ANA, "any shadows for nursing?")
    heard = await town.text(ANA, "2")
    assert GLORIA not in heard


async def test_turns_accepted_before_a_stop_keep_their_effects_and_lose_their_replies(town: Town) -> None:
    await town.text(ANA, "any shadows for nursing?")
    await town.phones.post_inbound(ANA, "1")
    await town.phones.post_inbound(ANA, "STOP")
    heard = await town.settle()
    assert len(heard[ANA]) == 1 and "no more texts" in heard[ANA][0]
    [(state,)] = await town.rows("select state from placements.bookings")
    assert state == "waiting_consent"


async def test_a_stranger_under_thirteen_leaves_nothing_behind(town: Town) -> None:
    await town.text(STRANGER, "any shadows for nursing?")
    heard = await town.text(STRANGER, "05/2016")
    assert "13 or older" in heard[STRANGER][0]
    assert await town.rows("select 1 from conversations.address where value = :n", n=STRANGER) == []
    assert await town.rows("select 1 from conversations.inbound i where body like '%nursing%'") == []
    assert (await town.text(STRANGER, "please")).get(STRANGER) is None
    [(marks,)] = await town.rows("select count(*) from conversations.underage")
    assert marks == 2  # the number's, and that of the text that was not read


async def test_two_stops_in_a_row_get_one_confirmation(town: Town) -> None:
    await town.phones.post_inbound(ANA, "STOP")
    await town.phones.post_inbound(ANA, "stop")
    heard = await town.settle()
    assert len(heard[ANA]) == 1 and "no more texts" in heard[ANA][0]
