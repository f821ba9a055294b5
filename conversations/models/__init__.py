"""The tables of `conversations`.

All times are UTC by the installation's clock (`placements.clock`) unless a name ends in `_real`, which is the machine's
own time and serves only rates and recovery.
"""

from conversations.models.addresses import Address, Basis, Underage
from conversations.models.base import SCHEMA, Base
from conversations.models.cases import Case, CaseNote, Page
from conversations.models.messages import (
    Callback,
    Conversation,
    Inbound,
    InState,
    Lane,
    MessageClass,
    Outbound,
    OutState,
    SendRate,
)
from conversations.models.oncall import EVERYBODY, Mail, MailState, PageCall, SignedAnswer
from conversations.models.privacy import CarrierErasure, Erased, Restored
from conversations.models.prompts import Prompt, PromptState, TextEdit
from conversations.models.questions import UnansweredQuestion
from conversations.models.work import Beat, Done, HeldNotice

__all__ = [
    "EVERYBODY",
    "SCHEMA",
    "Address",
    "Base",
    "Basis",
    "Beat",
    "Callback",
    "CarrierErasure",
    "Case",
    "CaseNote",
    "Conversation",
    "Done",
    "Erased",
    "HeldNotice",
    "InState",
    "Inbound",
    "Lane",
    "Mail",
    "MailState",
    "MessageClass",
    "OutState",
    "Outbound",
    "Page",
    "PageCall",
    "Prompt",
    "PromptState",
    "Restored",
    "SendRate",
    "SignedAnswer",
    "TextEdit",
    "UnansweredQuestion",
    "Underage",
]
