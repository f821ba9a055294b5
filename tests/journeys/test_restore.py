"""A real installation is backed up while it runs, loses its database, and is put back."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import pytest

from footbridge.settings import PROJECT_ROOT
from tests.support.installation import Installation, installation
from tests.support.town import ANA, GLORIA

pytestmark = pytest.mark.engine


def command(place: Installation, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "footbridge", *arguments],
        cwd=PROJECT_ROOT, env=place.environment, capture_output=True, text=True, timeout=120, check=False,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip


async def test_a_restored_installation_says_nothing_twice_and_keeps_the_erased_erased(tmp_path: Path) -> None:
    async with installation(tmp_path) as place:
        await place.deliver(ANA, "any shadows for nursing?", "SM" + "1" * 32)
        await place.phones.wait_for(ANA, 1)
        await place.deliver(GLORIA, "hola", "SM" + "2" * 32)
        await place.phones.wait_for(GLORIA, 1)
        file = tmp_path / "store.tar.gz"
        made = command(place, "backup", str(file))
        assert made.returncode == 0, made.stderr
        refused = command(place, "erase", "Gloria Torres")
        assert refused.returncode == 1 and "--yes" in refused.stderr
        erased = command(place, "--as", "cora", "erase", "Gloria Torres", "--yes")
        assert erased.returncode == 0, erased.stderr
        await gone_at_the_carrier(place)
        running = command(place, "restore", str(file), "--replace")
        assert running.returncode == 1 and "stop `footbridge serve` first" in running.stderr
        await place.stop()
        await asyncio.sleep(16)  # a part that was alive a moment ago may still be running
        held = command(place, "restore", str(file))
        assert held.returncode == 1 and "--replace" in held.stderr
        restored = command(place, "restore", str(file), "--replace")
        assert restored.returncode == 0, restored.stderr
        assert "erased again: 1" in restored.stdout
        sent = len(await place.phones.sent())
        await place.start()
        await place.deliver(ANA, "1", "SM" + "3" * 32)
        await place.phones.wait_for(ANA, 2)
        texts = await place.phones.settled(quiet=2.0)
        assert len([t for t in texts if t.to == ANA]) == 2 and len(texts) >= sent
        assert [t for t in texts if t.to == GLORIA] == []
        assert place.rows("select 1 from placements.people where first_name = 'Gloria'") == []
        copy = command(place, "--as", "cora", "--because", "asked", "export", "learner", "100201")
        record = json.loads(copy.stdout)
        assert [look["who"] for look in record["who_has_looked"]] == ["cora"]
        logged = "".join(path.read_text() for path in (place.home / "logs").glob("*.log*"))
        for word in ("Torres", "Gloria", "13055550101", "13055550102", "305-555-0102", "nursing"):
            assert word not in logged


async def gone_at_the_carrier(place: Installation) -> None:
    """The worker deletes there what was erased here."""
    for _ in range(100):
        if not [t for t in await place.phones.texts() if GLORIA in (t.to, t.from_number)]:
            return
        await asyncio.sleep(0.2)
    raise AssertionError("the carrier still has texts")
