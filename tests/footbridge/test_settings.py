import json
import stat
from collections.abc import Mapping
from datetime import time
from pathlib import Path

import pytest

from footbridge.settings import DEMO_ONCALL, Secrets, Settings, SettingsError, is_loopback

TWILIO = {
    "TWILIO_ACCOUNT_SID": "AC123",
    "TWILIO_AUTH_TOKEN": "secret-token",
    "TWILIO_FROM_NUMBER": "+13055550100",
}
LIVE = {**TWILIO, "FOOTBRIDGE_ONCALL": "+13055550109"}


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for field in Settings.model_fields.values():
        monkeypatch.delenv(str(field.alias), raising=False)
    monkeypatch.setitem(Settings.model_config, "env_file", None)


def load(monkeypatch: pytest.MonkeyPatch, values: Mapping[str, str]) -> Settings:
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    return Settings.load()


def test_nothing_set_gives_the_simulator_and_the_demo(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load(monkeypatch, {})
    assert settings.simulated and settings.demo and settings.embedded_database
    assert (settings.host, settings.port, settings.port_given) == ("127.0.0.1", 8080, False)
    assert settings.public_base_url == "http://127.0.0.1:8080"
    assert settings.keyword_replies == "app"
    assert settings.messages_per_second == 10
    assert settings.oncall == DEMO_ONCALL
    assert settings.quiet_hours == (time(20), time(8))
    assert settings.retention_days == 400
    assert settings.home.name == ".footbridge" and settings.home.is_absolute()


def test_a_carrier_turns_the_demo_off_and_leaves_keywords_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load(monkeypatch, LIVE)
    assert not settings.simulated and not settings.demo
    assert settings.keyword_replies == "carrier"
    assert settings.messages_per_second == 1
    assert settings.auth_token() == "secret-token"


def test_another_api_address_means_that_we_answer_keywords(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load(monkeypatch, {**LIVE, "TWILIO_API_BASE_URL": "http://127.0.0.1:4010/"})
    assert settings.keyword_replies == "app"
    assert settings.twilio_api_base_url == "http://127.0.0.1:4010"


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"FOOTBRIDGE_PORT": "99999"}, "FOOTBRIDGE_PORT"),
        ({"FOOTBRIDGE_PORT": "eighty"}, "FOOTBRIDGE_PORT"),
        ({"FOOTBRIDGE_PRIVATE_PORT": "0"}, "FOOTBRIDGE_PRIVATE_PORT"),
        ({"DATABASE_URL": "mysql://ana:secret-token@db/x"}, "DATABASE_URL"),
        ({"FOOTBRIDGE_DEMO": "maybe"}, "FOOTBRIDGE_DEMO"),
        ({"FOOTBRIDGE_DEMO": "0"}, "FOOTBRIDGE_ONCALL"),
        (TWILIO, "FOOTBRIDGE_ONCALL"),
        ({"PUBLIC_BASE_URL": "https://bridge.example.org"}, "FOOTBRIDGE_DEMO"),
        ({"PUBLIC_BASE_URL": "bridge.example.org"}, "PUBLIC_BASE_URL"),
        ({**LIVE, "TWILIO_ACCOUNT_SID": "123"}, "TWILIO_ACCOUNT_SID"),
        ({"TWILIO_ACCOUNT_SID": "AC123"}, "TWILIO_AUTH_TOKEN"),
        ({"TWILIO_API_BASE_URL": "http://127.0.0.1:4010"}, "TWILIO_ACCOUNT_SID"),
        ({"TWILIO_ACCOUNT_SID": "AC123", "TWILIO_AUTH_TOKEN": "secret-token"}, "TWILIO_FROM_NUMBER"),
        ({**LIVE, "TWILIO_FROM_NUMBER": "five"}, "TWILIO_FROM_NUMBER"),
        ({"FOOTBRIDGE_KEYWORD_REPLIES": "both"}, "FOOTBRIDGE_KEYWORD_REPLIES"),
        ({"FOOTBRIDGE_MESSAGES_PER_SECOND": "0"}, "FOOTBRIDGE_MESSAGES_PER_SECOND"),
        ({"FOOTBRIDGE_MESSAGES_PER_SECOND": "nan"}, "FOOTBRIDGE_MESSAGES_PER_SECOND"),
        ({"FOOTBRIDGE_TIMEZONE": "Mars/Olympus"}, "FOOTBRIDGE_TIMEZONE"),
        ({"FOOTBRIDGE_TIMEZONE": "../etc/passwd"}, "FOOTBRIDGE_TIMEZONE"),
        ({"FOOTBRIDGE_QUIET_HOURS": "8pm-8am"}, "FOOTBRIDGE_QUIET_HOURS"),
        ({"FOOTBRIDGE_QUIET_HOURS": "25:00-08:00"}, "FOOTBRIDGE_QUIET_HOURS"),
        ({"FOOTBRIDGE_ONCALL": "+13055550109,911"}, "FOOTBRIDGE_ONCALL"),
        ({"FOOTBRIDGE_DISTRICT_CONTACT": "305-555-0110"}, "FOOTBRIDGE_DISTRICT_CONTACT"),
        ({"FOOTBRIDGE_ABUSE_LINE": "call them"}, "FOOTBRIDGE_ABUSE_LINE"),
        ({"FOOTBRIDGE_ONCALL_MAIL": "duty", "SMTP_URL": "smtp://mail"}, "FOOTBRIDGE_ONCALL_MAIL"),
        ({"FOOTBRIDGE_ONCALL_MAIL": "duty@example.org"}, "SMTP_URL"),
        ({"SMTP_URL": "http://mail"}, "SMTP_URL"),
        ({"SMTP_URL": "smtp://ben:secret-token@mail"}, "FOOTBRIDGE_MAIL_FROM"),
        ({"FOOTBRIDGE_CHAT_ORIGINS": "https://a.example/page"}, "FOOTBRIDGE_CHAT_ORIGINS"),
        ({"FOOTBRIDGE_OIDC_ISSUER": "https://id.example"}, "FOOTBRIDGE_OIDC_CLIENT_ID"),
        ({"FOOTBRIDGE_RETENTION_DAYS": "-1"}, "FOOTBRIDGE_RETENTION_DAYS"),
    ],
)
def test_a_wrong_value_is_one_line_that_names_the_variable(
    monkeypatch: pytest.MonkeyPatch, values: dict[str, str], named: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        load(monkeypatch, values)
    line = str(caught.value)
    assert named in line and "\n" not in line and "secret-token" not in line


def test_two_equal_quiet_times_mean_none(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load(monkeypatch, {"FOOTBRIDGE_QUIET_HOURS": "00:00-00:00"}).quiet_hours is None


def test_an_empty_value_is_an_unset_one(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load(monkeypatch, {"FOOTBRIDGE_PORT": "", "DATABASE_URL": ""}).port == 8080


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_database_addresses_become_sqlalchemys(monkeypatch: pytest.MonkeyPatch, scheme: str) -> None:
    settings = load(monkeypatch, {"DATABASE_URL": f"{scheme}://cora:pw@db.example/bridge"})
    assert settings.database_url == "postgresql+psycopg://cora:pw@db.example/bridge"


def test_force_loads_the_demo_on_a_public_address(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load(
        monkeypatch, {"PUBLIC_BASE_URL": "https://bridge.example.org/", "FOOTBRIDGE_DEMO": "force"}
    )
    assert settings.demo and settings.public_base_url == "https://bridge.example.org"


def test_another_port_moves_only_a_default_public_address(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load(monkeypatch, {}).on_port(9000).public_base_url == "http://127.0.0.1:9000"
    kept = load(monkeypatch, {"PUBLIC_BASE_URL": "http://localhost:1"}).on_port(9000)
    assert (kept.port, kept.public_base_url) == (9000, "http://localhost:1")


def test_describe_masks_every_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    values = {
        **LIVE,
        "DATABASE_URL": "postgresql://cora:secret-token@db/x",
        "FOOTBRIDGE_MAIL_FROM": "a@b.example",
    }
    shown = load(monkeypatch, {**values, "SMTP_URL": "smtp://ben:secret-token@mail"}).describe()
    assert "secret-token" not in json.dumps(shown)
    assert shown["DATABASE_URL"] == "postgresql+psycopg://cora:********@db/x"
    assert shown["FOOTBRIDGE_QUIET_HOURS"] == "20:00-08:00"


def test_secrets_are_made_once_and_kept_from_others(tmp_path: Path) -> None:
    home = tmp_path / "home"
    first = Secrets.load(home)
    assert Secrets.load(home) == first
    assert len(set(first.model_dump().values())) == len(Secrets.model_fields)
    assert stat.S_IMODE((home / "secrets.json").stat().st_mode) == 0o600
    assert [path.name for path in home.iterdir()] == ["secrets.json"]


def test_a_secret_that_is_new_joins_the_kept_ones(tmp_path: Path) -> None:
    (tmp_path / "secrets.json").write_text('{"hash_salt": "kept"}')
    loaded = Secrets.load(tmp_path)
    assert loaded.hash_salt == "kept" and loaded.engine_token


def test_a_secret_may_come_from_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("FOOTBRIDGE_ENGINE_TOKEN", "shared")
    assert Secrets.load(tmp_path).engine_token == "shared"


def test_a_home_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SettingsError, match=r"^FOOTBRIDGE_HOME: takes a folder to write to, not .*file/home"):
        Secrets.load(tmp_path / "file" / "home")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://127.0.0.1:8080", True),
        ("http://127.9.9.9", True),
        ("http://localhost:1", True),
        ("http://[::1]:8080", True),
        ("http://0.0.0.0:8080", False),
        ("https://127.0.0.1.example.org", False),
    ],
)
def test_loopback(url: str, expected: bool) -> None:
    assert is_loopback(url) is expected
