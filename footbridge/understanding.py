"""`footbridge understand`: the safety rules, the app's reading and the trained classifier, with nothing running."""

import json
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, time
from typing import IO, Any
from zoneinfo import ZoneInfo

from conversations import safety
from conversations.reading import Reading, SchoolCalendar, Vocabulary, load_vocabulary, read
from conversations.turns.heard import heard
from footbridge import demo
from footbridge.model import ENGINE_PYTHON, ensure_model
from footbridge.settings import PROJECT_ROOT, Settings

ROLES = ("student", "employer", "guardian", "coordinator", "anyone")


class BadRow(ValueError):
    """A line of input that is no request; the message says which and why."""


def one(row: Mapping[str, Any]) -> dict[str, Any]:
    """The need, language, entities and values of one text."""
    with _classifier() as classify:
        return _understood(_checked(row, 1), _Reader(), classify)


def batch(lines: IO[bytes], out: IO[str]) -> None:
    """Answer JSON lines in their order, `id` repeated."""
    reader = _Reader()
    with _classifier() as classify:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            row = _parsed(line, number)
            found = {"id": row["id"]} | _understood(_checked(row, number), reader, classify)
            out.write(json.dumps(found, ensure_ascii=False) + "\n")
            out.flush()


class _Reader:
    """Reads language, entities and dates with the demo district's words and calendar."""

    def __init__(self) -> None:
        self._zone: ZoneInfo = Settings.load().zone
        words = demo.vocabulary()
        self._vocabulary: Vocabulary = load_vocabulary(
            employers={k: str(v) for k, v in words.employers.items()},
            schools={k: str(v) for k, v in words.schools.items()},
            places=words.places,
        )

    def read(self, row: Mapping[str, Any]) -> Reading:
        at = datetime.fromisoformat(row["at"]) if row.get("at") else datetime.now(UTC)
        calendar = SchoolCalendar(timezone=self._zone, first_bell=time(7, 20), last_bell=time(14, 20))
        return read(
            row["text"], at=at, calendar=calendar, vocabulary=self._vocabulary, pending=row.get("pending")
        )


def _understood(row: Mapping[str, Any], reader: _Reader, classify: "_Classify") -> dict[str, Any]:
    """As docs/commands.md says; `kind` and `rule` only where a safety rule spoke."""
    classify.ask(row)  # it thinks while this process reads
    reading = reader.read(row)
    finding = safety.read(row["text"], role=row["role"])
    need, confidence = heard(*classify.answer())
    by_rule = {}
    if finding is not None:
        need, confidence = finding.need, 1.0
        by_rule = {"kind": finding.kind, "rule": finding.rule}
    return {
        "need": need,
        "confidence": round(confidence, 4),
        "language": reading.language,
        "entities": reading.entities,
        "values": reading.values,
        **by_rule,
    }


class _Classify:
    """The engine's classifier in a process of its own: a line in, a line out."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def ask(self, row: Mapping[str, Any]) -> None:
        """Hand a row over; `answer` has to follow."""
        assert self._process.stdin is not None
        asked = {key: row.get(key) for key in ("id", "text", "role", "pending")}
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()

    def answer(self) -> tuple[str, float, list[list[Any]]]:
        """The need of the row asked, how sure that is, and the ranking. Raises BadRow."""
        assert self._process.stdout is not None
        answered = self._process.stdout.readline()
        if not answered:
            raise BadRow("the classifier stopped")
        found = json.loads(answered)
        return str(found["need"]), float(found["confidence"]), list(found["ranking"])


@contextmanager
def _classifier() -> Iterator[_Classify]:
    process = subprocess.Popen(
        [str(ENGINE_PYTHON), "-m", "bot.engine.parse", "--model", str(ensure_model())],
        cwd=PROJECT_ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
    try:
        yield _Classify(process)
    finally:
        assert process.stdin is not None
        process.stdin.close()
        process.wait(timeout=10)
        assert process.stdout is not None
        process.stdout.close()


def _parsed(line: bytes, number: int) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except ValueError:
        raise BadRow(f"line {number} is not JSON") from None
    if not isinstance(row, dict) or not isinstance(row.get("text"), str) or "id" not in row:
        raise BadRow(f"line {number} needs an id and a text")
    return row


def _checked(row: Mapping[str, Any], number: int) -> dict[str, Any]:
    role = row.get("role") or "anyone"
    if role not in ROLES:
        raise BadRow(f"line {number}: role takes {', '.join(ROLES)}")
    try:
        datetime.fromisoformat(row.get("at") or "2026-01-01")
    except (TypeError, ValueError):
        raise BadRow(f"line {number}: at takes a time such as 2026-12-01T09:00:00-05:00") from None
    return {**row, "role": role}


def needs(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """The needs of several texts, for tests and measurements."""
    reader = _Reader()
    with _classifier() as classify:
        return [_understood(_checked(row, n), reader, classify)["need"] for n, row in enumerate(rows, 1)]
