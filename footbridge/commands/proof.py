"""Proof for one number in plain words, and lifting our own bar on what a person told the school."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from zoneinfo import ZoneInfo

import phonenumbers

from conversations.ledger.addresses import SMS, address_of
from conversations.ledger.bars import lift_by_coordinator
from conversations.ledger.proof import Entry, Proof, Sent, Silence, proof_of
from footbridge.commands import Refused, looker, open_installation
from footbridge.settings import Settings
from placements import clock as installation_clock
from placements.queries.people import people_at
from placements.services.looks import note_look

SOURCES = {
    "texted_first": "the person texted us first",
    "school": "the school holds this number",
    "opt_in": "opted in in writing",
    "keyword": "by a keyword texted from this phone",
    "words": "in plain words texted from this phone",
    "carrier": "the phone carrier told us",
    "coordinator": "a coordinator recorded what the person told the school",
    "before_erasure": "carried over from before the person's data was erased",
}
KINDS = {"basis": "May be texted", "opt_out": "OPT-OUT", "opt_in": "OPT-IN"}
BARS = {
    "ours": "our own bar",
    "carrier": "the phone carrier's bar",
    "both": "our own bar and the phone carrier's",
}
REASONS = {
    "opted_out": "the number had opted out",
    "carrier_bar": "the phone carrier bars the number",
    "dead_number": "the number takes no texts",
    "no_basis": "nothing allows texting it",
    "passed": "its moment was over",
    "settled": "it was no longer true",
}


async def proof(settings: Settings, number: str, *, as_json: bool) -> str:
    """The whole ledger of a number."""
    async with open_installation(settings) as parts, parts.database.session() as session:
        found = await proof_of(session, e164(number), await installation_clock.now(session))
        holders = [each.id for each in await people_at(session, e164(number))]
        await note_look(session, people=holders, what="proof", looker=looker())
    if found is None:
        raise Refused(f"nothing about {number} is on record: it was never texted and never texted us")
    if as_json:
        return json.dumps(asdict(found) | {"kept": found.kept}, ensure_ascii=False, default=_json)
    return "\n".join(told(found, settings.zone))


async def opt_in(settings: Settings, number: str, wording: str) -> str:
    """Lift our own bar; what is left where the carrier's stands."""
    if len(wording.strip()) < 10:
        raise Refused("say who asked for the texts, when and how: it is kept as the proof")
    async with open_installation(settings) as parts, parts.database.session() as session:
        now = await installation_clock.now(session)
        if await proof_of(session, e164(number), now) is None:
            raise Refused(f"nothing about {number} is on record")
        address = await address_of(session, SMS, e164(number), now)
        case = await lift_by_coordinator(
            session, address, wording=wording.strip(), policy=parts.policy, now=now
        )
    if case is None:
        return "our own bar is lifted; texts may go to this number"
    ours = parts.policy.text_number or "our number"
    return (
        "our own bar is lifted, but the phone carrier's stands:"
        f" the person has to text START to {ours} (case {case.number})"
    )


def e164(number: str) -> str:
    """A number as people write it, as E.164."""
    try:
        parsed = phonenumbers.parse(number, "US")
    except phonenumbers.NumberParseException:
        raise Refused(f"{number} is not a phone number") from None
    if not phonenumbers.is_possible_number(parsed):
        raise Refused(f"{number} is not a phone number")
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def told(proof: Proof, zone: ZoneInfo) -> Iterator[str]:
    """The proof in sentences, times by the clock of `zone`."""
    yield f"Record of {proof.number}, as of {_at(proof.at, zone)} ({zone.key})"
    yield ""
    yield from _standing(proof, zone)
    yield ""
    yield "1. Why this number may be texted, and every opt-out and opt-in"
    yield from (_entry(entry, zone) for entry in proof.entries)
    if not proof.entries:
        yield (
            "   Nothing is recorded, and nothing was sent."
            if proof.first_text_at is None
            else "   Nothing is recorded."
        )
    yield ""
    yield "2. What was sent and what was held back while a bar stood"
    for silence in proof.silences:
        yield from _silence(silence, zone)
    if not proof.silences:
        yield "   No bar has ever stood."
    yield ""
    yield from _verdict(proof, zone)


def _standing(proof: Proof, zone: ZoneInfo) -> Iterator[str]:
    if proof.opted_out_at:
        yield f"This number has opted out, since {_at(proof.opted_out_at, zone)}."
    if proof.carrier_barred_at:
        since = _at(proof.carrier_barred_at, zone)
        yield f"The phone carrier bars our texts to it, since {since}; only START from that phone lifts this."
    if not (proof.opted_out_at or proof.carrier_barred_at):
        yield "No bar stands."
    if proof.dead_at:
        yield f"The phone carrier says that it takes no texts, since {_at(proof.dead_at, zone)}."


def _entry(entry: Entry, zone: ZoneInfo) -> str:
    parts = [
        f"   {_at(entry.at, zone)}  {KINDS.get(entry.kind, entry.kind)}: {SOURCES.get(entry.source, entry.source)}"
    ]
    if entry.kind == "basis":
        parts.append(f"for: {entry.scope}")
    elif entry.bar:
        parts.append(f"{'raised' if entry.kind == 'opt_out' else 'lifted'}: {BARS[entry.bar]}")
    if entry.words:
        parts.append(f'words: "{entry.words}"')
    if entry.message:
        parts.append(
            f"message {entry.message}" + (f" (carrier's id {entry.carrier_id})" if entry.carrier_id else "")
        )
    return "; ".join(parts)


def _silence(silence: Silence, zone: ZoneInfo) -> Iterator[str]:
    until = _at(silence.end, zone) if silence.end else "now"
    yield f"   {_at(silence.start, zone)} to {until}: {BARS[silence.bar]}"
    yield from _messages("handed to the phone carrier", silence.sent, zone)
    yield from _messages("refused by the phone carrier", silence.refused, zone)
    yield from _messages("held back", silence.suppressed, zone)


def _messages(what: str, messages: Sequence[Sent], zone: ZoneInfo) -> Iterator[str]:
    yield f"     {what}: {len(messages) or 'nothing'}"
    for each in messages:
        ids = f"message {each.message}" + (f", carrier's id {each.carrier_id}" if each.carrier_id else "")
        why = each.allowed or (REASONS.get(each.why, each.why) if each.why else "NOT ALLOWED")
        yield f"       {_at(each.at, zone)}  {', '.join(each.texts)} ({why}; because of {each.cause}; {ids})"


def _verdict(proof: Proof, zone: ZoneInfo) -> Iterator[str]:
    if proof.first_text_at:
        yield f"Our first text to this number went out on {_at(proof.first_text_at, zone)}."
    if proof.sent_before_basis:
        yield f"ATTENTION: {proof.sent_before_basis} texts went out before anything on record allowed them."
    if proof.kept:
        yield "While a bar stood nothing was handed to the phone carrier but confirmations and answers to crisis texts."
    elif not all(silence.kept for silence in proof.silences):
        yield "ATTENTION: what is marked NOT ALLOWED was handed to the phone carrier and should have been held back."


def _at(at: datetime, zone: ZoneInfo) -> str:
    return at.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")


def _json(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
