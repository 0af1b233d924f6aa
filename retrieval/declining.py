"""Tell sentences that claim nothing: refusals, courtesies, questions back."""

import re
from collections.abc import Sequence

from retrieval.statements import units_of

_SAYERS = (
    r"\b(?:knowledge|documentation|docs|articles?|pages?|sources?|texts?|documents?|materials?"
    r"|information|wissensdatenbank|wissen|seiten?|artikeln?|dokumente?n?|unterlagen|quellen?"
    r"|base|connaissances|conocimientos?|documentación|páginas?|artículos?|documentos?|fuentes?)\b"
)
_SAYS_NOT = (
    r"\bdo(?:es)?(?: not|n't) (?:\w+ ){0,2}?(?:say|mention|contain|cover|include|specify"
    r"|tell|state|address|answer|provide|describe|explain)\b"
    r"|\b(?:says?|said) nothing\b|\bnothing (?:\w+ ){0,3}?(?:says|about|on)\b"
    r"|\b(?:contains?|has|have|there is) no (?:information|answer|details|mention)\b"
    r"|(?:\bnot|n't) (?:\w+ )?(?:mentioned|covered|described|documented|explained|stated"
    r"|specified|addressed|answered) (?:in|by|on)\b"
)
_KNOWS_NOT = (
    r"\b(?:could(?: not|n't)|can(?:not|'t)|(?:am|are) (?:unable|not able) to)"
    r" (?:\w+ ){0,2}?(?:find|answer|confirm|say|tell|verify)\b"
    r"|\bdo(?: not|n't) (?:\w+ ){0,2}?(?:know|have (?:\w+ )?(?:information|details|answer))\b"
    r"|\b(?:found nothing|have no (?:information|answer|details))\b"
)
_SAGT = r"\b(?:steht|stehen|find\w+|erwähn\w+|sag\w+|nenn\w+|enth[aä]lt\w*|beantwort\w+)\b"
_WEISS = r"\b(?:beantworten|finden|gefunden|sagen|bestätigen|information\w*|angaben|antwort)\b"
_NICHT = r"\b(?:nicht|nichts|keine?n?)\b"
_NE_DIT = (
    r"\bn(?:e |')(?:\w+ ){0,2}?(?:dit|disent|mentionn\w+|contien\w+|précis\w+|indiqu\w+"
    r"|répond\w*|parl\w+)\b"
)
_JE_NE = r"\b(?:je|nous) n(?:e |')(?:\w+ )?(?:ai|avons|trouv\w+|peux|pouvons|sais|savons)\b"
_PAS = r"\b(?:pas|rien|aucune?)\b"
_SAIT = r"\b(?:trouvé?\w*|réponse|répondre|informations?|confirmer|dire|sais|savons)\b"
_NO_DICE = r"\bno (?:\w+ )?(?:dice|menciona|contiene|responde|incluye|indica|habla)n?\b"
_NO_SE = (
    r"\bno (?:encuentro|encontré|he encontrado|puedo (?:responder|confirmar|decir)|sé"
    r"|(?:tengo|dispongo de) (?:\w+ )?(?:información|datos|respuesta))\b"
)
_REFUSALS = tuple(
    tuple(re.compile(part, re.I) for part in parts)
    for parts in (
        # What is denied is that pages say it, or that the speaker knows: never the thing itself.
        (_SAYERS, _SAYS_NOT),
        (r"\b(?:I|we)\b", _KNOWS_NOT),
        (_SAYERS, _SAGT, _NICHT),
        (r"\b(?:ich|wir)\b", _WEISS, _NICHT),
        (_SAYERS, _NE_DIT, _PAS),
        (_JE_NE, _PAS, _SAIT),
        (_SAYERS, _NO_DICE),
        (_NO_SE,),
    )
)
_BUT = re.compile(
    r"\b(?:but|however|although|instead|aber|jedoch|allerdings|sondern|mais|cependant|toutefois"
    r"|pero|sino|aunque|embargo)\b",
    re.I,
)
_POLITE = """
hello hi hey dear welcome thanks thank sorry apologies glad happy pleased hope pleasure bye goodbye
regards sincerely wishes let team
hallo lieber liebe danke dank gern gerne bitte leid freut wiedersehen grüße grüßen gruß
bonjour bonsoir merci plaisir désolé désolée n'hésitez ravi ravie revoir cordialement salutations
équipe l'équipe
hola gracias gusto siento encantado encantada adiós buenos buenas saludo saludos atentamente equipo
"""
_AROUND = """
you your you're i i'm am we we're so very much to help for asking reaching out contacting us
me let know if there is anything else any more further questions need needed a the great nice good
wonderful lovely day rest of evening morning my and or can with that this helps assist please take
care it was be here at again have other best kind warm support service customer our trouble
inconvenience wait delay confusion about order
guten tag morgen abend liebe lieber vielen ihre deine nachricht anfrage geschehen sehr schönen ich
helfe ihnen dir noch fragen haben hast melden sie sich jederzeit wenn falls etwas brauchen es tut
mir auf mich und einen eine schöne woche für das hilft hoffe weiter viele freundlichen
freundliche mit beste besten ihr euer dein kundenservice
unannehmlichkeiten herzliche
beaucoup pour votre message je vous suis de rien avec bonne journée soirée pas à si avez besoin
d'autres questions autre chose au et la le en prie bien client sincères support du notre
por su mensaje nada con mucho lo que tenga un buen día días tardes noches muchas si necesita algo
más no dude en preguntar preguntas estoy aquí para ayudarle un el soporte cordial cordiales nuestro
"""
_ADDRESSING = """
hello hi hey dear team hallo lieber liebe bonjour bonsoir équipe l'équipe hola equipo
"""
_MOST_NAMES = 2
_RHETORICAL = re.compile(
    r"^\W*(?:did you know|wussten sie|wusstest du|saviez-vous|sab[íi]as? que)\b"
    r"|,\s*(?:right|isn't it|ok|okay|oder|nicht wahr|n'est-ce pas|verdad)\s*[?？]\W*\Z",  # noqa: RUF001
    re.I,
)
"""Questions that tell."""
_COURTEOUS = frozenset(_POLITE.casefold().split())
_COURTESIES = _COURTEOUS | frozenset(_AROUND.casefold().split())
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")  # noqa: RUF001
_HONEST = {
    "en": "I have no answer to this that I can back with our knowledge base, so a person should "
    "take over.",
    "de": "Dazu habe ich keine Antwort, die ich mit unserer Wissensdatenbank belegen kann; eine "
    "Mitarbeiterin oder ein Mitarbeiter sollte übernehmen.",
    "fr": "Je n'ai pas de réponse que notre base de connaissances puisse confirmer ; une personne "
    "devrait prendre le relais.",
    "es": "No tengo una respuesta que pueda respaldar con nuestra base de conocimientos; debería "
    "atenderle una persona.",
}


