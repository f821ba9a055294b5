from datetime import timedelta
from typing import Any

from conversations.lists import LISTED, bookings_to_pick, query_of, slot_vars, slots_to_book
from conversations.prompts import option_lines
from conversations.texts import render
from conversations.turns.context import Answer
from placements import clock
from placements.queries.bookings import bookings_of
from tests.conversations.given import Desk
from tests.placements import given


async def listed(district: Desk, query: dict[str, Any], **more: Any) -> Answer:
    async with district.database.session() as session:
        now = await clock.now(session)
        return await slots_to_book(session, query, student_id=more.pop("student", given.ANA), now=now, **more)


def deeds(answer: Answer) -> list[str]:
    assert answer.ask is not None
    return [option.deed["verb"] for option in answer.ask.options]


async def test_what_is_open_can_be_picked_and_the_last_line_is_to_be_told_of_more(district: Desk) -> None:
    answer = await listed(district, {"activity": "job_shadow"})
    assert answer.ask is not None and answer.ask.kind == "choose_slot"
    assert deeds(answer) == ["book"] * LISTED + ["tell_when"]
    slots = [option.deed["slot"] for option in answer.ask.options[:-1]]
    assert len(set(slots)) == LISTED
    assert answer.ask.again == {"verb": "find", "query": {"activity": "job_shadow"}}


async def test_nothing_that_is_too_late_to_book(district: Desk) -> None:
    before = await listed(district, {"activity": "job_shadow"})
    await district.later(timedelta(days=9))
    after = await listed(district, {"activity": "job_shadow"})
    assert before.ask is not None and after.ask is not None
    first = {option.deed.get("slot") for option in before.ask.options} - {None}
    assert first - {option.deed.get("slot") for option in after.ask.options}


async def test_nothing_open_is_no_dead_end(district: Desk) -> None:
    await district.run(
        "update placements.slots set starts_at = starts_at - interval '1 year',"
        " ends_at = ends_at - interval '1 year'"
    )
    answer = await listed(district, {"activity": "job_shadow"})
    assert answer.ask is not None and answer.ask.kind == "tell_when" and answer.ask.yes_no
    assert deeds(answer) == ["tell_when", "no_thanks"]
    assert answer.ask.options[0].deed["query"] == {"activity": "job_shadow"}
    moving = await listed(district, {"activity": "job_shadow"}, verb="reschedule", extra={"booking": "b"})
    assert moving.ask is None and [say.key for say in moving.says] == ["reschedule.nothing"]


async def test_every_line_is_words_in_both_languages(district: Desk) -> None:
    answer = await listed(district, {"activity": "job_shadow"})
    assert answer.ask is not None
    options = [{"label": o.label, "deed": o.deed} for o in answer.ask.options]
    for language in ("en", "es"):
        lines = render([answer.ask.say, *option_lines(options)], language).splitlines()
        assert [line[:3] for line in lines[-len(options) :]] == [f"{n}. " for n in range(1, len(options) + 1)]


async def test_moving_a_booking_offers_its_other_times_and_to_leave_it(district: Desk) -> None:
    async with district.database.session() as session:
        booking = str(await given.booked(session))
        [held] = await bookings_of(session, given.ANA, open_only=True)
    query = {"activity": "job_shadow", "moving": booking, "partner_id": str(held.slot.partner_id)}
    answer = await listed(district, query, verb="reschedule", extra={"booking": booking})
    assert answer.ask is not None
    assert deeds(answer)[0] == "reschedule" and deeds(answer)[-1] == "keep"
    assert all(option.deed["booking"] == booking for option in answer.ask.options)
    assert str(given.TUESDAY) not in [option.deed.get("slot") for option in answer.ask.options]
    assert answer.ask.again == {"verb": "ask_reschedule", "booking": booking}


async def test_which_of_several_bookings(district: Desk) -> None:
    async with district.database.session() as session:
        await given.booked(session)
        held = await bookings_of(session, given.ANA, open_only=True)
    answer = bookings_to_pick(held, "ask_cancel", "pick_cancel", "cancel.which")
    assert answer.ask is not None and answer.ask.kind == "pick_cancel"
    assert [option.deed for option in answer.ask.options] == [
        {"verb": "ask_cancel", "booking": str(held[0].id)}
    ]
    facts = slot_vars(held[0].slot)
    assert facts["when"]["tz"] == held[0].slot.timezone and facts["day"]["only"] == "day"


def test_a_query_from_json() -> None:
    query = query_of(
        {"activity": "job_shadow", "date_from": "2027-02-09", "partner_id": str(given.ANA)}, given.LEO
    )
    assert (query.activity, query.student_id, query.limit, query.partner_id) == (
        "job_shadow",
        given.LEO,
        LISTED,
        given.ANA,
    )
    assert query.date_from is not None and query.date_from.isoformat() == "2027-02-09"
    assert query.date_to is None and query.moving is None
