"""The sixty questions of `tests/heldout/questions.yml`, each asked from its person's phone in a fresh demo district.

    python -m bench.questions [--file FILE] [--known] [--only q01,q02] [--out FILE]

Prints each question with what a right and a wrong answer is and with the reply, to be judged by a person. A stranger
first says who they are, as the assistant asks; whatever comes back until the question is answered belongs to the reply.
With `--known` a stranger's question goes from the phone of somebody in that role whom the district knows.
Run from the project's folder; it takes about two minutes and starts a database and an engine of its own.
"""

import argparse
import asyncio
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO

import yaml

from tests.support import town
from tests.support.cluster import Cluster, cluster
from tests.support.engine import EngineProcess, engine_process

QUESTIONS = Path(__file__).resolve().parents[1] / "tests" / "heldout" / "questions.yml"

WHO = {
    "Ana": town.ANA,
    "Gloria": town.GLORIA,
    "Ben": town.BEN,
    "Luis": town.LUIS,
    "Marta": town.MARTA,
    "Leo": town.LEO,
    "Sam": town.SAM,
    "Ray": town.RAY,
    "stranger": town.STRANGER,
}
AT_THE_GATE = {
    "student": ("03/2010", "1"),
    "employer": ("03/1980", "2"),
    "guardian": ("03/1980", "3"),
    "anyone": ("03/1980", "3"),
}
"""What a stranger answers when asked for birth month and year, and then for who they are."""
KNOWN = {"student": "Ana", "employer": "Ben", "guardian": "Gloria"}
"""Who asks a stranger's question where only the answer is to be judged."""


def load(only: Sequence[str] = (), file: Path = QUESTIONS, *, known: bool = False) -> list[Mapping[str, Any]]:
    """The questions of a file, or those with the given ids."""
    every = yaml.safe_load(file.read_text(encoding="utf-8"))["questions"]
    chosen = [each for each in every if not only or each["id"] in only]
    return [_from_known(each) for each in chosen] if known else chosen


def _from_known(question: Mapping[str, Any]) -> Mapping[str, Any]:
    who = question["who"]
    return {**question, "who": KNOWN.get(question["role"], who) if who == "stranger" else who}


async def ask(question: Mapping[str, Any], where: town.Town) -> tuple[list[str], list[str]]:
    """The replies to a question on its sender's phone, and the kinds of the cases it opened."""
    who = WHO[question["who"]]
    replies = list((await where.text(who, question["text"]))[who])
    if question["who"] == "stranger":
        for answer in AT_THE_GATE[question["role"]]:
            replies += (await where.text(who, answer))[who]
    return replies, await where.cases()


async def run(questions: Sequence[Mapping[str, Any]], out: TextIO) -> None:
    """Ask each in a district of its own and print what came back."""
    with cluster() as databases, engine_process() as engine:
        for question in questions:
            replies, cases = await _ask_afresh(question, databases, engine)
            print(_told(question, replies, cases), file=out, flush=True)


async def _ask_afresh(
    question: Mapping[str, Any], databases: Cluster, engine: EngineProcess
) -> tuple[list[str], list[str]]:
    with databases.database() as url:
        async with town.make_town(url, engine) as where:
            return await ask(question, where)


def _told(question: Mapping[str, Any], replies: Sequence[str], cases: Sequence[str]) -> str:
    lines = [
        f"{question['id']} {question['who']} ({question['role']}, {question['knows']}): {question['text']}"
    ]
    lines += [f"    right: {each}" for each in question["right"]]
    lines += [f"    wrong: {each}" for each in question["wrong"]]
    lines += [f"    > {line}" for reply in replies for line in reply.splitlines()]
    lines += [f"    cases: {', '.join(cases)}"] if cases else []
    return "\n".join([*lines, ""])


def main() -> None:
    parser = argparse.ArgumentParser(description="Ask the sixty questions.")
    parser.add_argument("--only", default="", help="ids, separated by commas")
    parser.add_argument("--file", type=Path, default=QUESTIONS, help="another file of questions")
    parser.add_argument(
        "--known", action="store_true", help="strangers' questions from known people's phones"
    )
    parser.add_argument("--out", type=argparse.FileType("w", encoding="utf-8"), default=sys.stdout)
    options = parser.parse_args()
    only = [each for each in options.only.split(",") if each]
    asyncio.run(run(load(only, options.file, known=options.known), options.out))


if __name__ == "__main__":
    main()
