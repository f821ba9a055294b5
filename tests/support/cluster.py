"""One PostgreSQL cluster a test run, and a fresh migrated database for every test that asks for one."""

import itertools
import os
import shutil
import tempfile
from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import psycopg

from footbridge.postgres import EmbeddedPostgres
from placements import migrate

TEMPLATE = "template_footbridge"
AHEAD = 2


class Cluster:
    """Databases are cloned from one that was migrated once, and the next two are cloned while a test runs."""

    def __init__(self, server: EmbeddedPostgres) -> None:
        self._server = server
        self._numbers = itertools.count(1)
        self._admin = psycopg.connect(server.conninfo(), autocommit=True)
        self._admin.execute(f"CREATE DATABASE {TEMPLATE}")
        migrate.upgrade(server.url_of(TEMPLATE))
        self._cloner = ThreadPoolExecutor(1)
        self._ready = deque(self._cloner.submit(self._clone, TEMPLATE) for _ in range(AHEAD))

    @contextmanager
    def database(self, *, migrated: bool = True) -> Iterator[str]:
        """The SQLAlchemy address of a new database, dropped at the end with whoever is still connected."""
        if migrated:
            self._ready.append(self._cloner.submit(self._clone, TEMPLATE))
            name = self._ready.popleft().result()
        else:
            name = self._cloner.submit(self._clone, "template1").result()
        try:
            yield self._server.url_of(name)
        finally:
            self._cloner.submit(self._admin.execute, f"DROP DATABASE {name} WITH (FORCE)")

    def close(self) -> None:
        self._cloner.shutdown()
        self._admin.close()

    def _clone(self, source: str) -> str:
        name = f"test_{next(self._numbers)}"
        self._admin.execute(f"CREATE DATABASE {name} TEMPLATE {source}")
        return name


@contextmanager
def cluster() -> Iterator[Cluster]:
    folder = Path(tempfile.mkdtemp(prefix="fb-test-"))
    home = Path(tempfile.mkdtemp(prefix="fb-test-home-"))
    if os.geteuid() == 0:
        shutil.chown(folder, "nobody")
    server = EmbeddedPostgres(home, durable=False, folder=folder)
    try:
        server.start()
        found = Cluster(server)
        yield found
        found.close()
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
        shutil.rmtree(home, ignore_errors=True)
