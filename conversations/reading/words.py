"""Words that have one meaning in every text, in their many spellings, and what stands for them."""

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from rapidfuzz.distance import OSA

if TYPE_CHECKING:
    from conversations.reading.text import Token


def _set_of(words: str) -> tuple[str, ...]:
    return tuple(words.split())


_WEEKDAYS = (
    "monday mondy lunes luns lunez",
    "tuesday tues tuesdy tusday teusday tuseday martes marts martez",
    "wednesday weds wensday wendsday wednsday wensdy wedsday wednesay miercoles mierc mircoles "
    "miercolez mierkoles",
    "thursday thurs thur thu thrs thursdy thrusday thirsday thursady jueves juebes juevez jueve",
    "friday frid firday fryday viernes viernez biernes vierns virnes",
    "saturday satur satuday saterday saturdy saturady sabado savado sabdo",
    "sunday sundy domingo domigo",
)
_PLURAL_WEEKDAYS = (
    "mondays",
    "tuesdays",
    "wednesdays",
    "thursdays",
    "fridays",
    "saturdays sabados",
    "sundays domingos",
)
_MONTHS = (
    "january jan enero ene",
    "february feb febuary febrary febrero febrer",
    "march marzo",
    "april apr abril abr",
    "may mayo",
    "june jun junio",
    "july jul julio",
    "august aug agosto",
    "september sept sep septiembre setiembre",
    "october oct octubre",
    "november nov novemeber novembre noviembre nobiembre",
    "december dec decemeber diciembre dic disiembre dicembre",
)
_NUMBERS = {
    "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16, "seventeen": 17,
    "eighteen": 18, "nineteen": 19, "twenty": 20, "thirty": 30, "forty": 40, "fourty": 40, "fifty": 50, "sixty": 60,
    "ninety": 90, "hundred": 100, "tres": 3, "cuatro": 4, "cinco": 5, "seis": 6, "siete": 7, "ocho": 8, "nueve": 9,
    "diez": 10, "doce": 12, "trece": 13, "catorce": 14, "quince": 15, "dieciseis": 16, "diecisiete": 17,
    "dieciocho": 18, "diecinueve": 19, "veinte": 20, "veintiuno": 21, "veintidos": 22, "veintitres": 23,
    "veinticuatro": 24, "veinticinco": 25, "veintiseis": 26, "veintisiete": 27, "veintiocho": 28, "veintinueve": 29,
    "treinta": 30, "cuarenta": 40, "cincuenta": 50, "sesenta": 60, "noventa": 90, "cien": 100, "dos": 2,
}  # fmt: skip
_ORDINALS = (
    "first primero primera primer",
    "second segundo segunda segundito secnd",
    "third tercero tercera tercer thrid",
    "fourth cuarta",
    "fifth quinto quinta",
    "sixth sexto sexta",
    "seventh septimo septima",
    "eighth octavo octava",
    "ninth noveno novena",
    "tenth decimo decima",
    "eleventh undecimo onceavo decimoprimero",
    "twelfth duodecimo doceavo decimosegundo",
    "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth", "eighteenth", "nineteenth", "twentieth",
)  # fmt: skip
_SAME = {
    "tomorrow": "tomorow tommorow tommorrow tmrw tmr tmw tmro tomoro tomorro tomorr 2moro 2moroo 2morow 2morrow 2mrw "
    "2moroow tmmrw tmrrw tomm tmrow tomrw tomorrows tmorrow tmo tomorow",
    "today": "2day hoy tday todays oy",
    "tonight": "tonite 2nite 2night tonigh",
    "yesterday": "yest yesturday yesterdy yday yesterdays ayer ystrday yesteday",
    "antier": "anteayer antenoche antes_de_ayer",
    "tarde": "tardes tardecita",
    "noche": "noches nochecita",
    "por": "x",
    "manana": "mananas mnn mnana mananna manan mñana manhana",
    "next": "nxt nex nxtt neext",
    "proximo": "proxima proximos proximas prox proxmo prosimo",
    "entrante": "entrantes siguiente",
    "this": "ths dis",
    "este": "esta estos estas ete",
    "last": "lst laast",
    "pasado": "pasada pasados pasadas",
    "week": "weeks wk wks semana semanas sem semna",
    "weekend": "wknd wkend weekends finde finnde",
    "day": "days dia dias dys",
    "month": "months mes meses mnth",
    "year": "years yr yrs yo ano anos anio anios añito anitos yrs_old",
    "hour": "hours hr hrs hora horas hs horitas hrz ours",
    "minute": "minutes min mins minuto minutos mn minutitos",
    "morning": "mornin morn mornings mornng",
    "afternoon": "afternoons afternon aftrnoon aftern",
    "evening": "evenings evning",
    "night": "nite nights",
    "noon": "midday mediodia noonish",
    "a las": "alas",
    "school": "skool skl schl scool schol schoool",
    "escuela": "escuelita cole colegio eskuela liceo prepa",
    "clases": "clase klases classes class",
    "after": "aftr",
    "before": "b4 befor",
    "despues": "dspues despuez depues desp",
    "que": "q ke qe k",
    "every": "evry evrey each",
    "at": "@",
    "thru": "through",
    "until": "til till untill",
    "late": "l8 later l8r",
    "oclock": "o'clock",
    "student": "students studnts studens studets estudiante estudiantes alumno alumna alumnos alumnas studnt",
    "kid": "kids kidz teen teens teenagers chico chicos chica chicas muchacho muchachos muchacha muchachas joven "
    "jovenes nino ninos chamaco chamacos chavo chavos nene nenes pupils pupil youth girls boys girl boy",
    "spot": "spots slot slots opening openings seat seats space spaces place places cupo cupos plaza plazas lugar "
    "lugares puesto puestos espacio espacios vacante vacantes",
    "person": "people persons ppl persona personas interns intern practicantes practicante pasantes volunteers "
    "shadowers participants participantes guests employees empleados workers group grupo",
    "grade": "grado gr grader graders grades grados",
}  # fmt: skip

