"""Every keyword x state of the number x open question x who answers, through the signed webhook.

What has to come of each is read from docs/keywords.md.
"""

import asyncio
import re
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from itertools import count
from typing import Any
from uuid import UUID, uuid4

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy import select

from channels.sms.signature import HEADER, sign
from channels.sms.webhooks import INBOUND_PATH, routes
from conversations.ledger.receive import underage_digest
from conversations.models import (
    Address,
    Basis,
    Case,
    Conversation,
    Inbound,
    InState,
    Outbound,
    OutState,
    Page,
    Prompt,
    PromptState,
    Underage,
)
from conversations.safety import keywords
from footbridge.intake import LedgerIntake
from footbridge.settings import PROJECT_ROOT
from tests.conversations.given import NOW, POLICY, Desk, open_desk

TOKEN, BASE = "token-of-the-tests", "http://127.0.0.1:1"
APP, CARRIER, TYPED = "app", "carrier", "carrier, with OptOutType"
CARRIERS = sorted({"stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout"})
FORMS: Mapping[str, Sequence[str]] = {
    "stop": [*CARRIERS, "STOP", " Stop ", "stop\n", "QUIT", "Cancel", "END"],
    "stop, ours": [
        *("Stop!!", "STOP.", '"stop"', "CANCEL.", "(end)", "stop all", "opt out", "Opt-Out"),
        *("alto", "parar", "pare", "paren", "para", "detener", "detente", "basta", "baja", "dar de baja"),
        *(
            "darme de baja",
            "desuscribir",
            "desuscribirme",
            "desinscribir",
            "fin",
            "revocar",
            "ALTO!",
            " Parar ",
        ),
    ],
    "start": ["start", "unstop", "START", " Unstop "],
    "start, ours": ["Start!", "unstop."],
    "yes": ["yes", "YES", " Yes "],
    "yes, ours": ["Yes!", "yes."],
    "help": ["help", "info", "HELP", " Info "],
    "help, ours": ["ayuda", "AYUDA", "¡Ayuda!", "help!!", "info?"],
    "asks for texts": ["please text me again", "quiero recibir mensajes otra vez"],
    "anything else": ["CANCELAR", "no", "1", "salir", "which bus stop?", "when is my visit", "si"],
}
VERDICTS = {"stop": "STOP", "start": "START", "yes": "START", "help": "HELP"}
STATES = (
    *("new", "known", "out by keyword", "out by words", "barred by carrier", "dead", "in crisis"),
    *("at the gate", "under 13"),
)
EVERY_SPELLING = ("known", "out by words", "in crisis")
QUESTIONS = ("none", "yes/no", "list", "expired")
SAID = {
    "stopped": ["keyword.stopped"],
    "welcome back": ["keyword.welcome_back"],
    "already in": ["keyword.already_in"],
    "help": ["keyword.help"],
    "crisis answer": ["crisis.abuse"],
}
_numbers = count(1)


@dataclass(frozen=True)
class Cell:
    """One number, what it texts, and what has to come of it."""

    group: str
    text: str
    state: str
    question: str
    who: str
    outcome: str
    number: str = field(default_factory=lambda: f"+1786{next(_numbers):07}")
    sid: str = field(default_factory=lambda: f"SM{next(_numbers):032}")
    prompt_id: UUID = field(default_factory=uuid4)

    @property
    def verdict(self) -> str:
        return VERDICTS[self.group.split(",")[0]] if self.who == TYPED else ""

    def __str__(self) -> str:
        return f"{self.text!r} ({self.group}), {self.state}, question {self.question}, answered by {self.who}"


@cache
def tables() -> dict[str, dict[tuple[str, str], str]]:
    """Who answers -> (state, group) -> outcome, as the page has them."""
    page = (PROJECT_ROOT / "docs" / "keywords.md").read_text(encoding="utf-8")
    found = {}
    for who, body in re.findall(r"<!-- answered by: (.*?) -->\n((?:\|.*\n)+)", page):
        head, _, *rows = ([c.strip() for c in line.strip("|").split(" | ")] for line in body.splitlines())
        table: dict[tuple[str, str], str] = {}
        for state, *outcomes in rows:
            table |= {(state, g.strip(" |")): o.strip(" |") for g, o in zip(head[1:], outcomes, strict=True)}
        found[who] = table
    return found


