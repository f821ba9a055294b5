#!/usr/bin/env python
"""Writes the tables of docs/settings.md and docs/commands.md from the code and docs/meanings.yml.

`scripts/write_docs.py` writes them anew between their markers; `--check` changes nothing and leaves with 1 when a table
is out of date, a name is not explained, or an explained name is gone.
"""

import ast
import os
import re
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

import typer
import yaml
from aiohttp import web

from footbridge import gateway, ports
from footbridge.cli import app
from footbridge.settings import PROJECT_ROOT, Secrets, Settings
from footbridge.wiring import Parts, policy_of
from placements.database import Database

DOCS = PROJECT_ROOT / "docs"
OURS = ("footbridge", "channels", "console", "conversations", "placements", "knowledge", "bot")
OURS_IN_SCRIPTS = ("scripts", "tests", ".ci")
MARKED = re.compile(r"(<!-- written by scripts/write_docs.py: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
UNSET = "unset"
CARRIER = {
    "TWILIO_ACCOUNT_SID": "AC0",
    "TWILIO_AUTH_TOKEN": "0",
    "TWILIO_FROM_NUMBER": "+13055550100",
    "FOOTBRIDGE_ONCALL": "+13055550109",
}

Meanings = Mapping[str, Mapping[str, str]]


def main() -> int:
    """Write or check every marked table."""
    check = "--check" in sys.argv[1:]
    wrong = list(unexplained(meanings()))
    for page in sorted(DOCS.glob("*.md")):
        before = page.read_text()
        after = rewritten(before)
        if before != after and check:
            wrong.append(f"{page.relative_to(PROJECT_ROOT)} is out of date: run scripts/write_docs.py")
        elif before != after:
            page.write_text(after)
    for line in wrong:
        print(line, file=sys.stderr)
    return 1 if wrong else 0


def meanings() -> Meanings:
    """What docs/meanings.yml says, by section and name."""
    found: Meanings = yaml.safe_load((DOCS / "meanings.yml").read_text())
    return found


def rewritten(page: str) -> str:
    """A page with its marked tables as they should be."""
    said = meanings()
    return MARKED.sub(lambda m: f"{m[1]}{TABLES[m[2]](said)}\n{m[3]}", page)


def unexplained(said: Meanings) -> Iterator[str]:
    """Names of the code that nobody explains, and explanations of names that the code does not have."""
    for section, names in names_in_code().items():
        explained = set(said[section])
        yield from (f"docs/meanings.yml: {section}: {name} is missing" for name in sorted(names - explained))
        yield from (f"docs/meanings.yml: {section}: {name} is gone" for name in sorted(explained - names))


def names_in_code() -> dict[str, set[str]]:
    """Every name that has to be explained, by section."""
    settings = set(setting_defaults())
    secrets = {f"FOOTBRIDGE_{name.upper()}" for name in Secrets.model_fields}
    return {
        "settings": settings,
        "secrets": secrets,
        "internal": variables_in(OURS) - settings - secrets,
        "tools": variables_of_tools(),
        "routes": {f"{method} {path}" for _, method, path in routes()},
        "arguments": {p.name for _, command in commands() for p in command.params if not p.help},
    }


def variables_in(folders: Sequence[str]) -> set[str]:
    """Every FOOTBRIDGE_... that the code of some folders names in full, and those of endpoints.yml."""
    files = [path for folder in folders for path in (PROJECT_ROOT / folder).rglob("*.py")]
    text = "\n".join(path.read_text() for path in [*files, PROJECT_ROOT / "endpoints.yml"])
    return set(re.findall(r"\bFOOTBRIDGE_[A-Z]+(?:_[A-Z]+)*\b(?![A-Z_{*<])", text))


def variables_of_tools() -> set[str]:
    """Variables that building and testing look at."""
    files = [p for folder in OURS_IN_SCRIPTS for p in (PROJECT_ROOT / folder).rglob("*") if _is_text(p)]
    text = "\n".join(path.read_text() for path in files)
    known = ("PYTHON310", "PYTHON", "CHROMIUM")
    return {name for name in known if re.search(rf"\${{?{name}\b|\"{name}\"", text)}


def _is_text(path: Path) -> bool:
    return path.is_file() and path.suffix in (".sh", ".py", "")


def setting_defaults() -> dict[str, str]:
    """Each setting's default: with the simulator, and with a carrier where that is another."""
    demo, live = _effective({}), _effective(CARRIER)
    found = {}
    for name, value in demo.items():
        other = "required" if name == "FOOTBRIDGE_ONCALL" else UNSET if name in CARRIER else live[name]
        found[name] = _code(value) if value == other else f"{_code(value)}; with a carrier {_code(other)}"
    return found


def _effective(given: Mapping[str, str]) -> dict[str, str]:
    with nothing_set():
        shown = Settings.load(**given).describe()
    return {name: value.replace(f"{PROJECT_ROOT}/", "") or UNSET for name, value in shown.items()}


@contextmanager
def nothing_set() -> Iterator[None]:
    """Neither the environment nor `.env` says anything, so that everybody writes the same."""
    ours = [str(field.alias) for field in Settings.model_fields.values()]
    kept = {name: value for name, value in os.environ.items() if name not in ours}
    with patch.dict(os.environ, kept, clear=True), patch.dict(Settings.model_config, {"env_file": None}):
        yield


def _code(value: str) -> str:
    return value if value in (UNSET, "required") else f"`{value}`"


def settings_table(said: Meanings) -> str:
    """One row a setting, in the order of the code."""
    takes = {str(field.alias): field.description for field in Settings.model_fields.values()}
    return table(
        ("variable", "default", "takes", "what it is for"),
        ((f"`{n}`", d, takes[n] or "", said["settings"].get(n, "")) for n, d in setting_defaults().items()),
    )


def named_table(section: str) -> Callable[[Meanings], str]:
    """A table of names and what they are for."""

    def write(said: Meanings) -> str:
        return table(
            ("variable", "what it is for"), ((f"`{n}`", words) for n, words in said[section].items())
        )

    return write


def commands() -> Iterator[tuple[str, Any]]:
    """Every command with its full name, in the order of `footbridge --help`."""

    def below(name: str, command: Any) -> Iterator[tuple[str, Any]]:
        for part, inner in getattr(command, "commands", {}).items():
            yield from below(f"{name} {part}", inner)
        if not hasattr(command, "commands"):
            yield name, command

    return below("footbridge", typer.main.get_command(app))


def command_sections(said: Meanings) -> str:
    """One section a command: how it is called, what it does, and what it takes."""
    return "\n\n".join(_section(name, command, said["arguments"]) for name, command in commands())


def _section(name: str, command: Any, arguments: Mapping[str, str]) -> str:
    usage = " ".join([name, *(_usage(p) for p in command.params)])
    lines = [f"### {name}", "", f"    {usage}", "", (command.help or "").strip()]
    rows = [(f"`{_label(p)}`", p.help or arguments.get(p.name, ""), _default(p)) for p in command.params]
    return "\n".join([*lines, *(["", table(("takes", "what it is", "default"), rows)] if rows else [])])


def _label(param: Any) -> str:
    if param.param_type_name == "argument":
        return str(param.name).upper()
    return param.opts[0] if param.is_flag else f"{param.opts[0]} {str(param.name).upper()}"


def _usage(param: Any) -> str:
    return _label(param) if param.required else f"[{_label(param)}]"


def _default(param: Any) -> str:
    return "" if param.default in (None, "", False) else f"`{param.default}`"


@cache
def routes() -> Sequence[tuple[str, str, str]]:
    """Every HTTP address while the simulator stands in: listener, method, path. Nothing connects."""
    with nothing_set(), tempfile.TemporaryDirectory() as home:
        settings = Settings.load(FOOTBRIDGE_HOME=home)
        parts = Parts(settings, Database("postgresql+psycopg://nobody@localhost/none"), policy_of(settings))
        public = gateway.public_app(parts, ports.Ports(1, 2, 3), http=None)  # type: ignore[arg-type]
        listeners = {"public": public, "private": gateway.private_app(parts)}
    return [(name, *route) for name, each in listeners.items() for route in _routes_of(each)]


def _routes_of(application: web.Application) -> Iterator[tuple[str, str]]:
    for route in application.router.routes():
        if route.method != "HEAD" and route.resource is not None:
            yield route.method, route.resource.canonical


def routes_table(said: Meanings) -> str:
    """One row an address."""
    rows = ((w, f"`{m} {p}`", said["routes"].get(f"{m} {p}", "")) for w, m, p in routes())
    return table(("listener", "address", "what it does"), rows)


def metrics_table(_: Meanings) -> str:
    """One row a metric, as it is made in footbridge/metrics.py: name, help, labels."""
    rows = []
    for node in ast.walk(ast.parse((PROJECT_ROOT / "footbridge" / "metrics.py").read_text())):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("Gauge", "Counter", "Histogram"):
            name, said, *labels = (ast.literal_eval(argument) for argument in node.args)
            rows.append((f"`{name}`", ", ".join(f"`{label}`" for label in (labels or [[]])[0]), said))
    return table(("metric", "labels", "what it counts"), rows)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    cells = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in cells)


TABLES: Mapping[str, Callable[[Meanings], str]] = {
    "settings": settings_table,
    "secrets": named_table("secrets"),
    "internal": named_table("internal"),
    "tools": named_table("tools"),
    "commands": command_sections,
    "routes": routes_table,
    "metrics": metrics_table,
}

if __name__ == "__main__":
    sys.exit(main())
