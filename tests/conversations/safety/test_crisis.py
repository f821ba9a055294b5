"""Crisis by kind and language; idioms and lookalikes; both in one text."""

import pytest

from conversations.safety import crisis, normalise, read
from tests.conversations.safety.test_opt_out import texts

SELF_HARM = """
i want to kill myself | im going to kill myself | kms | i wanna die | lol i wanna die
i want to unalive myself | im suicidal
dont want to be here anymore | no point in living | everyone would be better off without me
i wish i was dead
i want to end my life | im going to hang myself | ive been cutting myself | i cut again last night
i hurt myself on purpose
nobody would miss me if i was gone | i dont want to wake up tomorrow | i feel like a burden to everyone
i have no reason to live
I w4nna k1ll mys3lf | k i l l myself | i want to k*ll myself | iwanttodie | i wannnaaa dieeee
wanna kil mysef | sewerslide
i'm thinking about suicide | i tried to kill myself | im not suicidal just tired of living
what's the point of living
i cant keep living like this | i just want everything to stop | goodbye everyone im sorry i love you
goodbye cruel world
this resume is killing me and i want to die | my brother died and i want to die too
me quiero morir | quiero matarme | ya no quiero vivir | me quiero quitar la vida | voy a suicidarme
no vale la pena vivir
estoy cansada de vivir | todos estarían mejor sin mí | nadie me extrañaría | me corto los brazos
quiero hacerme daño
ojalá no despertara mañana | ya no aguanto mas quiero morirme | kiero morirme | soy una carga para todos
la vida no tiene sentido
asere ya no puedo mas, me quiero morir | me quiero matar wey | jajaja me quiero morir
toy cansao de vivir | i quiero morir
me quiero kill myself | im done ya no quiero vivir mas | adiós para siempre
dont plan anything for me, i wont be around | i gave away my stuff, i wont need it anymore
let my mom know its not her fault, im sorry | im so tired of existing | im just done. not with the job, with all of it
who takes care of my dog if something happens to me | im one less mouth to feed if i was gone
denle mi lugar a otro, para mayo ya no voy a estar | ya regalé mis cosas, ya no las voy a necesitar
en mi casa nada más estorbo y gasto | a nadie le haría falta | ya me despedí de todos
me ando rajando los brazos con la navaja del sacapuntas
"""
DANGER = """
he has a gun | theres a guy with a knife | someone is following me | im not safe rn | there's a shooter
i heard gunshots
im being followed | he locked me in and wont let me out | call 911 | he's going to kill me
my ex is outside my house and wont leave
i took a whole bottle of advil | i think i overdosed | somebody is trying to break in | im in danger
i swallowed bleach
im gonna shoot up the school | i got kidnapped | she isnt breathing | im hiding from him he has a bat
tiene una pistola | hay un hombre con un cuchillo | alguien me está siguiendo | estoy en peligro
hay un tirador en la escuela
me tomé todas las pastillas | me va a matar | llamen a la policía | no me siento segura ahorita
me tiene encerrada | me amenazaron con una pistola
send someone to the bathroom now please | dont come to school on friday
nos acaban de asaltar aquí en el negocio | me quitaron mis papeles y no me dejan salir
hubo un asalto a mano armada aquí en el taller | algo va a pasar en la escuela mañana, no vayan
"""
ABUSE = """
my stepdad hits me | he touched me | my supervisor keeps touching me | my uncle touches me at night
i was raped
my dad beats me when he drinks | my boss put his hand on my thigh | im scared to go home
someone at my internship groped me
my mom hits me with a belt | my coach made me touch him | i'm being abused | my boyfriend chokes me
my mentor kissed me
mi padrastro me pega | mi papá me golpea | mi tío me toca | mi supervisor me toca la pierna | me violaron
abusaron de mí
mi mamá me pega con el cable | tengo miedo de ir a mi casa | el señor de la práctica me agarró las nalgas
my padrastro hits me
can i wear long sleeves, i dont want people to see the bruises | my dad told me to say i fell
i have to miss because of the bruises, my mom said nobody can see them
is it normal if my stepdad watches me shower | what happens if a kid tells that someone at home hurts them
i have a secret with an adult and i cant tell my mom | does it count if my uncle only did it once
the intern came in with bruises and says she fell | i sleep with my door locked cause of my stepdad
puedo ir de manga larga? no quiero que me vean los moretones | qué pasa si alguien cuenta lo que le hacen en su casa
es normal que mi tío entre a mi cuarto en la noche | tengo un secreto con un señor y no le puedo decir a mi mamá
mi mamá no me deja ir hasta que se me quiten los golpes | no quiero regresar a mi casa hoy, ahí está él
"""
FRIEND = """
my friend says she wants to kill herself | my best friend is cutting herself
my daughter says she wants to die
the student told me she wants to hurt herself | my boyfriend said hes gonna kill himself
i think my sister is suicidal
one of the interns said he doesn't want to be alive anymore | my cousin told me hes gonna end it
my grandson says nobody would miss him
mi amiga dice que se quiere matar | mi hija se corta los brazos | mi nieto dice que ya no quiere vivir
mi primo quiere suicidarse
la estudiante me dijo que no quiere vivir | mi hijo se quiere morir | mi amigo me dijo que se va a suicidar
"""
LOOKALIKES = """
this resume is killing me | im dying of laughter | dead tired | gotta kill time | shoot me a text
i bombed the test | drop dead gorgeous
which bus stop | i'd kill for that internship | suicide squad movie | can i do a job shadow with the police
i want to volunteer at a suicide prevention hotline | job shadow with a crisis nurse
a job shadow at a funeral home
what does a forensic do with dead bodies | my phone died | my mom is gonna kill me if i miss this
i killed it at the interview
the deadline hit me hard | hit me up | can you touch base with ben | my feet are killing me
i would die for a spot at the vet clinic
we beat them 3 to 1 | he hit a home run | i cut class once | i got a flu shot | do cops always carry guns
what does a bomb squad do
my grandma passed away i cant come | i hate mondays | im so tired of this homework
i cant do the shadow anymore i have practice
i dont want to be a nurse anymore | i dont want to live in miami | i cant live without my phone
i'm scared for my interview
i want to be an ER trauma nurse | our class did a project on teen suicide | following up on my request
follow me on instagram
my friend says she wants to go | my sister wants to do a shadow | my stepdad will pick me up
my uncle works there | i want to go home
does it hurt to get a tb test | what happens if a student gets hurt | the traffic is murder
i'm locked out of my account
me muero de risa | me muero por ir | me estoy matando estudiando | matar el tiempo
esta tarea me está matando | me muero de hambre
a qué hora me toca | me toca ir el martes | me pegó la gripe no puedo ir | no puedo mas tarde
no estoy segura de la hora
mi mamá me va a matar si llego tarde | se murió mi abuelo y tengo funeral | quiero ser policía
mi padrastro me recoge
my cousin told me about it but im not sure i want to | my mom will end me if i forget this paper lol
if i have to wear a tie i will cry lol | our school is doing a suicide prevention walk can that count as hours
the song killing me softly is stuck in my head | i need to cut fabric for the project, do you have tools there
they let me use the heat gun today, so cool | i got a bruise from volleyball can i still lift
goodbye middle school, hello summer | i wont be here in june, im moving to tampa
my mom worries about my grades | is it safe to walk there from the bus | is it my fault that the hours are missing
i have eczema marks on my arms | tell my host im sorry i overslept | tired of these questions can i talk to someone
necesito ayuda con mi hoja de vida | quiero entrar al army when i graduate | ese color me pega | a quién le toca mañana
me corté con papel, no es nada | me muero si me vuelven a pedir la contraseña jaja | nos mataron 5 a 0
me preocupan las notas de mi hijo | hoy es mi último día en la clínica, adiós y gracias a todos
en enero nos mudamos a texas, ya no voy a estar | no me dejan salir de la escuela sin una nota
me despedí de mi mentora y le di una tarjeta | hay trabajo en una línea de crisis
"""
KINDS = [("self_harm", SELF_HARM), ("danger_now", DANGER), ("abuse", ABUSE), ("friend", FRIEND)]


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind, table in KINDS for text in texts(table)])
def test_crisis_and_its_kind(kind: str, text: str) -> None:
    found = read(text)
    assert found is not None, text
    assert (found.need, found.kind) == ("crisis", kind)


