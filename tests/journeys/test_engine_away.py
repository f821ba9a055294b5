"""The engine is stopped: texts wait, urgent ones do not, and everything is answered when it is back."""

import asyncio
import json
import os
import signal
from pathlib import Path

import aiohttp
import pytest

from tests.support.installation import installation
from tests.support.town import ANA, BEN, CORA, LUIS

pytestmark = [pytest.mark.engine, pytest.mark.slow]


async def test_texts_wait_for_a_stopped_engine(tmp_path: Path) -> None:
    async with installation(tmp_path) as place:
        engine = json.loads((tmp_path / "run" / "engine.process").read_text())["pid"]
        os.kill(engine, signal.SIGSTOP)
        try:
            await place.deliver(ANA, "any shadows for nursing?", "SM" + "a" * 32)
            await place.deliver(LUIS, "STOP", "SM" + "b" * 32)
            await place.deliver(BEN, "i want to kill myself", "SM" + "c" * 32)
            [stopped] = await place.phones.wait_for(LUIS, 1, seconds=5)
            [crisis] = await place.phones.wait_for(BEN, 1, seconds=5)
            assert "988" in crisis.body
            await place.phones.wait_for(CORA, 1, seconds=5)
            assert stopped.body
            async with aiohttp.ClientSession() as http, http.get(f"{place.base_url}/readyz") as answer:
                assert answer.status == 503
                assert (await answer.json())["parts"]["engine"] == "not ready"
            await asyncio.sleep(25)  # longer than a turn's budget
            assert await place.phones.sent(ANA) == []
        finally:
            os.kill(engine, signal.SIGCONT)
        [answered] = await place.phones.wait_for(ANA, 1, seconds=40)
        assert "Mercy Hospital" in answered.body
