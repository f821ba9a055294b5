"""Which text, and which question, each notice becomes for each role."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from conversations.lists import slot_vars
from conversations.models import MessageClass
from conversations.prompts import Ask, yes_no
from conversations.texts import Say, known
from placements.notices import NoticeView
from placements.queries.bookings import BookingView, booking
from placements.queries.catalogue import slot as slot_of
from placements.queries.people import PersonView

_SETTLED = frozenset(
    {
        "booking_cancelled",
        "booking_expired",
        "booking_rescheduled",
        "consent_refused",
        "host_declined",
        "booking_confirmed",
    }
)


@dataclass(frozen=True, kw_only=True)
class Wording:
    """What a recipient reads.

    `settles` is a record whose open questions are moot; `reminds` one whose question is shown again.
    """

    says: Sequence[Say]
    message_class: MessageClass
    ask: Ask | None = None
    settles: UUID | None = None
    reminds: UUID | None = None


async def word(session: AsyncSession, notice: NoticeView, role: str, person: PersonView) -> Wording | None:
    """The wording of a notice for one recipient; None where that role is told nothing of it."""
    held = await booking(session, UUID(str(notice.record_id))) if notice.record_type == "booking" else None
    facts = await _facts(session, notice, held)
    if notice.event == "consent_asked" and held is not None and held.state == "waiting_consent":
        return Wording(says=[], message_class=MessageClass.CAUSED, ask=_consent(held, facts))
    if notice.event == "host_asked" and held is not None and held.state == "waiting_host":
        return Wording(says=[], message_class=MessageClass.CAUSED, ask=_host(held, facts))
    if notice.event in ("consent_asked", "host_asked"):
        return None  # settled meanwhile
    key = f"notice.{notice.event}_{role}"
    if not known(key):
        return None
    reminds = held.id if held is not None and notice.event in ("consent_reminder", "host_reminder") else None
    if reminds is not None and held is not None and held.state != _WAITS[notice.event]:
        return None
    return Wording(
        says=[Say(key, facts)],
        message_class=MessageClass.CAUSED,
        ask=_look_again(held) if held is not None and (notice.event, role) in _LOOK_AGAIN else None,
        reminds=reminds,
        settles=held.id if held is not None and notice.event in _SETTLED else None,
    )


_LOOK_AGAIN = {
    (e, "student") for e in ("host_declined", "booking_expired", "consent_refused", "booking_cancelled")
}
_WAITS = {"consent_reminder": "waiting_consent", "host_reminder": "waiting_host"}


async def _facts(session: AsyncSession, notice: NoticeView, held: BookingView | None) -> Mapping[str, Any]:
    if held is None:
        return dict(notice.data)
    slot = held.slot
    if notice.event == "booking_rescheduled":  # its record is the booking that ended
        slot = await slot_of(session, UUID(notice.data["new_slot_id"])) or slot
    return slot_vars(slot) | {"student": held.student_first_name, "grade": held.grade}


def _consent(held: BookingView, facts: Mapping[str, Any]) -> Ask:
    return Ask(
        kind="consent",
        say=Say("consent.ask", facts),
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
