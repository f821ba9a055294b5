"""Numbers that say what they count: hours, minutes, students, grades, ages, ratings, options; and phone numbers."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from conversations.reading.model import Found
from conversations.reading.text import Line, rule

_PHONE = re.compile(
    r"(?<![\d.])(?:\+?\d{1,3}[\s.-]?)?(?:\(\d{3}\)|\d{3})[\s.-]?\d{3}[\s.-]?\d{4}(?!\d)|"
    r"(?<!\d)\d{3}-\d{4}(?![\d-])"
)
_ADDRESS = re.compile(
    r"https?://\S+|www\.\S+|\S+@\S+\.\w+|(?<!\w)(?:id|ID|Id|student (?:number|id)|#)\s?:?\s?\d{5,}|"
    r"(?<!\d)\d{6,}(?!\d)"
)
_CLOCK_RANGE = re.compile(r"([1-9]|1[0-2])(?:00|15|30|45)-([1-9]|1[0-2])(?:00|15|30|45)")


def _is_clock_range(text: str) -> bool:
    """ "830-1130", which has the shape of a local phone number."""
    return _CLOCK_RANGE.fullmatch(text) is not None


_STREET = rule(
    r"(?P<s>\d{2,5}(?: (?!(?:on|in|at|my|the|by|for|to|and|or|is|am|pm|if|from|en|de|por|mi|la|el|a|y|o|con|DATE|TIME)"
    r"(?!\S))[a-z0-9]+){1,3} (?:st|street|ave|avenue|way|blvd|boulevard|road|rd|dr|drive|ln|lane|ct|court|terrace|ter|"
    r"hwy|highway|pkwy|parkway|circle|cir))"
)
_LABELLED = rule(
    r"(?:(?:pin|code|codes|codigo|clave|passcode|password|contrasena|id|ids|badge|ticket|folio|invoice|order|"
    r"confirmation|reference|ref|form|w|box|locker|casillero|extension|ext|bus|route|ruta|camion|tren|train|flight|vuelo|"
    r"hwy|highway|channel|case|caso|account|cuenta|zip|phone|telefono|weigh|weighs|peso|digits|digitos|"
    r"last 4|ultimos 4)(?: (?:number|numero|num|no|of|my|mi|phone|cell|del|de|telefono|for|the|para|la|el|door|gate|"
    r"puerta|entrada))*(?: (?:is|es|was|son|are|will be|:|#|=|-))* (?P<s>\d{2,6})(?! (?:am|pm|:)(?!\S))|"
    r"(?:room|rm|salon|aula|suite|ste|apt|apto|apartamento|depto|unit|bldg|building|edificio|piso|floor|office|oficina|"
    r"classroom|salita)(?: (?:number|numero|num|no|#))* (?P<s2>\d{1,4})(?! (?:am|pm|:)(?!\S))|"
    r"(?P<s3>9 - 1 - 1))"
)
_N = r"(?P<n>\d+(?:\.\d+)?|one|an?|una?|un|uno|half an|half|media|medio)"
_WHOLE_HOURS = rule(
    rf"(?P<s>{_N}(?: (?P<up>y media|and a half|1/2|½|y medio))? hour(?P<more> (?:y media|and "
    rf"a half|y medio|y cuarto))?"
    r"(?:(?: and| y| ,)? (?P<m>\d{1,2}) (?:minute))?)"
)
_HALF_HOURS = rule(r"(?P<s>hour and a half|hour y media|half an hour|half hour|media hour)")
_MIXED = rule(r"(?P<s>(?P<n>\d+) (?P<a>1) / (?P<b>2) hour)")
_GLUED = rule(r"(?P<s>(?P<n>\d+(?:\.\d+)?) (?:h|hs))")
_DIGITS = r"\d+(?:\.\d+)?"
_NOT_WORKED = re.compile(
    r"(?:in|en|dentro de|every|cada|within|next|last|las|\$|MONEY|per|por)(?: the)?(?: last| next)? $"
)
_MINUTES = rule(
    r"(?P<s>(?P<n>\d{1,3}|an?|un|una|couple|a few|half|15 o 20) (?:or (?P<n2>\d{1,3}) |o (?P<n3>\d{1,3}) "
    r"|- (?P<n4>\d{1,3}) )?minute)"
)
_COUNT = rule(
    r"(?P<s>(?:up to |max |hasta |at least )?(?P<n>\d{1,4}|one|un|una|uno|a couple(?: of)?|"
    r"couple(?: of)?|un par de|a pair of|a dozen|ten)"
    r"(?: (?P<join>-|to|or|o|a) (?P<n2>\d{1,3}))?(?: (?:more|mas|other|otros|otras|high school|"
    r"school|hs|additional|"
    r"extra|your|of your|de sus|of the|motivated|local|junior|senior|o\d+ grade|nursing|interested))* "
    r"(?:student|kid|spot|person))"
)
_COUNT_SET = rule(
    r"(?:make it|make that|up to|max|maximum|maximo|limit|hasta|que sean|ponle|ponga|at most|change "
    r"it to|"
                  r"subelo a|bajalo a|cambialo a|only|solo|just) (?P<s>(?P<n>\d{1,2}))(?: "
                  r"(?:max|maximo|tops|total|instead|en total))?")  # fmt: skip
_COUNT_TAKEN = rule(
    r"(?:i|we|you|id|wed|can|could|able to|podemos|puedo|podriamos|podria|yo) ?(?:can|could|"
    r"will|would|able to|might)? ?(?:only )?"
    r"(?:take|host|have|fit|accommodate|handle|recibir|tomar|aceptar|tener|llevar) (?:up to "
    r"|hasta |maximo )?(?P<s>(?P<n>\d{1,2}))"
    r"(?! (?:am|pm|:|/|hour|minute|week|day))"
)
_HOURS_SET = rule(
    r"(?:it was|was only|only|just|should be|make it|fueron|eran|solo|solamente|put|not|puse|"
    r"did|hice|was|says|dice|for|no|like) "
    r"(?P<s>(?P<n>\d{1,2}(?:\.\d+)?))(?=$| [.,!?]| (?:not|no|and|but|pero|instead|on|the|el|at|en|y))"
)
_GRADE_TOO = rule(r"(?:for|in|to|y|and|or|o|not|el|de|a|-|/|also) (?P<s>o(?P<n>9|1[0-2]))")
_GROUP = rule(r"(?P<s>(?:person|groups?|grupos?) (?:of|de) (?P<n>\d{1,3}))")
_RAISED = rule(
    r"(?:spot|student|kid|person|limit|capacity|capacidad|limite)(?: \S+){0,2} (?:to|a|from|"
    r"at|en) (?P<s>(?P<n>\d{1,2}))(?=$| [.,!?]| instead)"
)
_ALONE_EL = rule(r"^(?:el|la) (?P<s>(?P<n>[1-9]))(?: [.!])?$")
_COUNT_MAX = rule(
    r"(?P<s>(?P<n>\d{1,2})) (?:max|maximum|maximo|tops|at a time|at once|a la vez|total|en "
    r"total|of them|de ellos)"
)
_GRADES = {"freshman": 9, "freshmen": 9, "frosh": 9, "sophomore": 10, "sophmore": 10, "soph": 10, "sophomores": 10,
           "freshmans": 9, "junior": 11, "juniors": 11, "senior": 12, "seniors": 12}  # fmt: skip
_GRADE_WORD = rule(r"(?P<s>(?P<n>" + "|".join(_GRADES) + r")(?: year)?)(?! (?:center|centers|living|care|home|citizen|"
                   r"citizens|achievement|high|prom|manager|engineer|partner|developer|housing|"
                   r"varsity|services|rotc))")  # fmt: skip
_GRADE = rule(
    r"(?P<s>o(?P<n>[6-9]|1[0-2]) (?:de )?(?:grade|ano|year)|o(?P<o>9|10|11|12) de (?:prepa|"
    r"secundaria|bachillerato|high school)|"
    r"(?P<w>once|doce|12|11|10|9|8|7|6) (?:grade)|grade (?:o)?(?P<g>1[0-2]|[6-9]|once)|"
    r"(?:in|en|el|into|to|a|from|im|al) (?P<s2>(?P<b>o(?:[6-9]|1[0-2])))(?=$| (?:now|rn|[.,!?]|"
    r"at|and|but|y|ahora|this|can|so|este|ya|tho|pero|currently|de|going)))"
)
_GRADE_MARKED = rule(
    r"(?P<s>grade(?P<n>\d{1,2})(?: (?:de )?(?:grade|ano|year))?(?: (?:de|of)(?: la)? "
    r"(?:prepa|preparatoria|escuela|secundaria|bachillerato|high school))?)"
)
_GRADE_SPAN = rule(r"(?:grade|grades) (?P<s>(?P<a>\d{1,2}) (?:-|to|thru|through|a|and) (?P<b>\d{1,2}))")
_LATE = rule(
    r"(?:running|be there in|there in|here in|arrive in|arriving in|llego en|llegamos en|es "
    r"en|late like|late by|about|like|unos|como) "
    r"(?P<s>(?P<n>\d{1,2})(?: late)?)(?=$| (?:late|tarde|away|out|max)| [.,!])"
)
_LATE_BARE = rule(r"(?P<s>(?P<n>\d{1,2}))(?= (?:late|minutes late|tarde))")
_AGE_SPAN = rule(
    r"(?:age|ages|aged|edad|edades|kid|entre)(?: between| de| entre| from| los)* (?P<s>(?P<a>1\d) "
    r"(?:-|to|a|y|and|o|or) (?:los )?(?P<b>[12]\d))"
)
_AGE = rule(
    r"(?P<s>(?P<n>1[0-9]|2[0-5]) (?:year olds?|year|anos|yo|y o|y / o)(?: olds?)?)|"
    r"(?:im|i am|i m|hes|shes|he is|she is|is|turning|turn|turned|just turned|age|aged|tengo|"
    r"tiene|cumpli|cumplo|tenga|cumple|"
    r"under|over|at least|only|at|to be|be|ages|con|de|teniendo|son is|daughter is|soy de|"
    r"being|am|menor de|mayor de|menores de|"
    r"not|even|already|ya tengo|solo tengo|for a|for) (?P<s2>(?:(?P<k>1[3-9])|(?P<k2>21))(?: "
    r"year(?: olds?)?)?)"
    r"(?! (?:am|pm|:|minute|hour|student|kid|spot|person|day|week|month|mo\d|[/-] \d|%|dollars|"
    r"bucks|o'|oclock|of|de mo|people|miles))"
)
_ONCE = rule(
    r"(?:voy en|estoy en|esta en|paso a|entro a|va en|ando en|vamos en) (?P<s>(?P<n>once|doce|"
    r"12|11|10|9))(?=$| [.,!?]| (?:y|pero|de))"
)
_ALSO = rule(
    r"OPTION (?:or|and|o|y|&|,|u) (?:the |la |el )?(?P<s>(?P<n>[1-9]))(?=$| [.,!?]| (?:pls|"
    r"please|por|porfa|whichever))"
)
_LETTER = rule(
    r"(?:choose|pick|want|ill take|take|escojo|elijo|quiero la|la opcion|prefiero la) (?P<s>(?P<n>[b-e]))(?=$|"
    r" [.,!?]| (?:pls|please|por))"
)
_RATING = rule(
    r"(?P<s>(?P<n>\d{1,2}(?:\.\d)?|one|uno|un) (?:out of|of|de|sobre|outta|over|from|/) (?P<m>4|"
    r"5|10))(?! (?:the|them|us|my|our|ellos|los|las|mo\d+|/|-|:|student|kid|hour))"
)
_STARS = rule(r"(?P<s>(?P<n>\d{1,2}|one|una) (?:stars?|estrellas?|points?|puntos?))")
_RATED = rule(
    r"(?:rate (?:him|her|them|it)?(?: as)?(?: a)?|rating(?: is| of)?|score(?: of| is)?|(?:id|ill|"
    r"i would|we) give (?:him|her|them|it) an?|"
              r"gave (?:him|her|them|it) an?|give (?:him|her|them|it) an?|gets? an?|le (?:doy|"
              r"damos|daria) un|le pongo un|calificacion(?: de)?|un solido|a solid|"
              r"nota de|se merece un) (?P<s>(?P<n>\d{1,2}|one|uno))(?! (?:hour|student|minute|"
              r"week|day))")  # fmt: skip
_JUDGING = re.compile(
    r"pongo|nota |great|punctual|amazing|excellent|rate|rating|score|feedback|gave|give|awesome|"
    r"polite|good|excelente|"
                      r"puntual|doy|calific|bien|buen|helpful|muy|she|he was|they were|respetuos")  # fmt: skip
_OPTION = rule(
    r"(?P<s>(?:option|opcion|choice|number|numero|num|no|nro|#|opt|pick) (?:# |number )?(?P<n>\d{1,2}|"
    r"[a-e]|uno|one|una))|"
    r"(?P<s2>(?:the |el |la |los )?(?P<o>ow?\d) (?:one|option|choice|uno|opcion|una|que|"
    r"on the list|de la list|de la lista|listed))|"
    r"(?P<s3>(?:the|el|la) (?P<last>last|ultimo|ultima)(?: one| option| opcion)?(?=$| [.,!?]|"
    r" pls| please| por))"
)
_BARE_ORDINAL = rule(
    r"(?P<s>(?:the |el |la )?(?P<o>ow?[1-5]))(?=$| [.,!?]| (?:pls|please|plz|por|sounds|looks|"
    r"works|is|esta|me|porfa|if|si))"
)
_LA_N = rule(
    r"(?:la|the|el|del|de la|al) (?P<s>(?P<n>[1-9]|[a-e]|uno))(?=$| [.,!?] *$| (?:pls|please|"
    r"plz|por|porfa|porfavor|esta|me|sounds|looks|works|seems|is|si|suena|y|queda|de la lista))"
)
_VERB_N = rule(
    r"(?:sign me up for|sign up for|up for|book|book me for|want|i want|wnt|take|ill take|"
    r"do|id like|pick|choose|about|more on|reserve|"
    r"info on|interested in|go with|with|join|for|list for|waitlist for|quiero|la|apuntame "
    r"en|apuntame a|anotame en|anotame para|inscribeme en|dame|prefiero|"
    r"tomo|escojo|elijo|agarro|me quedo con|i think|think|maybe|give me|yes|yeah|ok|okay|si|"
    r"yep|sure|creo que|pues|o sea|mas de|mas sobre|sobre|acerca de|apartame|reservame|para|"
    r"con|en) (?:the |el |la )?"
    r"(?P<s>(?P<n>\d)(?: (?:and|y|or|o|&) (?P<n2>\d))?)(?=$| ?[.,!?]| (?:pls|please|plz|por|"
    r"porfa|porfavor|thx|thanks|gracias|if|cuando|when|where|donde|is|what|how|y|and|but|pero|"
    r"not|no|instead|tho|looks|sounds|me|se))"
)
_ALONE = rule(
    r"^(?:# ?|option |opcion )?(?P<s>(?P<n>\d{1,2}|uno|one))(?: ?[.)!])?(?= (?:pls|please|"
    r"plz|por|porfa|thx|thanks|gracias|!|sounds|looks|works)|$)"
)
_LETTERS = {"a": "1", "b": "2", "c": "3", "d": "4", "e": "5"}
_ONES = {"one": "1", "an": "1", "a": "1", "un": "1", "una": "1", "uno": "1", "once": "11", "doce": "12"}


def plain(number: float) -> str:
    """3 for 3.0, 2.5 for 2.5."""
    return f"{number:g}"


@dataclass
class Amounts:
    """Takes amounts from a line; `expects` are the keys that the open question asks for."""

    line: Line
    expects: frozenset[str]
    value: str = ""

    def mask(self) -> Iterator[Found]:
        """Phone numbers, addresses and long numbers: out of the way of every other reading."""
        for pattern, key in ((_ADDRESS, "address"), (_PHONE, "phone")):
            for match in pattern.finditer(self.line.text):
                covered = [
                    i
                    for i, t in enumerate(self.line.tokens)
                    if t.start >= match.start() and t.end <= match.end()
                ]
                if covered and not _is_clock_range(match.group()):
                    self.line.take(covered[0], covered[-1], key.upper())
                    yield Found(
                        key, match.start(), match.end(), match.group(), re.sub(r"[^\d+]", "", match.group())
                    )
        for start, end in self.line.scan(_LABELLED, lambda m: "CODE"):
            yield Found("code", start, end, self.line.text[start:end], None)
        for start, end in self.line.scan(_MONEY, lambda m: "MONEY"):
            yield Found("money", start, end, self.line.text[start:end], None)

    def streets(self) -> Iterator[Found]:
        """Street addresses that are no place of ours: "2300 coral way"."""
        for start, end in self.line.scan(_STREET, lambda m: "ADDRESS"):
            yield Found("address", start, end, self.line.text[start:end], None)

    def with_units(self) -> Iterator[Found]:
        """What has a unit of its own, and ratings, which look like dates."""
        yield from self._all(
            "hours",
            (_MIXED, self._mixed),
            (_WHOLE_HOURS, self._hours),
            (_HALF_HOURS, self._half_hours),
            (_GLUED, self._glued),
        )
        yield from self._all("minutes", (_MINUTES, self._minutes))
        if re.search(
            r"(?<!\S)(?:late|tarde|there|llego|llegamos|running|away|bus|traffic|tren|train)(?!\S)",
            self.line.string,
        ):
            yield from self._all("minutes", (_LATE, self._number), (_LATE_BARE, self._number))
        yield from self._all(
            "grade",
            (_GRADE_SPAN, self._grade_span),
            (_GRADE_MARKED, self._number),
            (_GRADE, self._grade),
            (_ONCE, self._number),
            (_GRADE_WORD, self._grade_word),
        )
        if "GRADE" in self.line.string:
            yield from self._all("grade", (_GRADE_TOO, self._number))
        yield from self._all("count", (_COUNT, self._count))
        yield from self._all(
            "rating", (_RATING, self._rating), (_STARS, self._number), (_RATED, self._number)
        )
        yield from self._all("age", (_AGE_SPAN, self._age_span), (_AGE, self._age))

    def chosen(self) -> Iterator[Found]:
        """Options that are called so: "option b", "the second one"."""
        yield from self._all("option", (_OPTION, self._option), (_LETTER, self._option_number))
        if not self.expects - {"option"}:
            yield from self._all("option", (_ALONE_EL, self._number))

    def after_dates(self) -> Iterator[Found]:
        """What is left of the numbers once dates and times are out."""
        for key, patterns in _EXPECTED.items():
            if key in self.expects:
                yield from self._all(key, *((p, self._number) for p in patterns))
        if re.search(r"(?<!\S)(?:hour|HOURS)(?!\S)", self.line.string):
            yield from self._all("hours", (_HOURS_SET, self._number))
        yield from self._all(
            "count", *((p, self._number) for p in (_COUNT_SET, _COUNT_MAX, _COUNT_TAKEN, _GROUP, _RAISED))
        )
        if not self.expects & {"count", "hours", "rating", "minutes", "grade", "age", "time", "date", "name"}:
            options = (
                (_ALONE, self._option_number),
                (_BARE_ORDINAL, self._ordinal),
                (_LA_N, self._option_number),
                (_VERB_N, self._verb_number),
            )
            yield from self._all("option", *options)
            yield from self._all("option", (_ALSO, self._number))

    def _all(
        self, key: str, *rules: tuple[re.Pattern[str], Callable[[re.Match[str]], str | None]]
    ) -> Iterator[Found]:
        for pattern, read in rules:
            yield from self._scan(key, pattern, read)

    def _scan(
        self, key: str, pattern: re.Pattern[str], read: Callable[[re.Match[str]], str | None]
    ) -> Iterator[Found]:
        def tagged(match: re.Match[str]) -> str | None:
            value = read(match)
            self.value = value or ""
            return None if value is None else key.upper()

        for start, end in self.line.scan(pattern, tagged):
            yield Found(key, start, end, self.line.text[start:end], self.value or None)

    def _hours(self, m: re.Match[str]) -> str | None:
        if _NOT_WORKED.search(self.line.string[: m.start()]) or re.match(
            r" (?:ago|before|notice|a day|de anticipacion|from now|away|late)", self.line.string[m.end() :]
        ):
            return None
        if m["n"] in ("half", "half an", "media", "medio"):
            return "0.5"
        count = 1.0 if m["n"] in ("un", "uno", "one", "an", "a", "una") else float(m["n"])
        count += 0.5 * bool(m["up"]) + (0.25 if "cuarto" in (m["more"] or "") else 0.5 * bool(m["more"]))
        return plain(round(count + int(m["m"] or 0) / 60, 2))

    def _half_hours(self, m: re.Match[str]) -> str | None:
        if _NOT_WORKED.search(self.line.string[: m.start()]):
            return None
        return "1.5" if m.group().startswith("hour") else "0.5"

    def _mixed(self, m: re.Match[str]) -> str:
        return plain(int(m["n"]) + 0.5)

    def _glued(self, m: re.Match[str]) -> str:
        return plain(float(m["n"]))

    def _minutes(self, m: re.Match[str]) -> str:
        most = m["n2"] or m["n3"] or m["n4"]
        return most or (m["n"] if m["n"].isdigit() else {"couple": "2", "half": "30"}.get(m["n"], "1"))

    def _grade_span(self, m: re.Match[str]) -> str | None:
        low, high = int(m["a"]), int(m["b"])
        return f"{low}/{high}" if low < high <= 12 else None

    def _grade(self, m: re.Match[str]) -> str:
        said = m["n"] or m["o"] or m["w"] or m["g"] or (m["b"] or "").lstrip("o")
        return _ONES.get(said, said)

    def _grade_word(self, m: re.Match[str]) -> str:
        return str(_GRADES[m["n"]])

    def _count(self, m: re.Match[str]) -> str | None:
        if m["n2"]:
            return f"{m['n']}/{m['n2']}"
        if "couple" in m["n"] or "par" in m["n"] or "pair" in m["n"]:
            return "2"
        if m["n"] == "a dozen":
            return "12"
        if m["n"] in ("un", "una") and re.search(r" (?:person|spot)$", m.group()):
            return None
        return _ONES.get(m["n"], m["n"])

    def _rating(self, m: re.Match[str]) -> str | None:
        said, most = _ONES.get(m["n"], m["n"]), m["m"]
        if float(said) > float(most):
            return None
        meant = "rating" in self.expects or _JUDGING.search(self.line.string)
        if " / " in m.group() and not meant and (said != most or m.group() != self.line.string):
            return None
        if " / " in m.group() and re.search(
            r"(?:on|for|el|del|para|by|until|before|after|this|due) $", self.line.string[: m.start()]
        ):
            return None
        if re.search(r" (?:of|de|from|over|sobre) ", m.group()) and not (
            "rating" in self.expects or said == most or _JUDGING.search(self.line.string)
        ):
            return None
        return said

    def _number(self, m: re.Match[str]) -> str:
        return _ONES.get(m["n"], m["n"])

    def _age_span(self, m: re.Match[str]) -> str | None:
        return f"{m['a']}/{m['b']}" if m["a"] < m["b"] else None

    def _age(self, m: re.Match[str]) -> str | None:
        if m["n"]:
            return m["n"]
        following = re.match(r" ([a-z]+)", self.line.string[m.end() :])
        wary = m.group().split()[0] in ("for", "to", "be", "de", "con", "not", "only", "over")
        if (
            wary
            and following
            and following[1] not in ("or", "and", "to", "in", "if", "o", "y", "para", "but", "pero")
        ):
            return None
        return m["k"] or m["k2"]

    def _option(self, m: re.Match[str]) -> str | None:
        if m["last"]:
            return "last"
        if m["o"]:
            return m["o"].lstrip("ow")
        if m["n"] is None:
            return None
        lead = m.group().split()[0]
        if lead in ("number", "no", "num", "numero", "pick") and (
            (len(m["n"]) == 1 and m["n"].isalpha()) or lead == "no"
        ):
            return None if not m["n"].isdigit() or lead == "no" else m["n"]
        return _LETTERS.get(m["n"], _ONES.get(m["n"], m["n"]))

    def _ordinal(self, m: re.Match[str]) -> str | None:
        if m.start() > 0 and not re.match(r"(?:the|el|la) ", m.group("s")):
            return None
        return m["o"].lstrip("ow")

    def _option_number(self, m: re.Match[str]) -> str | None:
        if m["n"] == "a":
            return None
        return _LETTERS.get(m["n"], _ONES.get(m["n"], m["n"]))

    def _verb_number(self, m: re.Match[str]) -> str | None:
        return m["n"]


_MONEY = rule(r"\$ ?\d+(?: , \d{3})*(?:\.\d+)?|\d+(?:\.\d+)? (?:dollars|bucks|dolares|pesos|usd|\$|% |%)")
_BARE = rule(rf"(?P<s>(?P<n>{_DIGITS}|one|uno|una))")
_EXPECTED = {key: (_BARE,) for key in ("count", "hours", "rating", "minutes", "grade", "age")}
