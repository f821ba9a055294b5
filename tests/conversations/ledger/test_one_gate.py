"""Every message leaves through one gate: no other code makes an outbox row."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from footbridge.settings import PROJECT_ROOT

PACKAGES = ("bot", "channels", "console", "conversations", "footbridge", "knowledge", "placements", "scripts")
GATE = "conversations/ledger/gate.py"
_SQL = re.compile(
    r"insert\s+into\s+(?:conversations\.)?\"?outbound\b|copy\s+(?:conversations\.)?outbound\b", re.I
)


def sources() -> Iterator[Path]:
    for package in PACKAGES:
        yield from (PROJECT_ROOT / package).rglob("*.py")


def makes_outbound(source: str) -> bool:
    """Whether code builds an `Outbound`, inserts into its table, or hands the class on to something that might."""
    tree = ast.parse(source)
    names = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if alias.name == "Outbound"
    } | {"Outbound"}
    return any(_makes(node, names) for node in ast.walk(tree)) or bool(
        any(
            isinstance(node, ast.Constant) and isinstance(node.value, str) and _SQL.search(node.value)
            for node in ast.walk(tree)
        )
    )


def _makes(node: ast.AST, names: set[str]) -> bool:
    if not isinstance(node, ast.Call):
        return False
    if _named(node.func) in names:
        return True
    builds = _named(node.func) in {"insert", "pg_insert", "bulk_insert_mappings", "bulk_save_objects"}
    return builds and any(_named(part) in names for part in ast.walk(node) if part is not node.func)


def _named(node: ast.AST) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def test_the_search_finds_every_way_of_making_a_row() -> None:
    for source in (
        "session.add(Outbound(body='hi'))",
        "models.Outbound(body='hi')",
        "from conversations.models import Outbound as Row\nRow()",
        "insert(Outbound).values()",
        "session.execute(sa.insert(models.Outbound))",
        "insert(Outbound.__table__)",
        "text('INSERT INTO conversations.outbound (id) values (1)')",
    ):
        assert makes_outbound(source), source
    for source in (
        "select(Outbound)",
        "update(Outbound).values(state='x')",
        "insert(Inbound)",
        "x: Outbound",
    ):
        assert not makes_outbound(source), source


def test_only_the_gate_makes_one() -> None:
    found = {
        str(path.relative_to(PROJECT_ROOT))
        for path in sources()
        if makes_outbound(path.read_text(encoding="utf-8"))
    }
    assert found - {GATE} == set()
    assert GATE in found