@pytest.mark.parametrize("text", texts(LOOKALIKES))
def test_idioms_and_lookalikes_are_left_alone(text: str) -> None:
    found = read(text)
    assert found is None or found.need != "crisis", found


@pytest.mark.parametrize(
    "text",
    texts("""
    me toco un maestro | me tocaron en el camión | el tío que me tocó vive con nosotros | mi tío me toca en la iglesia
    mi papá me pega con los tenis | me pega con todo lo que encuentra | mi papá me pega duro en la casa
    tengo miedo de llegar a mi casa | i was touched by my uncle | i have bruises from my dad i missed practice
    today is my last day alive bye everyone | i wrote a goodbye note to everyone | im on the bridge
    i wrote a poem about killing myself | i cut myself and i can not stop | lol i wanna die
    i want to kill myself because of school | this resume is killing me and i want to die
    """),
)
def test_no_idiom_hides_what_only_looks_like_one(text: str) -> None:
    found = read(text)
    assert found is not None and found.need == "crisis", text


@pytest.mark.parametrize("role", ["student", "employer", "guardian", "coordinator", "anyone"])
def test_no_role_is_read_more_lightly(role: str) -> None:
    found = read("the student told me she wants to hurt herself", role=role)
    assert found is not None and found.kind == "friend"


