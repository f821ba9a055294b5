"""Mail over a real SMTP exchange: what arrives, and which failures may be tried again."""

import pytest

from channels.mail import SmtpServer
from conversations.mail import MailFailed, MailFault, OutgoingMail
from footbridge.ports import free_port
from tests.support.mail_server import MailServer, mail_server

MAIL = OutgoingMail(
    "0b5e", "cora@demo.example", "URGENTE: el caso 12", "Línea uno.\n.\nfootbridge cases show 12\n"
)


async def send(post: MailServer) -> None:
    await SmtpServer.of(post.url, sender="bridge@example.org").send(MAIL)


async def failure(post: MailServer) -> MailFailed:
    with pytest.raises(MailFailed) as failed:
        await send(post)
    return failed.value


async def test_a_mail_arrives_as_it_was_written() -> None:
    async with mail_server() as post:
        await send(post)
    [letter] = post.received
    assert (letter["To"], letter["From"]) == ("cora@demo.example", "bridge@example.org")
    assert (letter["Subject"], letter["Message-ID"]) == ("URGENTE: el caso 12", "<0b5e@example.org>")
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter.get_content().splitlines() == MAIL.body.splitlines()


async def test_a_login_is_made() -> None:
    async with mail_server(login=("bridge", "s3cret")) as post:
        await send(post)
        assert len(post.received) == 1


@pytest.mark.parametrize(
    ("step", "line", "fault"),
    [
        ("MAIL", "421 4.3.2 shutting down", MailFault.RETRY),
        ("MAIL", "553 5.1.8 no such sender", MailFault.REFUSED),
        ("RCPT", "450 4.2.0 greylisted", MailFault.RETRY),
        ("RCPT", "550 5.1.1 nobody here", MailFault.REFUSED),
        ("DATA", "452 4.3.1 full", MailFault.RETRY),
        ("DATA", "554 5.7.1 refused", MailFault.REFUSED),
    ],
)
async def test_what_the_server_refuses_is_sorted(step: str, line: str, fault: MailFault) -> None:
    async with mail_server() as post:
        post.refuse[step] = line
        failed = await failure(post)
    assert (failed.fault, failed.code) == (fault, line[:3]) and post.received == []


async def test_with_nobody_listening_it_may_be_tried_again() -> None:
    assert (await failure(MailServer(port=free_port()))).fault is MailFault.RETRY


async def test_a_connection_that_ends_after_the_words_leaves_an_unknown_outcome() -> None:
    async with mail_server() as post:
        post.hang_up = True
        failed = await failure(post)
    assert failed.fault is MailFault.UNKNOWN and len(post.received) == 1


async def test_a_wrong_password_may_be_tried_again_once_it_is_mended() -> None:
    async with mail_server(login=("bridge", "s3cret")) as post:
        post.login = ("bridge", "other")
        url = post.url.replace("other", "wrong")
        with pytest.raises(MailFailed) as failed:
            await SmtpServer.of(url, sender="bridge@example.org").send(MAIL)
    assert failed.value.fault is MailFault.RETRY


def test_addresses_of_servers() -> None:
    plain = SmtpServer.of("smtp://mail.example.org", sender="a@b.org")
    assert (plain.port, plain.tls, plain.user) == (25, False, None)
    coded = SmtpServer.of("smtps://us%40er:p%3Ass@mail.example.org", sender="a@b.org")
    assert (coded.port, coded.tls, coded.user, coded.password) == (465, True, "us@er", "p:ss")
    assert SmtpServer.of("smtp://u:p@mail.example.org", sender="a@b.org").port == 587


async def test_a_password_does_not_go_over_an_open_line() -> None:
    """The test's server offers no TLS, so with a name that is not loopback's nothing is said at all."""
    async with mail_server(login=("bridge", "s3cret")) as post:
        there = SmtpServer.of(post.url, sender="bridge@example.org")
        elsewhere = SmtpServer(**{**vars(there), "host": "127.0.0.2"})
        with pytest.raises(MailFailed) as failed:
            await elsewhere.send(MAIL)
    assert failed.value.fault is MailFault.RETRY and post.received == []
