"""Mail to staff over SMTP."""

from channels.mail.smtp import SmtpServer

__all__ = ["SmtpServer"]
