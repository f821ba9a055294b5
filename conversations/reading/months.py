"""Months by name, in English and Spanish, long or cut to three letters."""

import re

_NAMES = (
    "jan ene",
    "feb",
    "mar",
    "apr abr",
    "may",
    "jun",
    "jul",
    "aug ago",
    "sep set",
    "oct",
    "nov",
    "dec dic",
)
_MONTHS = {name: number for number, names in enumerate(_NAMES, 1) for name in names.split()}


def named_month(text: str) -> int | None:
    """The first month named in a text, 1 to 12; None if none is."""
    words = re.findall(r"[a-záéíóúñ]{3,}", text.lower())
    return next((_MONTHS[word[:3]] for word in words if word[:3] in _MONTHS), None)
