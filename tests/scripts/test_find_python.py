"""`scripts/find_python.sh`: only an interpreter that runs, and has what a virtual environment needs, counts."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from footbridge.settings import PROJECT_ROOT

SCRIPT = PROJECT_ROOT / "scripts" / "find_python.sh"
VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"
REAL = Path(sys.base_prefix) / "bin" / f"python{VERSION}"
ABSENT = "3.4"
# Where a Python that was moved finds its library.
LIBRARIES = {name: os.environ[name] for name in ("LD_LIBRARY_PATH",) if name in os.environ}


def program(path: Path, script: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def find(
    home: Path, *versions: str, path: Path | None = None, **env: str
) -> "subprocess.CompletedProcess[str]":
    folders = f"{path}:/usr/bin:/bin" if path else "/usr/bin:/bin"
    return subprocess.run(
        ["bash", str(SCRIPT), *versions],
        env={**LIBRARIES, "HOME": str(home), "PATH": folders, **env},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def stand_in(tmp_path: Path) -> str:
    """A program that answers as a Python of a version that no machine has."""
    answers = f'if [ "$3" = {ABSENT} ]; then echo "$0"; else exit 1; fi'
    return str(program(tmp_path / "pyenv" / "versions" / f"{ABSENT}.7" / "bin" / f"python{ABSENT}", answers))


def test_a_shim_that_answers_command_not_found_is_passed_over(tmp_path: Path, stand_in: str) -> None:
    program(
        tmp_path / "shims" / f"python{ABSENT}",
        f"echo 'pyenv: python{ABSENT}: command not found' >&2; exit 127",
    )
    found = find(tmp_path, ABSENT, path=tmp_path / "shims", PYENV_ROOT=str(tmp_path / "pyenv"))
    assert (found.returncode, found.stdout) == (0, f"{stand_in}\n")


def test_the_default_pyenv_folder_is_looked_into(tmp_path: Path) -> None:
    answers = f'if [ "$3" = {ABSENT} ]; then echo "$0"; else exit 1; fi'
    wanted = program(tmp_path / ".pyenv" / "versions" / f"{ABSENT}.10" / "bin" / f"python{ABSENT}", answers)
    program(tmp_path / ".pyenv" / "versions" / f"{ABSENT}.9" / "bin" / f"python{ABSENT}", answers)
    assert find(tmp_path, ABSENT).stdout == f"{wanted}\n"


def test_the_first_version_that_is_there_is_taken(tmp_path: Path) -> None:
    found = find(tmp_path, ABSENT, VERSION, path=REAL.parent)
    assert (found.returncode, Path(found.stdout.strip()).resolve()) == (0, REAL.resolve())


def test_a_given_interpreter_is_the_only_candidate(tmp_path: Path) -> None:
    assert find(tmp_path, VERSION, path=REAL.parent, PYTHON="/nowhere/python").returncode == 1
    assert find(tmp_path, VERSION, PYTHON=str(REAL)).returncode == 0


def test_nothing_found_is_silent(tmp_path: Path) -> None:
    found = find(tmp_path, ABSENT)
    assert (found.returncode, found.stdout, found.stderr) == (1, "", "")
