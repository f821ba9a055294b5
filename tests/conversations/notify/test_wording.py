"""Every event that the placement services tell of has words for every role that hears of it."""

import ast
from collections.abc import Iterator

import pytest

from conversations.notify.wording import _ALL_SETTLING, _LOOK_AGAIN, _WAITS
from conversations.texts import known
from footbridge.settings import PROJECT_ROOT

# Who hears of what, and as what. The questions are asked in their own words.
ASKED = {"consent_asked": {"guardian"}, "host_asked": {"employer"}, "number_claimed": {"student"}}
CASES = {"number_doubted", "plan_changed_late"}  # no text: a coordinator's case
TOLD = {
    "consent_given": {"student", "guardian"},
    "consent_refused": {"student", "guardian", "coordinator"},
    "consent_unreachable": {"coordinator"},
    "host_unreachable": {"coordinator"},
    "consent_reminder": {"guardian"},
    "host_reminder": {"employer"},
    "booking_confirmed": {"student", "guardian"},
    "host_declined": {"student", "guardian"},
    "booking_cancelled": {"student", "guardian", "employer"},
    "booking_rescheduled": {"student", "guardian", "employer"},
    "booking_expired": {"student", "guardian", "employer"},
    "booking_reminder": {"student", "guardian", "employer"},
    "interest_opened": {"student"},
    "form_asked": {"student", "guardian", "coordinator"},
    "form_reminder": {"student", "guardian"},
    "plan_changed": {"student", "guardian", "employer"},
    "came_of_age": {"student", "guardian"},
    "refusal_lifted": {"student"},
    "request_on_hold": {"student"},
    "request_held_too_long": {"student", "guardian"},
    "visit_on_hold": {"student", "guardian", "coordinator"},
    "visit_back_on": {"student", "guardian"},
}
# Who is told nothing of it, on purpose: they did it, or never knew of it, or their own list shows it.
SILENT = {
    "consent_given": {"employer", "coordinator"},
    "consent_refused": {"employer"},
    "consent_unreachable": {"student", "guardian", "employer"},
    "host_unreachable": {"student", "guardian", "employer"},
    "consent_reminder": {"student", "employer", "coordinator"},
    "host_reminder": {"student", "guardian", "coordinator"},
    "booking_confirmed": {"employer", "coordinator"},
    "host_declined": {"employer", "coordinator"},
    "booking_cancelled": {"coordinator"},
    "booking_rescheduled": {"coordinator"},
    "booking_expired": {"coordinator"},
    "booking_reminder": {"coordinator"},
    "interest_opened": {"guardian", "employer", "coordinator"},
    "form_asked": {"employer"},
    "form_reminder": {"employer", "coordinator"},
    "plan_changed": {"coordinator"},
    "came_of_age": {"employer", "coordinator"},
    "refusal_lifted": {"guardian", "employer", "coordinator"},
    "request_on_hold": {"guardian", "employer", "coordinator"},
    "request_held_too_long": {"employer", "coordinator"},
    "visit_on_hold": {"employer"},
    "visit_back_on": {"employer", "coordinator"},
}
ROLES = {"student", "guardian", "employer", "coordinator"}


def events() -> Iterator[str]:
    """The events that the services name, and the kinds of due work, which are told under their own name."""
    for path in sorted((PROJECT_ROOT / "placements/services").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            called = node.func.id if isinstance(node.func, ast.Name) else ""
            named = [k.value for k in node.keywords if k.arg == "event"]
            if called == "notify":
                named.append(node.args[1])
            yield from (n.value for n in named if isinstance(n, ast.Constant) and isinstance(n.value, str))
    yield from ("booking_reminder", *_WAITS)


def test_the_table_names_every_event_there_is_and_no_other() -> None:
    assert set(events()) == set(ASKED) | set(TOLD) | CASES


@pytest.mark.parametrize(("event", "role"), [(e, r) for e in TOLD for r in sorted(ROLES)])
def test_every_event_has_words_for_a_role_or_is_knowingly_silent(event: str, role: str) -> None:
    assert known(f"notice.{event}_{role}") is (role in TOLD[event])
    assert (role in TOLD[event]) is not (role in SILENT[event])


def test_what_settles_or_offers_to_look_again_is_an_event_that_somebody_is_told_of() -> None:
    assert set(TOLD) >= _ALL_SETTLING
    assert all(role in TOLD[event] for event, role in _LOOK_AGAIN)
    assert set(_WAITS) <= set(TOLD)
