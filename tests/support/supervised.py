"""A supervisor with three small stand-ins for its parts: `python -m tests.support.supervised HOME [PORT]`.

Each stand-in notes its start in `HOME/starts`; the gateway answers every request on the listener that it
was handed.
"""

import os
import sys
from pathlib import Path

from footbridge import serve
from footbridge.ports import Ports
from footbridge.serve import MARK, Part, Supervisor
from footbridge.settings import Settings

SLEEP = (
    "import os, time; open(os.environ['STARTS'], 'a').write('{name} %d\\n' % os.getpid()); time.sleep(600)"
)
GATEWAY = """
import os, socket
open(os.environ['STARTS'], 'a').write('gateway %d\\n' % os.getpid())
listener = socket.socket(fileno=int(os.environ['FOOTBRIDGE_PUBLIC_FD']))
listener.setblocking(True)
while True:
    caller, _ = listener.accept()
    caller.recv(4096)
    caller.sendall(b'HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\nConnection: close\\r\\n\\r\\nok')
    caller.close()
"""
BROKEN = "raise SystemExit(3)"


class Rehearsal(Supervisor):
    """The real supervisor, with other commands."""

    def _engine(self, ports: Ports) -> Part:
        return Part("engine", [sys.executable, "-c", SLEEP.format(name="engine")], self._env("", ports))

    def _own_parts(self, url: str, ports: Ports) -> list[Part]:
        env = self._env(url, ports)
        worker = os.environ.get("REHEARSAL_WORKER", SLEEP.format(name="worker"))
        sockets = [opened.fileno() for opened in self._sockets]
        return [
            Part("worker", [sys.executable, "-c", worker], env),
            Part("gateway", [sys.executable, "-c", GATEWAY], env, sockets),
        ]

    def _env(self, url: str, ports: Ports) -> dict[str, str]:
        env = self._own_environment(url or "postgresql://none", ports)
        return {**env, "STARTS": str(self.home / "starts"), MARK: str(self.home)}


def main() -> int:
    serve.prepare_database = lambda settings, url: ["  prepared"]
    given = {"FOOTBRIDGE_PORT": sys.argv[2]} if len(sys.argv) > 2 else {}
    try:
        return Rehearsal(Settings.load(FOOTBRIDGE_HOME=Path(sys.argv[1]), **given)).run()
    except (serve.AlreadyRunning, ValueError, RuntimeError) as refused:
        print(refused, file=sys.stderr)
        return 1


if __name__ == "__main__":
    raise SystemExit(main())
