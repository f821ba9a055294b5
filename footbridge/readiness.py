"""What an installation for real people still lacks, said at every start. None of it keeps it from starting."""

import asyncio
from collections.abc import AsyncIterator

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from conversations.cases.answers import answers, unsigned
from conversations.cases.calls import takes_no_texts
from conversations.ledger.addresses import on_call_address
from conversations.policy import Policy
from footbridge.postgres import EmbeddedPostgres
from footbridge.settings import Settings
from footbridge.wiring import policy_of
from placements import clock
from placements.database import Database

HOW = "see `footbridge answers list` there, and sign with `footbridge answers sign`"


def warnings(settings: Settings, url: str) -> list[str]:
    """Lines for the operator, none where nothing is missing."""
    return asyncio.run(_warnings(settings, url))


def signatures(settings: Settings) -> list[str]:
    """Lines that name each crisis answer that nobody has signed as it is now, and how to sign it.

    Starts nothing: where no database of an installation runs, one line says so.
    """
    url = settings.database_url or _embedded(settings)
    if url is None:
        return [f"who signed the crisis answers is not known: no database runs for {settings.home}; {HOW}"]
    try:
        return asyncio.run(_signatures(settings, url))
    except SQLAlchemyError as failure:
        return [f"who signed the crisis answers cannot be looked up ({type(failure).__name__}); {HOW}"]


def _embedded(settings: Settings) -> str | None:
    """The installation's own database, if it runs now."""
    if not any((settings.home / name).exists() for name in ("postgres", "postgres.folder")):
        return None
    server = EmbeddedPostgres(settings.home)
    return server.url if server.pid() is not None else None


async def _signatures(settings: Settings, url: str) -> list[str]:
    database = Database(url, pool_size=1)
    try:
        async with database.session() as session:
            found = await answers(session, policy_of(settings))
    finally:
        await database.close()
    said = {"changed": "changed since it was signed", "unsigned": "signed by nobody"}
    return [
        f"{each.key} ({each.language}): {said[each.state]}; after reading `footbridge answers show {each.key}`:"
        f' footbridge answers sign {each.key} --language {each.language} --by "NAME, OFFICE"'
        for each in found
        if each.state != "signed"
    ]


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
