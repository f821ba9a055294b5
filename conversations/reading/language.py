"""English or Spanish: the words of a text weigh more than its letters, and one short word weighs nothing."""

import re
from functools import cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier

from conversations.reading.text import fold
from conversations.reading.vocabulary import common_words

_WORD = re.compile(r"[^\W\d_]+(?:'[a-z]+)?")

_SPANISH = frozenset(
    ["el", "la", "los", "las", "un", "una", "unos", "unas", "de", "del", "al", "en", "con", "por", "para", "que", "qué", "como", "cómo", "cuando", "cuándo", "donde", "dónde", "quien", "quién", "cual", "cuál", "porque", "pero", "sin", "sobre", "entre", "hasta", "desde", "muy", "mas", "más", "menos", "ya", "aun", "todavia", "tambien", "tampoco", "siempre", "nunca", "hoy", "ayer", "manana", "mañana", "yo", "tu", "tú", "el", "él", "ella", "nosotros", "ustedes", "ellos", "ellas", "usted", "ud", "uds", "mi", "mis", "su", "sus", "te", "se", "nos", "lo", "les", "le", "esto", "eso", "esa", "ese", "este", "esta", "estos", "estas", "estoy", "esta", "está", "estas", "estan", "estamos", "es", "son", "soy", "eres", "somos", "fue", "fui", "ser", "estar", "hay", "tengo", "tienes", "tiene", "tenemos", "tienen", "puedo", "puede", "puedes", "podemos", "pueden", "podria", "podrias", "quiero", "quiere", "quieres", "quisiera", "necesito", "necesita", "voy", "va", "vas", "vamos", "van", "hacer", "hago", "hice", "hizo", "dijo", "dice", "dime", "digame", "digo", "gracias", "hola", "adios", "buenos", "buenas", "buen", "dias", "tardes", "noches", "favor", "porfa", "porfis", "si", "sí", "claro", "dale", "vale", "bueno", "pues", "entonces", "asi", "así", "aqui", "ahi", "alli", "alla", "ahora", "ahorita", "luego", "despues", "antes", "siguiente", "proximo", "proxima", "semana", "mes", "ano", "año", "dia", "día", "hora", "horas", "lunes", "martes", "miercoles", "jueves", "viernes", "sabado", "domingo", "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre", "escuela", "trabajo", "trabajar", "estudiante", "estudiantes", "hijo", "hija", "mama", "mamá", "papa", "papá", "maestra", "maestro", "clase", "clases", "grado", "noveno", "decimo", "once", "doce", "permiso", "firmar", "firma", "papeles", "cita", "fecha", "lugar", "cupo", "cerca", "lejos", "espanol", "español", "ingles", "inglés", "hablar", "habla", "hablas", "mensaje", "mensajes", "mandar", "manden", "mandes", "numero", "número", "persona", "alguien", "nadie", "cuanto", "cuánto", "cuantos", "cuantas", "cuánta", "pagan", "paga", "pagar", "gano", "ganan", "sueldo", "carrera", "carreras", "feria", "empresa", "hospital", "medicina", "enfermeria", "programacion", "ayuda", "ayudar", "ayudame", "inscribir", "inscribirme", "apuntame", "anotame", "cancelar", "cambiar", "mover", "llegar", "llego", "tarde", "temprano", "enfermo", "enferma", "perdi", "camion", "guagua", "autobus", "carro", "puesto", "ropa", "llevar", "traer", "ponerme", "me", "nada", "algo", "todo", "todos", "otra", "otro", "otras", "otros", "primera", "primero", "segunda", "segundo", "tercera", "ultimo", "uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve", "diez", "q", "xq", "pq", "tmb", "tb", "k", "ke", "d", "xfa", "xfavor", "pls", "aki", "toy", "ta", "ps", "wey", "guey", "chido", "onda", "neta", "bn", "grax", "q", "tal", "d", "nada", "asta", "ai", "ase", "aser", "ola", "grasias", "quisieramos", "sirve", "funciona", "borrar", "borren", "datos", "informacion", "queria", "quería", "estaba", "estuvo", "tuve", "gusto", "gustaria", "gustó", "aprendi"]
)  # fmt: skip
_ENGLISH = frozenset(
    ["the", "an", "and", "or", "but", "if", "is", "are", "was", "were", "be", "been", "am", "i", "im", "i'm", "ive", "i've", "you", "u", "ur", "your", "you're", "youre", "he", "she", "it", "its", "it's", "we", "they", "them", "his", "her", "my", "our", "their", "this", "that", "these", "those", "there", "here", "what", "whats", "what's", "when", "where", "who", "whos", "why", "how", "which", "can", "could", "would", "should", "will", "wont", "won't", "cant", "can't", "dont", "don't", "didn't", "didnt", "doesnt", "doesn't", "isnt", "isn't", "wasnt", "do", "does", "did", "done", "have", "has", "had", "havent", "to", "of", "in", "on", "at", "for", "with", "from", "by", "about", "into", "after", "before", "until", "not", "yes", "yeah", "yep", "nope", "nah", "ok", "okay", "pls", "plz", "please", "thanks", "thank", "thx", "ty", "hi", "hey", "hello", "bye", "good", "morning", "afternoon", "night", "today", "tomorrow", "tmrw", "yesterday", "next", "last", "week", "month", "year", "day", "hour", "hours", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "january", "february", "march", "april", "june", "july", "august", "september", "october", "november", "december", "school", "work", "working", "job", "jobs", "student", "students", "son", "daughter", "mom", "dad", "teacher", "class", "classes", "grade", "permission", "sign", "form", "forms", "late", "sick", "bus", "get", "got", "getting", "go", "going", "gonna", "wanna", "want", "wants", "need", "needs", "know", "like", "make", "take", "tell", "me", "more", "any", "some", "much", "many", "just", "really", "still", "also", "too", "very", "so", "up", "out", "off", "back", "new", "number", "text", "texts", "texting", "stop", "help", "show", "me", "come", "coming", "see", "need", "someone", "anyone", "person", "people", "kids", "kid", "which", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "first", "second", "third", "sounds", "great", "cool", "bet", "lol", "idk", "tbh", "rn", "ngl", "fr", "omg", "bro", "yall", "y'all", "cuz", "cause", "bc", "u", "r", "thru", "lemme", "gotta", "kinda", "sure", "spots", "shadow", "internship", "interview", "resume", "career", "hospital", "nurse", "company", "business", "host", "hosting", "she's", "he's", "that's", "thats", "theres"]
)  # fmt: skip
FUNCTION_WORDS = frozenset(fold(word)[0] for word in _SPANISH | _ENGLISH)
"""
    asere bola klk guagua chevere bacano parce chamba mijo mija pana carnal llamameBoth languages' words of every day, folded."""

