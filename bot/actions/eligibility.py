"""May this student do it: yes or no by the district's rules, which rule, and what clears it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select

from bot.actions.base import Context, Payload, Planned, Tools, make
from bot.actions.know import activity, asked_activities, best, know, named_or_listed, title
from conversations.lists import slot_vars
from knowledge import answers, plain_text
from placements.models import ActivityType, Slot, Student
from placements.queries.catalogue import (
    SlotQuery,
    SlotView,
    find_slots,
    forms_on_file,
    offer_facts,
    student_facts,
)
from placements.queries.schools import pack_of, schools
from placements.rules.consent import needs_consent
from placements.rules.eligibility import OfferFacts, StudentFacts, blocking_rules
from placements.rules.packs import RulePack

_LANGUAGES = ("en", "es")
_MEANWHILE = "job_shadow"
_FOR_EXAMPLE = ("worksite_tour", "job_shadow")  # what most students begin with
_FEW = 6  # kinds that a text can name
_ANY_GRADE = 13  # no rule asks for more
# Words for another person, whose record is not the sender's, and for an age that is still to come.
_SOMEONE_ELSE = re.compile(
    r"\b(friend|brother|sister|cousin|boyfriend|girlfriend|bestie|amig[oa]|herman[oa]|hermanit[oa]|prim[oa]|"
    r"novi[oa]|my son|my daughter|my kid|my child|mi hij[oa])\b",
    re.IGNORECASE,
)
_YET_TO_COME = re.compile(
    r"\b(turn|turning|until|almost|nearly|next year|will be|gonna be|about to be|not \d+ yet|cumplo|cumplir|"
    r"casi|todav[ií]a no|voy a tener|pr[oó]ximo a[nñ]o)\b",
    re.IGNORECASE,
)
_ABOUT_THE_RULE = re.compile(
    r"\b((?:do|does)\s+(?:\w+\s+)?(?:have|need|hav|hve)\s+to\s+be|need\s+to\s+be|must\s+(?:\w+\s+)?be|"
    r"has\s+to\s+be|what\s+(?:grade|age|year)|which\s+grades?|how\s+old|minimum|youngest|only\s+for|just\s+for|"
    r"requirements?|hay\s+(?:que|q)\s+(?:ser|tener|estar)|qu?[eé]?\s+(?:edad|grado)|cu[aá]ntos\s+a[nñ]os|"
    r"edad\s+m[ií]nima|requisitos?|solo\s+(?:es\s+)?para|(?:es\s+)?s[oó]lo\s+para|l[ií]mite\s+de\s+edad)\b",
    re.IGNORECASE,
)
_OF_WORK = re.compile(
    r"\b(work permit|working papers|permits?|hours a (?:day|week)|how late|permiso de trabajo|horas al d[ií]a)\b",
    re.IGNORECASE,
)  # questions about a job, wherever it is
_GRADES = {"octavo": 8, "noveno": 9, "decimo": 10, "once": 11, "onceavo": 11, "doce": 12, "doceavo": 12}
_GRADE_SAID = re.compile(rf" (?:en|de|soy|grado) ({'|'.join(_GRADES)}) ")
_AGE_SAID = re.compile(
    r"(?<![\d.$/:-])\b(1[3-8])\b(?![\d%:/.-]|\s*(?:th|h|hrs?|hours|horas|am|pm)\b)", re.IGNORECASE
)


@dataclass(frozen=True)
class Asker:
    """Of whom a question is, as far as is known. `facts` leaves out nothing where the record is the sender's own."""

    grade: int | None
    birth_date: date | None
    school_id: str | None
    forms: frozenset[str]
    pack: RulePack

    def blocked(self, offer: OfferFacts) -> list[str]:
        """The rules in the way, of those that can be judged."""
        facts = StudentFacts(
            grade=_ANY_GRADE if self.grade is None else self.grade,
            birth_date=self.birth_date,
            school_id=self.school_id or "",
            forms=self.forms if self.school_id else frozenset(self.pack.activity(offer.activity).forms),
        )
        rules = blocking_rules(facts, offer, self.pack)
        return rules if self.school_id else [rule for rule in rules if rule != "birth_date_missing"]

    def limits(self, offer: OfferFacts) -> list[str]:
        """Every rule of an offer that looks at grade, age or forms: those that stop a newborn."""
        newborn = StudentFacts(grade=0, birth_date=offer.day, school_id=next(iter(offer.school_ids), ""))
        return blocking_rules(newborn, offer, self.pack)

    def unsure(self, offer: OfferFacts) -> bool:
        """Whether a rule of the offer asks for something that is not known."""
        rules = self.limits(offer)
        by_grade = any(rule.startswith("grade_min") for rule in rules)
        by_age = any(rule.startswith(("age_min", "hazard_")) for rule in rules)
        no_age = self.birth_date is None and self.school_id is None
        return (by_grade and self.grade is None) or (by_age and no_age)


