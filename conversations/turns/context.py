"""Everything that is known about one text when it is dealt with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from conversations.models import Address, Conversation, Inbound, Prompt
from conversations.policy import Policy
from conversations.prompts import Ask, open_prompt
from conversations.texts import Say
from placements import clock
from placements.cause import Cause as PlacementCause
from placements.queries.people import PersonView, children_at, needs_confirming, people_at

ACTING_LASTS = timedelta(hours=2)  # for which somebody on a shared phone is taken to be who they said
SPOKEN_ROLES = ("student", "employer", "guardian", "coordinator")


@dataclass(kw_only=True)
class Answer:
    """What is said and asked in return. `replay` is a text to go on with as if it had just been said."""

    says: list[Say] = field(default_factory=list)
    ask: Ask | None = None
    resume: bool = False  # put the open question again below the answer
    missed: bool = False  # not understood: counts towards explaining and offering a person
    replay: str | None = None
    silence: str | None = None  # nothing is said, and why


@dataclass(kw_only=True)
class Turn:
    """One text, who is taken to have sent it, and the transaction it is dealt with in.

    `unconfirmed` are those to whom the number is linked, where nothing says that it is theirs still: then `people` is
    empty. `children` are students under 13 on this number; they are nobody to talk to.
    """

    session: AsyncSession
    policy: Policy
    now: datetime
    inbound: Inbound
    address: Address
    conversation: Conversation
    people: Sequence[PersonView]
    person: PersonView | None
    prompt: Prompt | None
    text: str
    unconfirmed: Sequence[PersonView] = ()
    children: Sequence[PersonView] = ()
    steps: list[dict[str, Any]] = field(default_factory=list)
    spoken: str | None = (
        None  # the language of this one text, where it is a sentence in another than on record
    )

    @property
    def language(self) -> str:
        """In which the text is answered; what is on record stays."""
        return self.spoken or self.recorded_language

    @property
    def recorded_language(self) -> str:
        """What the person speaks here as a rule; of an unknown number, what it spoke last."""
        return self.person.language if self.person else self.address.language or "en"

    @property
    def zone(self) -> ZoneInfo:
        return self.policy.timezone

    @property
    def gate(self) -> Mapping[str, Any]:
        return self.address.gate or {}

    @property
    def roles(self) -> set[str]:
        if self.person is None:
            return {self.gate["role"]} if self.gate.get("role") else set()
        return {r.role for r in self.person.roles if r.role in SPOKEN_ROLES}

    @property
    def role(self) -> str:
        """The hat the sender wears: the open question's, their only one, or 'anyone'."""
        if self.prompt is not None and self.prompt.role != "anyone":
            return self.prompt.role
        return next(iter(self.roles)) if len(self.roles) == 1 else "anyone"

    @property
    def shared(self) -> bool:
        """Whether several people hold this number and none has said who is there."""
        return self.person is None and len(self.people) > 1

    def cause(self) -> PlacementCause:
        """The cause of what this text brings about."""
        return PlacementCause(
            kind="message",
            ref=str(self.inbound.id),
            actor=self.person.id if self.person else None,
            address=self.address.value,
        )

    def step(self, what: str, **facts: Any) -> None:
        """Record a step for `footbridge why`; facts name no person."""
        self.steps.append({"step": what, **facts})


async def load_turn(session: AsyncSession, inbound_id: UUID, policy: Policy, *, lock: bool) -> Turn:
    """The turn of a stored text; with `lock`, nobody else changes this conversation meanwhile."""
    inbound = await session.get_one(Inbound, inbound_id, populate_existing=True)
    query = select(Conversation).where(Conversation.id == inbound.conversation_id)
    conversation = (await session.scalars(query.with_for_update() if lock else query)).one()
    address = await session.get_one(Address, inbound.address_id)
    now = await clock.now(session)
    linked = await people_at(session, address.value)
    young = await children_at(session, address.value)
    grown = [p for p in linked if p.id not in young]
    stale = grown and await needs_confirming(session, address.value)
    people = [] if stale else grown
    return Turn(
        session=session,
        policy=policy,
        now=now,
        inbound=inbound,
        address=address,
        conversation=conversation,
        people=people,
        person=acting_person(conversation, people, now),
        prompt=await open_prompt(session, address.id),
        text=inbound.body.strip(),
        unconfirmed=grown if stale else (),
        children=[p for p in linked if p.id in young],
    )


def acting_person(
    conversation: Conversation, people: Sequence[PersonView], now: datetime
) -> PersonView | None:
    """Who is there: the number's only holder, or the one who said so lately on a shared phone."""
    if len(people) == 1:
        return people[0]
    until = conversation.acting_until
    if until is None or until < now:
        return None
    return next((p for p in people if p.id == conversation.acting_person_id), None)
