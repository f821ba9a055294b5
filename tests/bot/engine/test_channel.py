"""The protocol between the app and the engine, over HTTP against the real process."""

import json
import threading
import urllib.error
import urllib.request
from typing import Any

import pytest

from tests.bot.engine.conftest import ACTIONS_TOKEN, Actions, Served

pytestmark = pytest.mark.engine


def test_ready_names_the_model(served: Served) -> None:
    with urllib.request.urlopen(f"http://127.0.0.1:{served.port}/webhooks/turn/") as answer:
        assert json.load(answer) == {"status": "ok", "model": "toy.tar.gz"}


def test_a_turn_answers_with_replies_state_need_and_actions(served: Served, actions: Actions) -> None:
    answer = served.turn("do they pay", role="student", message_id="SM1")
    assert answer["replies"] == [{"custom": {"text": "action_pay", "activity": None, "day": None}}]
    assert answer["actions"] == ["action_pay", "action_listen"]
    assert answer["understood"]["need"] == "ask_pay"
    assert answer["understood"]["ranking"][0] == ["ask_pay", answer["understood"]["confidence"]]
    assert len(answer["understood"]["ranking"]) == 5
    [call] = actions.calls
    assert call["authorization"] == f"Bearer {ACTIONS_TOKEN}"
    assert call["sender_id"] == "ana"
    assert call["tracker"]["latest_message"]["metadata"] == {"role": "student", "message_id": "SM1"}
    assert "domain" not in call


def test_a_reply_keeps_its_blank_lines(served: Served) -> None:
    assert served.turn("hello there")["replies"] == [{"text": "hello\n\nthere"}]


@pytest.mark.parametrize("token", [None, "", "wrong", "a token of the tes"])
def test_without_the_token_nothing_is_answered(served: Served, token: str | None) -> None:
    status, answer = served.call({"conversation": "ana", "text": "hi", "dialogue": None}, token)
    assert (status, list(answer)) == (401, ["error"])


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        [],
        {"text": "hi"},
        {"conversation": "ana", "text": None},
        {"conversation": "ana", "text": "hi", "dialogue": "x"},
        {"conversation": "ana", "text": "hi", "context": []},
        {"conversation": "ana", "text": "hi", "need": 1},
    ],
)
def test_what_is_no_turn_is_refused(served: Served, body: Any) -> None:
    assert served.call(body)[0] == 400


def test_rasas_own_addresses_do_not_exist(served: Served) -> None:
    for path in (
        "/",
        "/status",
        "/version",
        "/conversations/ana/tracker",
        "/webhooks/rest/webhook",
        "/domain",
    ):
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(f"http://127.0.0.1:{served.port}{path}")
        assert refused.value.code == 404
        refused.value.close()


@pytest.mark.parametrize(
    "text", ["/restart", "/ask_pay", "//ask_pay", " /session_start", '/book{"day": "x"}']
)
def test_a_leading_slash_is_words(served: Served, text: str) -> None:
    state = served.turn("sign me up")["dialogue"]
    answer = served.turn(text, state)
    assert answer["understood"]["confidence"] < 1.0
    assert "action_restart" not in answer["actions"] and "action_session_start" not in answer["actions"]


def test_words_after_a_slash_are_read(served: Served) -> None:
    assert served.turn("/do they pay")["understood"]["need"] == "ask_pay"


def test_empty_text_is_out_of_scope(served: Served) -> None:
    assert served.turn("")["understood"]["need"] == "out_of_scope"


def test_the_same_message_from_the_same_state_gets_the_same_answer(served: Served) -> None:
    state = served.turn("sign me up", role="student")["dialogue"]
    first = served.turn("job shadow", state, role="student")
    served.turn("tuesday", first["dialogue"], role="student")
    assert served.turn("job shadow", state, role="student") == first


def test_a_form_is_filled_over_turns_that_only_the_caller_remembers(served: Served, actions: Actions) -> None:
    asked = served.turn("sign me up")
    assert asked["replies"][0]["custom"]["text"] == "action_ask_book_form_activity"
    second = served.turn("job shadow", asked["dialogue"])
    assert second["replies"][0]["custom"]["text"] == "action_ask_book_form_day"
    assert "domain" in next(c for c in actions.calls if c["next_action"] == "validate_book_form")
    interrupted = served.turn("do they pay", second["dialogue"])
    assert [r["custom"]["text"] for r in interrupted["replies"]] == ["action_pay", "action_ask_book_form_day"]
    done = served.turn("tuesday", interrupted["dialogue"])
    assert done["replies"] == [
        {"custom": {"text": "action_book", "activity": "job shadow", "day": "tuesday"}}
    ]
    assert served.turn("tuesday")["replies"] != done["replies"]


