"""Every message leaves through one gate: what could send is found in the code, and each has a reason or a gate."""

import re

import pytest

from footbridge.settings import PROJECT_ROOT
from tests.conversations.ledger.senders import everything, scan

# Who may do what besides calling the gate. Everything else that the search finds fails the build.
ALLOWED = {
    ("conversations/ledger/gate.py", "put"): "the gate: the one insert of a text",
    ("conversations/mail.py", "put_mail"): "the gate of mail to staff: the one insert of a mail",
    ("conversations/ledger/sender.py", "Sender._take"): "claims a row after a last look at the bars",
    ("conversations/ledger/sender.py", "Sender._hand_over"): "the one call of the carrier's send",
    ("conversations/ledger/sender.py", "Sender._not_sent"): "the carrier did not take it: tried again later",
    ("conversations/ledger/sender.py", "Sender._settle_one"): "the carrier never had it: tried again",
    ("conversations/mail.py", "Mailer._claim"): "claims a mail",
    ("conversations/mail.py", "Mailer._hand_over"): "the one call of the mail server's send",
    ("conversations/mail.py", "Mailer._settle"): "the server did not take it: tried again later",
    ("channels/sms/twilio.py", "module"): "the carrier's wire",
    ("channels/sms/twilio.py", "TwilioCarrier.send"): "the carrier's wire",
    ("channels/sms/twilio.py", "_Http.request"): "the carrier's wire",
    ("channels/sms/twilio.py", "_Http._open"): "the carrier's wire",
    ("channels/sms/signature.py", "module"): "checks signatures, sends nothing",
    ("channels/mail/smtp.py", "module"): "the mail server's wire",
    ("conversations/privacy/erasure.py", "_empty_messages"): "empties bodies",
    ("conversations/privacy/erasure.py", "_empty_cases"): "empties the mails of a case",
    ("conversations/privacy/erasure.py", "_stop_mails"): "stops the mails to somebody who is erased",
    ("conversations/privacy/erasure.py", "module"): "names the tables in which a person is looked for",
    ("conversations/privacy/erasure.py", "_replace"): "names the tables in which a person is looked for",
    ("conversations/privacy/retention.py", "module"): "empties bodies",
    (
        "footbridge/commands/backup.py",
        "_fill",
    ): "puts back a copy; what it held to be sent is looked up first",
    ("footbridge/phones/rest.py", "rest_routes"): "the simulated carrier",
    ("footbridge/phones/rest.py", "_Rest._page"): "the simulated carrier",
    ("footbridge/phones/simulator.py", "Simulator.start"): "the simulated carrier",
    ("footbridge/phones/simulator.py", "Simulator.inbound_fields"): "the simulated carrier",
    ("footbridge/phones/simulator.py", "Simulator.post"): "the simulated carrier's webhooks",
    ("footbridge/phones/simulator.py", "Simulator._pass_on"): "the simulated carrier's webhooks",
    ("footbridge/phones/simulator.py", "Simulator._call_back"): "the simulated carrier's webhooks",
    ("footbridge/settings.py", "Settings"): "the carrier's address",
    ("footbridge/settings.py", "Settings._defaults"): "the carrier's address",
    ("footbridge/gateway.py", "run_gateway"): "asks the engine whether it is ready",
    ("footbridge/worker.py", "run_worker"): "the engine's connection",
    ("conversations/turns/engine.py", "HttpEngine.turn"): "asks the engine",
    ("bot/engine/agent.py", "ActionEndpoint.request"): "the engine calls the gateway's actions",
    ("bot/engine/encoder.py", "load_encoder"): "loads an encoder in the engine, which has no carrier",
    ("conversations/safety/meaning.py", "encoder"): "loads an encoder of sentences where one is installed",
    ("footbridge/ports.py", "module"): "listens",
    ("footbridge/serve.py", "module"): "asks its own parts whether they are ready",
    ("footbridge/serve.py", "_get"): "asks its own parts whether they are ready",
}

