"""Is it alive, and is it ready: database, worker and engine, each by name."""

import asyncio
from datetime import timedelta

import aiohttp
from aiohttp import web
from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert

from conversations.cases.answers import unsigned
from conversations.models import Beat
from conversations.policy import Policy
from placements.database import Database

BEAT_EVERY = 2.0  # seconds
LATE = timedelta(seconds=12)
PATIENCE = 3.0  # seconds for the whole question


async def beat_forever(database: Database, part: str) -> None:
    """Say every few seconds that a part is alive."""
    while True:
        try:
            async with database.session() as session:
                await session.execute(
                    insert(Beat)
                    .values(part=part, at_real=func.now())
                    .on_conflict_do_update(index_elements=["part"], set_={"at_real": func.now()})
                )
        except Exception:  # the database is away; the beat is late then, which is what it says
            pass
        await asyncio.sleep(BEAT_EVERY)


def health_routes(
    database: Database, engine_url: str, http: aiohttp.ClientSession, policy: Policy
) -> list[web.RouteDef]:
    """`/healthz` and `/readyz`. What nobody has signed is named there, and keeps nothing from being ready."""

    async def healthz(_: web.Request) -> web.Response:
        return web.json_response({"status": "alive"})

    async def readyz(_: web.Request) -> web.Response:
        checks = {
            "database": _database(database),
            "worker": _worker(database),
            "engine": _engine(engine_url, http),
        }
        results = await asyncio.gather(*(_within(check) for check in checks.values()))
        parts = dict(zip(checks, results, strict=True))
        ready = all(parts.values())
        body = {
            "status": "ready" if ready else "not ready",
            "parts": {name: "ready" if ok else "not ready" for name, ok in parts.items()},
            "unsigned_answers": await _unsigned(database, policy) if parts["database"] else None,
        }
        return web.json_response(body, status=200 if ready else 503)

    return [web.get("/healthz", healthz), web.get("/readyz", readyz)]


async def _within(check) -> bool:  # type: ignore[no-untyped-def]
    try:
        return bool(await asyncio.wait_for(check, PATIENCE))
    except Exception:  # whatever is wrong with a part, it is not ready
        return False


async def _database(database: Database) -> bool:
    async with database.session() as session:
        return bool(await session.scalar(text("select 1")))


async def _unsigned(database: Database, policy: Policy) -> list[str] | None:
    try:
        async with database.session() as session:
            return await asyncio.wait_for(unsigned(session, policy), PATIENCE)
    except Exception:  # the database went away meanwhile; then this is not known
        return None


async def _worker(database: Database) -> bool:
    async with database.session() as session:
        query = select(Beat.part).where(Beat.part == "worker", Beat.at_real > func.now() - LATE)
        return await session.scalar(query) is not None


async def _engine(url: str, http: aiohttp.ClientSession) -> bool:
    async with http.get(f"{url}/webhooks/turn/", timeout=aiohttp.ClientTimeout(total=2)) as response:
        return response.status == 200
