"""Rule packs: a district's rules as data. One YAML file a pack."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from functools import cache
from importlib import resources
from typing import Any

import yaml

from placements.rules.deadlines import Timing
from placements.rules.school_days import HolidayRule


class PackError(ValueError):
    """A rule pack is missing or says something that it may not."""


@dataclass(frozen=True)
class ActivityRules:
    """What one activity asks for. None is no limit. `signed_form`: permission by text is not enough."""

    consent: bool
    host: bool
    signed_form: bool = False
    min_grade: int | None = None
    min_age: int | None = None
    forms: tuple[str, ...] = ()


@dataclass(frozen=True)
class HazardRules:
    """From which age a student may watch where this hazard is."""

    min_age: int


@dataclass(frozen=True)
class RulePack:
    """The rules of one district."""

    name: str
    version: int
    timing: Timing
    tries_per_phone: int
    tries_per_student_a_day: int
    told_per_place: int
    form_valid_days: int
    default: ActivityRules
    activities: Mapping[str, ActivityRules]
    hazards: Mapping[str, HazardRules]
    words: Mapping[str, Mapping[str, str]]

    def activity(self, code: str) -> ActivityRules:
        """The rules of an activity; the pack's default where it names none."""
        return self.activities.get(code, self.default)

    def hazard(self, code: str) -> HazardRules:
        """The rules of a hazard. Raises PackError for one that the pack does not know."""
        if code not in self.hazards:
            raise PackError(f"{self.name}: no rule for the hazard {code}")
        return self.hazards[code]

    def wording(self, rule: str, language: str) -> str:
        """A rule id such as `grade_min:11` as one plain sentence in `language` (en or es)."""
        code, _, value = rule.partition(":")
        words = self.words.get(rule) or self.words.get(code)
        if words is None:
            raise PackError(f"{self.name}: no words for the rule {rule}")
        return words[language].replace("{value}", value)


@cache
def load_pack(name: str) -> RulePack:
    """Read `<name>.yml`. Raises PackError if it is missing, incomplete or holds an unknown key."""
    data = _read(name)
    try:
        return _pack(name, data)
    except (KeyError, TypeError, ValueError) as error:
        raise PackError(f"{name}.yml: {error!r}") from error


@cache
def load_holidays(name: str) -> tuple[HolidayRule, ...]:
    """Read the holidays of `<name>.yml`. Raises PackError as `load_pack` does."""
    try:
        return tuple(HolidayRule(**entry) for entry in _read(name)["holidays"])
    except (KeyError, TypeError) as error:
        raise PackError(f"{name}.yml: {error!r}") from error


def _read(name: str) -> dict[str, Any]:
    file = resources.files(__package__) / f"{name}.yml"
    if not name.isidentifier() or not file.is_file():
        raise PackError(f"there is no rule pack {name!r}")
    data = yaml.safe_load(file.read_text(encoding="utf-8"))
    if not isinstance(data, dict):
        raise PackError(f"{name}.yml is not a mapping")
    return data


def _pack(name: str, data: dict[str, Any]) -> RulePack:
    timing, roster = data["timing"], data["roster_match"]
    default = ActivityRules(**data["default"])
    return RulePack(
        name=name,
        version=int(data["version"]),
        timing=Timing(
            consent_hours=timing["consent_hours"],
            form_hours=timing["form_hours"],
            host_hours=timing["host_hours"],
            cap_time=time.fromisoformat(timing["cap_time"]),
            day_before_time=time.fromisoformat(timing["day_before_time"]),
        ),
        tries_per_phone=roster["tries_per_phone"],
        tries_per_student_a_day=roster["tries_per_student_a_day"],
        told_per_place=data["interests"]["told_per_place"],
        form_valid_days=data["consent"]["form_valid_days"],
        default=default,
        activities={
            code: ActivityRules(**{**data["default"], **rules, "forms": tuple(rules.get("forms", ()))})
            for code, rules in data["activities"].items()
        },
        hazards={code: HazardRules(**rules) for code, rules in data["hazards"].items()},
        words=data["words"],
    )
