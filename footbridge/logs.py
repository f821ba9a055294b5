"""Logs for operators: JSON lines without any person's number, address, name or words.

Everything goes through one redaction, that of libraries too. Of their records only the format string is kept,
never what was put into it, and of an exception only its class, its code and where it happened: messages of
database and carrier libraries quote the values that they were given.
"""

import logging
import logging.handlers
import os
import re
import sys
import traceback
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from enum import Enum
from pathlib import Path, PurePath
from types import TracebackType
from typing import Any
from uuid import UUID

import structlog
from aiohttp import web
from aiohttp.abc import AbstractAccessLogger
from structlog.typing import EventDict, WrappedLogger

from footbridge.settings import make_home

OURS = ("footbridge", "channels", "console", "conversations", "placements", "knowledge", "bot")
# fmt: off
REFUSED = frozenset({
    "address", "addresses", "answer", "bodies", "body", "caller", "contact", "display_name", "email",
    "first_name", "from", "from_", "from_number", "full_name", "guardian", "html", "label", "last_name",
    "mail", "message_text", "name", "names", "number", "numbers", "params", "parameters", "phone",
    "phones", "recipient", "reply", "sender", "student_name", "surname", "text", "texts", "to",
    "to_number", "user_text", "value", "words"
})
# fmt: on
REMOVED = "[removed]"
FILE_BYTES, FILES = 10_000_000, 5
LIBRARY_LIMIT = 200

_EMAIL = re.compile(r"[\w.+-]+(?:@|%40)[\w-]+(?:\.[\w-]+)+", re.IGNORECASE)
_NUMBER = re.compile(r"(?:(?<![\w.-])|(?<=%2b))\+?\(?\d[\d\s().\u2010-\u2015-]{5,}\d(?![\w-])", re.IGNORECASE)
_BARE_NUMBER = re.compile(r"(?<!\d)1?[2-9]\d{2}[2-9]\d{6}(?!\d)")
_NOT_A_NUMBER = re.compile(r"\d{4}-\d{2}-\d{2}|\d{1,3}(?:\.\d{1,3}){3}|\d+\.\d+")
_HEXADECIMAL = re.compile(
    r"\b(?=[0-9a-f-]*[a-f])[0-9a-f]{8}(?:-?[0-9a-f]{4}){3}-?[0-9a-f]{12}\b", re.IGNORECASE
)


def redact(text: str) -> str:
    """The text without phone numbers (any common writing) and mail addresses. Dates and UUIDs stay."""
    kept: list[str] = _HEXADECIMAL.findall(text)
    parts = [_redact_part(part) for part in _HEXADECIMAL.split(text)] if kept else [_redact_part(text)]
    return "".join(part + (kept[i] if i < len(kept) else "") for i, part in enumerate(parts))


def _redact_part(text: str) -> str:
    text = _EMAIL.sub("[mail]", text)
    text = _NUMBER.sub(_number, text)
    return _BARE_NUMBER.sub("[number]", text)


def _number(found: re.Match[str]) -> str:
    written = found[0].strip()
    digits = sum(letter.isdigit() for letter in written)
    if digits < 7 or _NOT_A_NUMBER.fullmatch(written):
        return found[0]
    return "[number]"


