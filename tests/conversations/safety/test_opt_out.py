"""Opt-outs in plain words, and the texts that only look like one."""

import pytest

from conversations.safety import normalise, opt_out, read

ENGLISH = """
stop texting me | dont text me anymore | take me off this list | remove my number | stop please | pls stop
STOP STOP STOP | leave me alone | no more texts please | quit messaging me | unsubscribe me
do not contact me again
i want to opt out | stop msging me | stahp texting me | can u stop texting me | delete my number
lose my number
stop sending me stuff | i no longer wish to receive texts | get me off your list | never text me again
stop!! i said stop
i revoke my consent to be texted | turn off these notifications | how do i stop getting these messages
i'm not interested in these texts | im done with these texts | plz dont txt me | yo stop blowing up my phone
take this phone off your list | i would rather not get these
i never signed up for this, stop | i want these texts to stop | cease all text communication with our office
"""
SPANISH = """
no me mandes mas mensajes | ya no me escriban | quiero dejar de recibir mensajes | dejen de molestarme
sáquenme de la lista | borren mi número | no quiero recibir más mensajes | deja de textearme | no me escribas
déjame en paz | no mas mensajes por favor | denme de baja | para de mandarme mensajes | ya paren
por favor no me contacten mas | stop mandándome mensajes | ya no quiero estos mensajes | cancelar suscripción
me pueden quitar de la lista de mensajes | ya basta de mensajes
nunca di permiso para que me escriban, paren
me gustaría no recibir estos mensajes | pueden pararle a los mensajes | quiten este teléfono de su lista
"""
LOOKALIKES = """
stop by the office | which bus stop is it | i can't stop laughing | can you stop the reminders for tuesday
cancel my shadow | end of the day works | cancel friday | i missed my stop | when does the shuttle stop
dont text me during class please | stop texting me so early | dont forget me
send texts to my dads number instead
take me off the waitlist | take me off the friday tour | remove my booking for monday
i want to end my shift at 3
i stopped by already | quit my club so im free | my boss won't stop calling me names lol jk
dont text my mom yet
leave me a message | no more spots? | don't send us students until march
dont send me business stuff, only health
turn the texts back on | i opted out by mistake | stop this form i'll do it later | opt out of the photo
no me manden la de ingeniería manden la de salud | para mañana | quiero cancelar la cita del viernes
donde para el bus
no me escriban en la clase porfa | quítame de la lista de espera | borra mi cita del lunes
basta con una hora
stop it lol | omg stop, they picked me | stop no way | is there a stop near the hospital | ill stop over after class
please dont send students on fridays | no more students this month please | no more than 3 students per day please
do not send any more students until we call | only text me in the mornings | text me less, like once a week
i want to opt out of the drug test | how do i unsubscribe from netflix | can i leave the club
i dont want that host again | take me off that host | dont send me any more students | one more stop
why did you send two messages | dont send me to the warehouse | remove me from the chess club
ya para jaja | no nos manden más de dos muchachos | solo mándenme mensajes en la mañana | me quiero salir del club
no me manden a la bodega | quítenme de la lista del equipo | por qué me llegó dos veces
ya no manden a nadie después de marzo
cuando me van a mandar el mensaje | ya no quiero hacer esto | no me han escrito
"""


@pytest.mark.parametrize(
    "text", ["stop texting me lol", "haha take my number off", "ya no me mandes mensajes jaja"]
)
def test_a_laugh_does_not_undo_a_request_about_texts(text: str) -> None:
    found = read(text)
    assert found is not None and found.need == "opt_out"


def texts(table: str) -> list[str]:
    return [text.strip() for line in table.split("\n") for text in line.split(" | ") if text.strip()]


@pytest.mark.parametrize(
    ("text", "language"), [(t, "en") for t in texts(ENGLISH)] + [(t, "es") for t in texts(SPANISH)]
)
def test_plain_words_are_an_opt_out(text: str, language: str) -> None:
    found = read(text)
    assert found is not None, text
    assert (found.need, found.kind) == ("opt_out", "words")
    assert found.language == language or text.lower().startswith("stop")


@pytest.mark.parametrize("text", texts(LOOKALIKES))
def test_lookalikes_are_left_to_the_dialogue(text: str) -> None:
    found = read(text)
    assert found is None or found.need != "opt_out"
    assert found is None or not found.also_opt_out


HARMLESS_TWINS = """
dont text me during second period | dont text me the flyer again | if i stop the texts will i lose my place
please remove the old phone number, my new one is this | how often do you text parents
how do i stop getting emails from indeed | i dont want to miss any texts | leave me alone with the puppies
unsubscribe from linkedin how | am i off the list | take us off the list after may, we will sign up again
drop me from the tuesday group | si pongo stop qué pasa | can you make the calls stop
no me saquen de la lista | me doy de baja de la clase de física | no me manden nada esta semana
no quiero recibir el cheque por correo | puse stop por error | no me manden correos, solo textos
me levanto temprano para que no llegue tarde | no quiero perder los mensajes
"""
GRAVE_TWINS = """
dont text me ever again | dont text me today or tomorrow or ever | remove this phone number
stop sending emails and texts
leave me alone with these texts | take us off the list | stop the texts | sáquenme de la lista
no me manden nada | cómo le hago para que no lleguen más mensajes | denme de baja
no me manden correos ni mensajes | no quiero recibir mensajes
"""


@pytest.mark.parametrize("text", texts(HARMLESS_TWINS))
def test_only_a_part_or_something_else(text: str) -> None:
    assert opt_out.find(normalise(text)) is None


@pytest.mark.parametrize("text", texts(GRAVE_TWINS))
def test_all_of_our_texts(text: str) -> None:
    assert opt_out.find(normalise(text)) is not None
