"""Which ports this installation uses, so that parts that start at different times find each other.

The supervisor binds the gateway's two listeners itself and hands them down: a port cannot be lost between
choosing and using it, and while a killed gateway comes back its callers wait instead of being refused.
"""

import errno
import json
import os
import socket
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

from footbridge.settings import DEFAULT_PORT, Settings, SettingsError, make_home

LOOPBACK = "127.0.0.1"
PUBLIC_FD, PRIVATE_FD = "FOOTBRIDGE_PUBLIC_FD", "FOOTBRIDGE_PRIVATE_FD"
TRIED = 100
BACKLOG = 1024


@dataclass(frozen=True)
class Ports:
    """The public listener, and on loopback the private one and the engine's."""

    public: int
    private: int
    engine: int

    @classmethod
    def load(cls, settings: Settings) -> Self:
        """Those that the last start wrote down; a part that runs alone and finds none chooses them."""
        try:
            return cls(**json.loads(_file(settings.home).read_text()))
        except (OSError, ValueError, TypeError):
            chosen = cls(settings.port, settings.private_port or free_port(), free_port())
            chosen.save(settings.home)
            return chosen

    def save(self, home: Path) -> None:
        path = _file(home)
        fresh = path.with_name(f".ports-{os.getpid()}")
        fresh.write_text(json.dumps(asdict(self)))
        fresh.replace(path)

    def engine_url(self, settings: Settings) -> str:
        return settings.engine_url or f"http://{LOOPBACK}:{self.engine}"

    @property
    def actions_url(self) -> str:
        return f"http://{LOOPBACK}:{self.private}/actions/webhook"


def run_folder(home: Path) -> Path:
    """`home/run`: ports, process ids and the supervisor's lock."""
    folder = make_home(home) / "run"
    folder.mkdir(exist_ok=True, mode=0o700)
    return folder


def _file(home: Path) -> Path:
    return run_folder(home) / "ports.json"


def listen(host: str, port: int) -> socket.socket:
    """A listening socket. Raises OSError as bind does."""
    family, kind, protocol, _, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    opened = socket.socket(family, kind, protocol)
    try:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        opened.bind(address)
        opened.listen(BACKLOG)
    except OSError:
        opened.close()
        raise
    opened.setblocking(False)
    return opened


def listen_public(settings: Settings) -> socket.socket:
    """The public listener: the port that was given, or the first free one from 8080 up.

    Raises SettingsError, naming the variable, when the address cannot be had.
    """
    ports = [settings.port] if settings.port_given else range(DEFAULT_PORT, DEFAULT_PORT + TRIED)
    for port in ports:
        try:
            return listen(settings.host, port)
        except socket.gaierror:
            raise _no_such_host(settings) from None
        except PermissionError:
            raise SettingsError(f"FOOTBRIDGE_PORT: this account may not listen on {port}") from None
        except OSError as error:
            if error.errno == errno.EADDRNOTAVAIL:
                raise _no_such_host(settings) from None
    where = f"{ports[0]} is" if len(ports) == 1 else f"{ports[0]} to {ports[-1]} are"
    raise SettingsError(f"FOOTBRIDGE_PORT: {where} taken on {settings.host}: name a free port")


def _no_such_host(settings: Settings) -> SettingsError:
    return SettingsError(f"FOOTBRIDGE_HOST: takes an address of this machine, not {settings.host!r}")


def listen_private(settings: Settings) -> socket.socket:
    """The private listener on loopback. Raises SettingsError when the given port is taken."""
    try:
        return listen(LOOPBACK, settings.private_port or 0)
    except OSError:
        taken = settings.private_port
        raise SettingsError(f"FOOTBRIDGE_PRIVATE_PORT: {taken} is taken: name a free port") from None


def inherited(variable: str) -> socket.socket | None:
    """The listener that the supervisor handed down, or None in a part that was started by itself."""
    number = os.environ.get(variable)
    return socket.socket(fileno=int(number)) if number else None


def gateway_sockets(settings: Settings) -> tuple[socket.socket, socket.socket]:
    """The gateway's public and private listeners, handed down or opened here."""
    public, private = inherited(PUBLIC_FD), inherited(PRIVATE_FD)
    if public and private:
        return public, private
    ports = Ports.load(settings)
    public = listen_public(settings)
    private = listen_private(
        settings.model_copy(update={"private_port": settings.private_port or ports.private})
    )
    Ports(port_of(public), port_of(private), ports.engine).save(settings.home)
    return public, private


def port_of(opened: socket.socket) -> int:
    number: int = opened.getsockname()[1]
    return number


def free_port() -> int:
    with closing(listen(LOOPBACK, 0)) as opened:
        return port_of(opened)