_NEITHER = frozenset(
    [
        "ok",
        "okay",
        "no",
        "si",
        "yes",
        "thx",
        "lol",
        "k",
        "hola",
        "hi",
        "hey",
        "a",
        "me",
        "hospital",
        "pls",
        "plz",
        "stop",
        "start",
        "info",
        "q",
        "d",
        "u",
        "r",
        "in",
        "son",
        "come",
        "has",
        "mi",
        "to",
        "do",
        "the",
        "ha",
        "jaja",
        "haha",
        "mm",
        "hmm",
        "ya",
        "bye",
        "menu",
        "dale",
        "bet",
        "omg",
        "wow",
        "internship",
        "shadow",
        "resume",
        "mercy",
        "high",
    ]
)
_SURE_ALONE = frozenset(
    [
        "gracias",
        "hola",
        "claro",
        "buenas",
        "buenos",
        "porfa",
        "mañana",
        "manana",
        "español",
        "espanol",
        "ayuda",
        "cuando",
        "cuándo",
        "donde",
        "dónde",
        "quiero",
        "tengo",
        "puedo",
        "thanks",
        "hello",
        "please",
        "tomorrow",
        "yeah",
        "yep",
        "nope",
        "english",
        "yesterday",
        "when",
        "where",
        "what",
        "how",
        "hey",
        "sí",
        "cuánto",
        "cuanto",
        "listo",
    ]
)
_ACCENT = re.compile(r"[áéíóúñ¿¡]")
_CLITIC = re.compile(
    r"(?:cion|ciones|mente|arme|erme|irme|arlo|erlo|irlo|arla|ando|iendo|[aei]n?me|alo|ala|elo|selo|sela|melo|mela|[aei]rte|[aei]rse|aron|ieron|abamos|iamos|aste|iste|ito|ita|itos|dad)$"
)
_ENGLISH_END = re.compile(r"(?:ing|tion|n't|'ll|'re|'ve|'m|ly|ness|ful|ould|ght|wh\w+)$")


