"""Unsafe at a placement, short of a crisis; and insults at the assistant, the lowest of all."""

import pytest

from conversations.safety import normalise, read, unsafe
from tests.conversations.safety.test_opt_out import texts

UNSAFE = """
my supervisor asked for my personal number | the guy there keeps asking me for pics | he asked where i live
they wanted me to use the table saw without training | i cut my hand on the slicer at work
i fell off a ladder at my internship
someone at the site made a racist joke about me | he keeps making comments about my body
they called me a slur
my mentor wants to meet me alone after work | i dont feel safe at my placement
the host asked for my snapchat
my boss makes me uncomfortable | im being harassed at my internship | he told me not to tell anyone
i want to report my mentor
a coworker sent me a nude | they make us work with chemicals and no gloves
the man i shadow offered me a beer
my supervisor put me on the forklift | one of your students got hurt
a worker asked me on a date hes like 40
mi supervisor me pidió mi número personal | el jefe me pide fotos | me hacen comentarios sobre mi cuerpo
me corté la mano en el taller
me obligaron a usar la sierra | me dijeron cosas racistas | el señor quiere verme a solas
me hacen sentir incómoda en la práctica
me caí de la escalera en el trabajo | el encargado me acosa | quiero reportar a mi supervisor
el encargado estaba borracho
"""
ORDINARY = """
do i need safety goggles | can i use the forklift at 16 | what machines are kids not allowed to use
can we take pictures at the site
the manager asked for my resume | they need a photo for the badge | does the host want a photo of my ID
can i give ben my number
i hurt my ankle in soccer so i cant come | i burned the cookies | my mom yelled at me cause i was late
i want to learn how to use a saw
is the lab safe | i'm uncomfortable with public speaking | i want to file a complaint about the app
where do i report in the morning
me piden una foto para el gafete | me caí jugando fútbol no puedo ir
hay que llevar cuchillos al curso de cocina | es peligroso el laboratorio?
"""
RUDE = """
fuck you | you are so stupid | shut up bitch | send nudes | suck my dick | vete a la mierda
eres un pendejo | chinga tu madre
"""
GRUMBLES = """
this is stupid | this bot is useless | wrong answer | terrible service | this app sucks
llámeme por favor | wtf is this form
"""


@pytest.mark.parametrize("text", texts(UNSAFE))
def test_unsafe(text: str) -> None:
    found = read(text)
    assert found is not None, text
    assert found.need == "report_unsafe"


@pytest.mark.parametrize("text", texts(ORDINARY))
def test_ordinary_questions_and_mishaps(text: str) -> None:
    found = read(text)
    assert found is None or found.need not in ("report_unsafe", "crisis")


@pytest.mark.parametrize("text", texts(RUDE))
def test_abusive(text: str) -> None:
    found = read(text)
    assert found is not None and found.need == "abusive"


@pytest.mark.parametrize("text", texts(GRUMBLES))
def test_a_complaint_is_no_insult(text: str) -> None:
    found = read(text)
    assert found is None or found.need != "abusive"


HARMLESS_TWINS = """
nos dieron un curso sobre acoso | what is the policy on harassment | my dad yelled at the tv | se cerró la puerta sola
he tomado una decisión | me piden foto para el anuario | they want a picture of my permit
mi abuela me pide fotos del uniforme | he texted me the address
no le digas a nadie pero mañana es su cumpleaños | he asked where i live so he can tell me the bus
no lunch for me im fasting | qué veneno usan para las ratas | ya no aguanto los zapatos
nobody touches the saw without gloves | boss wont let me on the roof
i burned my tongue on the soup | me corté tantito el dedo | i burned my neck with the curling iron
me caí en la patineta y me duele el brazo | me pegué en la cabeza con la repisa
se cortó el fleco ella sola | i fell off a roof years ago | who do i call if a student is hurt
quiero reportar que falté ayer
"""
GRAVE_TWINS = """
sufro acoso en el taller | en la práctica hay acoso | my boss yelled at me | me pide fotos mi jefe
they want a picture of me in my swimsuit | me dijo que no le diga a nadie de la fiesta | he asked where i live
they give us no lunch | hay ratas en la cocina | they make us touch the saw without gloves | the boss put me on the roof
i burned my hand on the fryer at work | me corté la mano con la máquina
me caí de la escalera en el trabajo | i fell off a roof at work | a student is hurt
"""


@pytest.mark.parametrize("text", texts(HARMLESS_TWINS))
def test_everyday_words_are_no_report(text: str) -> None:
    assert unsafe.find(normalise(text)) is None


@pytest.mark.parametrize("text", texts(GRAVE_TWINS))
def test_the_same_words_at_a_placement_are_one(text: str) -> None:
    assert unsafe.find(normalise(text)) is not None
