"""What waits for a person: cases, the pages that call one, and what was done about it."""

from conversations.cases.open import NewCase, open_case
from conversations.cases.pages import acknowledge, page_step, start_page

__all__ = ["NewCase", "acknowledge", "open_case", "page_step", "start_page"]
