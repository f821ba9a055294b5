"""Everything but dates and times: spans and what they are read as."""

import pytest

from conversations.reading import SchoolCalendar, Vocabulary, read
from tests.conversations.reading.conftest import SPOKEN_AT

ROWS: list[tuple[str, str, list[str], list[str]]] = [
    # text, key, spans, values
    ("what is a job shadow", "activity", ["job shadow"], ["job_shadow"]),
    ("any shadows for nursing", "activity", ["shadows"], ["job_shadow"]),
    ("i want an intership", "activity", ["intership"], ["internship"]),
    ("can i do jobshadoing", "activity", ["jobshadoing"], ["job_shadow"]),
    ("shadoing a nurse", "activity", ["shadoing"], ["job_shadow"]),
    (
        "diff between internship and apprenticeship",
        "activity",
        ["internship", "apprenticeship"],
        ["internship", "youth_apprenticeship"],
    ),
    ("q es una pasantia", "activity", ["pasantia"], ["internship"]),
    ("quiero una entrevista de práctica", "activity", ["entrevista de práctica"], ["mock_interview"]),
    ("we could do a tour of the plant", "activity", ["tour of the plant"], ["worksite_tour"]),
    ("what is a career fair", "activity", ["career fair"], ["career_fair"]),
    ("i'll be at the career fair", "event", ["career fair"], ["career-fair"]),
    ("no puedo ir a la conferencia", "event", ["conferencia"], ["conference"]),
    ("working with cars", "cluster", ["working with cars"], ["transportation"]),
    ("me gustan los carros", "cluster", ["carros"], ["transportation"]),
    ("hospital stuff", "cluster", ["hospital stuff"], ["health-science"]),
    ("algo de enfermería", "cluster", ["enfermería"], ["health-science"]),
    ("im into coding", "cluster", ["coding"], ["information-technology"]),
    ("i wanna do IT", "cluster", ["IT"], ["information-technology"]),
    ("what does a nurse make", "occupation", ["nurse"], ["registered-nurse"]),
    ("cuanto gana un mecánico", "occupation", ["mecánico"], ["auto-mechanic"]),
    ("i wanna be a vetrinarian", "occupation", ["vetrinarian"], ["veterinarian"]),
    ("electrican job", "occupation", ["electrican"], ["electrician"]),
    ("im in the academy of engineering", "pathway", ["academy of engineering"], ["engineering-academy"]),
    ("i did 3 hours at mercy hospital", "employer", ["mercy hospital"], ["mercy"]),
    ("at mrcy hospitl", "employer", ["mrcy hospitl"], ["mercy"]),
    ("riverside machine wroks", "employer", ["riverside machine wroks"], ["riverside"]),
    ("we are Acme Plumbing", "employer", ["Acme Plumbing"], []),
    ("i worked at publix", "employer", ["publix"], []),
    ("i go to lincoln high", "school", ["lincoln high"], ["lincoln"]),
    ("voy a rosevelt high", "school", ["rosevelt high"], ["roosevelt"]),
    ("anything near me", "place", ["near me"], ["near_me"]),
    ("algo cerca de mi casa", "place", ["cerca de mi casa"], ["near_me"]),
    ("jobs in hialeah", "place", ["hialeah"], ["hialeah"]),
    ("we're at 4100 NW 7th Ave", "place", ["4100 NW 7th Ave"], []),
    ("im going to broward college", "place", ["broward college"], []),
    ("the second one", "option", ["the second one"], ["2"]),
    ("el segundo", "option", ["el segundo"], ["2"]),
    ("option b", "option", ["option b"], ["2"]),
    ("#2", "option", ["#2"], ["2"]),
    ("la 2", "option", ["2"], ["2"]),
    ("sign me up for 2", "option", ["2"], ["2"]),
    ("tell me more about 3, where is it", "option", ["3"], ["3"]),
    ("apúntame en la 1 porfa", "option", ["1"], ["1"]),
    ("the last one", "option", ["the last one"], ["last"]),
    ("yes 2", "option", ["2"], ["2"]),
    ("im in 11th", "grade", ["11th"], ["11"]),
    ("im a junior", "grade", ["junior"], ["11"]),
    ("estoy en noveno", "grade", ["noveno"], ["9"]),
    ("grado 10", "grade", ["grado 10"], ["10"]),
    ("los de 8vo pueden ir a observar?", "grade", ["8vo"], ["8"]),
    ("un chico de 9no puede hacer una pasantia", "grade", ["9no"], ["9"]),
    ("mi hija va en 10mo", "grade", ["10mo"], ["10"]),
    ("estoy en 7mo", "grade", ["7mo"], ["7"]),
    ("desde 9no grado", "grade", ["9no grado"], ["9"]),
    ("empieza en 8vo o 9no?", "grade", ["8vo", "9no"], ["8", "9"]),
    ("puede uno de 10º", "grade", ["10º"], ["10"]),
    ("mi niña de octavo puede ir", "grade", ["octavo"], ["8"]),
    ("un alumno de noveno", "grade", ["noveno"], ["9"]),
    ("mi hijo esta en 1ro de prepa", "grade", ["1ro de prepa"], ["9"]),
    ("primer año de high school", "grade", ["primer año de high school"], ["9"]),
    ("voy en 3ro de preparatoria", "grade", ["3ro de preparatoria"], ["11"]),
    ("freshmen can go?", "grade", ["freshmen"], ["9"]),
    ("im in 9th grade can i do the 10th one", "grade", ["9th grade"], ["9"]),
    ("im 15", "age", ["15"], ["15"]),
    ("tengo 15 años", "age", ["15 años"], ["15"]),
    ("can i do this at 14", "age", ["14"], ["14"]),
    ("my son is 16", "age", ["16"], ["16"]),
    ("I can take 2 students", "count", ["2 students"], ["2"]),
    ("two kids", "count", ["two kids"], ["2"]),
    ("make it 3", "count", ["3"], ["3"]),
    ("podemos recibir a tres estudiantes", "count", ["tres estudiantes"], ["3"]),
    ("a couple of kids", "count", ["a couple of kids"], ["2"]),
    ("we could take 4", "count", ["4"], ["4"]),
    ("un grupo de 12", "count", ["grupo de 12"], ["12"]),
    ("i did 3 hrs", "hours", ["3 hrs"], ["3"]),
    ("three and a half hours", "hours", ["three and a half hours"], ["3.5"]),
    ("tres horas", "hours", ["tres horas"], ["3"]),
    ("2 horas y media", "hours", ["2 horas y media"], ["2.5"]),
    ("an hour and a half", "hours", ["an hour and a half"], ["1.5"]),
    ("1 hr 30 min", "hours", ["1 hr 30 min"], ["1.5"]),
    ("half an hour", "hours", ["half an hour"], ["0.5"]),
    ("2.5 hours", "hours", ["2.5 hours"], ["2.5"]),
    ("the hours are wrong it was only 2", "hours", ["2"], ["2"]),
    ("10 min late", "minutes", ["10 min"], ["10"]),
    ("llego 15 minutos tarde", "minutes", ["15 minutos"], ["15"]),
    ("4 out of 4", "rating", ["4 out of 4"], ["4"]),
    ("4/4", "rating", ["4/4"], ["4"]),
    ("she was great 3/4", "rating", ["3/4"], ["3"]),
    ("le doy un 4", "rating", ["4"], ["4"]),
    ("my name is Ana Torres", "name", ["Ana Torres"], ["Ana Torres"]),
    ("soy gloria", "name", ["gloria"], ["Gloria"]),
    ("me llamo luis", "name", ["luis"], ["Luis"]),
    ("call me Mari", "name", ["Mari"], ["Mari"]),
    ("this is Ben from the hospital", "name", ["Ben"], ["Ben"]),
    ("tell Ana to bring boots", "name", ["Ana"], ["Ana"]),
    ("dile a ana que traiga botas", "name", ["ana"], ["Ana"]),
    ("tell ms rivera im late", "name", ["ms rivera"], ["Ms Rivera"]),
    ("soy la mamá de Ana", "name", ["Ana"], ["Ana"]),
    ("español por favor", "language", ["español"], ["es"]),
    ("english please", "language", ["english"], ["en"]),
]


