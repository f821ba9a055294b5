"""The lock files install the same everywhere: exact versions, a hash each, no address of any machine."""

import re
from pathlib import Path

import pytest

from footbridge.settings import PROJECT_ROOT, Settings

REQUIREMENTS = PROJECT_ROOT / "requirements"
LOCKS = ["app.txt", "dev.txt", "engine.txt"]


def entries(name: str) -> dict[str, str]:
    """Package (with its marker) to version. Every entry must be pinned and carry a hash."""
    text = re.sub(r"\\\n\s*", " ", (REQUIREMENTS / name).read_text())
    found = {}
    for line in text.splitlines():
        if not line or line.startswith("#"):
            continue
        entry = re.fullmatch(
            r"([\w.-]+)(?:\[[\w,-]+\])?==(\S+)( ; [^-]+?)?((?: +--hash=sha256:[0-9a-f]{64})+)", line
        )
        assert entry, f"{name}: not pinned with a hash: {line[:80]}"
        found[entry[1] + (entry[3] or "")] = entry[2]
    return found


@pytest.mark.parametrize("name", LOCKS)
def test_every_line_is_pinned_with_a_hash(name: str) -> None:
    assert len(entries(name)) > 50


@pytest.mark.parametrize("name", LOCKS)
def test_no_index_path_or_option_is_named(name: str) -> None:
    text = (REQUIREMENTS / name).read_text()
    assert not re.search(r"https?:|file:|^--|^-[a-z] | @ ", text, re.MULTILINE)


def test_dev_holds_all_of_app_at_the_same_versions() -> None:
    assert entries("app.txt").items() <= entries("dev.txt").items()


def test_what_the_engine_leaves_out_is_out() -> None:
    lines = (REQUIREMENTS / "engine-left-out.txt").read_text().split("\n")
    left_out = {line for line in lines if line and not line.startswith("#")}
    assert "tensorflow" in left_out
    assert not left_out & set(entries("engine.txt"))


def test_the_engine_is_rasa_with_the_quick_validator() -> None:
    pinned = entries("engine.txt")
    assert (pinned["rasa"], pinned["jsonschema"]) == ("3.6.21", "3.2.0")


def test_the_example_names_every_setting() -> None:
    example = Path(PROJECT_ROOT / ".env.example").read_text()
    missing = [
        str(field.alias) for field in Settings.model_fields.values() if f"# {field.alias}=" not in example
    ]
    assert not missing
