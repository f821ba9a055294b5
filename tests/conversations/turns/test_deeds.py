"""Every deed that an action, a list or a prompt names can be done."""

import ast
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from conversations.models import Conversation, Inbound
from conversations.turns.context import Turn
from conversations.turns.deeds import DEEDS, perform
from footbridge.settings import PROJECT_ROOT
from tests.conversations.given import NOW, POLICY

FOLDERS = ("bot/actions", "conversations")
# What hands a verb on: the name of the function and where the verb stands in its arguments.
HANDS_ON = {"do": 0, "bookings_to_pick": 1}


def verbs_in(source: str) -> Iterator[str]:
    """The verbs that code names: `{"verb": "x"}`, `do("x")`, `verb="x"`, and either side of an `if`."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant) and key.value == "verb":
                    yield from _texts(value)
        elif isinstance(node, ast.Call):
            name = node.func.id if isinstance(node.func, ast.Name) else ""
            if name in HANDS_ON and len(node.args) > HANDS_ON[name]:
                yield from _texts(node.args[HANDS_ON[name]])
            for keyword in node.keywords:
                if keyword.arg == "verb":
                    yield from _texts(keyword.value)
        elif isinstance(node, ast.arguments):
            for argument, default in zip(node.kwonlyargs, node.kw_defaults, strict=True):
                if argument.arg == "verb" and default is not None:
                    yield from _texts(default)


def _texts(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from _texts(node.body)
        yield from _texts(node.orelse)


def named() -> dict[str, set[str]]:
    """Each verb and the files that name it."""
    found: dict[str, set[str]] = {}
    for folder in FOLDERS:
        for path in sorted((PROJECT_ROOT / folder).rglob("*.py")):
            for verb in verbs_in(path.read_text(encoding="utf-8")):
                found.setdefault(verb, set()).add(str(path.relative_to(PROJECT_ROOT)))
    return found


def test_the_search_finds_every_way_of_naming_a_verb() -> None:
    source = (
        'x = {"verb": "a", "slot": 1}\ny = do("b", x=1)\nz = slots(verb="c")\n'
        'def f(q, *, verb="d"): ...\nw = bookings_to_pick(rows, "e", "kind", "key")\nv = {"verb": "g" if q else "h"}'
    )
    assert set(verbs_in(source)) == {"a", "b", "c", "d", "e", "g", "h"}


def test_every_verb_that_is_named_can_be_done() -> None:
    unknown = {verb: where for verb, where in named().items() if verb not in DEEDS}
    assert unknown == {}
    assert len(named()) > 15


def turn(**more: Any) -> Turn:
    fields: dict[str, Any] = {
        "session": None,
        "policy": POLICY,
        "now": NOW,
        "inbound": Inbound(id=uuid4()),
        "address": None,
        "conversation": Conversation(misses=0),
        "people": (),
        "person": None,
        "prompt": None,
        "text": "hi",
    }
    return Turn(**(fields | more))


async def test_a_verb_that_does_not_exist_raises() -> None:
    with pytest.raises(KeyError):
        await perform(turn(), {"verb": "fly"}, None)


async def test_what_is_done_is_written_down_for_why() -> None:
    one = turn()
    answer = await perform(one, {"verb": "keep"}, None)
    assert [say.key for say in answer.says] == ["cancel.kept"]
    assert one.steps == [{"step": "did", "verb": "keep"}]