def actions(tools: Tools) -> Sequence[Planned]:
    return make(tools, {"ask_eligibility": _eligibility})


async def _eligibility(context: Context) -> Sequence[Payload]:
    key = best(context, "ask_eligibility", asked_activities(context)) or "eligibility"
    asker = await _asker(context)
    at_a_host = bool(context.values("employer")) and not _OF_WORK.search(context.text)
    if asker is None or (answers()[key].words and not at_a_host):
        return [know(context, key)]
    if (place := await _place(context)) is not None:
        return await _at_place(context, asker, *place)
    if at_a_host:
        return await _where_nothing_is_open(context, asker)
    for code in await named_or_listed(context):
        if (found := await activity(context, code)) is not None:
            return await _of_kind(context, asker, found)
    return await _in_general(context, asker)


async def _where_nothing_is_open(context: Context, asker: Asker) -> Sequence[Payload]:
    """A host with nothing on offer: what the rules say of the kind that was named, and that nothing is open there."""
    nothing = know(context, "eligibility_nothing_there")
    for code in asked_activities(context):
        if (found := await activity(context, code)) is not None:
            return [*(await _of_kind(context, asker, found))[:1], nothing]
    return [nothing]


_HAZARDS = {
    "construction_site": r"construction sites?|building sites?|a construction|construcci[oó]n|obras?(?! social)",
    "manufacturing_floor": r"shop floor|factory floor|factory|factories|machine shop|f[aá]bricas?|"
    r"taller de m[aá]quinas|planta industrial|machining|cnc",
    "commercial_kitchen": r"restaurant kitchen|commercial kitchen|kitchens?|cocinas?",
    "vehicle_workshop": r"auto shop|body shop|garage|mechanic'?s shop|taller mec[aá]nico|taller de carros",
    "working_port": r"docks?|the port|muelles?|el puerto",
}
_MAY = re.compile(
    r"\b(can|could|may|let|lets|allowed|able|old|age|ages|young|youngest|yr|year|years|puedo|puede|pueden|dejan|"
    r"permiten|permitido|edad|a[nñ]os|entrar|menores)\b",
    re.IGNORECASE,
)


_TO_WORK = re.compile(
    r"\b(?:work(?:ing)?(?![- ]based)|jobs?(?! shadow)|hired?|employ(?:ed)?|trabaj(?:o|ar|ando)|empleo|contratar?)\b",
    re.IGNORECASE,
)
_TO_WATCH = re.compile(
    r"\b(?:visit\w*|see|tours?|shadow\w*|watch\w*|look|field trip|visitar?|ver|recorrido|observar|mirar)\b",
    re.IGNORECASE,
)


async def at_hazard(context: Context) -> Sequence[Payload] | None:
    """What the rules say of a kind of place where a text asks that and names no host; None otherwise.

    A named activity is judged by its own grade, age and forms before the place. A job there is no visit, and is
    answered elsewhere.
    """
    if context.values("employer") or not _MAY.search(context.text):
        return None
    named = [
        code
        for code, words in _HAZARDS.items()
        if re.search(rf"\b(?:{words})\b", context.text, re.IGNORECASE)
    ]
    asker = await _asker(context)
    if not named or asker is None or named[0] not in asker.pack.hazards:
        return None
    if (kind := await _first_of_a_kind(context)) is not None:
        return await _kind_at_hazard(context, asker, kind, named[0])
    if _TO_WORK.search(context.text) and not _TO_WATCH.search(context.text):
        return None
    rule = _hazard_rule(asker, named[0])
    if context.role == "employer":
        return [know(context, "eligibility_hazard_host", rule=_words(asker.pack, [rule]))]
    offer = OfferFacts(activity=_MEANWHILE, day=context.now.date(), hazards=(named[0],))
    if asker.unsure(offer):
        return [know(context, "eligibility_hazard_rule", rule=_words(asker.pack, [rule]))]
    blocked = rule in asker.blocked(offer)
    told = know(
        context,
        "eligibility_hazard_no" if blocked else "eligibility_hazard_yes",
        rule=_words(asker.pack, [rule]),
    )
    return [told] if blocked else [told, _permission(context, asker, _MEANWHILE)]


