"""What a model predicts for its training data: `python scripts/predictions.py MODEL OUT [EVERY]`, in an engine.

One JSON line for every training text (need, confidence and ranking, in full precision) and for every step of
every rule and story (the next action and the policies' confidences). Two files that are equal byte by byte
mean two engines that decide the same. EVERY takes only each n-th text.
"""

import asyncio
import json
import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bot.engine.environment import PROJECT, prepare, quieten

prepare()
quieten()

from rasa.core.agent import Agent  # noqa: E402
from rasa.shared.core.events import ActionExecuted  # noqa: E402
from rasa.shared.core.generator import TrainingDataGenerator  # noqa: E402
from rasa.shared.core.trackers import DialogueStateTracker  # noqa: E402
from rasa.shared.importers.importer import TrainingDataImporter  # noqa: E402


def importer() -> TrainingDataImporter:
    bot = PROJECT / "bot"
    return TrainingDataImporter.load_from_config(
        str(bot / "config.yml"), str(bot / "domain"), [str(bot / "data")]
    )


async def understood(agent: Agent, data: TrainingDataImporter, every: int) -> "list[dict]":
    texts = sorted({example.get("text") for example in data.get_nlu_data().intent_examples})
    return [{"text": text, **_need(await agent.parse_message(text))} for text in texts[::every]]


def _need(parsed: dict) -> dict:
    ranking = [[entry["name"], entry["confidence"]] for entry in parsed.get("intent_ranking", [])]
    return {"need": parsed["intent"]["name"], "confidence": parsed["intent"]["confidence"], "ranking": ranking}


def decided(agent: Agent, data: TrainingDataImporter) -> Iterator[dict]:
    """For each training dialogue, what would be done at each point where it did something."""
    domain = data.get_domain()
    graph = data.get_stories()
    dialogues = TrainingDataGenerator(graph, domain, use_story_concatenation=False).generate()
    for number, dialogue in enumerate(dialogues):
        events = list(dialogue.events)
        for position, event in enumerate(events):
            if isinstance(event, ActionExecuted):
                tracker = DialogueStateTracker.from_events("x", events[:position], domain.slots, domain=domain)
                found = agent.processor._predict_next_with_tracker(tracker)
                yield {
                    "dialogue": number,
                    "step": position,
                    "policy": found.policy_name,
                    "probabilities": found.probabilities,
                }


async def main() -> int:
    model, out = Path(sys.argv[1]), Path(sys.argv[2])
    every = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    agent = Agent.load(str(model))
    data = importer()
    rows = [*await understood(agent, data, every), *decided(agent, data)]
    out.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
    texts = sum("text" in row for row in rows)
    print(f"{texts} texts and {len(rows) - texts} dialogue steps predicted")
    return 0


if __name__ == "__main__":
    raise SystemExit(asyncio.run(main()))
