"""Tell sentences that claim nothing: refusals, courtesies, questions back."""

import re

_REFUSALS = re.compile(
    r"\b(?:does|do|did|could|can|was|is|are)(?: not|n['’]t) (?:\w+ ){0,3}?"  # noqa: RUF001
    r"(?:say|mention|contain|cover|answer|include|find|have|know|specify|tell|state|address"
    r"|provide|able|clear|available|help)\b"
    r"|\bcannot (?:\w+ ){0,2}?(?:answer|find|say|help|confirm|tell|verify)\b"
    r"|\b(?:says?|contains?|found|find|have) (?:nothing|no (?:information|answer|details))\b"
    r"|\bno (?:information|answer|details|mention) (?:\w+ ){0,3}?(?:about|on|of|for|in|to)\b"
    r"|\bnothing (?:\w+ ){0,4}?(?:about|on this|was found)\b"
    r"|\b(?:steht|finde|fand|habe|enthält|gibt es|liegen?|weiß) (?:\w+ ){0,6}?"
    r"(?:nichts|keine|keinen|nicht)\b"
    r"|\bkann (?:\w+ ){0,6}?nicht (?:beantworten|finden|sagen|bestätigen|helfen)\b"
    r"|\b(?:beantworten?t?|erwähne?n?t?|sag(?:t|en)|nenn(?:t|en)|enthalten) (?:\w+ ){0,5}?(?:nicht|nichts|keine)\b"
    r"|\bne (?:dit|mentionne|contient|répond|précise|trouve|peux|peut|sais|dispose|permet) "
    r"(?:\w+ ){0,3}?(?:pas|rien|aucune?)\b"
    r"|\bn['’](?:ai|a|indique|est|y a) (?:\w+ ){0,3}?(?:pas|rien|aucune?)\b"  # noqa: RUF001
    r"|\bno (?:\w+ ){0,2}?(?:dice|menciona|contiene|encuentro|encontré|puedo|responde|tengo"
    r"|hay|incluye|dispongo|consta|indica)\b",
    re.I,
)
_BUT = re.compile(
    r"\b(?:but|however|although|instead|aber|jedoch|allerdings|sondern|mais|cependant|toutefois"
    r"|pero|sino|aunque|embargo)\b",
    re.I,
)
_POLITE = """
hello hi hey welcome thanks thank sorry glad happy pleased hope pleasure bye goodbye
hallo danke dank gern gerne bitte leid freut wiedersehen
bonjour bonsoir merci plaisir désolé désolée n'hésitez ravi ravie revoir
hola gracias gusto siento encantado encantada adiós buenos buenas
"""
_AROUND = """
dear you your you're i i'm am we we're so very much to help for asking reaching out contacting us
me let know if there is anything else any more further questions need needed a the great nice good
wonderful lovely day rest of evening morning my and or can with that this helps assist please take
care it was be here at again have
guten tag morgen abend liebe lieber vielen ihre deine nachricht anfrage geschehen sehr schönen ich
helfe ihnen dir noch fragen haben hast melden sie sich jederzeit wenn falls etwas brauchen es tut
mir auf mich und einen eine schöne woche für das hilft hoffe weiter
beaucoup pour votre message je vous suis de rien avec bonne journée soirée pas à si avez besoin
d'autres questions autre chose au et la le en prie
por su mensaje nada con mucho lo que tenga un buen día días tardes noches muchas si necesita algo
más no dude en preguntar preguntas estoy aquí para ayudarle
"""
_COURTEOUS = frozenset(_POLITE.split())
_COURTESIES = _COURTEOUS | frozenset(_AROUND.split())
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
    return _REFUSALS.search(text) is not None


def claims_nothing(sentence: str) -> bool:
    """Say whether a sentence only greets, asks back or refuses, and adds nothing to that."""
    said = sentence.strip().rstrip("*_ ")
    words = [word.casefold().replace("’", "'") for word in _WORD.findall(said)]  # noqa: RUF001
    if said.endswith(("?", "？")) or (_COURTESIES.issuperset(words) and _COURTEOUS & set(words)):  # noqa: RUF001
        return True
    return declines(said) and _BUT.search(said) is None


def honest(language: str) -> str:
    """Give the sentence that stands where nothing else could be checked."""
    return _HONEST.get(language, _HONEST["en"])
