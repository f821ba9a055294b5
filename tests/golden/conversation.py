"""A golden conversation: what people text, what every phone hears back, and what is true at the end.

    title: Ana books a job shadow
    steps:
    - Ana: any shadows for nursing?          # several texts in one burst are a list; a picture is {pictures: 1}
      heard: {Ana: "..."}                    # exact words a phone; several texts are a list; `...` pins nothing
    - at: 2027-02-02 11:00                   # local time passes
      heard: {Gloria: ...}
    - Cora: "{code}"                         # the number of the page that was started last
    - given: update ... returning 1          # a fact that no text can bring about
    cases: [talk_to_person]                  # the kinds of the open cases, in order
    bookings: [[Ana, Mercy Hospital, 02-09 09:00, confirmed]]
    rows:                                    # whatever else must be true
    - {sql: select ..., are: [[1]]}

Every phone that hears something must be named, unless the whole of `heard` is `...`.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from footbridge.demo.data import read
from tests.support.town import Town

ANYTHING = "..."
CODE = "{code}"  # in a text: the number of the page that was started last
_BOOKINGS = """
select p.first_name, r.name, to_char(s.starts_at at time zone 'America/New_York', 'MM-DD HH24:MI'), b.state
from placements.bookings b
join placements.people p on p.id = b.student_id
join placements.slots s on s.id = b.slot_id
join placements.opportunities o on o.id = s.opportunity_id
join placements.partners r on r.id = o.partner_id
order by b.requested_at, b.id
"""
_CODE = re.compile(r"(?<=Text back )\d{3}|(?<=only the number )\d{3}|(?<=Responda )\d{3}")  # drawn by lot for each page
STRANGERS = {f"Stranger{n or ''}": f"+130555501{50 + n}" for n in range(10)}

Heard = dict[str, Any]


@dataclass(frozen=True)
class Conversation:
    """One file."""

    path: Path
    data: dict[str, Any]

    @classmethod
    def load(cls, path: Path) -> "Conversation":
        return cls(path, yaml.safe_load(path.read_text(encoding="utf-8")))

    def write(self, played: "Played") -> None:
        """Keep what was heard instead of what was expected, where anything was pinned at all."""
        for step, heard in zip(self.data["steps"], played.steps, strict=True):
            if "given" in step:
                continue
            step["heard"] = _kept(step.get("heard"), heard)
            if not step["heard"]:
                del step["heard"]
        self.data.update(cases=played.cases, bookings=played.bookings)
        for row, found in zip(self.data.get("rows", ()), played.rows, strict=True):
            row["are"] = found
        self.path.write_text(_yaml(self.data), encoding="utf-8")


@dataclass(frozen=True)
class Played:
    """What a conversation came to."""

    steps: Sequence[Heard]
    cases: Sequence[str]
    bookings: Sequence[Any]
    rows: Sequence[Sequence[Any]]


async def play(town: Town, conversation: Conversation) -> Played:
    """Text everything in order; what was heard, and what is true afterwards."""
    steps = [await _step(town, step) for step in conversation.data["steps"]]
    rows = [_plain(await town.rows(row["sql"])) for row in conversation.data.get("rows", ())]
    return Played(steps, await town.cases(), _plain(await town.rows(_BOOKINGS)), rows)


def differences(conversation: Conversation, played: Played) -> list[str]:
    """Where it came otherwise than written, in words; empty when it came as written."""
    found = []
    for number, (step, heard) in enumerate(zip(conversation.data["steps"], played.steps, strict=True), 1):
        expected = step.get("heard") or {}
        if expected == ANYTHING:
            continue
        for who in sorted(set(expected) | set(heard)):
            if expected.get(who) != ANYTHING and expected.get(who) != heard.get(who):
                found.append(
                    f"step {number}, {who}\nexpected: {expected.get(who)!r}\nheard:    {heard.get(who)!r}"
                )
    for name, is_so in (("cases", played.cases), ("bookings", played.bookings)):
        if conversation.data.get(name, []) != is_so:
            found.append(f"{name}: expected {conversation.data.get(name, [])}, found {is_so}")
    for row, rows in zip(conversation.data.get("rows", ()), played.rows, strict=True):
        if row.get("are") != rows:
            found.append(f"{row['sql']}: expected {row.get('are')}, found {rows}")
    return found


async def _step(town: Town, step: Mapping[str, Any]) -> Heard:
    if "given" in step:
        assert await town.rows(step["given"]), f"nothing is as given: {step['given']}"
        return {}
    if "at" in step:
        return _by_name(await town.move_to(datetime.fromisoformat(str(step["at"]))))
    [(who, said)] = [(key, value) for key, value in step.items() if key != "heard"]
    for each in said if isinstance(said, list) else [said]:
        fields = dict(each) if isinstance(each, dict) else {}
        body = fields.pop("body", "") if isinstance(each, dict) else str(each)
        if CODE in body:
            body = body.replace(CODE, await _last_code(town))
        answer = await town.phones.post_inbound(_phones()[who], body, **fields)
        assert 200 <= answer.status < 300, answer
    return _by_name(await town.settle())


async def _last_code(town: Town) -> str:
    [(code,)] = await town.rows("select code from conversations.page order by started_at desc limit 1")
    return str(code)


def _phones() -> dict[str, str]:
    """Everybody in the demo district, by first name, and some numbers that belong to nobody."""
    people = [*read("students")["students"], *read("students")["guardians"], *read("schools")["staff"]]
    people += [partner["champion"] for partner in read("partners")["partners"]]
    return STRANGERS | {p["first"]: p["phone"] for p in reversed(people) if p.get("phone")}


def _by_name(heard: Mapping[str, Sequence[str]]) -> Heard:
    names = {phone: name for name, phone in _phones().items()}
    said = {names[phone]: [_CODE.sub("000", body) for body in bodies] for phone, bodies in heard.items()}
    return {name: bodies[0] if len(bodies) == 1 else bodies for name, bodies in sorted(said.items())}


def _plain(rows: Sequence[tuple[Any, ...]]) -> list[list[Any]]:
    return [[v if isinstance(v, int | bool | None) else str(v) for v in row] for row in rows]


def _kept(expected: Any, heard: Heard) -> Any:
    if expected == ANYTHING:
        return ANYTHING
    return {who: ANYTHING if (expected or {}).get(who) == ANYTHING else said for who, said in heard.items()}


class _Dumper(yaml.SafeDumper):
    """Words of several lines as blocks, so that a reader sees what the phone shows."""


def _words(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text or len(text) > 70 else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style)


_Dumper.add_representer(str, _words)


def _yaml(data: Mapping[str, Any]) -> str:
    return yaml.dump(dict(data), Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=1000)
