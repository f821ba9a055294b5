"""The documentation says what the code has: settings, commands, addresses, metrics, and links that lead somewhere."""

import importlib.util
import re
import subprocess
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from types import ModuleType

import pytest
from dotenv import dotenv_values

from footbridge.settings import PROJECT_ROOT, Settings

FENCED = re.compile(r"^(`{3,})[^\n]*\n.*?^\1\s*$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ +(.*?)\s*$", re.MULTILINE)
NAMED_PATH = re.compile(r"`((?:[\w.-]+/)+[\w.-]*)`")
FOLDERS = ("bot", "channels", "console", "conversations", "docs", "footbridge", "knowledge", "placements")


@pytest.fixture(scope="module")
def writer() -> ModuleType:
    """scripts/write_docs.py."""
    spec = importlib.util.spec_from_file_location("write_docs", PROJECT_ROOT / "scripts" / "write_docs.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def pages() -> list[Path]:
    """Every Markdown page of the project that git knows or would add, but what the assistant itself knows."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"],
        cwd=PROJECT_ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    return [PROJECT_ROOT / name for name in listed if not name.startswith("knowledge/")]


def prose(page: Path) -> str:
    """A page without its blocks of code."""
    return FENCED.sub("", page.read_text())


def test_every_name_is_explained_and_no_explanation_is_left_over(writer: ModuleType) -> None:
    assert list(writer.unexplained(writer.meanings())) == []


def test_the_written_tables_are_as_the_code_is(writer: ModuleType) -> None:
    stale = [page.name for page in pages() if writer.rewritten(page.read_text()) != page.read_text()]
    assert stale == [], "run scripts/write_docs.py"


@pytest.mark.parametrize(
    "table", ["settings", "secrets", "internal", "tools", "commands", "routes", "metrics"]
)
def test_every_table_stands_on_a_page_and_holds_something(writer: ModuleType, table: str) -> None:
    marked = [m for page in pages() for m in writer.MARKED.finditer(page.read_text()) if m[2] == table]
    assert len(marked) == 1
    assert marked[0][0].count("\n") > 4


def test_a_name_that_nobody_explains_is_found(writer: ModuleType) -> None:
    said = {section: dict(names) for section, names in writer.meanings().items()}
    del said["settings"]["FOOTBRIDGE_PORT"]
    said["routes"]["GET /nowhere"] = "Nothing."
    assert list(writer.unexplained(said)) == [
        "docs/meanings.yml: settings: FOOTBRIDGE_PORT is missing",
        "docs/meanings.yml: routes: GET /nowhere is gone",
    ]


def test_every_metric_that_is_served_is_in_the_table(writer: ModuleType) -> None:
    source = (PROJECT_ROOT / "footbridge" / "metrics.py").read_text()
    written = writer.metrics_table({})
    assert set(re.findall(r'"(footbridge_\w+)"', source)) == set(re.findall(r"`(footbridge_\w+)`", written))


def test_the_example_file_names_every_setting() -> None:
    example = (PROJECT_ROOT / ".env.example").read_text()
    named = set(re.findall(r"^#? ?([A-Z][A-Z0-9_]+)=", example, re.MULTILINE))
    assert {str(field.alias) for field in Settings.model_fields.values()} <= named


def test_a_line_of_the_example_file_may_be_used_as_it_stands() -> None:
    example = (PROJECT_ROOT / ".env.example").read_text()
    used = re.sub(r"^# (?=[A-Z][A-Z0-9_]+=)", "", example, flags=re.MULTILINE)
    values = dotenv_values(stream=StringIO(used))
    assert values["FOOTBRIDGE_PORT"] == "8080"
    assert [name for name, value in values.items() if "  " in (value or "")] == []


def test_links_lead_somewhere() -> None:
    assert list(broken_links()) == []


def broken_links() -> Iterator[str]:
    """Relative links to files and headings that are not there."""
    for page in pages():
        for target in LINK.findall(prose(page)):
            if re.match(r"[a-z]+:", target):
                continue
            name, _, anchor = target.partition("#")
            found = (page.parent / name).resolve() if name else page
            if not found.exists():
                yield f"{page.relative_to(PROJECT_ROOT)}: {target}"
            elif anchor and anchor not in {slug(heading) for heading in HEADING.findall(prose(found))}:
                yield f"{page.relative_to(PROJECT_ROOT)}: no heading for {target}"


def slug(heading: str) -> str:
    """A heading's anchor, as GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def test_paths_that_pages_name_exist() -> None:
    missing = [
        f"{page.relative_to(PROJECT_ROOT)}: {path}"
        for page in pages()
        for path in NAMED_PATH.findall(prose(page))
        if path.split("/")[0] in FOLDERS and path not in LATER and not (PROJECT_ROOT / path).exists()
    ]
    assert missing == []


LATER = frozenset({"bot/models/"})
"""Made by a build, so not there in a fresh clone."""
