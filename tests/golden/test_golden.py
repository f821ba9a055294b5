"""Every conversation of `conversations/`, played to the real engine and database.

`GOLDEN_UPDATE=1 pytest tests/golden` writes down what was heard; read the difference before you commit it.
"""

import os
from pathlib import Path

import pytest

from tests.golden.conversation import Conversation, differences, play
from tests.support.town import Town

pytestmark = pytest.mark.engine

FILES = sorted((Path(__file__).parent / "conversations").glob("*.yml"))


def test_there_are_conversations() -> None:
    assert len(FILES) >= 25


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
async def test_conversation(town: Town, path: Path) -> None:
    conversation = Conversation.load(path)
    played = await play(town, conversation)
    if os.environ.get("GOLDEN_UPDATE") == "1":
        conversation.write(played)
        return
    found = differences(conversation, played)
    assert not found, "\n".join([conversation.data["title"], *found])
