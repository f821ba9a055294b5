"""A day or an hour that was read is said back where it is acted on, so that a wrong reading is seen.

The demo stands at Monday 1 February 2027, 10:00.
"""

import ast
from datetime import datetime
from pathlib import Path

import pytest

from tests.support.town import ANA, BEN, CORA, GLORIA, LUIS, ZONE, Town

pytestmark = pytest.mark.engine

ROOT = Path(__file__).resolve().parents[3]

LISTS = [
    ("any shadows on feb 11", "Mercy Hospital, on Thu, Feb 11."),
    ("what job shadows are open next week", "from Mon, Feb 8 to Sun, Feb 14"),
    ("any job shadows next month", "from Mon, Mar 1 to Wed, Mar 31"),
    ("any job shadows on wed feb 10 at 9", "on Wed, Feb 10 between 8:00 AM and 10:00 AM"),
    ("any shadows on feb 9 after 2", "Nothing is open on Tue, Feb 9 from 2:00 PM on"),
    ("any job shadows before noon", "before 12:00 PM"),
    ("any job shadows in the afternoon?", "between 12:00 PM and 5:00 PM"),
    ("any job shadows on wednesdays?", "on Wednesdays"),
    ("any job shadows on 3/4?", "Nothing is open on Thu, Mar 4"),
    ("any job shadows not this friday, the one after?", "Nothing is open on Fri, Feb 12"),
    ("any welding shadows on feb 11 at 7am", "Nothing is open on Thu, Feb 11 between 6:00 AM and 8:00 AM."),
]
IN_SPANISH = [
    ("hay visitas de enfermería el 11 de febrero?", "jue 11 feb"),
    ("hay visitas de enfermeria de mañana en ocho?", "mar 9 feb"),
    ("que visitas hay el 9 de febrero a las 2 y media?", "Bayside Fire Rescue, mar 9 feb, 2:00 PM"),
    ("hay algo el sabado que viene no, el otro?", "1. sáb 13 feb\n2. sáb 20 feb"),
]


async def test_lists_say_the_day_and_hour_that_were_read(town: Town) -> None:
    for text, said in LISTS:
        assert said in (await town.text(ANA, text))[ANA][-1], text


async def test_lists_in_spanish_say_them_too(town: Town) -> None:
    for text, said in IN_SPANISH:
        assert said in (await town.text(LUIS, text))[LUIS][-1], text


async def test_two_readings_are_asked_back_and_the_chosen_one_is_said(town: Town) -> None:
    heard = await town.text(ANA, "any job shadows next friday")
    assert heard[ANA][-1].endswith("Which day do you mean?\n1. Fri, Feb 5\n2. Fri, Feb 12")
    heard = await town.text(ANA, "2")
    assert "Nothing is open on Fri, Feb 12" in heard[ANA][-1]


async def test_weekends_and_lists_of_days_are_asked_back_too(town: Town) -> None:
    weekends = "Which day do you mean?\n1. Sat, Feb 6 to Sun, Feb 7\n2. Sat, Feb 13 to Sun, Feb 14"
    assert (await town.text(ANA, "any job shadows next weekend?"))[ANA][-1].endswith(weekends)
    days = "Which day do you mean?\n1. Fri, Feb 5\n2. Thu, Feb 11\n3. Fri, Feb 12"
    assert (await town.text(ANA, "any job shadows on thursday feb 11 or next friday?"))[ANA][-1].endswith(
        days
    )


async def test_two_readings_narrow_no_open_list_unasked(town: Town) -> None:
    await town.text(ANA, "any job shadows?")
    heard = await town.text(ANA, "what about next friday")
    assert heard[ANA][-1].endswith("1. Fri, Feb 5\n2. Fri, Feb 12")


async def test_a_day_that_nobody_can_settle_is_owned_up_to(town: Town) -> None:
    for text in ("any job shadows on feb 30?", "any job shadows next semester?"):
        assert "I could not tell which day you mean." in (await town.text(ANA, text))[ANA][-1], text


async def booked(town: Town) -> None:
    """Ana goes to Mercy Hospital on Tuesday, February 9, 9:00 AM, and everybody agreed."""
    await town.text(ANA, "any shadows for nursing on feb 9?")
    for who, answer in ((ANA, "1"), (GLORIA, "1"), (BEN, "1")):
        await town.text(who, answer)


async def test_booking_says_day_and_hour_to_everyone(town: Town) -> None:
    await town.text(ANA, "any shadows for nursing on feb 9?")
    heard = await town.text(ANA, "1")
    assert "Tue, Feb 9, 9:00 AM" in heard[ANA][-1]
    assert "mar 9 feb, 9:00 AM" in heard[GLORIA][-1]
    assert "Tue, Feb 9, 9:00 AM" in (await town.text(GLORIA, "1"))[BEN][-1]


