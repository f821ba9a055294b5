"""What an operator can set, from the environment or the project's `.env`, checked before anything starts.

Each field's description says what the variable takes; a wrong value becomes one `SettingsError` line made
of the variable's name and that description. A half-configured carrier account stops the start too.
"""

import errno
import ipaddress
import json
import os
import re
import secrets as random_source
from datetime import time
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

PROJECT_ROOT = Path(__file__).resolve().parent.parent
DEFAULT_PORT = 8080

DEMO_PROGRAM = "Footbridge Demo"
DEMO_HELP_CONTACT = "Cora Diaz, Lincoln High, 305-555-0109"
DEMO_ONCALL = ("+13055550109", "+13055550110")
DEMO_DISTRICT_CONTACT = "+17865550190"  # nobody's: it stands for an office that is called last
DEMO_ABUSE_LINE = "1-800-962-2873"  # Florida's

E164 = re.compile(r"\+[1-9][0-9]{7,14}")
SHORT_CODE = re.compile(r"[0-9]{5,6}")
MAIL = re.compile(r"[!-?A-~]+@[A-Za-z0-9.-]+")
_MASK = "********"


class SettingsError(ValueError):
    """One line for the operator: the variable, and what it takes."""


class Secrets(BaseModel):
    """Values made on the first run and kept in `FOOTBRIDGE_HOME/secrets.json`, readable by the owner only.

    Parts on several machines share them by giving `FOOTBRIDGE_<NAME>` in the environment.
    """

    model_config = ConfigDict(frozen=True)

    private_token: str
    engine_token: str
    simulator_auth_token: str
    hash_salt: str
    session_key: str

    @classmethod
    def load(cls, home: Path) -> Self:
        """Reads them, making what is missing. Two processes that do so at once end with the same values."""
        path = home / "secrets.json"
        kept: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
        missing = [name for name in cls.model_fields if name not in kept]
        if missing:
            kept = _keep(path, {**{name: random_source.token_hex(16) for name in missing}, **kept})
        given = {name: os.environ.get(f"FOOTBRIDGE_{name.upper()}") for name in cls.model_fields}
        return cls(**{name: given[name] or kept[name] for name in cls.model_fields})


def _keep(path: Path, values: dict[str, str]) -> dict[str, str]:
    make_home(path.parent)
    fresh = path.with_name(f".secrets-{random_source.token_hex(8)}")
    fd = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(fd, "w") as file:
        json.dump(values, file, indent=1)
    try:
        if path.exists():
            os.replace(fresh, path)
        else:
            os.link(fresh, path)
    except FileExistsError:
        values = json.loads(path.read_text())
    fresh.unlink(missing_ok=True)
    return values


