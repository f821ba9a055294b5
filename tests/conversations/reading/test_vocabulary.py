"""The vocabulary files: whole, of one shape, and with no word that means two things."""

from collections import defaultdict

import pytest

from conversations.reading.terms import words_of
from conversations.reading.vocabulary import load

SIXTEEN = {
    "agriculture", "architecture-construction", "arts-av-communications", "business", "education-training", "finance",
    "government", "health-science", "hospitality-tourism", "human-services", "information-technology",
    "law-public-safety", "manufacturing", "marketing", "stem", "transportation",
}  # fmt: skip
FOURTEEN = {
    "advanced-manufacturing", "agriculture-2024", "arts-entertainment-design", "construction", "digital-technology",
    "education",
    "energy-natural-resources", "financial-services", "healthcare-human-services", "hospitality-events-tourism",
    "management-entrepreneurship", "marketing-sales", "public-service-safety", "supply-chain-transportation",
}  # fmt: skip


def test_both_cluster_frameworks_are_covered() -> None:
    clusters = load("clusters")
    assert set(clusters) >= SIXTEEN
    assert {modern for entry in clusters.values() for modern in entry["modern"]} == FOURTEEN


@pytest.mark.parametrize("name", ["clusters", "occupations", "pathways", "activities"])
def test_every_entry_has_both_languages(name: str) -> None:
    for slug, entry in load(name).items():
        assert entry["en"] and entry["es"], slug
        assert all(isinstance(phrase, str) for phrase in (*entry["en"], *entry["es"])), slug


@pytest.mark.parametrize("name", ["occupations", "pathways"])
def test_every_cluster_named_exists(name: str) -> None:
    assert {entry["cluster"] for entry in load(name).values()} <= set(load("clusters"))


def test_enough_occupations() -> None:
    assert len(load("occupations")) >= 225


@pytest.mark.parametrize("name", ["clusters", "occupations", "pathways", "activities", "events", "places"])
def test_no_phrase_means_two_things(name: str) -> None:
    meanings: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for slug, entry in load(name).items():
        for phrase in (*entry["en"], *entry["es"]):
            meanings[words_of(phrase)].add(slug)
    assert {words: slugs for words, slugs in meanings.items() if len(slugs) > 1} == {}
