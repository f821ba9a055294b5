"""`/metrics` for Prometheus, from the rows themselves: what waits, what went out, what became of it."""

import hmac

from aiohttp import web
from prometheus_client import CollectorRegistry, Gauge, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from sqlalchemy import func, select

from conversations.models import Case, Inbound, Outbound, Page
from placements.database import Database


def metrics_routes(database: Database, token: str) -> list[web.RouteDef]:
    """`GET /metrics`, for callers that know the installation's secret: small counts tell of people, too."""

    async def metrics(request: web.Request) -> web.Response:
        if not hmac.compare_digest(
            request.headers.get("Authorization", "").encode(), f"Bearer {token}".encode()
        ):
            raise web.HTTPUnauthorized(headers={"WWW-Authenticate": "Bearer"})
        return web.Response(body=await _measure(database), headers={"Content-Type": CONTENT_TYPE_PLAIN_0_0_4})

    return [web.get("/metrics", metrics)]


async def _measure(database: Database) -> bytes:
    registry = CollectorRegistry()
    inbound = Gauge("footbridge_inbound_texts", "Texts that came in, by state", ["state"], registry=registry)
    outbound = Gauge(
        "footbridge_outbound_texts",
        "Texts that go out, by lane and state",
        ["lane", "state"],
        registry=registry,
    )
    cases = Gauge(
        "footbridge_open_cases", "Cases that wait for a person, by severity", ["severity"], registry=registry
    )
    pages = Gauge(
        "footbridge_unacknowledged_pages", "Calls to a person on duty without an answer", registry=registry
    )
    async with database.session() as session:
        for state, count in await session.execute(
            select(Inbound.state, func.count()).group_by(Inbound.state)
        ):
            inbound.labels(state).set(count)
        rows = await session.execute(
            select(Outbound.lane, Outbound.state, func.count()).group_by(Outbound.lane, Outbound.state)
        )
        for lane, state, count in rows:
            outbound.labels(lane, state).set(count)
        for severity, count in await session.execute(
            select(Case.severity, func.count()).where(Case.state == "open").group_by(Case.severity)
        ):
            cases.labels(severity).set(count)
        pages.set(await session.scalar(select(func.count()).where(Page.acknowledged_at.is_(None))) or 0)
    return generate_latest(registry)
