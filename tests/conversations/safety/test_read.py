"""Which need wins, what is safe to feed in, how long it may take."""

import time

import pytest

from conversations.safety import CRISIS_KINDS, NEEDS, OPT_OUT_KINDS, lexicon, read, train, warm


@pytest.mark.parametrize(
    ("text", "need", "also_opt_out"),
    [
        ("stop texting me, i want to die", "crisis", True),
        ("i want to die. leave me alone", "crisis", True),
        ("ya no me escriban, me quiero morir", "crisis", True),
        ("my friend wants to kill herself, my boss asked for my snap", "crisis", False),
        ("my supervisor asked for my pics. stop texting me", "report_unsafe", True),
        ("stop texting me bitch", "opt_out", False),
        ("fuck off and stop texting me", "opt_out", False),
    ],
)
def test_the_gravest_need_wins(text: str, need: str, also_opt_out: bool) -> None:
    found = read(text)
    assert found is not None
    assert (found.need, found.also_opt_out) == (need, also_opt_out)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "\x00",
        "\x00\x00 1 \x00",
        "🙂" * 800,
        "." * 1600,
        "a" * 1600,
        "'" * 1600,
        "*" * 1600,
        "\ud800",
        "1",
        "\r\n",
    ],
)
def test_odd_input_is_no_finding_and_no_error(text: str) -> None:
    assert read(text) is None


@pytest.mark.parametrize("noise", ["\x00", "\u200b", "\u0301"])
def test_hidden_signs_hide_nothing(noise: str) -> None:
    found = read(f"i want to ki{noise if noise != chr(0) else ''}ll{noise} myself")
    assert found is not None and found.need == "crisis"


def test_a_cry_for_help_at_the_end_of_a_long_text_counts() -> None:
    found = read("i had a good day at the hospital. " * 45 + "i want to kill myself")
    assert found is not None and found.kind == "self_harm"


HARD = [
    "i want to " * 160,
    "me quiero " * 160,
    "do not " * 230,
    "k i l l " * 200,
    "my friend says she wants to " * 57,
    "the man who is in the house of my friend and " * 35,
    "he has a " * 177,
    "iwanttodi" * 177,
    "no no me me " * 133,
]


@pytest.mark.parametrize("text", HARD)
def test_no_text_makes_the_rules_run_wild(text: str) -> None:
    warm()
    start = time.process_time()
    read(text[:1600])
    assert time.process_time() - start < 0.25


def test_a_usual_text_takes_a_few_milliseconds() -> None:
    warm()
    rows = [text for text, _ in train.examples()][::40]
    for text in rows:
        read(text)
    start = time.process_time()
    for text in rows:
        read(text)
    assert (time.process_time() - start) / len(rows) < 0.006


def test_findings_name_known_needs_and_kinds() -> None:
    for text, _ in list(train.examples())[::5]:
        found = read(text)
        if found:
            assert found.need in NEEDS
            assert found.language in ("en", "es")
            kinds = {"crisis": CRISIS_KINDS, "opt_out": OPT_OUT_KINDS}.get(found.need, ("",))
            assert found.kind in kinds


def test_rule_ids_are_unique() -> None:
    ids = [
        r["id"]
        for name in lexicon.RULE_FILES
        for part in ("rules", "masks")
        for r in lexicon.data(name).get(part) or ()
    ]
    assert len(ids) == len(set(ids))
