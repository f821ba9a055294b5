"""Small tests on a text that need no engine."""

import re
import unicodedata
from collections.abc import Iterator
from typing import Literal

import phonenumbers

_NUMBER = re.compile(r"^\s*#?\s*\d{1,2}\s*[.)!]?\s*$")
_OPENS = re.compile(
    r"^\W*(?:yes|yep|yeah|yup|ok|okay|okey|sure|fine|alright|all right|i guess|i agree|she can|he can|they can"
    r"|s[ií]|claro|dale|vale|bueno|bien|de acuerdo|est[aá] bien|lo dejo|la dejo|puede ir|no|nope)\b",
    re.IGNORECASE,
)
_CONDITION = re.compile(
    r"\b(?:but|only|if|unless|as long|until|when|depends|provided|except|pero|solo|s[oó]lo|si|siempre que|a menos"
    r"|cuando|depende|con tal|mientras|excepto)\b",
    re.IGNORECASE,
)


_FAMILY = re.compile(
    r"\b(?:mom|moms|mother|dad|dads|father|parents?|guardian|grandma|grandmother|grandpa|aunt|uncle|stepmom|stepdad"
    r"|mam[aá]|madre|pap[aá]|padre|padres|tutora?|abuel[ao]|t[ií][ao]|madrastra|padrastro)\b",
    re.IGNORECASE,
)
_OWN = re.compile(r"\b(?:my|mine|new|mi|m[ií]o|nuevo|cambi[eé])\b", re.IGNORECASE)
_PHONE = r"(?:phone|cell|cell ?phone|number|#|num)"
_TELEFONO = r"(?:tel[eé]fono|cel|celular|m[oó]vil|n[uú]mero)"
_NEW_NUMBER = re.compile(
    rf"\b(?:new|different) (?:{_PHONE}\b|phone number)|\bnew cell\b"
    rf"|\b(?:changed|lost|broke|switched) my (?:old )?(?:phone )?{_PHONE}"
    rf"|\bmy (?:old )?(?:phone )?{_PHONE} (?:has |was |got )?(?:changed|stolen|lost|broken|is new)"
    rf"|\b{_PHONE} (?:changed|is new)"
    rf"|\b(?:nuevo|otro) {_TELEFONO}|\b{_TELEFONO} nuevo"
    rf"|\b(?:cambi[eé]|camb[ií]o) (?:de|mi) {_TELEFONO}|\bperd[ií] (?:mi|el) {_TELEFONO}"
    rf"|\bme robaron (?:mi|el) {_TELEFONO}",
    re.IGNORECASE,
)


_ASKS = re.compile(
    r"\?|^\W*(?:(?:hi|hello|hey|hola|and|but|so|ok|y|pero|oye|disculpe|perdon|buen[ao]s \w+)\W+)*"
    r"(?:what|whats|how|when|where|who|whos|which|why|is|are|am|was|can|could|do|does|did|will|would|should|may|"
    r"what's|who's|qu[eé]|q|c[oó]mo|cu[aá]ndo|d[oó]nde|adonde|qui[eé]n(?:es)?|cu[aá]l(?:es)?|cu[aá]nt[oa]s?|"
    r"por ?qu[eé]|puedo|puede|pueden|podemos|hay|es|son|tengo que|tiene que|tenemos que|se puede)\b"
    r"|\b(?:i (?:was )?wonder(?:ing)?|want(?:ed)? to know|like to know|do you know|quisiera saber|quiero saber|"
    r"me gustar[ií]a saber|no s[eé] si|sabe si|sabes si|what if|y si)\b",
    re.IGNORECASE,
)


def is_question(text: str) -> bool:
    """Whether a text is put as a question, with or without its mark."""
    return _ASKS.search(text) is not None


def is_number(text: str) -> bool:
    """Whether the whole text is a small number, as people answer a list."""
    return _NUMBER.match(text) is not None


def is_conditional(text: str) -> bool:
    """Whether a text opens like a yes or no and then makes it depend on something ("ok but only if I drive him")."""
    opening = _OPENS.match(text)
    return opening is not None and _CONDITION.search(text, opening.end()) is not None


def phone_number_in(text: str) -> bool:
    """Whether a text holds something that is a possible US phone number."""
    return next(_phone_numbers(text), None) is not None


def phone_numbers_in(text: str) -> list[str]:
    """The possible US phone numbers in a text, E.164."""
    return [
        phonenumbers.format_number(found.number, phonenumbers.PhoneNumberFormat.E164)
        for found in _phone_numbers(text)
    ]


def _phone_numbers(text: str) -> Iterator[phonenumbers.PhoneNumberMatch]:
    return iter(phonenumbers.PhoneNumberMatcher(text, "US", leniency=phonenumbers.Leniency.POSSIBLE))


def whose_number(text: str) -> Literal["guardian", "own", "unsaid"]:
    """Whose the number in a text is said to be."""
    if _FAMILY.search(text):
        return "guardian"
    return "own" if _OWN.search(text) else "unsaid"


def says_new_number(text: str) -> bool:
    """Whether a text says that the sender's own phone or number is a new one, or the old one gone."""
    return _NEW_NUMBER.search(text) is not None


def is_only_punctuation(text: str) -> bool:
    """Whether a text says nothing but "??" or "...": no letter, no figure, no emoji."""
    return bool(text.strip()) and all(c.isspace() or unicodedata.category(c).startswith("P") for c in text)