def _hazard_rule(asker: Asker, hazard: str) -> str:
    return f"hazard_{hazard}:{asker.pack.hazard(hazard).min_age}"


async def _first_of_a_kind(context: Context) -> ActivityType | None:
    """The activity that a text names, if it is one that the rules know."""
    found = [await activity(context, code) for code in asked_activities(context)]
    return next((kind for kind in found if kind is not None), None)


async def _kind_at_hazard(
    context: Context, asker: Asker, kind: ActivityType, hazard: str
) -> Sequence[Payload]:
    """An activity at a kind of place: its own rules first, and only then who may be at the place at all."""
    today = context.now.date()
    alone = OfferFacts(activity=kind.code, day=today)
    there = OfferFacts(activity=kind.code, day=today, hazards=(hazard,))
    at_place = know(
        context, "eligibility_hazard_rule", rule=_words(asker.pack, [_hazard_rule(asker, hazard)])
    )
    if _ABOUT_THE_RULE.search(context.text):
        return [_rule_of(context, asker, alone, title(kind.label)), at_place]
    if rules := asker.blocked(alone) or asker.blocked(there):
        told = know(context, "eligibility_no", activity=title(kind.label), rule=_words(asker.pack, rules))
        return [told, *await _what_clears(context, asker, rules, kind.code)]
    if asker.unsure(there):
        return [_rule_of(context, asker, alone, title(kind.label)), at_place]
    return [know(context, "eligibility_yes", activity=title(kind.label)), at_place]


async def district_pack(context: Context) -> RulePack:
    """The rules of the sender's school, or of the district's first."""
    own = await _own_record(context)
    if own is not None:
        return pack_of(own.school)
    return pack_of((await schools(context.session))[0])


async def _asker(context: Context) -> Asker | None:
    """The sender's own record, with what the text says instead; None where no rules can be told."""
    own = await _own_record(context)
    grade, age = _grade(context), None if _YET_TO_COME.search(context.text) else _age(context)
    today = context.now.date()
    born = date(today.year - age, 1, 1) if age is not None else None
    if own is None:
        packs = {pack_of(school).name: pack_of(school) for school in await schools(context.session)}
        return Asker(grade, born, None, frozenset(), *packs.values()) if len(packs) == 1 else None
    facts = student_facts(own, await forms_on_file(context.session, own.person_id, context.now))
    return Asker(
        grade=facts.grade if grade is None else grade,
        birth_date=born or facts.birth_date,
        school_id=facts.school_id,
        forms=facts.forms,
        pack=pack_of(own.school),
    )


async def _own_record(context: Context) -> Student | None:
    if context.person_id is None or "student" not in context.roles:
        return None
    if _SOMEONE_ELSE.search(context.text):
        return None
    return await context.session.get(Student, context.person_id)


def _grade(context: Context) -> int | None:
    if (read := _number(context.first("grade"))) is not None:
        return read
    found = _GRADE_SAID.search(plain_text(context.text))
    return _GRADES[found.group(1)] if found else None


def _age(context: Context) -> int | None:
    """The age that was read, else the one number in the text that can be a student's age."""
    if (read := _number(context.first("age"))) is not None:
        return read
    found = _AGE_SAID.findall(context.text)
    return int(found[0]) if len(found) == 1 else None


def _number(value: str | None) -> int | None:
    found = re.search(r"\d+", value or "")
    return int(found.group()) if found else None


async def _place(context: Context) -> tuple[SlotView, OfferFacts] | None:
    """The place that the text names, or one of the field it names, with what its own rules look at."""
    partner, named = context.first("employer"), asked_activities(context)
    fields = context.values("cluster") if not named else []
    if partner is None and not fields:
        return None
    query = SlotQuery(
        partner_id=UUID(partner) if partner else None,
        activity=named[0] if named else None,
        clusters=fields if partner is None else (),
        limit=1,
    )
    found = (await find_slots(context.session, query, context.now)).exact
    if not found:
        return None
    row = (await context.session.execute(select(Slot).where(Slot.id == found[0].slot_id))).scalar_one()
    return found[0], offer_facts(row)


