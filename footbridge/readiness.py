"""What an installation for real people still lacks, said at every start. None of it keeps it from starting."""

import asyncio
from collections.abc import AsyncIterator

from sqlalchemy.ext.asyncio import AsyncSession

from conversations.cases.answers import unsigned
from conversations.cases.calls import takes_no_texts
from conversations.ledger.addresses import on_call_address
from conversations.policy import Policy
from footbridge.settings import Settings
from footbridge.wiring import policy_of
from placements import clock
from placements.database import Database


def warnings(settings: Settings, url: str) -> list[str]:
    """Lines for the operator, none where nothing is missing."""
    return asyncio.run(_warnings(settings, url))


async def _warnings(settings: Settings, url: str) -> list[str]:
    database, policy = Database(url, pool_size=1), policy_of(settings)
    try:
        async with database.session() as session:
            return [line async for line in _lines(session, settings, policy)]
    finally:
        await database.close()


async def _lines(session: AsyncSession, settings: Settings, policy: Policy) -> AsyncIterator[str]:
    if names := await unsigned(session, policy):
        yield f"crisis answers that nobody has signed (footbridge answers list): {', '.join(names)}"
    if not settings.district_contact:
        yield "FOOTBRIDGE_DISTRICT_CONTACT is not set: after the last number on call nobody else is called"
    now = await clock.now(session)
    for number in policy.chain:
        why = takes_no_texts(await on_call_address(session, number, now))
        if why is not None:
            yield f"{number} is on call and takes no texts ({why}): it is passed over until it texts START"
