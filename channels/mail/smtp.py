"""One mail a connection, handed over by SMTP, with every outcome sorted into sent, try again, refused or unknown."""

from dataclasses import dataclass
from email import policy
from email.message import EmailMessage
from email.utils import formatdate
from typing import Self
from urllib.parse import unquote, urlsplit

from aiosmtplib import SMTP, SMTPException, SMTPResponseException

from conversations.mail import MailFailed, MailFault, OutgoingMail

PATIENCE = 20.0  # seconds for each step of the exchange
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True)
class SmtpServer:
    """`smtps://` speaks TLS from the start; `smtp://` changes to it where the server offers it.

    A password goes over TLS only, except to this machine.
    """

    host: str
    port: int
    user: str | None
    password: str | None
    tls: bool
    sender: str

    @classmethod
    def of(cls, url: str, *, sender: str) -> Self:
        """From `smtp://USER:PASSWORD@HOST:PORT` or `smtps://...`; user and password may be percent-encoded."""
        parts = urlsplit(url)
        tls = parts.scheme == "smtps"
        return cls(
            host=parts.hostname or "",
            port=parts.port or (465 if tls else 587 if parts.username else 25),
            user=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password or "") if parts.username else None,
            tls=tls,
            sender=sender,
        )

    async def send(self, mail: OutgoingMail) -> None:
        """Hand over one mail. Raises MailFailed."""
        client = SMTP(
            hostname=self.host,
            port=self.port,
            username=self.user,
            password=self.password,
            use_tls=self.tls,
            start_tls=self._start_tls(),
            timeout=PATIENCE,
        )
        try:
            await _before_the_words(self._introduce(client, mail.to))
            await _the_words(client, self._worded(mail).as_bytes(policy=policy.SMTP))
        finally:
            client.close()

    async def _introduce(self, client: SMTP, to: str) -> None:
        await client.connect()
        await client.mail(self.sender)
        await client.rcpt(to)

    def _start_tls(self) -> bool | None:
        """None takes TLS where it is offered, True insists."""
        if self.tls:
            return False
        return True if self.user and self.host not in LOOPBACK else None

    def _worded(self, mail: OutgoingMail) -> EmailMessage:
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = self.sender, mail.to, mail.subject
        message["Date"] = formatdate()
        message["Message-ID"] = f"<{mail.reference}@{self.sender.rsplit('@', 1)[-1]}>"
        message["Auto-Submitted"] = "auto-generated"
        message["Importance"] = "high"
        message.set_content(mail.body, cte="quoted-printable")
        return message


async def _before_the_words(step) -> None:  # type: ignore[no-untyped-def]
    """Whatever fails here, the server has no mail."""
    try:
        await step
    except SMTPResponseException as answer:
        raise _answered(answer) from None
    except UnicodeError:
        raise MailFailed(MailFault.REFUSED, "address") from None
    except (SMTPException, OSError, TimeoutError) as failure:
        raise MailFailed(MailFault.RETRY, type(failure).__name__) from None


async def _the_words(client: SMTP, words: bytes) -> None:
    try:
        await client.data(words)
    except SMTPResponseException as answer:
        raise _answered(answer) from None
    except (SMTPException, OSError, TimeoutError) as failure:
        raise MailFailed(MailFault.UNKNOWN, type(failure).__name__) from None


def _answered(answer: SMTPResponseException) -> MailFailed:
    """4xx may do another time; 5xx is for good, but for a login or a policy that the operator can mend."""
    mendable = answer.code < 500 or answer.code in (530, 534, 535, 538)
    return MailFailed(MailFault.RETRY if mendable else MailFault.REFUSED, str(answer.code))
