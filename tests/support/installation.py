"""A real installation for a test: `footbridge serve` with all its processes, texting through a stand-in carrier.

async with installation(tmp_path) as place:
    await place.text(ANA, "any shadows for nursing?")
    place.kill("worker")
"""

import asyncio
import json
import os
import shutil
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import psutil
import psycopg

from footbridge.ports import free_port
from footbridge.postgres import EmbeddedPostgres, plain
from footbridge.settings import PROJECT_ROOT
from tests.support.twilio_stand_in import TwilioStandIn, stand_in_process

READY_SECONDS = 60.0


@dataclass
class Installation:
    """A running installation and its phones."""

    home: Path
    base_url: str
    phones: TwilioStandIn
    environment: dict[str, str]
    process: "asyncio.subprocess.Process | None" = None

    async def start(self) -> None:
        """Start the supervisor and wait until everything is ready."""
        output = await asyncio.to_thread(open, self.home / "serve.out", "ab")
        with output:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "footbridge",
                "serve",
                cwd=PROJECT_ROOT,
                env=self.environment,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        await self.ready()

    async def ready(self, seconds: float = READY_SECONDS) -> None:
        """Wait until `/readyz` says so. Raises TimeoutError with what it says instead."""
        deadline, said = time.monotonic() + seconds, ""
        async with aiohttp.ClientSession() as http:
            while time.monotonic() < deadline:
                with suppress(aiohttp.ClientError, TimeoutError):
                    async with http.get(
                        f"{self.base_url}/readyz", timeout=aiohttp.ClientTimeout(total=5)
                    ) as answer:
                        said = await answer.text()
                        if answer.status == 200:
                            return
                await asyncio.sleep(0.1)
        raise TimeoutError(f"not ready after {seconds} s: {said}")

    async def stop(self) -> None:
        """Ctrl-C, and wait."""
        if self.process is not None and self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
            await asyncio.wait_for(self.process.wait(), 30)

    def kill(self, part: str) -> None:
        """SIGKILL one part: gateway, worker, engine, postgres or supervisor."""
        if part == "supervisor":
            assert self.process is not None
            self.process.kill()
            return
        noted = self.home / "run" / f"{part}.process"
        with suppress(OSError, ValueError, psutil.Error):
            pid = json.loads(noted.read_text())["pid"]
            os.kill(pid, signal.SIGKILL)

    async def deliver(self, who: str, body: str, sid: str, *, seconds: float = 60.0) -> None:
        """Post a text until it is answered 2xx, with the same id each time, as the carrier's fallback does."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            with suppress(aiohttp.ClientError, ConnectionError, TimeoutError):
                answer = await asyncio.wait_for(self.phones.post_inbound(who, body, sid=sid), 15)
                if 200 <= answer.status < 300:
                    return
            await asyncio.sleep(0.2)
        raise TimeoutError("the text was never taken in")

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """Rows of a query on the installation's database."""
        with psycopg.connect(plain(EmbeddedPostgres(self.home).url), autocommit=True) as connection:
            return connection.execute(query, values).fetchall()


@asynccontextmanager
async def installation(home: Path, **environment: str) -> AsyncIterator[Installation]:
    """An installation on free ports in a folder of its own, stopped at the end."""
    port = free_port()
    base_url = f"http://127.0.0.1:{port}"
    async with stand_in_process(base_url) as phones:
        kept = {
            k: v
            for k, v in os.environ.items()
            if not k.startswith(("FOOTBRIDGE_", "TWILIO_", "DATABASE_", "PUBLIC_"))
        }
        place = Installation(
            home,
            base_url,
            phones,
            {
                **kept,
                **phones.environment(),
                "FOOTBRIDGE_HOME": str(home),
                "FOOTBRIDGE_PORT": str(port),
                "FOOTBRIDGE_DEMO": "1",
                "FOOTBRIDGE_QUIET_HOURS": "00:00-00:00",
                "FOOTBRIDGE_MESSAGES_PER_SECOND": "100",
                **environment,
            },
        )
        try:
            await place.start()
            yield place
        finally:
            await place.stop()
            _forget(home)


def _forget(home: Path) -> None:
    """Remove the database's folder where it had to be made outside `home` (as root)."""
    folder = EmbeddedPostgres(home).log_file.parent
    if not folder.is_relative_to(home):
        shutil.rmtree(folder, ignore_errors=True)
        folder.with_name(f"{folder.name}.owner").unlink(missing_ok=True)
