"""A mail server for tests: it speaks SMTP, keeps what it gets, and can be told to refuse or to hang up.

async with mail_server() as post:
    await SmtpServer.of(post.url, sender="bridge@example.org").send(mail)
    [letter] = post.received
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


@dataclass
class MailServer:
    """`refuse` maps a step (MAIL, RCPT, DATA) to the line it is answered with; `hang_up` ends the connection when the
    words have come, after keeping them."""

    port: int = 0
    received: list[EmailMessage] = field(default_factory=list)
    refuse: dict[str, str] = field(default_factory=dict)
    hang_up: bool = False
    login: tuple[str, str] | None = None

    @property
    def url(self) -> str:
        who = f"{self.login[0]}:{self.login[1]}@" if self.login else ""
        return f"smtp://{who}127.0.0.1:{self.port}"

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        return self.refuse.get("MAIL", "250 OK")

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.rcpt_tos.append(address)
        return self.refuse.get("RCPT", "250 OK")

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if "DATA" in self.refuse:
            return self.refuse["DATA"]
        assert isinstance(envelope.content, bytes)
        letter = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(letter, EmailMessage)
        self.received.append(letter)
        if self.hang_up:
            assert server.transport is not None
            server.transport.abort()
        return "250 OK"

    def check(self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword) and self.login is not None
        given = (data.login.decode(), data.password.decode())
        return AuthResult(success=given == self.login)


@asynccontextmanager
async def mail_server(*, login: tuple[str, str] | None = None) -> AsyncIterator[MailServer]:
    """A mail server on a free port of this process."""
    post = MailServer(login=login)

    def session() -> SMTP:
        return SMTP(
            post,
            authenticator=post.check if login else None,
            auth_require_tls=False,
            enable_SMTPUTF8=False,
        )

    server = await asyncio.get_running_loop().create_server(session, "127.0.0.1", 0)
    post.port = server.sockets[0].getsockname()[1]
    try:
        yield post
    finally:
        server.close()
