"""Which text, and which question, each notice becomes for each role."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from conversations.ledger.gate import edits
from conversations.lists import slot_vars
from conversations.models import MessageClass
from conversations.prompts import Ask, yes_no
from conversations.texts import Say, known, measure, render
from placements.notices import NoticeView
from placements.queries.bookings import BookingView, booking
from placements.queries.catalogue import slot as slot_of
from placements.queries.partners import is_on_hold
from placements.queries.people import PersonView, coordinator_for, phone_of
from placements.services.erasure import ERASED_NAME

_SETTLED = frozenset(
    {
        "booking_cancelled",
        "booking_expired",
        "booking_rescheduled",
        "consent_refused",
        "host_declined",
        "booking_confirmed",
        "request_held_too_long",
    }
)
# What makes only the family's question moot, and a new plan every question about the old one.
_SETTLES_CONSENT = frozenset({"consent_given", "came_of_age"})
_SETTLES_BEFORE = frozenset({"plan_changed"})
# What must still reach people on the eve or in the morning of the visit.
_PRESSING = frozenset(
    {
        "booking_cancelled",
        "booking_rescheduled",
        "consent_refused",
        "plan_changed",
        "visit_on_hold",
        "visit_back_on",
    }
)
_SOON = timedelta(hours=24)
_OF_THE_DAY = frozenset({"student_late", "student_sick", "student_here"})  # from 5:30, whoever is told


@dataclass(frozen=True, kw_only=True)
class Wording:
    """What a recipient reads.

    `settles` is a record whose open questions are moot, `settles_kinds` which of them (all, if empty) and
    `settles_until` until when they were asked; `reminds` is a record whose question is shown again.
    """

    says: Sequence[Say]
    message_class: MessageClass
    ask: Ask | None = None
    settles: UUID | None = None
    settles_kinds: frozenset[str] = frozenset()
    settles_until: datetime | None = None
    reminds: UUID | None = None


async def word(session: AsyncSession, notice: NoticeView, role: str, person: PersonView) -> Wording | None:
    """The wording of a notice for one recipient; None where that role is told nothing of it."""
    held = await booking(session, UUID(str(notice.record_id))) if notice.record_type == "booking" else None
    facts = await _facts(session, notice, held)
    if notice.event == "consent_asked" and held is not None and held.state == "waiting_consent":
        asked = await _consent(session, held, facts, person.language)
        return Wording(says=[], message_class=MessageClass.CAUSED, ask=asked)
    if notice.event == "host_asked" and held is not None and await is_on_hold(session, held.slot.partner_id):
        return None  # asked afresh when it goes on
    if notice.event == "host_asked" and held is not None and held.state == "waiting_host":
        return Wording(says=[], message_class=MessageClass.CAUSED, ask=_host(held, facts))
    if notice.event in ("consent_asked", "host_asked"):
        return None  # settled meanwhile
    if notice.event == "number_claimed":
        return Wording(says=[], message_class=MessageClass.CAUSED, ask=_claim(notice))
    key = f"notice.{notice.event}_{role}"
    if not known(key):
        return None
    reminds = held.id if held is not None and notice.event in ("consent_reminder", "host_reminder") else None
    if reminds is not None and held is not None and held.state != _WAITS[notice.event]:
        return None
    return Wording(
        says=[Say(key, facts)],
        message_class=_class(notice, held),
        ask=_look_again(held) if held is not None and (notice.event, role) in _LOOK_AGAIN else None,
        reminds=reminds,
        settles=held.id if held is not None and notice.event in _ALL_SETTLING else None,
        settles_kinds=frozenset({"consent"}) if notice.event in _SETTLES_CONSENT else frozenset(),
        settles_until=notice.at if notice.event in _SETTLES_BEFORE else None,
    )


def _class(notice: NoticeView, held: BookingView | None) -> MessageClass:
    """When it may go: what calls a visit off the day before or later is not held back by the quiet hours."""
    if notice.event in _OF_THE_DAY:
        return MessageClass.DAY
    if held is None or notice.event not in _PRESSING or held.slot.starts_at - notice.at > _SOON:
        return MessageClass.CAUSED
    return MessageClass.DAY


_ALL_SETTLING = _SETTLED | _SETTLES_CONSENT | _SETTLES_BEFORE
_LOOK_AGAIN = {
    (e, "student")
    for e in (
        "host_declined",
        "booking_expired",
        "consent_refused",
        "booking_cancelled",
        "request_held_too_long",
    )
}
_WAITS = {"consent_reminder": "waiting_consent", "host_reminder": "waiting_host"}


async def _facts(session: AsyncSession, notice: NoticeView, held: BookingView | None) -> Mapping[str, Any]:
    if held is None:
        return {name: value for name, value in notice.data.items() if name != "roles"}
    slot = held.slot
    if notice.event == "booking_rescheduled":  # its record is the booking that ended
        slot = await slot_of(session, UUID(notice.data["new_slot_id"])) or slot
    facts = slot_vars(slot) | {"student": _student(held), "grade": held.grade}
    if notice.event == "student_late":
        facts["late"] = notice.data["late"]
    if notice.event in ("form_asked", "form_reminder"):
        facts["call"] = await school_contact(session, held.student_id)
    return facts


def _student(held: BookingView) -> object:
    """The student's first name; of one who was erased none is left to say."""
    if held.student_first_name == ERASED_NAME:
        return {"en": "A student", "es": "Un estudiante"}
    return held.student_first_name


