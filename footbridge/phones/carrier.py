"""The simulated carrier as a web application of its own, for tests and for stand-ins."""

from collections.abc import AsyncIterator, Callable

from aiohttp import web

from footbridge.phones.faults import Faults
from footbridge.phones.rest import rest_routes
from footbridge.phones.simulator import CarrierConfig, Simulator
from footbridge.phones.store import MemoryStore, Store

SIMULATOR = web.AppKey("simulator", Simulator)


def make_carrier(
    config: CarrierConfig, *, store: Store | None = None, faults: Faults | None = None
) -> web.Application:
    """Twilio's message resource at the root of an application; the simulator is at `app[SIMULATOR]`."""
    app = web.Application()
    simulator = Simulator(config, store or MemoryStore(), faults)
    app[SIMULATOR] = simulator
    app.cleanup_ctx.append(running(simulator))
    app.add_routes(rest_routes(simulator))
    return app


def running(simulator: Simulator) -> Callable[[web.Application], AsyncIterator[None]]:
    """The simulator's life as a clean-up context of an application."""

    async def life(_app: web.Application) -> AsyncIterator[None]:
        await simulator.start()
        yield
        await simulator.stop()

    return life
