"""Grades of school as families write them in Spanish: "8vo", "de noveno", "1ro de prepa".

Spanish counts the days of a month with plain numbers, but for the first. So a short ordinal from sixth to twelfth is
a grade, unless what it counts stands beside it. A word such as "noveno" is one where the phrase is of people or time
at school ("los de noveno", "desde octavo").
"""

import re
from collections.abc import Sequence
from typing import Protocol

HIGH_SCHOOL = 8  # "1ro de prepa" is the ninth grade: the program's Spanish calls all four years so
_SHORT = re.compile(r"(?:6to|7mo|8vo|9no|10mo|11(?:vo|mo|avo)|12(?:vo|mo|avo))")
_WRITTEN = re.compile(
    r"(?:sexto|septimo|octavo|noveno|decimo|undecimo|onceavo|doceavo|duodecimo|(?:[6-9]|1[0-2])[º°])"
)
_ORDINAL = re.compile(r"ow?(\d+)")
_BEFORE_WRITTEN = frozenset("de desde en a hasta para y o entre cursa cursando pasa".split())
_NOT_AFTER = frozenset("el la los las del opcion numero option #".split())  # what is listed, or a day
_COUNTED = re.compile(
    r"piso|lugar\w*|puesto|dia|day|semestre|semester|periodo|period|intento|vez|old|aniversario|mes|month|"
    r"opcion|option|cumple\w*|floor|place|spot|uno|one|mo\d+|/"
)
_PREPA = frozenset(("prepa", "preparatoria"))
_BETWEEN = frozenset("de of ano year la".split())


class _Token(Protocol):
    raw: str
    canon: str


def mark_grades(tokens: Sequence[_Token]) -> None:
    """Gives every such ordinal a form of its own, `grade9`, so that nothing else reads it."""
    for place, token in enumerate(tokens):
        number = _ORDINAL.fullmatch(token.canon)
        if number is None:
            continue
        if _is_grade(tokens, place):
            token.canon = f"grade{number[1]}"
        elif int(number[1]) <= 4 and _of_high_school(tokens, place):
            token.canon = f"grade{HIGH_SCHOOL + int(number[1])}"


def _is_grade(tokens: Sequence[_Token], place: int) -> bool:
    raw = tokens[place].raw
    before = tokens[place - 1].raw if place else ""
    short = _SHORT.fullmatch(raw) is not None
    if before in _NOT_AFTER or not (short or (_WRITTEN.fullmatch(raw) and before in _BEFORE_WRITTEN)):
        return False
    after = [each.canon for each in tokens[place + 1 : place + 3]]
    return not any(_COUNTED.fullmatch(each) for each in (after if after[:1] == ["de"] else after[:1]))


def _of_high_school(tokens: Sequence[_Token], place: int) -> bool:
    """Whether "year" and "of" at the most stand between an ordinal and high school."""
    rest = [each.raw for each in tokens[place + 1 : place + 6]]
    while rest and (rest[0] in _BETWEEN or rest[0] == "año"):
        rest = rest[1:]
    return rest[:1] != [] and (rest[0] in _PREPA or rest[:2] == ["high", "school"])
