"""Small tests on a text that need no engine."""

import re
import unicodedata

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


def is_number(text: str) -> bool:
    """Whether the whole text is a small number, as people answer a list."""
    return _NUMBER.match(text) is not None


def is_conditional(text: str) -> bool:
    """Whether a text opens like a yes or no and then makes it depend on something ("ok but only if I drive him")."""
    opening = _OPENS.match(text)
    return opening is not None and _CONDITION.search(text, opening.end()) is not None


def phone_number_in(text: str) -> bool:
    """Whether a text holds something that is a possible US phone number."""
    return (
        next(iter(phonenumbers.PhoneNumberMatcher(text, "US", leniency=phonenumbers.Leniency.POSSIBLE)), None)
        is not None
    )


def is_only_punctuation(text: str) -> bool:
    """Whether a text says nothing but "??" or "...": no letter, no figure, no emoji."""
    return bool(text.strip()) and all(c.isspace() or unicodedata.category(c).startswith("P") for c in text)
