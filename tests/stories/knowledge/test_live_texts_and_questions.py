"""A coordinator's wording is live at once, and what nothing answered is looked at once a week."""

from datetime import datetime
from typing import Any

import pytest

from conversations import edits
from footbridge.check import text_findings
from placements import clock
from placements.cause import Cause
from tests.support.town import ANA, CORA, GLORIA, Town

pytestmark = pytest.mark.engine

KEY = "know.activity_job_shadow"
CAUSE = Cause("console", "test")


async def _edit(town: Town, wording: str) -> None:
    async with town.database.session() as session:
        await edits.edit(
            session,
            key=KEY,
            language="en",
            wording=wording,
            by="Cora",
            now=await clock.now(session),
            cause=CAUSE,
        )


async def test_an_edited_text_is_live_in_a_running_town_and_ends_with_a_reset(town: Town) -> None:
    shipped = (await town.text(ANA, "what is a job shadow"))[ANA][0]
    await _edit(town, "You walk with one worker for a morning and ask what you like.")
    heard = await town.text(ANA, "what is a job shadow")
    assert heard[ANA] == ["You walk with one worker for a morning and ask what you like."]
    assert "walk with one worker" not in shipped
    async with town.database.session() as session:
        assert await edits.reset(session, key=KEY, language="en", by="Cora", cause=CAUSE)
    assert "three to six hours" in (await town.text(ANA, "what is a job shadow"))[ANA][0]
    verbs = await town.rows(
        "select verb from placements.audit where record_id = :id order by 1", id=f"{KEY}:en"
    )
    assert [verb for (verb,) in verbs] == ["text_edited", "text_reset"]


@pytest.mark.parametrize(
    ("wording", "why"),
    [
        ("x" * 700, "segments"),
        ("Want it? Reply YES to go on.", "keyword"),
        ("Ask {nobody} about it.", "longest value"),
        (
            "Participation constitutes experiential occupational familiarization notwithstanding contractual "
            "administrative prerequisites, stipulations and regulations established institutionally.",
            "grade",
        ),
    ],
)
def test_a_wording_that_breaks_a_rule_is_found(wording: str, why: str) -> None:
    assert any(why in finding for finding in text_findings(KEY, "en", wording))


def test_a_wording_that_names_other_values_is_found() -> None:
    assert edits.other_values("Hi {name}!", "Hi!") == {"name"}
    assert edits.other_values("Hi {name}!", "Hello {name}.") == set()


async def test_unanswered_questions_keep_no_sender_and_make_one_case_a_week(town: Town) -> None:
    for text in (
        "does Ben Ortiz have a dog, call me at 305 555 0102",
        "is the coffee there any good",
        "is the coffee there good?",
    ):
        await town.text(GLORIA, text)
    rows: list[tuple[Any, ...]] = await town.rows("select words from conversations.unanswered order by id")
    assert len(rows) >= 2
    assert not any(bad in words for (words,) in rows for bad in ("Ben", "Ortiz", "555", "Gloria"))
    columns = await town.rows(
        "select column_name::text from information_schema.columns "
        "where table_schema = 'conversations' and table_name = 'unanswered'"
    )
    assert {name for (name,) in columns} == {"id", "week", "language", "role", "words"}
    heard = await town.move_to(datetime(2027, 2, 8, 9, 1))
    assert [
        text for text in heard[CORA] if "could not answer last week" in text
    ] or "questions" in await town.cases()
    assert (await town.cases()).count("questions") == 1
    await town.move_to(datetime(2027, 2, 9, 9, 1))
    assert (await town.cases()).count("questions") == 1