def clean(value: object, key: str = "") -> object:
    """A value as it may stand in a log: refused keys emptied, texts redacted, objects by their type."""
    if key.lower() in REFUSED and value is not None:
        return REMOVED
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Enum):
        return clean(value.value)
    if isinstance(value, UUID | datetime | date | timedelta):
        return str(value)
    if isinstance(value, str | PurePath):
        return redact(str(value))
    if isinstance(value, Mapping):
        return {str(name): clean(item, str(name)) for name, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [clean(item) for item in value]
    return type(value).__name__


def _library_event(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """For records of libraries: the format string's first line, and nothing that was put into it."""
    record = event.get("_record")
    if isinstance(record, logging.LogRecord) and record.name.partition(".")[0] not in OURS:
        lines = str(record.msg).splitlines()
        event["event"] = re.sub(r"\?\S*", "", lines[0] if lines else "")[:LIBRARY_LIMIT]
    return event


def _exception(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    found = event.pop("exc_info", None)
    if found is True:
        found = sys.exc_info()
    error = found[1] if isinstance(found, tuple) else found
    if isinstance(error, BaseException):
        event["error"] = _chain(error)
    return event


def _chain(error: BaseException) -> list[dict[str, object]]:
    """The error and its causes, outermost first: class, code where there is one, innermost frames."""
    chain: list[dict[str, object]] = []
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen and len(chain) < 5:
        seen.add(id(current))
        frames = traceback.extract_tb(current.__traceback__)[-6:]
        entry: dict[str, object] = {
            "class": f"{type(current).__module__}.{type(current).__qualname__}",
            "at": [f"{PurePath(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames],
        }
        code = (
            getattr(current, "sqlstate", None)
            or getattr(current, "errno", None)
            or getattr(current, "code", None)
        )
        if isinstance(code, str | int):
            entry["code"] = code
        if isinstance(current, ImportError):
            entry["missing"] = redact(str(current))  # names modules, never people
        chain.append(entry)
        current = current.__cause__ or current.__context__
    return chain


def _redaction(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    kept = {key: event.pop(key) for key in ("_record", "_from_structlog", "error") if key in event}
    cleaned: EventDict = {key: clean(value, key) for key, value in event.items()}
    return {**cleaned, **kept}


_PROCESSORS: list[structlog.typing.Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    _library_event,
    _exception,
    _redaction,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def configure(part: str, home: Path | None, *, stderr: bool = True, level: int = logging.INFO) -> None:
    """Logs of this process: to `home/logs/PART.log` (rotating) and, unless told otherwise, to stderr."""
    structlog.configure(
        processors=[*_PROCESSORS, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=_PROCESSORS,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.EventRenamer("event"),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
    )
    handlers: list[logging.Handler] = [logging.StreamHandler(sys.stderr)] if stderr else []
    if home is not None:
        handlers.append(_file(log_folder(home) / f"{part}.log"))
    root = logging.getLogger()
    for old in root.handlers[:]:
        root.removeHandler(old)
        old.close()
    for handler in handlers or [logging.NullHandler()]:
        handler.setFormatter(formatter)
        root.addHandler(handler)
    root.setLevel(level)
    _quieten_libraries()
    structlog.contextvars.bind_contextvars(part=part, pid=os.getpid())
    sys.excepthook = _uncaught


def log_folder(home: Path) -> Path:
    """`home/logs`, made for its owner alone."""
    folder = make_home(home) / "logs"
    folder.mkdir(exist_ok=True, mode=0o700)
    return folder


def _file(path: Path) -> logging.Handler:
    return logging.handlers.RotatingFileHandler(
        path, maxBytes=FILE_BYTES, backupCount=FILES, encoding="utf-8"
    )


def _quieten_libraries() -> None:
    logging.captureWarnings(True)
    logging.raiseExceptions = False  # a closed terminal must not stop the work
    for name in (
        "twilio",
        "alembic",
        "sqlalchemy",
        "procrastinate",
        "asyncio",
        "urllib3",
        "rasa_sdk",
        "sanic",
    ):
        logging.getLogger(name).setLevel(logging.WARNING)


def _uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    structlog.get_logger("footbridge").error("stopped by an error", exc_info=(kind, error, trace))


class AccessLogger(AbstractAccessLogger):
    """One line a request: method, the route as declared (no token, no query), status, milliseconds."""

    def log(self, request: web.BaseRequest, response: web.StreamResponse, time: float) -> None:
        resource = request.match_info.route.resource if isinstance(request, web.Request) else None
        structlog.get_logger("footbridge.access").info(
            "request",
            method=request.method,
            route=resource.canonical if resource else "(none)",
            status=response.status,
            ms=round(time * 1000, 1),
        )


def get(name: str, **values: Any) -> structlog.stdlib.BoundLogger:
    """A logger by module name. Keys that could hold a person's data are emptied: log ids."""
    logger: structlog.stdlib.BoundLogger = structlog.get_logger(name, **values)
    return logger
