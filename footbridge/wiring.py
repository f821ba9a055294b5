"""Where the parts are put together: settings in, objects out."""

from dataclasses import dataclass
from datetime import time

import aiohttp

from channels.mail import SmtpServer
from channels.sms.twilio import TwilioAccount, TwilioCarrier
from conversations.mail import Mailer
from conversations.policy import Policy
from conversations.turns.engine import HttpEngine
from footbridge import phones, postgres
from footbridge.ports import LOOPBACK, Ports
from footbridge.settings import Settings, SettingsError
from placements.database import Database


@dataclass(frozen=True)
class Parts:
    """What every process of an installation works with."""

    settings: Settings
    database: Database
    policy: Policy

    @property
    def dsn(self) -> str:
        """The database's address as libpq takes it."""
        return postgres.plain(database_url(self.settings))


def database_url(settings: Settings) -> str:
    """The database's address: the one that is set, or the embedded one's, which has to run."""
    if settings.database_url is not None:
        return settings.database_url
    embedded = postgres.EmbeddedPostgres(settings.home)
    if embedded.pid() is None:
        raise SettingsError(
            "DATABASE_URL: nothing runs in FOOTBRIDGE_HOME; start `footbridge serve` or name a database"
        )
    return embedded.url


def policy_of(settings: Settings) -> Policy:
    """The conversations' policy as the settings have it."""
    quiet = settings.quiet_hours or (time(0), time(0))
    return Policy(
        program=settings.program,
        help_contact=settings.help_contact,
        timezone=settings.zone,
        quiet=quiet,
        app_answers_keywords=settings.keyword_replies == "app",
        oncall=tuple(settings.oncall),
        salt=settings.secrets().hash_salt,
        retention_days=settings.retention_days,
        district_contact=settings.district_contact,
        oncall_mail=tuple(settings.oncall_mail),
        sends_mail=settings.smtp is not None,
        text_number=phones.OUR_NUMBER if settings.simulated else settings.twilio_from_number or "",
        abuse_line=settings.abuse_line,
    )


def connect(settings: Settings, *, name: str, pool_size: int = 10) -> Parts:
    """Open the database of an installation. Nothing connects until it is used."""
    url = database_url(settings)
    return Parts(
        settings,
        Database(url, pool_size=pool_size, application_name=f"footbridge-{name}"),
        policy_of(settings),
    )


def carrier_of(settings: Settings, ports: Ports) -> TwilioCarrier:
    """The carrier account: Twilio's, or the built-in simulator's, over the same wire."""
    if settings.simulated:
        return TwilioCarrier(
            TwilioAccount(
                account_sid=phones.ACCOUNT_SID,
                auth_token=settings.auth_token(),
                public_base_url=settings.public_base_url,
                from_number=phones.OUR_NUMBER,
                api_base_url=f"{local_url(settings, ports)}{phones.CARRIER_PREFIX}",
            )
        )
    return TwilioCarrier(
        TwilioAccount(
            account_sid=settings.twilio_account_sid or "",
            auth_token=settings.auth_token(),
            public_base_url=settings.public_base_url,
            from_number=settings.twilio_from_number or "",
            messaging_service_sid=settings.twilio_messaging_service_sid or "",
            api_base_url=settings.twilio_api_base_url,
        )
    )


def mailer_of(settings: Settings, database: Database) -> Mailer | None:
    """Who hands mail to the mail server, where one is set."""
    if settings.smtp is None:
        return None
    return Mailer(database, SmtpServer.of(settings.smtp, sender=settings.mail_from or ""))


def local_url(settings: Settings, ports: Ports) -> str:
    """The public listener as this machine reaches it."""
    host = LOOPBACK if settings.host in ("0.0.0.0", "::") else settings.host
    return f"http://{f'[{host}]' if ':' in host else host}:{ports.public}"


def engine_of(settings: Settings, ports: Ports, http: aiohttp.ClientSession) -> HttpEngine:
    """The dialogue engine as this installation reaches it."""
    return HttpEngine(ports.engine_url(settings), settings.secrets().engine_token, http)