WAYS_ROUND = (
    "session.add(Outbound(body='hi'))",
    "models.Outbound(body='hi')",
    "from conversations.models import Outbound as Row\nRow()",
    "from conversations.models import Outbound\nRow = Outbound\nRow()",
    "insert(Outbound).values()",
    "session.execute(sa.insert(models.Outbound))",
    "insert(Outbound.__table__)",
    "Outbound.__table__.insert()",
    "Outbound.__mapper__.class_()",
    "session.bulk_insert_mappings(Outbound, [{}])",
    "session.bulk_save_objects([Outbound()])",
    "make(Outbound, body='hi')",
    "make(kind=Outbound)",
    "KINDS = {'text': Outbound}",
    "copy.replace(row, make=Outbound)",
    "getattr(models, 'Outbound')(body='hi')",
    "Base.metadata.tables['conversations.outbound'].insert()",
    "class Mine(Outbound):\n    pass",
    "text('INSERT INTO conversations.outbound (id) values (1)')",
    "text('insert into \"outbound\" (id) values (1)')",
    "text(f'insert into conversations.{table} (id) values (1)')",
    "text('insert into conversations.%s (id) values (1)' % table)",
    "text('with x as (select 1) insert into conversations.outbound select * from x')",
    "cursor.copy('copy conversations.outbound from stdin')",
    "cursor.copy(sql.SQL('copy {} from stdin').format(table))",
    "text('merge into conversations.outbound using x on true')",
    "text('update conversations.outbound set body = :b, state = 1')",
    "update(Outbound).values(state=OutState.QUEUED)",
    "update(Outbound).where(Outbound.id == x).values(state='queued')",
    "update(Outbound).values(body='other words')",
    "update(Outbound).values(**changes)",
    "update(Outbound).values({'address_id': other})",
    "row.state, row.due_at = OutState.QUEUED, now",
    "await self.carrier.send(Outgoing(a, b, c))",
    "send = carrier.send\nOutgoing(a, b, c)",
    "import twilio.rest\ntwilio.rest.Client()",
    "from twilio.rest import Client\nClient().messages.create(to=x)",
    "account.messages.create_async(to=x)",
    "import requests\nrequests.post(url)",
    "import httpx",
    "from urllib import request",
    "from urllib.request import urlopen",
    "http.post(f'{base}/2010-04-01/Accounts/{sid}/Messages.json')",
    "async with session.request('POST', url): pass",
    "aiohttp.ClientSession()",
    "import smtplib",
    "importlib.import_module('twilio.rest')",
    "importlib.import_module(name)",
    "session.add(Mail(body='hi'))",
    "insert(Mail)",
    "server.send(OutgoingMail(a, b, c, d))",
    "from conversations.ledger.gate import put as write\nwrite(session, letter)",
    "from conversations.ledger import gate\ngate.put(session, letter)",
    "from conversations.ledger.gate import put_says\npartial(put_says, session)",
    "from conversations.mail import put_mail\nput_mail(session)",
)
READS_ONLY = (
    "select(Outbound).where(Outbound.id == x)",
    "session.get(Outbound, x)",
    "earlier = aliased(Outbound)",
    "update(Outbound).values(state=OutState.SUPPRESSED, why_suppressed='x')",
    "insert(Inbound).values()",
    "def f(row: Outbound) -> Outbound: ...",
    "async def f() -> list[Outbound]:\n    'Outbound is inserted into by the gate: insert into outbound.'",
    "text('select body from conversations.outbound')",
    "[web.post('/x', handler)]",
    "queue.put_nowait(1)",
    "select(x).correlate(Outbound)",
    "import_module('numpy')",
)


@pytest.mark.parametrize("source", WAYS_ROUND)
def test_the_search_finds_every_way_of_sending(source: str) -> None:
    assert scan(source)


@pytest.mark.parametrize("source", READS_ONLY)
def test_and_leaves_alone_what_only_reads(source: str) -> None:
    assert scan(source) == []


def test_only_the_gate_and_what_has_a_reason_could_send() -> None:
    found = {(path, use.where): use.what for path, use in everything() if use.what != "puts"}
    assert {where: what for where, what in found.items() if where not in ALLOWED} == {}
    assert {where for where in ALLOWED if where not in found} == set(), (
        "no longer there: take it off the list"
    )


def test_the_page_lists_every_sender() -> None:
    """Whoever adds a sender says there what it sends, and why it may."""
    senders = {f"`{path}` `{use.where}`" for path, use in everything() if use.what == "puts"}
    senders.discard("`conversations/ledger/gate.py` `put_says`")
    page = (PROJECT_ROOT / "docs" / "keywords.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| (`[^`]+` `[^`]+`) \| \S.* \|$", page.split("<!-- senders -->")[1], re.M)
    assert sorted(listed) == sorted(senders)
