"""Which of our own texts are trained on and which are only asked: the same parts every time.

    .venv-engine/bin/python -m bench.splits FOLDER [--data DIR] [--texts N]

writes `train.jsonl` and `test.jsonl`. A fifth of every need is held back. Texts of one need that share much of their
wording are one thought and stay together, so that no test text has a near relative in training: harder than life,
where people do repeat each other. `--texts N` leaves N of the texts to train on, every need and language their share.
"""

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bot.engine.environment import PROJECT, prepare

prepare()

import numpy as np  # noqa: E402
import numpy.typing as npt  # noqa: E402
import yaml  # noqa: E402

from bot.engine.features import Vectoriser  # noqa: E402
from bot.engine.normalise import key, normalise  # noqa: E402

SEED = 20261122
HELD_BACK = 0.2
ALIKE = 0.5
"""Cosine of words and pieces of words from which two texts of one need are one thought."""


@dataclass(frozen=True)
class Example:
    """One text with its true need, who sends it, and in which language it is."""

    text: str
    need: str
    role: str | None = None
    language: str = ""
    pending: str | None = None


def main() -> int:
    """Write both parts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--data", type=Path, default=PROJECT / "bot" / "data" / "nlu")
    parser.add_argument("--texts", type=int)
    arguments = parser.parse_args()
    training, testing = split(list(read([arguments.data])))
    arguments.folder.mkdir(parents=True, exist_ok=True)
    write(arguments.folder / "train.jsonl", sample(training, arguments.texts))
    write(arguments.folder / "test.jsonl", testing)
    return 0


def read(places: Sequence[Path]) -> Iterator[Example]:
    """Read files, or all files of folders."""
    for place in places:
        for path in sorted(place.glob("*")) if place.is_dir() else [place]:
            if path.suffix in (".yml", ".yaml"):
                yield from _from_yaml(path)
            elif path.suffix in (".jsonl", ".json"):
                lines = path.read_text(encoding="utf-8").splitlines()
                yield from (_from_json(json.loads(line)) for line in lines if line.strip())


def write(path: Path, examples: Sequence[Example]) -> None:
    """Write JSON lines that `read` reads."""
    lines = (json.dumps(asdict(e), ensure_ascii=False) + "\n" for e in examples)
    path.write_text("".join(lines), encoding="utf-8")


def _from_json(line: "dict[str, Any]") -> Example:
    return Example(
        line["text"], line["need"], line.get("role"), line.get("language") or "", line.get("pending")
    )


def _from_yaml(path: Path) -> Iterator[Example]:
    language = path.stem.rpartition("_")[2]
    for block in (yaml.safe_load(path.read_text(encoding="utf-8")) or {}).get("nlu") or []:
        for line in block["examples"].splitlines():
            if line.strip().startswith("- "):
                yield Example(line.strip()[2:].strip(), block["intent"], language=language)


def split(examples: Sequence[Example]) -> "tuple[list[Example], list[Example]]":
    """Return what is trained on and what is held back; a text that stands twice counts once."""
    once = list({key(e.text): e for e in reversed(examples)}.values())[::-1]
    names = sorted({e.need for e in once})
    truth = np.asarray([names.index(e.need) for e in once], dtype=np.int64)
    vectors = _vectors([e.text for e in once])
    rng = np.random.RandomState(SEED)
    back = np.zeros(len(once), dtype=np.bool_)
    for need in range(len(names)):
        own = np.flatnonzero(truth == need)
        groups = _thoughts((vectors[own] @ vectors[own].T).toarray())
        wanted = round(HELD_BACK * len(own))
        for at in rng.permutation(len(groups)):
            if back[own].sum() + len(groups[at]) <= wanted:
                back[own[groups[at]]] = True
    return [e for e, b in zip(once, back) if not b], [e for e, b in zip(once, back) if b]  # noqa: B905


def _vectors(texts: Sequence[str]) -> Any:
    clean = [normalise(text) for text in texts]
    matrix = Vectoriser.fit(clean, 2).matrix(clean)
    matrix.data /= np.sqrt(2.0)  # two blocks of length one each
    return matrix


def _thoughts(cosines: "npt.NDArray[np.float32]") -> "list[npt.NDArray[np.int64]]":
    """Group texts: each joins its nearest other if that is near enough."""
    group = np.arange(len(cosines))
    np.fill_diagonal(cosines, -1.0)
    for i, nearest in enumerate(cosines.argmax(axis=1)):
        if cosines[i, nearest] >= ALIKE:
            group[group == group[i]] = group[nearest]
    return [np.flatnonzero(group == g) for g in np.unique(group)]


def sample(examples: Sequence[Example], texts: "int | None") -> "list[Example]":
    """Return `texts` of them in their order, every need and language their share; all where that is None."""
    if texts is None or texts >= len(examples):
        return list(examples)
    order = np.random.RandomState(SEED).permutation(len(examples))
    kinds = [(e.need, e.language) for e in examples]
    seen: dict[tuple[str, str], int] = {}
    rank = np.zeros(len(examples))
    for i in order:  # the n-th of a kind of m stands at n/m: the first `texts` hold every kind alike
        seen[kinds[i]] = seen.get(kinds[i], 0) + 1
        rank[i] = seen[kinds[i]]
    rank /= np.asarray([seen[k] for k in kinds])
    chosen = sorted(np.argsort(rank, kind="stable")[:texts])
    return [examples[i] for i in chosen]


if __name__ == "__main__":
    raise SystemExit(main())