def cells() -> Iterator[Cell]:
    """Every spelling in three states where the app answers; elsewhere two of each group; every question with one."""
    for who, table in tables().items():
        for (state, group), outcome in table.items():
            spellings = FORMS[group] if who == APP and state in EVERY_SPELLING else FORMS[group][:2]
            for text in spellings:
                yield Cell(group, text, state, "none", who, outcome)
            for question in QUESTIONS[1:] if state not in ("at the gate", "under 13", "dead", "new") else ():
                yield Cell(group, FORMS[group][0], state, question, who, outcome)


def test_the_page_has_every_state_group_and_way_of_answering() -> None:
    assert set(tables()) == {APP, CARRIER, TYPED}
    for who, table in tables().items():
        groups = set(FORMS) - ({"asks for texts", "anything else"} if who == TYPED else set())
        assert set(table) == {(state, group) for state in STATES for group in groups}


def test_every_keyword_of_the_list_is_driven() -> None:
    said = {re.sub(r"\W+", " ", form.lower()).strip() for forms in FORMS.values() for form in forms}
    assert {word for words in keywords.groups().values() for word in words} <= said
    assert {
        "stop": sorted(w for w in keywords.groups()["stop"] if keywords.taken_by_carriers(w) == "STOP")
    } == {"stop": CARRIERS}


@pytest.fixture
async def desk(database_url: str) -> AsyncIterator[Desk]:
    async with open_desk(database_url, people=False, pool_size=8) as opened:
        yield opened


async def test_every_cell(desk: Desk) -> None:
    every = list(cells())
    assert len(every) > 1000
    before = {cell: Before.of(cell) for cell in every}
    await _arrange(desk, before)
    await _post_all(desk, every)
    seen = await _everything(desk)
    wrong = []
    for cell in every:
        found, expected = seen.of(cell), _expected(cell, before[cell])
        wrong += [f"{cell}: {k} is {found[k]!r}, not {v!r}" for k, v in expected.items() if found[k] != v]
    assert wrong == [], f"{len(wrong)} of {len(every)} cells"


# What there is before the text comes in.


@dataclass(frozen=True)
class Before:
    """Which bars are up."""

    ours: bool
    carriers: bool

    @classmethod
    def of(cls, cell: Cell) -> "Before":
        bars = {"out by keyword": (1, 1), "out by words": (1, 0), "barred by carrier": (0, 1)}
        return cls(*map(bool, bars.get(cell.state, (0, 0))))


async def _arrange(desk: Desk, before: Mapping[Cell, Before]) -> None:
    addresses: list[Address] = []
    talks: list[Conversation] = []
    rest: list[object] = []
    for cell, bars in before.items():
        if cell.state == "under 13":
            until = NOW + timedelta(days=1)
            rest.append(Underage(digest=underage_digest(cell.number, POLICY.salt), until=until))
        elif cell.state != "new" or cell.question != "none":
            address, talk, more = _heard_of(cell, bars)
            addresses.append(address)
            talks.append(talk)
            rest += more
    async with desk.database.session() as session:
        for rows in (addresses, talks, rest):
            session.add_all(rows)
            await session.flush()


def _heard_of(cell: Cell, bars: Before) -> tuple[Address, Conversation, list[object]]:
    long_ago = NOW - timedelta(days=9)
    address = Address(
        id=uuid4(),
        channel="sms",
        value=cell.number,
        created_at=long_ago,
        opted_out_at=long_ago if bars.ours else None,
        carrier_barred_at=long_ago if bars.carriers else None,
        dead_at=long_ago if cell.state == "dead" else None,
        crisis_until=NOW + timedelta(hours=30) if cell.state == "in crisis" else None,
    )
    talk = Conversation(id=uuid4(), address_id=address.id)
    more: list[object] = [
        Basis(address_id=address.id, at=long_ago, kind="basis", source="opt_in", scope="", wording="")
    ]
    if cell.state == "in crisis":
        more.append(_crisis_text(cell, address, talk, long_ago))
    if cell.question != "none" or cell.state == "at the gate":
        more.append(_question(cell, address, long_ago))
    return address, talk, more


