"""The engine's custom actions: each looks up what is true and names what is said, asked or done.

An action reads; what it wants changed it returns as a deed, which the turn does in the transaction that commits the
reply. So an action that runs twice for one text changes nothing twice.
"""

from collections.abc import Sequence
from typing import cast

from rasa_sdk import Action

from bot.actions import (
    answers,
    consent,
    day,
    eligibility,
    explore,
    guidance,
    hosting,
    opportunities,
    paperwork,
    record,
    schedule,
    small_talk,
)
from bot.actions.asides import with_asides
from bot.actions.base import Tools

_MODULES = (
    small_talk,
    explore,
    guidance,
    eligibility,
    paperwork,
    opportunities,
    schedule,
    day,
    record,
    consent,
    hosting,
    answers,
)


def all_actions(tools: Tools) -> Sequence[Action]:
    """Every action of the bot, once each."""
    return with_asides([made for module in _MODULES for made in module.actions(tools)])


def action_names() -> list[str]:
    """The names of every action, for the lint; nothing is run."""
    return [str(action.name()) for action in all_actions(cast(Tools, None))]