_CLOSE_ENOUGH = _set_of(
    """
    monday tuesday wednesday thursday friday saturday sunday january february september october
    november december miercoles viernes domingo septiembre octubre noviembre diciembre tomorrow
    yesterday
    """
)
_LOOKALIKES = _set_of(
    """
    sundae sundry midday mandy frida fridge fried someday domino dominga monjas money
    """
)

TRICKY_WEEKDAYS = {"mon": 0, "tue": 1, "wed": 2, "fri": 4, "sat": 5, "sun": 6, "lun": 0, "mie": 2, "mier": 2,
                   "jue": 3, "juev": 3, "vie": 4, "vier": 4, "sab": 5, "dom": 6, "mar": 1, "ma": 1,
                   "thr": 3, "th": 3}  # fmt: skip
"""Short forms that are words of their own too: read as days only beside something that says so."""


def _table() -> dict[str, str]:
    table = {word: str(value) for word, value in _NUMBERS.items()}
    for index, group in enumerate(_WEEKDAYS):
        table.update(dict.fromkeys(group.split(), f"wd{index}"))
    for index, group in enumerate(_PLURAL_WEEKDAYS):
        table.update(dict.fromkeys(group.split(), f"wds{index}"))
    for index, group in enumerate(_MONTHS, start=1):
        table.update(dict.fromkeys(group.split(), f"mo{index}"))
    for index, group in enumerate(_ORDINALS, start=1):
        table.update(dict.fromkeys(group.split(), f"ow{index}" if index < 5 else f"o{index}"))
    for word, group in _SAME.items():
        table.update(dict.fromkeys(group.split(), word))
    return table


WORDS = _table()


@lru_cache(maxsize=4096)
def canonical(word: str) -> str:
    """The one spelling of a folded word: itself where it is none of ours."""
    if word in WORDS:
        return WORDS[word]
    if "'" in word:
        bare, _, tail = word.partition("'")
        if tail == "s" and WORDS.get(bare, "").startswith(("wd", "today", "tomorrow")):
            return WORDS[bare]
        if tail == "re":
            return bare
        return canonical(bare + tail)
    if len(word) >= 6 and word not in _LOOKALIKES:
        for name in _CLOSE_ENOUGH:
            if name[0] == word[0] and abs(len(name) - len(word)) < 2 and OSA.distance(name, word) == 1:
                return WORDS.get(name, name)
    return word


_DAY_CUES = _set_of(
    """
    this next last on every by until before after and or - / , & el este proximo los para coming
    thru to the late early cada pasado past tomorrow today from
    """
)
_DAY_FOLLOWERS = _set_of(
    """
    morning afternoon at night evening - / & or and from after manana a o thru to noche tarde pasado
    proximo this next
    """
)
_PERSONS = _set_of(
    """
    i we he she they who just you and
    """
)


