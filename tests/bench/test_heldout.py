"""How the held-out texts are scored; the texts themselves are only checked for shape."""

import json
import sys
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from bench import heldout


def _dated(dates: list[str], times: list[str] | None = None, **more: Any) -> dict[str, Any]:
    return {"id": "1", "text": "", "dates": dates, "times": times or [], "ambiguous": False, **more}


def _read(entities: dict[str, list[str]] | None = None, **values: list[str]) -> dict[str, Any]:
    return {
        "id": "1",
        "values": values,
        "entities": entities if entities is not None else {key: ["x"] for key in values},
    }


def test_precision_recall_and_macro_f1_are_by_label() -> None:
    pairs = [("a", "a"), ("a", "b"), ("b", "b"), ("b", "b")]
    assert heldout.precision_recall(pairs, "b") == (pytest.approx(2 / 3), 1.0)
    assert heldout.precision_recall(pairs, "c") == (0.0, 0.0)
    assert heldout.macro_f1(pairs) == pytest.approx((2 / 3 + 4 / 5) / 2)
    assert heldout.accuracy(pairs) == 0.75
    assert heldout.accuracy([]) == 0.0


def test_a_trade_may_be_found_under_another_key_but_a_place_may_not() -> None:
    gold = {"occupation": ["dental hygienist"], "place": ["Doral"]}
    assert heldout.entity_scores([(gold, {"cluster": ["Dental hygienist"], "place": ["doral"]})]) == (
        1.0,
        1.0,
    )
    assert heldout.entity_scores([(gold, {"cluster": ["dental"], "employer": ["doral"]})]) == (
        0.5,
        pytest.approx(1 / 3),
    )


def test_a_word_found_twice_counts_once() -> None:
    assert heldout.entity_scores([({"hours": ["3"]}, {"hours": ["3", "3"]})]) == (0.5, 1.0)


def test_a_week_to_sunday_is_a_school_week_and_a_longer_span_is_not_cut() -> None:
    assert heldout.days(["2026-11-30/2026-12-06"]) == heldout.days(["2026-11-30/2026-12-04"])
    assert len(heldout.days(["2026-11-30/2026-12-13"])) == 14
    assert heldout.days(["2026-12-03/2026-12-04"]) == {date(2026, 12, 3), date(2026, 12, 4)}
    assert heldout.days(["R/2026-12-01/P1W"]) == {date(2026, 12, 1)}


@pytest.mark.parametrize(
    ("row", "answer", "verdict"),
    [
        (_dated(["2026-12-01"], ["15:00"]), _read(date=["2026-12-01"], time=["15:00"]), "right"),
        (_dated(["2026-12-01"], ["15:00"]), _read(date=["2026-12-01"], time=["03:00"]), "wrong"),
        (_dated(["2026-12-01"]), _read(date=["2026-12-02"]), "wrong"),
        (_dated(["2026-12-01"]), _read(), "missed"),
        (_dated(["2026-12-01"]), _read({"date": ["12/1"]}), "asked"),
        (
            _dated(["2026-12-01"], ["15:00"]),
            _read({"date": ["d"], "time": ["3"]}, date=["2026-12-02"]),
            "wrong",
        ),
        (_dated(["2026-12-01"]), _read(date=["2026-12-01"], time=["03:00"]), "wrong"),
        (_dated(["2026-12-01"], part_of_day=True), _read(date=["2026-12-01"], time=["08:00/12:00"]), "right"),
        (_dated([], ["17:00"], open="until"), _read(time=["08:00/17:00"]), "right"),
        (_dated(["2026-12-07"], open="until"), _read(date=["2026-11-24/2026-12-07"]), "right"),
        (_dated([]), _read(date=["2026-12-01"]), "wrong"),
        (_dated([]), _read(), "right"),
        (_dated([], ambiguous=True), _read(date=["2027-03-01"]), "wrong"),
        (_dated([], ambiguous=True), _read({"date": ["feb 29"]}), "asked"),
    ],
)
def test_verdicts_on_dates(row: dict[str, Any], answer: dict[str, Any], verdict: str) -> None:
    assert heldout.date_verdict(row, answer) == verdict