def _crisis_text(cell: Cell, address: Address, talk: Conversation, at: datetime) -> Inbound:
    return Inbound(
        address_id=address.id,
        conversation_id=talk.id,
        carrier="twilio",
        carrier_id=f"before-{cell.sid}",
        body="my uncle hits me",
        received_at=at,
        state=InState.DONE,
        safety={"need": "crisis", "kind": "abuse"},
    )


def _question(cell: Cell, address: Address, at: datetime) -> Prompt:
    kind, says, options = "consent", {"say": "prompt.back_to", "vars": {}}, ["Yes", "No"]
    if cell.state == "at the gate":
        kind, says, options = "birth", {"say": "gate.birth", "vars": {}}, []
    elif cell.question == "list":
        kind, options = "choose_topic", ["Nursing", "Welding", "Law"]
    return Prompt(
        id=cell.prompt_id,
        address_id=address.id,
        role="anyone",
        kind=kind,
        question=says,
        options=[{"label": {"en": o, "es": o}, "deed": {"verb": "nothing"}} for o in options],
        yes_no=kind == "consent",
        language="en",
        state=PromptState.OPEN,
        created_at=at,
        expires_at=NOW - timedelta(minutes=1) if cell.question == "expired" else None,
    )


# The wire.


async def _post_all(desk: Desk, every: Sequence[Cell]) -> None:
    waiting = asyncio.Semaphore(6)
    by_app = await _client(LedgerIntake(desk.database, POLICY, "twilio"))
    by_carrier = await _client(
        LedgerIntake(desk.database, replace(POLICY, app_answers_keywords=False), "twilio")
    )

    async def post(cell: Cell) -> None:
        form = {"MessageSid": cell.sid, "From": cell.number, "To": "+13055550100", "Body": cell.text}
        form |= {"OptOutType": cell.verdict} if cell.verdict else {}
        headers = {HEADER: sign(TOKEN, BASE + INBOUND_PATH, form)}
        client = by_app if cell.who == APP else by_carrier
        async with waiting, client.post(INBOUND_PATH, data=form, headers=headers) as answer:
            assert answer.status == 200, cell

    try:
        await asyncio.gather(*(post(cell) for cell in every))
    finally:
        await by_app.close()
        await by_carrier.close()


async def _client(intake: LedgerIntake) -> TestClient[web.Request, web.Application]:
    app = web.Application()
    app.add_routes(routes(intake, auth_token=TOKEN, public_base_url=BASE))
    client = TestClient(TestServer(app))
    await client.start_server()
    return client


# What has to come of it, and what came of it.


def _expected(cell: Cell, before: Before) -> dict[str, Any]:
    outcome, _, rest = cell.outcome.partition(", ")
    if outcome == "nothing kept":
        return {"kept": False, "sent": [], "cases": []}
    says = SAID.get(outcome, [])
    asked = cell.question in ("yes/no", "list") and outcome in (
        "welcome back",
        "already in",
        "question alone",
    )
    silence = outcome.removeprefix("silence: ") if outcome.startswith("silence") else None
    if outcome == "question alone":
        says, silence = (["prompt.back_to"], None) if asked else ([], "answered_by_carrier")
    if cell.state == "at the gate" and outcome == "already in":
        asked = True  # the gate's own question stands
    again = ["gate.birth" if cell.state == "at the gate" else "prompt.back_to"] if asked else []
    again += ["prompt.option"] * {"yes/no": 2, "list": 3}.get(cell.question, 0) if asked else []
    ours, carriers, ledger = _bars(cell, before)
    cases = ["must_text_start"] if rest == "task" else ["crisis"] if outcome == "crisis answer" else []
    return {
        "kept": True,
        "state": InState.WAITING if outcome == "conversation" else InState.DONE,
        "silence": silence,
        "sent": [[*says, *again]] if says else [],
        "asked": asked,
        "ours": ours,
        "carriers": carriers,
        "ledger": ledger,
        "cases": cases,
        "paged": outcome == "crisis answer",
        "question": _question_after(cell, outcome),
        "dead": False,
    }


