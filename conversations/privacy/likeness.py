"""Patterns that find a person in others' rows: numbers however written, addresses, names with or without accents."""

import re
import unicodedata
from dataclasses import dataclass

_VARIANTS = {"a": "aáàâäã", "e": "eéèêë", "i": "iíìîï", "o": "oóòôöõ", "u": "uúùûü", "n": "nñ", "c": "cç"}
_GAP = r"[\s().·-]*"
SHORTEST_NAME = 3  # letters; a shorter part of a name is searched for with the rest of the name only
LEAST_DIGITS = 5  # of a student number that is searched for by itself
_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_NUMBER = re.compile(r"(?<![\w-])\+?\(?\d[\d\s().-]{5,}\d(?![\w-])")


@dataclass(frozen=True)
class Likeness:
    """How a person can be recognised. `names` are (first, last); everything may be empty."""

    first_name: str = ""
    last_name: str = ""
    numbers: tuple[str, ...] = ()
    mails: tuple[str, ...] = ()
    student_numbers: tuple[str, ...] = ()

    @property
    def name_parts(self) -> tuple[str, ...]:
        """The single words of the name that are long enough to stand for the person."""
        words = re.split(r"[\s]+", f"{self.first_name} {self.last_name}".strip())
        return tuple(dict.fromkeys(word for word in words if len(word) >= SHORTEST_NAME))

    def certain(self) -> str | None:
        """A PostgreSQL pattern that matches nobody else: full name, numbers, addresses."""
        parts = [number_pattern(each) for each in self.numbers]
        parts += [_word(each) for each in self.mails]
        parts += [_word(each) for each in self.student_numbers if len(each) >= LEAST_DIGITS]
        if self.first_name and self.last_name:
            parts.append(_word(f"{self.first_name} {self.last_name}"))
            parts.append(_word(f"{self.last_name}, {self.first_name}"))
        return "|".join(f"(?:{part})" for part in parts) or None


def name_pattern(words: tuple[str, ...]) -> str | None:
    """A PostgreSQL pattern for single names."""
    return "|".join(f"(?:{_word(word)})" for word in words) or None


def number_pattern(number: str) -> str:
    """A PostgreSQL pattern for a number in any common writing; `number` is E.164."""
    digits = re.sub(r"\D", "", number)
    if len(digits) == 11 and digits.startswith("1"):
        country, national = rf"(?:\+?1{_GAP})?", digits[1:]
    else:
        country, national = r"\+?", digits
    return rf"(?<!\d)\(?{country}{_GAP.join(national)}(?!\d)"


def plain(word: str) -> str:
    """Lower case, without accents, for comparing names."""
    decomposed = unicodedata.normalize("NFD", word.lower())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def without_contacts(words: str, keep: tuple[str, ...] = ()) -> str:
    """The text without phone numbers and mail addresses of others; `keep` are the person's own."""
    own = {re.sub(r"\D", "", each)[-10:] for each in keep}

    def number(found: re.Match[str]) -> str:
        digits = re.sub(r"\D", "", found[0])
        short = len(digits) < 7 or re.fullmatch(r"\d{4}-\d{2}-\d{2}", found[0].strip())
        return found[0] if short or digits[-10:] in own else "[number]"

    words = _MAIL.sub(lambda found: found[0] if found[0] in keep else "[mail]", words)
    return _NUMBER.sub(number, words)


def _word(words: str) -> str:
    letters = "".join(_letter(letter) for letter in words)
    return rf"(?<!\w){letters}(?!\w)"


def _letter(letter: str) -> str:
    if letter.isspace():
        return r"\s+"
    variants = _VARIANTS.get(plain(letter), "")
    if variants:
        return f"[{variants}]"
    return re.escape(letter)
