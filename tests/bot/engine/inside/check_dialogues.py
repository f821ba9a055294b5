"""Trimmed history predicts the same as the whole: random talks with the toy bot, with and without trimming."""

import asyncio
import json
import os
import random
import unittest
from typing import Any
from unittest import mock

from bot.engine.environment import prepare, quieten

prepare()
quieten()

from rasa.core.channels.channel import UserMessage  # noqa: E402
from rasa.shared.core.events import ActionExecuted, SessionStarted, UserUttered, deserialise_events  # noqa: E402

from bot.engine import dialogues, turns  # noqa: E402
from bot.engine.agent import ActionEndpoint, TurnAgent  # noqa: E402
from bot.engine.channel import TurnOutput, _actions  # noqa: E402

TEXTS = [
    "hello there", "do they pay", "sign me up", "tuesday", "job shadow", "yes", "2", "option b", "bye", "nvm",
    "who won the game",
]  # fmt: skip
CONTEXTS = [
    {"role": "student"}, {"role": "guardian"}, {"role": "guardian", "pending": "consent"}, {},
]  # fmt: skip


class Said(ActionEndpoint):
    """An action server in the same process: every action says its own name."""

    async def request(self, *_: Any, **kwargs: Any) -> Any:
        name = kwargs["json"]["next_action"]
        responses = [] if name.startswith("validate_") else [{"custom": {"text": name}}]
        return {"events": [], "responses": responses}


def toy_agent() -> TurnAgent:
    agent = TurnAgent(tracker_store=dialogues.TurnTrackerStore(None), action_endpoint=Said("http://nowhere"))
    agent.load_model(os.environ["TOY_MODEL"])
    return agent


async def talk(agent: TurnAgent, said: list[tuple[str, dict[str, str]]]) -> list[Any]:
    """Return what was done and replied at each turn, and the last state."""
    state, done = None, []
    for text, context in said:
        turn = turns.Turn("ana", state)
        turns.begin(turn)
        output = TurnOutput()
        await agent.handle_message(UserMessage(text, output, "ana", metadata=context))
        assert turn.tracker is not None
        state = json.loads(json.dumps(dialogues.pack(turn.tracker, agent.domain)))
        done.append((_actions(turn.tracker), output.messages, turn.tracker.active_loop_name))
    return [*done, state]


class TrimmingTest(unittest.TestCase):
    def test_trimmed_history_predicts_the_same_as_the_whole(self) -> None:
        agent = toy_agent()
        rng = random.Random(20261122)
        cut = 0
        for _ in range(12):
            said = [(rng.choice(TEXTS), rng.choice(CONTEXTS)) for _ in range(25)]
            trimmed = asyncio.run(talk(agent, said))
            with mock.patch.multiple(dialogues, KEEP_TURNS=1000, KEEP_TURNS_IN_FORM=1000):
                whole = asyncio.run(talk(agent, said))
            self.assertEqual(trimmed[:-1], whole[:-1])
            cut += len(trimmed[-1]["events"]) < len(whole[-1]["events"])
        self.assertGreater(cut, 10)

    def test_a_cut_state_opens_a_session_and_sets_each_slot_once(self) -> None:
        agent = toy_agent()
        said = [("hello there", {"role": "student"})] * 20
        events = deserialise_events(asyncio.run(talk(agent, said))[-1]["events"])
        self.assertEqual([type(e) for e in events[:2]], [ActionExecuted, SessionStarted])
        self.assertEqual(sum(isinstance(e, UserUttered) for e in events), dialogues.KEEP_TURNS)
        self.assertEqual([e.key for e in events if e.type_name == "slot"], ["role"])

    def test_nothing_is_kept_between_turns(self) -> None:
        agent = toy_agent()
        asyncio.run(talk(agent, [("hello there", {})]))
        self.assertEqual(list(asyncio.run(agent.tracker_store.keys())), [])
        turns.end()
        with self.assertRaises(turns.TurnFailed):
            asyncio.run(agent.tracker_store.retrieve("ana"))