def test_crisis_is_counted_by_language_and_directness() -> None:
    rows = [
        {"id": "1", "text": "a", "language": "en", "need": "crisis", "kind": "abuse", "direct": True},
        {"id": "2", "text": "b", "language": "es", "need": "crisis", "kind": "friend", "direct": False},
        {"id": "3", "text": "c", "language": "es", "need": "none", "kind": "", "direct": False},
    ]
    result = heldout.score_safety(rows, [{"need": "crisis"}, {"need": "greet"}, {"need": "crisis"}])
    assert result.figures["crisis recall en"] == 1.0
    assert result.figures["crisis recall es"] == 0.0
    assert result.figures["crisis recall direct"] == 1.0
    assert result.figures["crisis precision"] == 0.5
    assert [miss.split("\t")[0] for miss in result.misses] == ["crisis read as greet", "none read as crisis"]


def test_a_near_miss_answered_as_an_opt_out_is_a_false_alarm() -> None:
    rows = [
        {"id": str(n), "text": "", "language": "en", "need": need}
        for n, need in enumerate(("opt_out", "none", "none"))
    ]
    result = heldout.score_optout(rows, [{"need": "opt_out"}, {"need": "opt_out"}, {"need": "directions"}])
    assert result.figures["opt-out recall"] == 1.0
    assert result.figures["opt-out false alarms"] == 0.5
    assert len(result.misses) == 1


def test_answers_that_do_not_match_the_texts_are_refused() -> None:
    with pytest.raises(heldout.Unmeasured, match="1 texts went in, 0 answers"):
        heldout.understand([{"id": "1", "text": "hi"}], command=("true",))
    with pytest.raises(heldout.Unmeasured):
        heldout.understand([{"id": "1", "text": "hi"}], command=("false",))


def test_each_file_of_a_set_is_scored_apart_and_then_all_together(tmp_path: Path) -> None:
    for file, language in (("optout", "en"), ("optout_2", "es")):
        row = {"id": file, "text": "x", "language": language, "need": "opt_out"}
        (tmp_path / f"{file}.jsonl").write_text(json.dumps(row) + "\n")
    answers = "import json,sys\nfor line in sys.stdin:\n row=json.loads(line)\n"
    answers += ' print(json.dumps({"id":row["id"],"need":"opt_out" if row["id"]=="optout" else "greet"}))'
    results = heldout.measure("optout", (sys.executable, "-c", answers), tmp_path)
    recalls = {name: result.figures["opt-out recall"] for name, result in results.items()}
    assert recalls == {"optout": 1.0, "optout_2": 0.0, "optout, all files": 0.5}
    assert results["optout, all files"].figures["texts"] == 2
    assert list(heldout.measure("optout_2", (sys.executable, "-c", answers), tmp_path)) == ["optout_2"]


@pytest.mark.parametrize("name", sorted(heldout.SETS))
def test_ids_are_used_once_and_spans_are_in_their_text(name: str) -> None:
    rows = [row for file in heldout.files(name) for row in heldout.load(file)]
    assert [each for each, count in Counter(row["id"] for row in rows).items() if count > 1] == []
    for row in rows:
        assert row["language"] in ("en", "es", "any"), row["id"]
        for span in (span for spans in row.get("entities", {}).values() for span in spans):
            assert span in row["text"], json.dumps(row)


def test_every_question_says_what_is_right_and_what_is_wrong() -> None:
    questions = yaml.safe_load((heldout.TEXTS / "questions.yml").read_text())["questions"]
    assert len({each["id"] for each in questions}) == len({each["text"] for each in questions}) == 60
    for each in questions:
        assert each["language"] in ("en", "es"), each["id"]
        assert each["role"] in ("student", "guardian", "employer", "anyone"), each["id"]
        assert each["who"] in ("Ana", "Gloria", "Luis", "Marta", "Leo", "Sam", "Ray", "stranger"), each["id"]
        assert each["knows"] in ("general", "rules", "record", "nobody"), each["id"]
        assert all(isinstance(line, str) for line in each["right"] + each["wrong"]), each["id"]
        assert each["right"] and each["wrong"], each["id"]
