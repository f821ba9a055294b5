"""The classifier alone hears a crisis or something unsafe where the safety rules were silent: it may only raise."""

from conversations.cases import start_page
from conversations.cases.answers import crisis_answer
from conversations.cases.holds import hold_hosts
from conversations.policy import CRISIS_HOLD
from conversations.turns.context import Answer, Turn
from conversations.turns.passing_on import pass_on

WANTS_SILENCE = frozenset(
    {"opt_out", "wrong_number"}
)  # on the classifier's word alone: say how, change nothing
RAISED = {"crisis": ("unsure", "crisis.self_harm"), "report_unsafe": ("unsafe", "safety.unsafe_report")}


async def raise_alarm(turn: Turn, need: str) -> Answer:
    """Answer as for the real thing and page the people on call; better once too often."""
    kind, words = RAISED[need]
    case = await pass_on(turn, need, severity="urgent", facts={"kind": kind})
    await start_page(turn.session, case, policy=turn.policy, now=turn.now)
    if need == "crisis":
        turn.address.crisis_until = turn.now + CRISIS_HOLD
    else:
        await _hold_hosts(turn)
    turn.step("alarm_by_classifier", need=need)
    return Answer(says=[crisis_answer(words, turn.policy)])


async def _hold_hosts(turn: Turn) -> None:
    """As where the safety rules heard it: nothing goes on at the host until a coordinator has looked."""
    await hold_hosts(
        turn.session,
        people=[person.id for person in ([turn.person] if turn.person else turn.people)],
        text=turn.text,
        cause=turn.cause(),
        inbound_id=turn.inbound.id,
        conversation_id=turn.conversation.id,
        policy=turn.policy,
        now=turn.now,
    )
