"""Answers that need no understanding: the number of a choice, or a plain yes or no."""

import re

from conversations.reading.text import fold

OUT_OF_RANGE = -1
"""The answer is a number, but none of the choices that were offered."""

_WORDS = {
    **dict.fromkeys(
        ("one", "uno", "una", "un", "first", "primero", "primera", "primer", "1st", "1ro", "1ra", "1er"), 1
    ),
    **dict.fromkeys(("two", "dos", "second", "segundo", "segunda", "2nd", "2do", "2da"), 2),
    **dict.fromkeys(("three", "tres", "third", "tercero", "tercera", "tercer", "3rd", "3ro", "3ra"), 3),
    **dict.fromkeys(("four", "cuatro", "fourth", "cuarto", "cuarta", "4th", "4to", "4ta"), 4),
    **dict.fromkeys(("five", "cinco", "fifth", "quinto", "quinta", "5th", "5to", "5ta"), 5),
    **dict.fromkeys(("six", "seis", "sixth", "sexto", "sexta", "6th"), 6),
    **dict.fromkeys(("seven", "siete", "seventh", "septimo", "septima", "7th"), 7),
    **dict.fromkeys(("eight", "ocho", "eighth", "octavo", "octava", "8th"), 8),
    **dict.fromkeys(("nine", "nueve", "ninth", "noveno", "novena", "9th"), 9),
}
_NUMBER = "|".join((r"\d{1,3}", *sorted(_WORDS, key=len, reverse=True)))
_POLITE = r"(?:,? (?:please|pls|plz|por favor|porfa|porfavor|xfa|thanks|thank you|thx|ty|gracias))?"
_CHOICE = re.compile(
    rf"(?:(?:number|option|choice|numero|opcion|no\.?|answer|respuesta|la opcion|el numero|"
    rf"the|el|la|#|i choose|i pick|ill take|i want|quiero|escojo|elijo) )*"
    rf"#?(?P<n>{_NUMBER})(?:st|nd|rd|th)?(?: (?:one|option|choice|opcion))?{_POLITE}"
)
_YES = re.compile(
    r"(?:(?:yes+|yea+h*|yeah+|yep+|yup+|ya|ye|yas+|y|ok+|okay+|okey|oki|kk?|sure|si+|sip|sep|"
    r"simon|dale|claro|claro que si|por supuesto|"
    r"yes please|yes pls|yes sir|yes maam|of course|absolutely|definitely|def|bet|correct|"
    r"correcto|right|thats right|sounds good|for sure|"
    r"fo sho|please do|go ahead|do it|confirm|confirmed|confirmo|de acuerdo|esta bien|ta bien|"
    r"va|sale|bueno|perfecto|perfect|"
    r"affirmative|i do|i agree|agreed|approve|approved|i approve|apruebo|lo apruebo|autorizo|"
    r"acepto|desde luego|obvio|"
    r"por favor si|si por favor|si claro|claro si|yes i do|yes i can|yes it is|yes thats right|"
    r"yes of course|ok yes|ok si|"
    r"si senor|si senora|con gusto|100|totally|yessir|"
    "\U0001f44d|✅)(?: |$))+"
)
_NO = re.compile(
    r"(?:(?:no+|nope+|nah+|na|n|nop|nel|no thanks|no thank you|no thx|no ty|no gracias|gracias "
    r"no|nunca|never|not really|"
    r"de ninguna manera|no way|negative|para nada|claro que no|of course not|no sir|no maam|"
    r"no please|no por favor|i do not|i dont|"
    "no quiero|\U0001f44e|❌)(?: |$))+"
)
_TAIL = re.compile(
    r"(?: (?:please|pls|plz|por favor|porfa|porfavor|xfa|thanks|thank you|thx|ty|gracias|muchas gracias))+$"
)


def _bare(text: str) -> str:
    folded = fold(text.replace("\ufe0f", "").translate(_SKIN))[0].replace("'", "")
    return re.sub(r"\s+", " ", re.sub(r"[.,!;:()\[\]\"*_~-]+", " ", folded)).strip()


_SKIN = dict.fromkeys(range(0x1F3FB, 0x1F400))


def plain_answer(text: str, *, options: int, yes_no: bool) -> int | None:
    """Which of `options` choices a text plainly names, counted from 1.

    In a yes/no question 1 is yes and 2 is no. None where the text is anything more than the answer: a
    condition, a reason, a question, two numbers. `OUT_OF_RANGE` for a number that was not offered.
    """
    if len(text) > 60 or "?" in text or "¿" in text:
        return None
    bare = _bare(text)
    if yes_no and (said := _yes_or_no(bare)) is not None:
        return said
    match = _CHOICE.fullmatch(bare)
    if match is None:
        return None
    if options == 1 and match["n"] in ("una", "un", "uno", "one"):
        return 1
    number = _WORDS.get(match["n"]) or (int(match["n"]) if match["n"].isdigit() else 0)
    return number if 1 <= number <= options else OUT_OF_RANGE


def _yes_or_no(bare: str) -> int | None:
    core = _TAIL.sub("", bare)
    if _YES.fullmatch(bare) or _YES.fullmatch(core):
        return 1
    if _NO.fullmatch(bare) or _NO.fullmatch(core):
        return 2
    return None
