"""The demo district."""

from footbridge.commands import Refused, open_installation
from footbridge.demo import DemoRefused
from footbridge.demo_district import reset_installation
from footbridge.settings import Settings


async def demo_reset(settings: Settings) -> str:
    """Empty everything and load the demo district afresh."""
    async with open_installation(settings) as parts:
        try:
            return await reset_installation(parts.database, settings)
        except DemoRefused as refused:
            raise Refused(str(refused)) from None
