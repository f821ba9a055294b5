"""The stages of the continuum and what they are called."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import yaml


@cache
def stage_labels() -> Mapping[str, Mapping[str, str]]:
    """What each stage is called, by its code and language, e.g. `career exploration` for `exploration`."""
    file = Path(__file__).with_name("continuum.yml")
    stages = yaml.safe_load(file.read_text(encoding="utf-8"))["stages"]
    return {
        code: {language: label.lower() for language, label in stage["label"].items()}
        for code, stage in stages.items()
    }