def _is_day(tokens: "list[Token]", index: int) -> bool:
    raw = tokens[index].raw
    before = tokens[index - 1].canon if index else ""
    after = tokens[index + 1].canon if index + 1 < len(tokens) else ""
    if after in TRICKY_WEEKDAYS and raw != after:
        after = "wd"
    if raw == "mar" and (
        after.isdigit() or (after.startswith("o") and after[1:].isdigit()) or before.isdigit()
    ):
        return False
    if raw in ("ma", "th", "mar"):
        return before in ("el", "este", "proximo", "/", "-") or before.startswith("wd") or after in ("/", "-")
    if raw in ("sat", "sun", "dom") and before in _PERSONS and after not in _DAY_FOLLOWERS:
        return before == "and" and index > 1 and tokens[index - 2].canon.startswith("wd")
    if raw == "sat" and after in ("score", "scores", "test", "exam", "prep"):
        return False
    if raw == "sun" and before == "the" and after not in _DAY_FOLLOWERS:
        return False
    if re.fullmatch(r"ow?[1-5]", before) and after in ("of", "in", "de", "del"):
        return True
    if raw in ("sun", "dom", "sab", "mon"):
        return (
            before in _DAY_CUES or after in _DAY_FOLLOWERS or after[:1].isdigit() or len(tokens) == 1
            or before.startswith("wd") or after.startswith("wd") or (raw != "sun" and not before)
        )  # fmt: skip
    return True


def _is_eleven(tokens: "list[Token]", index: int) -> bool:
    """ "a las once", "el once de enero": the Spanish number, which is a word of its own in English."""
    before = tokens[index - 1].canon if index else ""
    after = [token.canon for token in tokens[index + 1 : index + 3]]
    if before in ("las", "a las"):
        return True
    return len(after) == 2 and after[0] == "de" and after[1].startswith("mo") and after[1][2:].isdigit()


def _merge(tokens: "list[Token]", index: int, canon: str, length: int = 2) -> None:
    first = tokens[index]
    first.canon, first.end = canon, tokens[index + length - 1].end
    first.raw = " ".join(token.raw for token in tokens[index : index + length])
    del tokens[index + 1 : index + length]


def _compound(tokens: "list[Token]", index: int) -> None:
    """Twenty first, twenty five, treinta y uno."""
    first, second = tokens[index], tokens[index + 1] if index + 1 < len(tokens) else None
    if second is None or first.raw.isdigit() or first.canon not in ("20", "30", "40", "50"):
        return
    if second.canon == "-" and index + 2 < len(tokens) and tokens[index + 2].raw in _NUMBERS:
        _merge(tokens, index, str(int(first.canon) + int(tokens[index + 2].canon)), 3)
    elif second.raw in _NUMBERS and len(second.canon) == 1:
        _merge(tokens, index, str(int(first.canon) + int(second.canon)))
    elif re.fullmatch(r"ow?\d", second.canon):
        _merge(tokens, index, f"o{int(first.canon) + int(second.canon.lstrip('ow'))}")
    elif second.canon == "y" and index + 2 < len(tokens):
        unit = "1" if tokens[index + 2].raw in ("uno", "un", "una") else tokens[index + 2].canon
        if unit.isdigit() and len(unit) == 1:
            _merge(tokens, index, str(int(first.canon) + int(unit)), 3)


def canonical_pairs(tokens: "list[Token]") -> None:
    """Settle, in place, the words that need a neighbour to be understood."""
    for index, token in enumerate(tokens):
        if token.raw in TRICKY_WEEKDAYS and _is_day(tokens, index):
            token.canon = f"wd{TRICKY_WEEKDAYS[token.raw]}"
        elif token.raw == "once" and _is_eleven(tokens, index):
            token.canon = "11"
        elif token.raw == "mar" and not _is_day(tokens, index):
            near = [t.canon for t in tokens[max(0, index - 1) : index + 2]]
            token.canon = (
                "mo3" if any(c[:1].isdigit() or (c[:1] == "o" and c[1:].isdigit()) for c in near) else "mar"
            )
        elif token.raw == "." and index and tokens[index - 1].canon[:2] in ("wd", "mo", "pr"):
            token.canon = ""
    tokens[:] = [token for token in tokens if token.canon]
    index = 0
    while index < len(tokens):
        _compound(tokens, index)
        index += 1