@pytest.mark.parametrize(
    ("text", "key", "spans", "values"), ROWS, ids=lambda v: v if isinstance(v, str) else ""
)
def test_read_as(
    text: str, key: str, spans: list[str], values: list[str], calendar: SchoolCalendar, vocabulary: Vocabulary
) -> None:
    got = read(text, at=SPOKEN_AT, calendar=calendar, vocabulary=vocabulary)
    assert got.entities.get(key, []) == spans
    assert [value for value in got.values.get(key, []) if value in values or key != "cluster"] == values


NOTHING: list[tuple[str, str]] = [
    ("my number is 305 555 0123", "count date time option hours age minutes"),
    ("call me at (305) 555-0123", "name date time option age"),
    ("in 2 hours", "hours"),
    ("i need 24 hours notice", "date"),
    ("$15 an hour", "hours rating age"),
    ("nothing rn", "occupation"),
    ("i sat there", "date"),
    ("may i go", "date"),
    ("im 10 min late", "age"),
    ("very polite", "cluster"),
    ("my english teacher", "language occupation"),
    ("im sick", "name"),
    ("this is stupid", "name"),
    ("soy estudiante", "name"),
    ("it was once", "grade count"),
    ("good morning", "time date"),
    ("buenas tardes", "time date"),
    ("buenos dias", "time date"),
    ("voy a llegar tarde", "time"),
    ("para que es", "occupation"),
    ("my student number is 100201", "date time count option"),
    ("tell them i said hi", "name"),
    ("senior center", "grade"),
    ("los de 8vo pueden?", "date"),
    ("un chico de noveno", "date"),
    ("esta en el 8vo piso", "grade"),
    ("el 1ro de diciembre", "grade"),
    ("la 8va opcion", "grade"),
    ("my first day of high school", "grade"),
    ("24/7", "date rating"),
]