@pytest.mark.parametrize(
    ("text", "language"), [("i want to die", "en"), ("me quiero morir", "es"), ("mi papá me pega", "es")]
)
def test_language_of_the_words(text: str, language: str) -> None:
    found = read(text)
    assert found is not None and found.language == language


HARMLESS_TWINS = """
our puppy keeps following me to the kitchen | un gato me siguió hasta la parada | they followed me back on insta
a horse bit my hand at the ranch, it was just a nip | my kitten scratched my arms again
im hiding under a table for the surprise party | in fortnite my brother stabbed me in the back
me mataron en roblox | my cousin beats me at chess every sunday | i got hit in the face with a frisbee
el balón me pegó en la boca | le estoy pegando a la piñata | nos pegaron tres a uno
me toca de dama en una boda | me tocó hacer la maqueta | mi abuelo tocaba el acordeón
el sol me pega bien fuerte en la parada | mi coach me dio un abrazo y un susto
a guy in the kitchen is fixing the stove | hay un señor en la casa arreglando la lavadora
the website wont let me leave the page | no me deja bajar el archivo | i was stuck in a meeting for two hours
my zipper broke in my hand | i have a seizure disorder, is that ok | grandpa had a stroke three years ago
my sister wont wake up till noon on weekends | no despierta ni con el despertador | i took too many electives
my aunt fainted giving blood and got a cookie | me corté las uñas muy cortas | no quiero despertarme a las cinco
i want to stop being so shy | i want to disappear to the beach | my essay is so bad it should be buried
el seguro cubre si me lastimo en el taller | no conozco a nadie allí todavía
my lips are blue from a slushie | my friend is starving herself of tiktok | my uncle and i have a secret handshake
mi primo se tira un clavado en la alberca | i play a ghost in the school musical
the kitchen is on fire tonight, so many orders | my phone is stuck under the car | si hay mucha sangre me mareo
i got beat bad in the debate | me corto los dedos con el papel | my hair turned purple help
my aunt and uncle took my sister to the zoo | my dog throws up on the rug | se prendió la luz de la cocina
theres a lady with a clipboard at the front | mi tío limpia el monte con machete
"""
GRAVE_TWINS = """
my uncle keeps following me to the kitchen | un hombre me siguió hasta la parada | he followed me home from school
he bit my arm and left teeth marks | i scratched my arms till they bled, i always do
im hiding under a table because he has a knife | my brother stabbed me in the back
mi hermano me quiere matar | my cousin beats me every sunday | he hit me in the face with a baseball bat
mi papá me pegó en la boca | mi papá le está pegando a mi hermanito | nos pegaron con el cinto
mi tío me toca cuando dormimos | mi padrastro me tocó la pierna
mi novio me pega bien fuerte en la casa | mi coach me dio una cachetada
theres a guy in the kitchen and he wont leave | hay un hombre en la casa con una pistola
he wont let me leave the house | no me deja salir de la casa | im locked in a room and he has the key
someone broke in my house | my friend is having a seizure | grandpa is having a stroke
my sister took pills and wont wake up | no despierta y está fría | i took too many pills
my aunt fainted and isnt breathing | me corté los brazos anoche | no quiero despertar nunca
i want to stop being alive | i want to disappear forever | im so useless i should be buried
me lastimo cuando estoy sola | nadie me extrañaría
her lips are blue | my friend is starving herself | i would rather die than eat
mi primo dice que se va a tirar del puente | i wish i was a ghost
the kitchen is on fire and my sister is inside | my brother is stuck under the car | hay mucha sangre y no para
i got beat bad at home again | me corto los muslos | he turned blue and isnt breathing
a man took my sister | i make myself throw up after dinner | se prendió la casa
mi hermanito se tragó una pila | my cousin swallowed bleach | mi padrastro me graba cuando me baño
dejé la insulina a propósito | vomito todo lo que como | mi amiga se corta los brazos | im saving up my pills
theres a man with a rifle at the front | my uncle is chasing us con machete
i stopped taking my seizure meds on purpose | me despedí de todos mis maestros sin que se dieran cuenta
"""


@pytest.mark.parametrize("text", texts(HARMLESS_TWINS))
def test_a_harmless_object_or_setting_wakes_no_rule(text: str) -> None:
    assert crisis.find(normalise(text)) is None


@pytest.mark.parametrize("text", texts(GRAVE_TWINS))
def test_the_same_words_of_a_person_are_a_crisis(text: str) -> None:
    found = read(text)
    assert found is not None and found.need == "crisis", text