def _bars(cell: Cell, before: Before) -> tuple[bool, bool, list[tuple[str, str]]]:
    """Ours, the carrier's, and the rows that the ledger gets."""
    group, barred = cell.group.split(",")[0], before.ours or before.carriers
    bare = cell.group == group or cell.who == TYPED
    if group == "stop":
        return True, before.carriers or bare, [("opt_out", "both" if bare else "ours")]
    if group == "start" or (group == "yes" and (barred or cell.who == TYPED)):
        return False, False, [("opt_in", "both")]
    if group == "asks for texts" and barred:
        return False, before.carriers, [("opt_in", "ours")]
    return before.ours, before.carriers, []


def _question_after(cell: Cell, outcome: str) -> str | None:
    if cell.question == "none":
        return PromptState.OPEN if cell.state == "at the gate" else None
    shows = outcome in ("welcome back", "already in", "question alone")
    return PromptState.EXPIRED if cell.question == "expired" and shows else PromptState.OPEN


@dataclass(frozen=True)
class Everything:
    """All rows afterwards, by what they belong to."""

    addresses: Mapping[str, Address]
    inbound: Mapping[str, Inbound]
    sent: Mapping[UUID, list[Outbound]]
    cases: Mapping[UUID | None, list[Case]]
    paged: frozenset[UUID]
    ledger: Mapping[UUID | None, list[tuple[str, str]]]
    questions: Mapping[UUID, Prompt]

    def of(self, cell: Cell) -> dict[str, Any]:
        address, inbound = self.addresses.get(cell.number), self.inbound.get(cell.sid)
        if address is None or inbound is None:
            return {"kept": address is not None or inbound is not None, "sent": [], "cases": []}
        sent, cases = self.sent[address.id], self.cases[inbound.conversation_id]
        assert all(o.state == OutState.QUEUED for o in sent), cell
        question = self.questions.get(cell.prompt_id)
        return {
            "kept": True,
            "state": inbound.state,
            "silence": inbound.silence,
            "sent": [o.texts for o in sent],
            "asked": any(o.prompt_id == cell.prompt_id for o in sent),
            "ours": address.opted_out_at is not None,
            "carriers": address.carrier_barred_at is not None,
            "ledger": self.ledger[inbound.id],
            "cases": [c.kind for c in cases],
            "paged": any(c.id in self.paged for c in cases),
            "question": question.state if question else None,
            "dead": address.dead_at is not None,
        }


async def _everything(desk: Desk) -> Everything:
    async with desk.database.session() as session:
        addresses = (await session.scalars(select(Address))).all()
        inbound = (await session.scalars(select(Inbound))).all()
        sent: dict[UUID, list[Outbound]] = defaultdict(list)
        for out in await session.scalars(select(Outbound).order_by(Outbound.seq)):
            sent[out.address_id].append(out)
        cases: dict[UUID | None, list[Case]] = defaultdict(list)
        for case in await session.scalars(select(Case).order_by(Case.number)):
            cases[case.conversation_id].append(case)
        ledger: dict[UUID | None, list[tuple[str, str]]] = defaultdict(list)
        for row in await session.scalars(select(Basis).where(Basis.kind != "basis").order_by(Basis.id)):
            ledger[row.message_id].append((row.kind, row.bar))
        paged = frozenset(await session.scalars(select(Page.case_id)))
        questions = {each.id: each for each in await session.scalars(select(Prompt))}
    by_sid = {each.carrier_id: each for each in inbound}
    return Everything({a.value: a for a in addresses}, by_sid, sent, cases, paged, ledger, questions)