@pytest.mark.parametrize(("text", "keys"), NOTHING)
def test_not_read(text: str, keys: str, calendar: SchoolCalendar, vocabulary: Vocabulary) -> None:
    got = read(text, at=SPOKEN_AT, calendar=calendar, vocabulary=vocabulary)
    assert not set(keys.split()) & set(got.entities)


def test_a_cluster_comes_with_an_occupation(calendar: SchoolCalendar, vocabulary: Vocabulary) -> None:
    got = read("i want to be a nurse", at=SPOKEN_AT, calendar=calendar, vocabulary=vocabulary)
    assert got.values == {"occupation": ["registered-nurse"], "cluster": ["health-science"]}


def test_a_phone_number_is_found_but_no_entity(calendar: SchoolCalendar, vocabulary: Vocabulary) -> None:
    got = read("text me at 305-555-0123", at=SPOKEN_AT, calendar=calendar, vocabulary=vocabulary)
    assert [(item.key, item.value) for item in got.found] == [("phone", "3055550123")]
    assert got.entities == {}


MORE: list[tuple[str, str, list[str], list[str]]] = [
    ("im ana", "name", ["ana"], ["Ana"]),
    ("hi its ben ortiz at mercy", "name", ["ben ortiz"], ["Ben Ortiz"]),
    ("put me down for 3 hrs at riverside", "employer", ["riverside"], ["riverside"]),
    ("voy en once", "grade", ["once"], ["11"]),
    ("can 14 year olds do this", "age", ["14 year olds"], ["14"]),
    ("students have to be 16 or older", "age", ["16"], ["16"]),
    ("le pongo 3 de 4", "rating", ["3 de 4"], ["3"]),
    ("our dental office can take 1", "count", ["1"], ["1"]),
    ("option 2 or 3", "option", ["option 2", "3"], ["2", "3"]),
    ("i choose b", "option", ["b"], ["2"]),
    ("be there in 20", "minutes", ["20"], ["20"]),
    ("running 15 late", "minutes", ["15 late"], ["15"]),
    ("ages 14-16", "age", ["14-16"], ["14/16"]),
    ("grades 9-12", "grade", ["9-12"], ["9/12"]),
]


@pytest.mark.parametrize(
    ("text", "key", "spans", "values"), MORE, ids=lambda v: v if isinstance(v, str) else ""
)
def test_read_as_well(
    text: str, key: str, spans: list[str], values: list[str], calendar: SchoolCalendar, vocabulary: Vocabulary
) -> None:
    got = read(text, at=SPOKEN_AT, calendar=calendar, vocabulary=vocabulary)
    assert got.entities.get(key, []) == spans
    assert got.values.get(key, []) == values


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("ask for the volunteer desk", "activity"),
        ("my son has a dentist appt", "name occupation"),
        ("tiene cita con el doctor", "occupation"),
        ("have a good weekend", "date"),
        ("happy thanksgiving", "date"),
        ("im late", "name minutes"),
    ],
)
def test_not_read_either(text: str, keys: str, calendar: SchoolCalendar, vocabulary: Vocabulary) -> None:
    got = read(text, at=SPOKEN_AT, calendar=calendar, vocabulary=vocabulary)
    assert not set(keys.split()) & set(got.entities)
