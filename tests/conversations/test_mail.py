"""The mail outbox: what a page mails and to whom, claimed once, tried again, and never sent twice on a guess."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from channels.mail import SmtpServer
from conversations.cases import PageWork
from conversations.mail import Mailer, MailFailed, MailFault, OutgoingMail
from tests.conversations.given import ANA, CORA, POLICY, STRANGER, Desk
from tests.support.mail_server import MailServer, mail_server

MAILING = replace(POLICY, sends_mail=True, oncall_mail=("duty@demo.example",), text_number="+13055550100")
WORDS = "i want to die, my name is ana torres"


class Server:
    """Keeps what it is handed; `faults` are raised first, in order."""

    def __init__(self, *faults: MailFailed | Exception) -> None:
        self.sent: list[OutgoingMail] = []
        self.faults = list(faults)

    async def send(self, mail: OutgoingMail) -> None:
        if self.faults:
            raise self.faults.pop(0)
        self.sent.append(mail)


async def crisis(desk: Desk, who: str = ANA) -> None:
    desk.policy = MAILING
    await desk.text(who, WORDS)


async def states(desk: Desk) -> list[tuple[str, str]]:
    return [
        (str(to), str(s))
        for to, s in await desk.rows("select to_address, state from conversations.mail order by seq")
    ]


async def test_a_crisis_mails_the_person_called_and_the_duty_address_in_the_same_transaction(
    district: Desk,
) -> None:
    await crisis(district)
    server = Server()
    assert await Mailer(district.database, server).flush() == 2
    assert sorted(mail.to for mail in server.sent) == ["cora@demo.example", "duty@demo.example"]
    [(code,)] = await district.rows("select code from conversations.page")
    for mail in server.sent:
        assert "URGENT" in mail.subject and code in mail.body and "+13055550100" in mail.body
        assert "footbridge cases show 1" in mail.body


async def test_no_mail_names_anybody_or_says_their_words(district: Desk) -> None:
    await crisis(district)
    await district.text(CORA, (await district.rows("select code from conversations.page"))[0][0])
    server = Server()
    await Mailer(district.database, server).flush()
    rows = await district.rows("select subject || body from conversations.mail")
    assert rows and not any(
        secret in text
        for (text,) in rows
        for secret in ("Ana", "Torres", "torres", ANA, "die", "305555010" + "1")
    )


async def test_without_a_mail_server_no_row_is_made(district: Desk) -> None:
    district.policy = replace(MAILING, sends_mail=False)
    await district.text(ANA, WORDS)
    assert await states(district) == []


async def test_two_mailers_send_each_mail_once(district: Desk) -> None:
    await crisis(district)
    server = Server()
    await asyncio.gather(*(Mailer(district.database, server).flush() for _ in range(3)))
    assert len(server.sent) == 2


async def test_what_was_surely_not_taken_is_tried_again_later_and_given_up_in_the_end(desk: Desk) -> None:
    await crisis(desk, STRANGER)
    server = Server(*[MailFailed(MailFault.RETRY, "450")] * 20)
    mailer = Mailer(desk.database, server)
    tries = 0
    for _ in range(12):
        tries += await mailer.flush()
        assert await mailer.flush() == 0  # not before its time
        await desk.later(timedelta(hours=3))
    assert tries == 8
    assert await states(desk) == [("duty@demo.example", "failed")]


async def test_a_second_try_that_succeeds_is_the_last(desk: Desk) -> None:
    await crisis(desk, STRANGER)
    mailer = Mailer(desk.database, server := Server(MailFailed(MailFault.RETRY, "450")))
    await mailer.flush()
    await desk.later(timedelta(seconds=6))
    await mailer.flush()
    assert len(server.sent) == 1 and await states(desk) == [("duty@demo.example", "sent")]


@pytest.mark.parametrize(
    ("fault", "state"),
    [
        (MailFailed(MailFault.UNKNOWN, "SMTPServerDisconnected"), "unknown"),
        (MailFailed(MailFault.REFUSED, "550"), "failed"),
        (RuntimeError("what?"), "unknown"),
    ],
)
async def test_what_may_have_arrived_or_never_will_is_not_sent_again(
    desk: Desk, fault: Exception, state: str
) -> None:
    await crisis(desk, STRANGER)
    mailer = Mailer(desk.database, server := Server(fault))
    for _ in range(4):
        await mailer.flush()
        await desk.later(timedelta(hours=3))
    assert server.sent == [] and await states(desk) == [("duty@demo.example", state)]


async def test_a_mailer_that_died_leaves_an_unknown_outcome(desk: Desk) -> None:
    await crisis(desk, STRANGER)
    await desk.run(
        "update conversations.mail set state = 'sending', claimed_real = now() - make_interval(secs => 100)"
    )
    await Mailer(desk.database, server := Server()).flush()
    assert server.sent == [] and await states(desk) == [("duty@demo.example", "unknown")]


async def test_a_mail_that_has_not_left_when_somebody_answers_stays(district: Desk) -> None:
    await crisis(district)
    await district.text(CORA, (await district.rows("select code from conversations.page"))[0][0])
    assert {state for _, state in await states(district)} == {"suppressed"}


async def test_whoever_was_mailed_hears_by_mail_who_has_it(district: Desk) -> None:
    await crisis(district)
    server = Server()
    await Mailer(district.database, server).flush()
    await district.text(CORA, (await district.rows("select code from conversations.page"))[0][0])
    await Mailer(district.database, server).flush()
    told = server.sent[2:]
    assert sorted(mail.to for mail in told) == ["cora@demo.example", "duty@demo.example"]
    assert all("Cora Diaz has case 1" in mail.body for mail in told)


async def test_the_next_person_is_mailed_too_and_a_repeat_mails_nobody(district: Desk) -> None:
    await crisis(district)
    for expected in (
        ["cora@demo.example", "duty@demo.example"],
        [],
        ["dev@demo.example", "duty@demo.example"],
    ):
        server = Server()
        await Mailer(district.database, server).flush()
        assert sorted(mail.to for mail in server.sent) == expected
        await district.later(timedelta(minutes=5, seconds=1))
        await PageWork(district.database, MAILING).run()


async def test_a_number_that_stopped_our_texts_is_mailed(district: Desk) -> None:
    district.policy = MAILING
    await district.text(CORA, "STOP")
    await crisis(district)
    server = Server()
    await Mailer(district.database, server).flush()
    assert {"cora@demo.example", "dev@demo.example"} <= {mail.to for mail in server.sent}


async def test_from_the_crisis_to_a_real_mail_server(district: Desk) -> None:
    await crisis(district)
    post: MailServer
    async with mail_server() as post:
        await Mailer(district.database, SmtpServer.of(post.url, sender="bridge@example.org")).flush()
    assert sorted(letter["To"] for letter in post.received) == ["cora@demo.example", "duty@demo.example"]
    assert {state for _, state in await states(district)} == {"sent"}