def test_rules_can_ask_who_writes_and_which_question_is_open(served: Served) -> None:
    assert served.turn("yes", role="guardian")["replies"] == [{"text": "guardian yes"}]
    assert served.turn("yes", role="guardian", pending="consent")["replies"] == [{"text": "pending yes"}]
    assert served.turn("yes", role="student", pending="consent")["replies"] == [{"text": "pending yes"}]
    assert served.turn("yes", role="student")["actions"] == ["action_fallback", "action_listen"]


def test_the_open_question_of_an_earlier_message_is_forgotten(served: Served) -> None:
    state = served.turn("yes", role="guardian", pending="consent")["dialogue"]
    assert served.turn("yes", state, role="guardian")["replies"] == [{"text": "guardian yes"}]


@pytest.mark.parametrize("status", [404, 413, 500, 503])
def test_a_failing_action_fails_the_turn(served: Served, actions: Actions, status: int) -> None:
    actions.statuses["action_pay"] = status
    answered, answer = served.call({"conversation": "ana", "text": "do they pay", "dialogue": None})
    assert (answered, list(answer)) == (500, ["error"])
    actions.statuses.clear()
    assert served.turn("do they pay")["replies"]


def test_a_failing_validation_fails_the_turn(served: Served, actions: Actions) -> None:
    state = served.turn("sign me up")["dialogue"]
    actions.statuses["validate_book_form"] = 500
    body = {"conversation": "ana", "text": "job shadow", "dialogue": state}
    assert served.call(body)[0] == 500


def test_an_action_that_declines_is_no_failure(served: Served, actions: Actions) -> None:
    actions.statuses["action_pay"] = 400
    assert "action_fallback" in served.turn("do they pay")["actions"]


def test_conversations_in_flight_at_once_do_not_mix(served: Served, actions: Actions) -> None:
    actions.seconds["action_ask_book_form_day"] = 0.3
    states = {name: served.turn("sign me up", conversation=name)["dialogue"] for name in ("ana", "luis")}
    answers: dict[str, dict[str, Any]] = {}

    def say(name: str, text: str) -> None:
        answers[name] = served.turn(text, states[name], conversation=name)

    threads = [
        threading.Thread(target=say, args=pair) for pair in (("ana", "nursing"), ("luis", "building cars"))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers["ana"]["replies"][0]["custom"]["activity"] == "nursing"
    assert answers["luis"]["replies"][0]["custom"]["activity"] == "building cars"


def test_state_stays_small_and_holds_no_words(served: Served) -> None:
    state, sizes = None, []
    for _ in range(30):
        for text in ("hello there", "do they pay", "sign me up", "zanzibar", "tuesday"):
            state = served.turn(text, state, role="student")["dialogue"]
            sizes.append(len(json.dumps(state)))
    assert max(sizes) < 8_000
    assert "do they pay" not in json.dumps(state)


def test_a_form_that_never_ends_stays_small(served: Served, actions: Actions) -> None:
    state = served.turn("sign me up")["dialogue"]
    for _ in range(40):
        answer = served.turn("do they pay", state)
        state = answer["dialogue"]
    assert answer["replies"][-1]["custom"]["text"] == "action_ask_book_form_activity"
    assert len(json.dumps(state)) < 8_000


def test_a_state_of_another_model_begins_anew(served: Served) -> None:
    state = served.turn("sign me up")["dialogue"]
    gone = json.loads(json.dumps(state).replace("book_form", "an_older_form"))
    assert served.turn("job shadow", gone)["actions"][-1] == "action_listen"
    assert served.turn("hello there", {"version": 0, "events": "?"})["replies"]


def test_the_log_holds_no_words(served: Served, actions: Actions) -> None:
    actions.statuses["action_pay"] = 500
    served.call({"conversation": "ana", "text": "xylophone do they pay", "dialogue": None})
    log = served.log.read_text()
    assert "Turn of conversation ana failed" in log
    assert "xylophone" not in log


def test_a_need_that_the_caller_decided_is_not_looked_for(served: Served) -> None:
    body = {"conversation": "ana", "text": "do they pay", "dialogue": None, "need": "greet"}
    status, answer = served.call(body)
    assert status == 200
    assert answer["understood"] == {"need": "greet", "confidence": 1.0, "ranking": [["greet", 1.0]]}
    assert "action_pay" not in answer["actions"]