def make_home(home: Path) -> Path:
    """Makes the state folder, for its owner alone; one that exists keeps its mode. Raises SettingsError."""
    try:
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not os.access(home, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    except OSError as error:
        why = (error.strerror or "no folder").lower()
        raise SettingsError(f"FOOTBRIDGE_HOME: takes a folder to write to, not {home} ({why})") from None
    return home


Numbers = Annotated[tuple[str, ...], NoDecode]


class Settings(BaseSettings):
    """The effective settings. `Settings.load()` is the way in; it raises `SettingsError`."""

    model_config = SettingsConfigDict(
        env_file=PROJECT_ROOT / ".env", extra="ignore", env_ignore_empty=True, frozen=True
    )

    host: str = Field(
        "127.0.0.1", alias="FOOTBRIDGE_HOST", description="an address of this machine, as 127.0.0.1"
    )
    port: int = Field(
        DEFAULT_PORT, alias="FOOTBRIDGE_PORT", ge=1, le=65535, description="a port number from 1 to 65535"
    )
    private_port: int | None = Field(
        None, alias="FOOTBRIDGE_PRIVATE_PORT", ge=1, le=65535, description="a port number from 1 to 65535"
    )
    home: Path = Field(PROJECT_ROOT / ".footbridge", alias="FOOTBRIDGE_HOME", description="a folder")
    database_url: str | None = Field(
        None, alias="DATABASE_URL", description="postgresql://USER:PASSWORD@HOST/NAME, PostgreSQL 15 or later"
    )
    demo_mode: Literal["0", "1", "force"] = Field("0", alias="FOOTBRIDGE_DEMO", description="0, 1 or force")

    twilio_account_sid: str | None = Field(
        None,
        alias="TWILIO_ACCOUNT_SID",
        pattern=r"^AC[0-9A-Za-z]+$",
        description="Twilio's account SID, AC...",
    )
    twilio_auth_token: SecretStr | None = Field(
        None, alias="TWILIO_AUTH_TOKEN", description="the account's auth token"
    )
    twilio_from_number: str | None = Field(
        None, alias="TWILIO_FROM_NUMBER", description="the sender's number as +13055550100, or a short code"
    )
    twilio_messaging_service_sid: str | None = Field(
        None,
        alias="TWILIO_MESSAGING_SERVICE_SID",
        pattern=r"^MG[0-9A-Za-z]+$",
        description="a messaging service SID, MG...",
    )
    twilio_api_base_url: str = Field(
        "https://api.twilio.com", alias="TWILIO_API_BASE_URL", description="an http or https address"
    )
    public_base_url: str = Field(
        "", alias="PUBLIC_BASE_URL", description="the http or https address that the carrier calls"
    )

    keyword_replies: Literal["app", "carrier"] = Field(
        "carrier", alias="FOOTBRIDGE_KEYWORD_REPLIES", description="app or carrier"
    )
    messages_per_second: float = Field(
        1.0, alias="FOOTBRIDGE_MESSAGES_PER_SECOND", gt=0, le=1000, description="a number above 0, up to 1000"
    )
    timezone: str = Field(
        "America/New_York", alias="FOOTBRIDGE_TIMEZONE", description="a time zone's name, as America/New_York"
    )
    quiet_hours: tuple[time, time] | None = Field(
        (time(20), time(8)),
        alias="FOOTBRIDGE_QUIET_HOURS",
        description="two times as 20:00-08:00 (two equal ones for none)",
    )
    program: str = Field(
        "", alias="FOOTBRIDGE_PROGRAM", max_length=40, description="a name of up to 40 characters"
    )
    help_contact: str = Field(
        "",
        alias="FOOTBRIDGE_HELP_CONTACT",
        max_length=80,
        description="up to 80 characters: whom to ask, and how",
    )
    oncall: Numbers = Field(
        (), alias="FOOTBRIDGE_ONCALL", description="numbers to page, in order, as +13055550109,+13055550110"
    )
    district_contact: str = Field(
        "", alias="FOOTBRIDGE_DISTRICT_CONTACT", description="a number as +13055550110"
    )
    oncall_mail: Numbers = Field(
        (), alias="FOOTBRIDGE_ONCALL_MAIL", description="mail addresses, comma between"
    )
    abuse_line: str = Field(
        "",
        alias="FOOTBRIDGE_ABUSE_LINE",
        pattern=r"^([0-9][0-9-]{1,18}[0-9])?$",
        description="a hotline's number as people dial it, as 1-800-962-2873",
    )
    smtp_url: SecretStr | None = Field(
        None, alias="SMTP_URL", description="smtp://USER:PASSWORD@HOST:PORT or smtps://..."
    )
    mail_from: str | None = Field(
        None, alias="FOOTBRIDGE_MAIL_FROM", pattern=r"^[^@\s]+@[^@\s]+$", description="a mail address"
    )
    chat_origins: Numbers = Field(
        (), alias="FOOTBRIDGE_CHAT_ORIGINS", description="sites as https://www.example.org, comma between"
    )
    oidc_issuer: str | None = Field(
        None, alias="FOOTBRIDGE_OIDC_ISSUER", description="the issuer's https address"
    )
    oidc_client_id: str | None = Field(None, alias="FOOTBRIDGE_OIDC_CLIENT_ID", description="the client's id")
    oidc_client_secret: SecretStr | None = Field(
        None, alias="FOOTBRIDGE_OIDC_CLIENT_SECRET", description="the client's secret"
    )
    retention_days: int = Field(
        400, alias="FOOTBRIDGE_RETENTION_DAYS", ge=1, le=36500, description="a number of days from 1 to 36500"
    )
    engine_url: str | None = Field(
        None,
        alias="FOOTBRIDGE_ENGINE_URL",
        description="the engine's http address, where another machine runs it",
    )

    @classmethod
    def load(cls, **overrides: Any) -> Self:
        """Reads the environment and `.env`. Overrides are by variable name, as `FOOTBRIDGE_PORT=9000`."""
        try:
            return cls(**overrides)
        except ValidationError as error:
            raise SettingsError(_one_line(error)) from None

    @property
    def simulated(self) -> bool:
        """True while no carrier is configured: the built-in simulator and `/phones` stand in."""
        return self.twilio_account_sid is None

    @property
    def demo(self) -> bool:
        return self.demo_mode != "0"

    @property
    def port_given(self) -> bool:
        return "port" in self.model_fields_set

    @property
    def embedded_database(self) -> bool:
        return self.database_url is None

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def smtp(self) -> str | None:
        return self.smtp_url.get_secret_value() if self.smtp_url else None

    def secrets(self) -> Secrets:
        return Secrets.load(self.home)

    def auth_token(self) -> str:
        """What webhook signatures are made with: the carrier's token, or the simulator's own."""
        if self.twilio_auth_token:
            return self.twilio_auth_token.get_secret_value()
        return self.secrets().simulator_auth_token

    def on_port(self, port: int) -> Self:
        """The same settings on another public port, with the default public address moved along."""
        moved = (
            {}
            if "public_base_url" in self.model_fields_set
            else {"public_base_url": _base_url(self.host, port)}
        )
        return self.model_copy(update={"port": port, **moved})

    def describe(self) -> dict[str, str]:
        """Every variable with its effective value, secrets masked, in the order of the documentation."""
        return {
            str(field.alias): _shown(getattr(self, name)) for name, field in type(self).model_fields.items()
        }

    @field_validator("home", mode="after")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().absolute()

    @field_validator("demo_mode", mode="before")
    @classmethod
    def _switch(cls, value: object) -> object:
        words = {"true": "1", "yes": "1", "on": "1", "false": "0", "no": "0", "off": "0"}
        word = str(int(value) if isinstance(value, bool) else value).strip().lower()
        return words.get(word, word)

    @field_validator("database_url")
    @classmethod
    def _postgresql(cls, value: str | None) -> str | None:
        if value is None:
            return None
        found = re.fullmatch(r"(?:postgres|postgresql)(?:\+psycopg)?(://.+)", value.strip())
        if not found:
            raise ValueError
        return f"postgresql+psycopg{found[1]}"

    @field_validator("twilio_from_number")
    @classmethod
    def _sender(cls, value: str | None) -> str | None:
        if value is None:
            return None
        number = re.sub(r"[\s().-]", "", value)
        if not E164.fullmatch(number) and not SHORT_CODE.fullmatch(number):
            raise ValueError
        return number

    @field_validator("oncall", mode="before")
    @classmethod
    def _numbers(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        numbers = tuple(re.sub(r"[\s().-]", "", part) for part in re.split(r"[,;]", value) if part.strip())
        if not numbers or not all(E164.fullmatch(number) for number in numbers):
            raise ValueError
        return numbers

    @field_validator("district_contact", mode="before")
    @classmethod
    def _number(cls, value: object) -> object:
        number = re.sub(r"[\s().-]", "", str(value))
        if number and not E164.fullmatch(number):
            raise ValueError
        return number

    @field_validator("oncall_mail", mode="before")
    @classmethod
    def _addresses(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        addresses = tuple(part.strip() for part in re.split(r"[,;]", value) if part.strip())
        if not all(MAIL.fullmatch(address) for address in addresses):
            raise ValueError
        return addresses

    @field_validator("chat_origins", mode="before")
    @classmethod
    def _origins(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        origins = tuple(part.strip().rstrip("/") for part in value.split(",") if part.strip())
        if not all(_is_web(origin) and not urlsplit(origin).path for origin in origins):
            raise ValueError
        return origins

    @field_validator("twilio_api_base_url", "public_base_url", "engine_url", "oidc_issuer")
    @classmethod
    def _web_address(cls, value: str | None) -> str | None:
        if value and not _is_web(value):
            raise ValueError
        return value.rstrip("/") if value else value

    @field_validator("smtp_url")
    @classmethod
    def _mail_server(cls, value: SecretStr | None) -> SecretStr | None:
        if value:
            parts = urlsplit(value.get_secret_value())
            if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
                raise ValueError
        return value

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, OSError):
            raise ValueError from None
        return value

    @field_validator("quiet_hours", mode="before")
    @classmethod
    def _hours(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        found = re.fullmatch(r"\s*(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})\s*", value)
        if not found:
            raise ValueError
        start, end = time(int(found[1]), int(found[2])), time(int(found[3]), int(found[4]))
        return None if start == end else (start, end)

    @model_validator(mode="before")
    @classmethod
    def _carrier_complete(cls, values: dict[str, Any]) -> dict[str, Any]:
        given = {name for name, value in values.items() if name.startswith("TWILIO_") and value}
        if not given:
            return values
        for needed in ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN"):
            if needed not in given:
                raise ValueError(f"{needed}: is missing beside {', '.join(sorted(given))}")
        if not given & {"TWILIO_FROM_NUMBER", "TWILIO_MESSAGING_SERVICE_SID"}:
            raise ValueError("TWILIO_FROM_NUMBER or TWILIO_MESSAGING_SERVICE_SID: the sender is missing")
        return values

    @model_validator(mode="after")
    def _defaults(self) -> Self:
        """Fills in what depends on other settings. (A frozen model is written through `__dict__`.)"""
        given, fill = self.model_fields_set, self.__dict__
        if "public_base_url" not in given:
            fill["public_base_url"] = _base_url(self.host, self.port)
        if "demo_mode" not in given:
            fill["demo_mode"] = "1" if self.simulated else "0"
        own_api = self.twilio_api_base_url != "https://api.twilio.com"
        if "keyword_replies" not in given:
            fill["keyword_replies"] = "app" if self.simulated or own_api else "carrier"
        if "messages_per_second" not in given:
            fill["messages_per_second"] = 10.0 if self.simulated else 1.0
        if "program" not in given:
            fill["program"] = DEMO_PROGRAM if self.demo else "Footbridge"
        if "help_contact" not in given:
            fill["help_contact"] = DEMO_HELP_CONTACT if self.demo else "your school's office"
        if "oncall" not in given and self.demo:
            fill["oncall"] = DEMO_ONCALL
        if "district_contact" not in given and self.demo:
            fill["district_contact"] = DEMO_DISTRICT_CONTACT
        if "abuse_line" not in given and self.demo:
            fill["abuse_line"] = DEMO_ABUSE_LINE
        return self

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if not self.oncall:
            takes = type(self).model_fields["oncall"].description
            raise ValueError(f"FOOTBRIDGE_ONCALL: is required where FOOTBRIDGE_DEMO is off; takes {takes}")
        if self.demo_mode == "1" and not is_loopback(self.public_base_url):
            raise ValueError(
                "FOOTBRIDGE_DEMO: is refused where PUBLIC_BASE_URL is not this machine; "
                "takes 0, or force to load it there"
            )
        if self.smtp_url and not self.mail_from:
            raise ValueError("FOOTBRIDGE_MAIL_FROM: is missing beside SMTP_URL; takes a mail address")
        if self.oncall_mail and not self.smtp_url:
            raise ValueError(
                "SMTP_URL: is missing beside FOOTBRIDGE_ONCALL_MAIL; takes smtp://HOST or smtps://HOST"
            )
        oidc = (self.oidc_issuer, self.oidc_client_id, self.oidc_client_secret)
        if any(oidc) and not all(oidc):
            raise ValueError(
                "FOOTBRIDGE_OIDC_ISSUER, FOOTBRIDGE_OIDC_CLIENT_ID, "
                "FOOTBRIDGE_OIDC_CLIENT_SECRET: all three, or none"
            )
        return self


def is_loopback(url: str) -> bool:
    """Whether an address names this machine and no other."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _base_url(host: str, port: int) -> str:
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}:{port}"


def _is_web(value: str) -> bool:
    parts = urlsplit(value)
    return (
        parts.scheme in ("http", "https") and bool(parts.hostname) and not parts.query and not parts.fragment
    )


def _shown(value: object) -> str:
    if value is None or value == ():
        return ""
    if isinstance(value, SecretStr):
        return _MASK
    if isinstance(value, tuple):
        if value and isinstance(value[0], time):
            return "-".join(part.strftime("%H:%M") for part in value)
        return ",".join(value)
    text = str(value)
    return re.sub(r"(://[^:/@]*):[^@]*@", rf"\1:{_MASK}@", text)


def _one_line(error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    if not first["loc"]:
        return str(first["msg"]).removeprefix("Value error, ")
    name = str(first["loc"][0])
    for field_name, field in Settings.model_fields.items():
        if name in (field_name, field.alias):
            secret = field.annotation is not None and "SecretStr" in str(field.annotation)
            hidden = secret or name == "DATABASE_URL"
            return f"{field.alias}: takes {field.description}" + (
                "" if hidden else f", not {first['input']!r}"
            )
    return f"{name}: {first['msg']}"
