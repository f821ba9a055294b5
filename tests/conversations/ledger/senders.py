"""Finds in source code whatever could send: makes or revives an outbox row, calls a carrier, opens a connection.

It errs on the side of finding: a name of the outbox may be read and narrowed, and every other use of it counts.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from footbridge.settings import PROJECT_ROOT

PACKAGES = ("bot", "channels", "console", "conversations", "footbridge", "knowledge", "placements", "scripts")
MIGRATIONS = "placements/migrations/"
MODELS = "conversations/models/"
ROWS = {"Outbound": "outbound", "Mail": "mail"}
PUTS = frozenset({"put", "put_says", "put_mail"})
READS = frozenset(
    {
        "select",
        "select_from",
        "aliased",
        "get",
        "get_one",
        "join",
        "outerjoin",
        "update",
        "delete",
        "count",
        "correlate",
    }
)
CHANGES = frozenset({"state", "why_suppressed", "state_at", "due_at", "next_try_at", "erased_at", "error"})
ON_THEIR_WAY = frozenset({"QUEUED", "SENDING", "queued", "sending"})
CLIENTS = frozenset(
    "twilio requests httpx urllib3 http.client urllib.request smtplib aiosmtplib socket telnetlib ftplib pycurl"
    " vonage plivo telnyx messagebird boto3 websockets".split()
)
_WRITES = re.compile(
    r"\binsert\s+into\b|\bmerge\s+into\b|\bcopy\s.*\bfrom\s+(?:stdin|program)\b", re.I | re.S
)
_REVIVES = re.compile(r"\bupdate\s+(?:conversations\.)?\"?(?:outbound|mail)\b", re.I)
_WIRE = re.compile(r"Messages\.json|/2010-04-01|api\.twilio\.com", re.I)


@dataclass(frozen=True)
class Found:
    """One use that could send: `what` it does, and in which function."""

    what: str
    where: str


@dataclass
class Scan(ast.NodeVisitor):
    """Everything of one file."""

    found: list[Found] = field(default_factory=list)
    _path: list[str] = field(default_factory=list)
    _rows: dict[str, str] = field(default_factory=lambda: {name: name for name in ROWS})
    _puts: dict[str, str] = field(default_factory=lambda: {name: name for name in PUTS})
    _docstrings: set[int] = field(default_factory=set)

    def note(self, what: str) -> None:
        self.found.append(Found(what, ".".join(self._path) or "module"))

    def visit(self, node: ast.AST) -> None:
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            self._remember_docstring(node)
        super().visit(node)

    def _remember_docstring(self, node: ast.AST) -> None:
        body = getattr(node, "body", [])
        if body and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
            self._docstrings.add(id(body[0].value))

    def _inside(self, node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self._path.append(node.name)
        self.generic_visit(node)
        self._path.pop()

    visit_ClassDef = visit_FunctionDef = visit_AsyncFunctionDef = _inside

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            self._imported(alias.name)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        self._imported(node.module or "")
        for alias in node.names:
            self._imported(f"{node.module}.{alias.name}")
            if alias.name in ROWS:
                self._rows[alias.asname or alias.name] = alias.name
            if alias.name in PUTS and (node.module or "").startswith("conversations"):
                self._puts[alias.asname or alias.name] = alias.name

    def _imported(self, module: str) -> None:
        for client in CLIENTS:
            if module == client or module.startswith(f"{client}."):
                self.note(f"imports {client}")
                return

    def visit_Call(self, node: ast.Call) -> None:
        name, plain = _name(node.func), isinstance(node.func, ast.Name)
        if name in self._puts and (plain or _name(getattr(node.func, "value", node)) in ("gate", "mail")):
            self.note("puts")
        if name == "send" or name in ("Outgoing", "OutgoingMail", "create_async", "send_message", "sendmail"):
            self.note(f"calls {name}")
        if name in ("ClientSession", "urlopen", "build_opener", "create_connection", "open_connection"):
            self.note(f"opens {name}")
        if name in ("post", "request") and not plain and _name(getattr(node.func, "value", node)) != "web":
            self.note(f"calls {name}")
        if name in ("__import__", "import_module", "eval", "exec"):
            given = _name(node.args[0]) if node.args and isinstance(node.args[0], ast.Constant) else ""
            self._imported(given) if given else self.note(f"calls {name}")
        if name in self._rows:
            self.note(f"makes {self._rows[name]}")
        if name == "values":
            self._values(node)
        for part in [*node.args, *(k.value for k in node.keywords)]:
            if name in READS and _name(part) in self._rows and not isinstance(part, ast.Call):
                continue
            self.visit(part)
        if not (plain and (name in self._rows or name in self._puts)):
            self.visit(node.func)

    def _values(self, node: ast.Call) -> None:
        """`update(Outbound)....values(...)`: what may be changed, and never back to being sent."""
        chain = [n for n in ast.walk(node.func) if isinstance(n, ast.Call) and _name(n.func) == "update"]
        if not any(_name(arg) in self._rows for call in chain for arg in call.args):
            return
        named = {k.arg: k.value for k in node.keywords}
        revived = any(_name(n) in ON_THEIR_WAY for n in ast.walk(named.get("state") or ast.Pass()))
        if node.args or None in named or set(map(str, named)) - CHANGES or revived:
            self.note("changes a row")

    def visit_Assign(self, node: ast.Assign) -> None:
        targets = [t for each in node.targets for t in (each.elts if isinstance(each, ast.Tuple) else [each])]
        values = node.value.elts if isinstance(node.value, ast.Tuple) else [node.value]
        states = any(isinstance(t, ast.Attribute) and t.attr == "state" for t in targets)
        if states and any(
            _name(v) in ON_THEIR_WAY and _name(getattr(v, "value", v)) in ("OutState", "MailState")
            for v in values
        ):
            self.note("revives a row")
        self.generic_visit(node)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        if _name(node.value) in self._rows:
            if node.attr.startswith("__"):
                self.note(f"takes {self._rows[_name(node.value)]} apart")
            return
        if node.attr in ROWS:
            self.note(f"hands on {node.attr}")
        self.visit(node.value)

    def visit_Name(self, node: ast.Name) -> None:
        if node.id in self._rows:
            self.note(f"hands on {self._rows[node.id]}")
        elif node.id in self._puts and isinstance(node.ctx, ast.Load):
            self.note(f"hands on {self._puts[node.id]}")

    def visit_arg(self, node: ast.arg) -> None:
        pass  # an annotation sends nothing

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self.visit(node.value)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        self.visit(node.value)
        self.visit(node.slice)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        text = "".join(str(v.value) if isinstance(v, ast.Constant) else "{}" for v in node.values)
        self._text(text)
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                self.visit(part.value)

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str) and id(node) not in self._docstrings:
            self._text(node.value)

    def _text(self, text: str) -> None:
        tables = re.search(r"\b(?:outbound|mail)\b", text, re.I)
        if _WRITES.search(text) and (
            tables or re.search(r"(?:into|copy)\s+(?:conversations\.)?\"?[{%]", text, re.I)
        ):
            self.note("writes SQL")
        if _REVIVES.search(text):
            self.note("updates by SQL")
        if text in ROWS or text in {f"conversations.{table}" for table in ROWS.values()}:
            self.note("names the table")
        if _WIRE.search(text):
            self.note("names the wire")


def _name(node: object) -> str:
    return (
        node.id
        if isinstance(node, ast.Name)
        else node.attr
        if isinstance(node, ast.Attribute)
        else node.value
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        else ""
    )


def scan(source: str) -> list[Found]:
    """Every use in a piece of source code that could send."""
    tree = ast.parse(source)
    for node in ast.walk(tree):  # what a function returns is an annotation too
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            node.returns = None
    found = Scan()
    found.visit(tree)
    return found.found


def sources() -> Iterator[Path]:
    """The code of the product."""
    for package in PACKAGES:
        yield from sorted((PROJECT_ROOT / package).rglob("*.py"))


def everything() -> list[tuple[str, Found]]:
    """Every use in the product, by file, but for the declarations of tables."""
    uses = []
    for path in sources():
        name = str(path.relative_to(PROJECT_ROOT))
        if not name.startswith((MIGRATIONS, MODELS)):
            uses += [(name, each) for each in scan(path.read_text(encoding="utf-8"))]
    return uses
