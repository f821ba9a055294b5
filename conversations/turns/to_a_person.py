"""A text while a person at school has the conversation: kept and noted, never answered by the bot in substance."""

from sqlalchemy import select

from conversations.cases.open import tell_coordinator
from conversations.models import Case, CaseNote
from conversations.texts import Say
from conversations.turns.context import Answer, Turn


async def for_the_person(turn: Turn) -> Answer:
    """Note the text on the case; the sender hears once when to expect an answer, the coordinator that there is one."""
    case = await turn.session.get(Case, turn.conversation.case_id) if turn.conversation.case_id else None
    turn.step("with_a_person", case=case.number if case else None)
    if case is not None:
        turn.session.add(
            CaseNote(case_id=case.id, at=turn.now, by="sender", what="wrote", inbound_id=turn.inbound.id)
        )
        await turn.session.flush()
        await tell_coordinator(
            turn.session,
            case,
            Say("case.answered", {"number": case.number}),
            dedupe=f"case:{case.id}:answered:{await _last_words(turn, case)}",
            policy=turn.policy,
            now=turn.now,
        )
    if turn.conversation.human_told_at is not None:
        return Answer(silence="with_a_person")
    turn.conversation.human_told_at = turn.now
    return Answer(says=[Say("turn.person_has_it", {"contact": turn.policy.contact_name})])


async def _last_words(turn: Turn, case: Case) -> int:
    """The school's last words on the case: of what follows them, the coordinator hears once."""
    query = select(CaseNote.id).where(CaseNote.case_id == case.id, CaseNote.by != "sender")
    return await turn.session.scalar(query.order_by(CaseNote.id.desc()).limit(1)) or 0
