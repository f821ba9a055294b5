"""The command's settings, on the town's database."""

from pathlib import Path

import pytest

from footbridge.settings import Settings
from tests.support.town import Town


def settings_of(town: Town, home: Path) -> Settings:
    """Settings of a command that works on the database of a town."""
    url = town.database.engine.url.render_as_string(hide_password=False)
    return Settings.load(
        FOOTBRIDGE_HOME=home,
        DATABASE_URL=url.replace("+psycopg", ""),
        FOOTBRIDGE_DEMO="1",
        FOOTBRIDGE_HASH_SALT="salt",
    )


@pytest.fixture
def settings(town: Town, tmp_path: Path) -> Settings:
    return settings_of(town, tmp_path)


@pytest.fixture(autouse=True)
def _same_salt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOOTBRIDGE_HASH_SALT", "salt")
