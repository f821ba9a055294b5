"""Questions that nothing answered: no sender is kept, and those alike stand together."""

from datetime import date

from conversations.models import UnansweredQuestion
from conversations.questions import grouped


def _question(words: str) -> UnansweredQuestion:
    return UnansweredQuestion(week=date(2027, 2, 1), language="en", role="student", words=words)


def test_questions_that_are_alike_stand_together_largest_first() -> None:
    asked = [
        "is there a vending machine there",
        "do they have free wifi",
        "is there wifi there",
        "do they have wifi free",
        "can my dog come",
        "do they got free wifi",
    ]
    groups = grouped([_question(words) for words in asked])
    assert groups[0].example == "do they have free wifi" and len(groups[0].questions) == 3
    assert sum(len(group.questions) for group in groups) == len(asked)
    assert "can my dog come" in [group.example for group in groups if len(group.questions) == 1]