@cache
def _identifier() -> LanguageIdentifier:
    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(["en", "es"])
    return identifier


def _weigh(word: str) -> tuple[float, float]:
    plain = fold(word)[0]
    spanish = 1.0 if word in _SPANISH or plain in _SPANISH or plain in common_words("es") else 0.0
    english = 1.0 if word in _ENGLISH or plain in _ENGLISH or plain in common_words("en") else 0.0
    if spanish and english:
        return 0.3, 0.3
    if plain in _NEITHER:
        return 0.35 * spanish, 0.35 * english
    if _ACCENT.search(word):
        spanish += 0.8
    if not spanish and not english and len(plain) > 4:
        spanish += 0.5 * bool(_CLITIC.search(plain))
        english += 0.5 * bool(_ENGLISH_END.search(plain))
    return spanish, english


def detect_language(text: str, given: str | None) -> tuple[str, bool]:
    """The language of a text, and whether the text itself is evidence of it.

    `given` is the conversation's language: it stands where the text shows neither (default English).
    Of a text in both, the one with more words.
    """
    fallback = given if given in ("en", "es") else "en"
    words = [w for w in _WORD.findall(text.lower().replace("’", "'")[:1600])]
    if not words:
        return fallback, False
    weights = [_weigh(word) for word in words]
    spanish, english = sum(s for s, _ in weights), sum(e for _, e in weights)
    spanish += 0.6 * bool(re.search("[¿¡]", text))
    if len(words) == 1:
        return _single(words[0], spanish, english, fallback if given else None)
    balance = spanish - english + _lean(words, spanish, english)
    if abs(balance) < 0.5 or (given and max(spanish, english) < 0.5):
        return (fallback if given in ("en", "es") else ("es" if balance > 0 else "en")), False
    return ("es" if balance > 0 else "en"), max(spanish, english) >= 0.9 and abs(balance) >= 0.9


def _lean(words: list[str], spanish: float, english: float) -> float:
    """What the letters alone say, above zero for Spanish: less where the words speak with one voice."""
    label, sure = _identifier().classify(" ".join(words))
    weight = min(2.0, 0.5 + 0.12 * len(words))
    if min(spanish, english) < 0.4 <= max(spanish, english):
        weight = 0.35
    lean = (float(sure) - 0.5) * 2 * weight
    return lean if label == "es" else -lean


def _single(word: str, spanish: float, english: float, fallback: str | None) -> tuple[str, bool]:
    """One word changes nothing unless it is plainly of one language; with no conversation yet, a guess."""
    plain = fold(word)[0]
    if fallback:
        return fallback, False
    if word in _SURE_ALONE or plain in _SURE_ALONE:
        return ("es" if spanish > english else "en"), True
    if len(re.sub(r"(.)\1{2,}", r"\1", plain)) < 4 and abs(spanish - english) < 0.3:
        return "en", False
    return ("es" if spanish - english + _lean([plain], spanish, english) > 0 else "en"), False