async def school_contact(session: AsyncSession, student_id: UUID) -> str:
    """Whom a family calls at school: the coordinator's first name and number, as short as that can be said."""
    coordinator = await coordinator_for(session, student_id=student_id)
    phone = await phone_of(session, coordinator.id) if coordinator else None
    if coordinator is None:
        return ""
    if phone is None:
        return coordinator.first_name
    local = phone.removeprefix("+1")
    return f"{coordinator.first_name} {local[:-7]}-{local[-7:-4]}-{local[-4:]}"


async def _consent(session: AsyncSession, held: BookingView, facts: Mapping[str, Any], language: str) -> Ask:
    """What, where, when, with whom, what the host learns, whom to call: in fewer words where the names are long."""
    told = dict(facts) | {"call": await school_contact(session, held.student_id)}
    wordings = await edits(session)
    roomy = _consent_ask(held, Say("consent.ask", told))
    lines = [
        roomy.say,
        *(Say("prompt.option", {"number": n, "label": o.label}) for n, o in enumerate(roomy.options, 1)),
    ]
    size = measure(render(lines, language, wordings))
    return roomy if size.segments <= size.within else _consent_ask(held, Say("consent.ask_tight", told))


def _consent_ask(held: BookingView, say: Say) -> Ask:
    return Ask(
        kind="consent",
        say=say,
        yes_no=True,
        record_id=held.id,
        expires_at=held.deadline,
        options=yes_no(
            {"verb": "give_consent", "booking": str(held.id)},
            {"verb": "refuse_consent", "booking": str(held.id)},
        ),
        extra={"role": "guardian"},
    )


def _host(held: BookingView, facts: Mapping[str, Any]) -> Ask:
    return Ask(
        kind="host_request",
        say=Say("host.ask_adult" if held.consent == "not_needed" else "host.ask", facts),
        yes_no=True,
        record_id=held.id,
        expires_at=held.deadline,
        options=yes_no(
            {"verb": "accept", "booking": str(held.id)}, {"verb": "decline", "booking": str(held.id)}
        ),
        extra={"role": "employer"},
    )


def _claim(notice: NoticeView) -> Ask:
    """The number on file is asked whether a new one is the same person's."""
    claim = str(notice.record_id)
    return Ask(
        kind="number_claim",
        say=Say("people.claim", {"ending": notice.data["ending"]}),
        yes_no=True,
        record_id=notice.record_id,
        expires_at=datetime.fromisoformat(notice.data["until"]),
        options=yes_no(
            {"verb": "claim", "claim": claim, "agreed": True},
            {"verb": "claim", "claim": claim, "agreed": False},
        ),
        extra={"role": "student"},
    )


def _look_again(held: BookingView) -> Ask:
    """After a booking came to nothing: offer to look for another of its kind."""
    query = {"activity": held.slot.activity}
    return Ask(
        kind="look_again",
        say=Say("notice.look_again"),
        yes_no=True,
        options=yes_no({"verb": "find", "query": query}, {"verb": "no_thanks"}),
        again={"verb": "find", "query": query},
        extra={"role": "student"},
    )
