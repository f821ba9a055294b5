"""What waits for a person: cases, the pages that call one, and what was done about it."""

from conversations.cases.acknowledge import FromDuty, acknowledge, answer_page
from conversations.cases.open import NewCase, open_case
from conversations.cases.pages import PageWork, end_page, page_step, start_page

__all__ = [
    "FromDuty",
    "NewCase",
    "PageWork",
    "acknowledge",
    "answer_page",
    "end_page",
    "open_case",
    "page_step",
    "start_page",
]
