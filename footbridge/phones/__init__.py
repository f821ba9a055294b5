"""The simulated phones: a carrier that speaks Twilio's wire, and a page with the phones side by side.

The app talks to it exactly as it talks to Twilio; only the address differs. Nothing here decides anything
about a conversation.
"""

from aiohttp import web

from footbridge.phones.carrier import SIMULATOR, make_carrier, running
from footbridge.phones.faults import Faults, Trouble
from footbridge.phones.page import PhonePerson, PhonesConfig, page_routes
from footbridge.phones.rest import rest_routes
from footbridge.phones.simulator import CarrierConfig, Simulator
from footbridge.phones.store import MemoryStore, PostgresStore, Store

CARRIER_PREFIX = "/phones/carrier"
"""Where the simulated carrier's REST API is mounted: TWILIO_API_BASE_URL is the app's address and this."""

ACCOUNT_SID = "AC" + "f00db41d9e" * 3 + "00"
OUR_NUMBER = "+13055550100"

__all__ = [
    "ACCOUNT_SID",
    "CARRIER_PREFIX",
    "OUR_NUMBER",
    "SIMULATOR",
    "CarrierConfig",
    "Faults",
    "MemoryStore",
    "PhonePerson",
    "PhonesConfig",
    "PostgresStore",
    "Simulator",
    "Store",
    "Trouble",
    "add_phones",
    "make_carrier",
]


def add_phones(app: web.Application, *, store: Store, config: PhonesConfig) -> Simulator:
    """Mounts the carrier's REST API and the page; the simulator starts and stops with the application."""
    simulator = Simulator(config, store)
    app[SIMULATOR] = simulator
    app.add_routes(rest_routes(simulator, CARRIER_PREFIX))
    app.add_routes(page_routes(simulator, config))
    app.cleanup_ctx.append(running(simulator))

    async def end_streams(_app: web.Application) -> None:
        simulator.hub.close()

    app.on_shutdown.append(end_streams)
    return simulator
