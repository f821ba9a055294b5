from importlib import resources
from pathlib import Path

import pytest
import yaml

from placements.rules.packs import PackError, load_holidays, load_pack


def test_every_rule_of_the_demo_pack_has_words_in_both_languages() -> None:
    pack = load_pack("demo")
    forms = {f"form:{form}" for rules in pack.activities.values() for form in rules.forms}
    ids = {"school", "birth_date_missing", "grade_min:11", "age_min:16", *forms}
    ids |= {f"hazard_{code}:{rules.min_age}" for code, rules in pack.hazards.items()}
    for rule in ids:
        for language in ("en", "es"):
            words = pack.wording(rule, language)
            assert words.endswith(".")
            assert "{" not in words


def test_a_limit_is_named_in_the_words() -> None:
    assert "grade 11" in load_pack("demo").wording("grade_min:11", "en")
    assert "grado 11" in load_pack("demo").wording("grade_min:11", "es")


def test_only_known_activities_have_rules() -> None:
    known = yaml.safe_load((resources.files("knowledge") / "activities.yml").read_text(encoding="utf-8"))
    assert set(load_pack("demo").activities) <= set(known["activities"])


@pytest.mark.parametrize("name", ["nowhere", "../packs/demo", ""])
def test_a_pack_that_is_not_there(name: str) -> None:
    with pytest.raises(PackError, match="no rule pack"):
        load_pack(name)


@pytest.mark.parametrize(
    "content",
    ["[]", "version: 1", "version: 1\ntiming: {}\nroster_match: {}", "holidays: [{nme: x}]"],
)
def test_a_pack_that_is_wrong(content: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "broken.yml").write_text(content, encoding="utf-8")
    monkeypatch.setattr("placements.rules.packs.resources.files", lambda _package: tmp_path)
    load_pack.cache_clear()
    with pytest.raises(PackError, match="broken"):
        load_pack("broken")
    with pytest.raises(PackError, match="broken"):
        load_holidays("broken")