def declines(text: str) -> bool:
    """Say whether a text says that it does not answer, in English, German, French or Spanish."""
    plain = text.replace("’", "'")  # noqa: RUF001
    return any(_refuses(unit.text) for unit in units_of(plain))


def claims_nothing(sentence: str) -> bool:
    """Say whether a sentence only greets, asks back or refuses, and adds nothing to that."""
    said = sentence.strip().rstrip("*_ ").replace("’", "'")  # noqa: RUF001
    if said.endswith(("?", "？")):  # noqa: RUF001
        return _RHETORICAL.search(said) is None
    return _is_courtesy(_WORD.findall(said)) or (declines(said) and _BUT.search(said) is None)


def _is_courtesy(words: Sequence[str]) -> bool:
    """Say whether these words only greet, thank or sign; to address somebody takes names."""
    said = {word.casefold() for word in words}
    others = [word for word in words if word.casefold() not in _COURTESIES]
    named = len(others) <= _MOST_NAMES and all(word[0].isupper() for word in others)
    addressed = not others or (named and not said.isdisjoint(_ADDRESSING.split()))
    return addressed and not said.isdisjoint(_COURTEOUS)


def honest(language: str) -> str:
    """Give the sentence that stands where nothing else could be checked."""
    return _HONEST.get(language, _HONEST["en"])


def _refuses(sentence: str) -> bool:
    return any(all(part.search(sentence) for part in parts) for parts in _REFUSALS)
