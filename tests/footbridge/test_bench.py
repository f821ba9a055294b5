"""`footbridge bench`: what it lists, and what it hands on."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from footbridge.cli import app
from footbridge.commands import Refused
from footbridge.commands import bench as bench_commands


def test_alone_it_lists_the_tables() -> None:
    ran = CliRunner().invoke(app, ["bench"])
    assert ran.exit_code == 0
    for name in bench_commands.TABLES:
        assert f"footbridge bench {name}" in ran.stdout


def test_options_are_handed_on_and_paths_hold_from_any_folder() -> None:
    options = {"clinc": Path("data.json"), "clinc_only": True, "texts": 20, "json": False, "data": None}
    assert bench_commands.arguments(options) == [
        *("--clinc", str(Path.cwd() / "data.json")),
        "--clinc-only",
        *("--texts", "20"),
    ]


def test_without_a_checkout_it_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench_commands, "PROJECT_ROOT", tmp_path)
    with pytest.raises(Refused, match="checkout"):
        bench_commands.heldout([], errors=False, as_json=False)
    ran = CliRunner().invoke(app, ["bench", "understanding"])
    assert ran.exit_code == 1
    assert "checkout" in ran.output


def test_the_exit_status_is_that_of_the_measurement() -> None:
    ran = CliRunner().invoke(app, ["bench", "heldout", "no-such-set"])
    assert ran.exit_code == 2
