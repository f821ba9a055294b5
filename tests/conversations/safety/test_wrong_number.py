"""The text reached someone else."""

import pytest

from conversations.safety import normalise, read, wrong_number
from tests.conversations.safety.test_opt_out import texts

WRONG = """
wrong number | you have the wrong number | there is no Ana here | i'm not Ana you have the wrong person
wrong # sorry
nobody named luis here | this isnt ana | you got the wrong guy | this is not gloria's phone
i just got this number
i dont have a kid at lincoln | this number no longer belongs to ana | there's nobody here by that name
ana changed her number, this is my phone now | you're texting a stranger | this is a pizza place not a parent
número equivocado | está equivocado de número | aquí no vive ninguna ana | no conozco a ninguna ana
no soy ana, tiene mal el número
se equivocó de persona | este no es el número de luis | no tengo hijos en esa escuela
creo que me confunden con otra persona | no soy ana, se equivocó de número | im not ana, you got the wrong number
"""
RIGHT = """
i gave you the wrong number of hours | i typed the wrong number sorry its 100201 | wrong date
i picked the wrong day
my number changed | i have a new phone number | i'm not Ana, I'm Leo | this is her mom gloria | i'm not going
this is not working | i'm not sure | there is no elevator | no one answered at the desk | wrong answer
i dont know which door
is this the right number for the program | my moms number is wrong its 305 555 0102 | who gave you my number
cambié de número | este es mi número nuevo | no soy la mamá soy la tía | me equivoqué de fecha
no es el edificio correcto
im not ana | no im not luis | no soy ana | yo no soy luis
i dont know that place | no conozco ese lugar | no conozco esa calle | wrong hours | wrong hospital its the other one
my name is spelled wrong | tienen mal mi nombre | esas no son mis horas
aquí no hay internet | no estoy disponible | de quién es este número
"""


@pytest.mark.parametrize("text", texts(WRONG))
def test_wrong_number(text: str) -> None:
    found = read(text)
    assert found is not None, text
    assert found.need == "wrong_number"


@pytest.mark.parametrize("text", texts(RIGHT))
def test_the_right_person_with_something_wrong(text: str) -> None:
    found = read(text)
    assert found is None or found.need != "wrong_number"


def test_a_wrong_number_that_asks_for_silence_too() -> None:
    found = read("wrong number, stop texting me")
    assert found is not None
    assert (found.need, found.also_opt_out) == ("wrong_number", True)


HARMLESS_TWINS = """
i waved at the wrong guy in the lobby | there is nobody by that name on the list here
i dont have a kid at lincoln but can i still help | my sister changed her number
sorry that was meant for my group | i sent my resume to the wrong person
le di el teléfono equivocado de mi casa | no conozco a nadie allá | se equivocaron con mi turno
ese horario no es el mío | mi papá ya no usa ese celular | no hay ningún encargado
este número es de whatsapp | no conozco esa avenida
"""
GRAVE_TWINS = """
you texted the wrong guy | nobody by that name lives here | i dont have a kid at lincoln
she changed her number, this is my phone now | you mixed me up with someone, wrong number
teléfono equivocado | no conozco a nadie con ese nombre | se equivocaron de número | no conozco a esa persona
"""


@pytest.mark.parametrize("text", texts(HARMLESS_TWINS))
def test_another_thing_is_wrong(text: str) -> None:
    assert wrong_number.find(normalise(text)) is None


@pytest.mark.parametrize("text", texts(GRAVE_TWINS))
def test_the_number_is_wrong(text: str) -> None:
    assert wrong_number.find(normalise(text)) is not None