async def _at_place(context: Context, asker: Asker, slot: SlotView, offer: OfferFacts) -> Sequence[Payload]:
    facts = slot_vars(slot)
    if _ABOUT_THE_RULE.search(context.text):
        return [_rule_of(context, asker, offer, dict.fromkeys(_LANGUAGES, slot.partner_name))]
    if rules := asker.blocked(offer):
        told = know(context, "eligibility_no_place", rule=_words(asker.pack, rules), **facts)
        return [told, *await _what_clears(context, asker, rules, offer.activity)]
    if asker.unsure(offer):
        return [_rule_of(context, asker, offer, dict.fromkeys(_LANGUAGES, slot.partner_name))]
    return [know(context, "eligibility_yes_place", **facts), _permission(context, asker, offer.activity)]


async def _of_kind(context: Context, asker: Asker, kind: ActivityType) -> Sequence[Payload]:
    offer = OfferFacts(activity=kind.code, day=context.now.date())
    if _ABOUT_THE_RULE.search(context.text):
        return [_rule_of(context, asker, offer, title(kind.label))]
    if rules := asker.blocked(offer):
        told = know(context, "eligibility_no", activity=title(kind.label), rule=_words(asker.pack, rules))
        return [told, *await _what_clears(context, asker, rules, kind.code)]
    if asker.unsure(offer):
        return [_rule_of(context, asker, offer, title(kind.label))]
    yes = know(context, "eligibility_yes", activity=title(kind.label))
    return [yes, *_forms_too(context, asker, kind.code), _permission(context, asker, kind.code)]


def _rule_of(context: Context, asker: Asker, offer: OfferFacts, name: Mapping[str, str]) -> Payload:
    """What an offer asks of everyone."""
    rules = asker.limits(offer)
    if not rules:
        return know(context, "eligibility_no_limit", activity=name)
    key = "eligibility_rules" if asker.unsure(offer) else "eligibility_rule"
    return know(context, key, activity=name, rule=_words(asker.pack, rules))


async def _in_general(context: Context, asker: Asker) -> Sequence[Payload]:
    """What is open to a student of this grade and age, by kind."""
    rows = (await context.session.execute(select(ActivityType).order_by(ActivityType.position))).scalars()
    kinds = [kind for kind in rows if kind.code != "other"]
    today = context.now.date()
    later = [kind for kind in kinds if asker.blocked(OfferFacts(activity=kind.code, day=today))]
    if any(asker.unsure(OfferFacts(activity=k.code, day=today)) for k in kinds if k not in later):
        return [know(context, "eligibility")]
    if not later:
        return [know(context, "eligibility_all_open")]
    if len(later) <= _FEW:
        named = [dict(kind.label) for kind in kinds if kind not in later and kind.code in _FOR_EXAMPLE]
        not_yet = [dict(kind.label) for kind in later]
        return [know(context, "eligibility_some_open", open={"and": named}, later={"and": not_yet})]
    open_now = [dict(kind.label) for kind in kinds if kind not in later][:_FEW]
    return [know(context, "eligibility_few_open", open={"and": open_now})]


async def _what_clears(context: Context, asker: Asker, rules: Sequence[str], code: str) -> Sequence[Payload]:
    if any(rule.startswith("form:") for rule in rules):
        return [know(context, "eligibility_clear_form")]
    if any(rule in ("school", "birth_date_missing") for rule in rules):
        return [know(context, "eligibility_clear_school")]
    instead = OfferFacts(activity=_MEANWHILE, day=context.now.date())
    if code == _MEANWHILE or asker.blocked(instead) or asker.unsure(instead):
        return []
    found = await activity(context, _MEANWHILE)
    return [know(context, "eligibility_meanwhile", activity=dict(found.label))] if found else []


def _forms_too(context: Context, asker: Asker, code: str) -> Sequence[Payload]:
    """The forms that somebody without a record here will have to bring."""
    forms = asker.pack.activity(code).forms if asker.school_id is None else ()
    words = [_words(asker.pack, [f"form:{form}"]) for form in forms]
    return [know(context, "paperwork_form_missing", rule=each) for each in words]


def _permission(context: Context, asker: Asker, code: str) -> Payload:
    asked = needs_consent(
        asker.birth_date, context.now.date(), activity_needs_it=asker.pack.activity(code).consent
    )
    return know(context, "eligibility_permission" if asked else "eligibility_more")


def _words(pack: RulePack, rules: Sequence[str]) -> Mapping[str, str]:
    return {lang: " ".join(pack.wording(rule, lang) for rule in rules) for lang in _LANGUAGES}
