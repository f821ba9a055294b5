"""What work-based learning is: the continuum, its activities, and what only a person can answer yet."""

from collections.abc import Sequence

from rasa_sdk import Action

from bot.actions.base import Context, Payload, Plan, Tools, do, make, say
from conversations.texts import known

# Needs whose own service does not exist yet: a person is told, and the sender hears so. A test holds this list, so
# that it can only shrink.
FOR_A_PERSON = (
    "ask_difference",
    "ask_eligibility",
    "ask_preparation",
    "ask_paperwork",
    "ask_pay",
    "ask_credit",
    "ask_career",
    "ask_pathway",
    "ask_local_demand",
    "resume_help",
    "interview_help",
    "directions",
    "running_late",
    "join_waitlist",
    "check_in",
    "accommodation",
    "next_plan",
    "relay_message",
    "log_hours",
    "my_hours",
    "give_reflection",
    "ask_proof",
    "become_champion",
    "ask_employer_info",
    "offer_opportunity",
    "change_offer",
    "host_cannot_today",
    "report_attendance",
    "verify_hours",
    "give_feedback",
    "pause_champion",
    "event_rsvp",
    "update_profile",
)


def actions(tools: Tools) -> Sequence[Action]:
    plans: dict[str, Plan] = {"ask_continuum": _continuum, "ask_activity": _activity}
    return make(tools, plans | {need: _for_a_person for need in FOR_A_PERSON})


async def _continuum(context: Context) -> Sequence[Payload]:
    return [say("know.continuum")]


async def _activity(context: Context) -> Sequence[Payload]:
    keys = [f"know.activity_{activity}" for activity in context.values("activity")]
    told = [say(key) for key in keys if known(key)]
    return told[:1] or [say("info.which_activity")]


async def _for_a_person(context: Context) -> Sequence[Payload]:
    return [do("case", kind="not_yet"), say("info.person_told", contact=context.policy.help_contact)]