MOVES = [
    ("can i move my visit to thursday feb 11", "This is open on Thu, Feb 11. Text a number and I move it:"),
    ("can i move my visit to feb 18", "Nothing is open on Thu, Feb 18, but these are."),
    ("can i move my visit to next friday", "Which day do you mean?\n1. Fri, Feb 5\n2. Fri, Feb 12"),
    ("can i move my visit to feb 30", "I could not tell which day you mean."),
]


async def test_moving_says_the_day_before_anything_is_moved(town: Town) -> None:
    await booked(town)
    for text, said in MOVES:
        assert said in (await town.text(ANA, text))[ANA][-1], text
    assert await town.rows("select count(*) from placements.bookings where state = 'confirmed'") == [(1,)]


async def test_a_move_to_one_of_two_readings_goes_on_with_the_chosen_day(town: Town) -> None:
    await booked(town)
    await town.text(ANA, "can i move my visit to next friday")
    heard = await town.text(ANA, "2")
    assert "Nothing is open on Fri, Feb 12" in heard[ANA][-1]


async def test_cancelling_says_the_day_whatever_day_was_texted(town: Town) -> None:
    await booked(town)
    heard = await town.text(ANA, "i cant go on friday, cancel it")
    assert "Drop this one?" in heard[ANA][-1] and "Tue, Feb 9, 9:00 AM" in heard[ANA][-1]


async def test_a_host_who_cannot_hears_which_day_is_called_off(town: Town) -> None:
    await booked(town)
    heard = await town.text(BEN, "we cant host on friday")
    assert "Drop this one?" in heard[BEN][-1] and "Tue, Feb 9, 9:00 AM" in heard[BEN][-1]


async def test_minutes_late_are_said_back(town: Town) -> None:
    await booked(town)
    await town.move_to(datetime(2027, 2, 9, 8, 30, tzinfo=ZONE))
    heard = await town.text(ANA, "running 20 min late")
    assert "about 20 minutes" in heard[ANA][-1] and "about 20 minutes" in heard[BEN][-1]


async def test_a_coordinator_reads_which_days_were_looked_at(town: Town) -> None:
    await booked(town)
    assert (await town.text(CORA, "who is booked feb 9?"))[CORA][-1].startswith(
        "Visits from Tue, Feb 9 to Tue, Feb 9:"
    )
    both = (await town.text(CORA, "who is booked next friday?"))[CORA][-1]
    assert "from Fri, Feb 5 to Fri, Feb 12" in both


async def test_who_only_looks_hears_the_day_too(town: Town) -> None:
    heard = await town.text(GLORIA, "que hay disponible el 11 de febrero?")
    assert "Para el jue 11 feb los estudiantes pueden reservar esto" in heard[GLORIA][-1]


PASSED_ON = [
    (ANA, "i did 3 hours on friday"),
    (BEN, "we can take 2 students on feb 12 from 9 to 12"),
    (BEN, "ana was here from 9 to 12 on friday"),
]


async def test_hours_and_offers_are_never_acted_on_by_reading(town: Town) -> None:
    """A person gets the words as they were texted; nothing is booked, counted or offered from the reading."""
    tables = ("bookings", "slots", "places")
    before = [await town.rows(f"select count(*) from placements.{table}") for table in tables]
    for who, text in PASSED_ON:
        await town.text(who, text)
    assert [await town.rows(f"select count(*) from placements.{table}") for table in tables] == before


WHERE_READ = {
    "bot/actions/opportunities.py": "lists, which every test above of finding, moving and looking goes through",
    "bot/actions/coordinator.py": "test_a_coordinator_reads_which_days_were_looked_at",
    "bot/actions/hosting.py": "test_a_host_who_cannot_hears_which_day_is_called_off",
    "bot/actions/answers.py": "opens the list again, as find does",
    "bot/actions/day.py": "test_minutes_late_are_said_back",
}


def test_nothing_else_acts_on_a_reading() -> None:
    """Whoever uses a day, an hour or minutes that were read comes into this list with a test that it is said back."""
    users = set()
    for folder in ("bot/actions", "conversations", "channels", "console", "placements"):
        for path in (ROOT / folder).rglob("*.py"):
            if "reading" not in path.parts and _reads_when(path):
                users.add(str(path.relative_to(ROOT)))
    assert users == set(WHERE_READ)


def _reads_when(path: Path) -> bool:
    calls = (
        node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)
    )
    return any(
        isinstance(call.func, ast.Attribute)
        and call.func.attr in ("values", "first", "unsure")
        and call.args
        and isinstance(call.args[0], ast.Constant)
        and call.args[0].value in ("date", "time", "minutes")
        for call in calls
    )
