"""The words and marks that begin, join, surround and end questions.

English, German, French and Spanish; the question marks of any language.
"""

import re

_WH = (
    r"what(?:'?s)?|which|who(?:'?s|m|se)?|where(?:'?s)?|when(?:'?s)?|why|how|"
    r"wie(?:viele?)?|was|wo(?:hin|her|mit|für)?|wann|warum|wieso|weshalb|welche[rsnm]?|wer|wem|wen|"
    r"comment|combien|quand|où|pourquoi|quel(?:le)?s?|qui|qu'est-ce|est-ce|quoi|"
    r"c[óo]mo|cu[áa]nt[oa]s?|cu[áa]ndo|d[óo]nde|por\s+qué|qué|cu[áa]l(?:es)?|qui[ée]n"
)
_WE = r"(?:i|we|you|u|they|he|she)"
_SUBJECT = (
    rf"(?:{_WE}|it|there|this|that|these|those|the|my|our|your|its|any\w*|all|both|(?-i:[A-Z]\w+))"
)
_AUX = (
    rf"(?:(?:is|are|was|were|am)(?:n't)?\s+(?:{_SUBJECT}|an?)"
    rf"|(?:does|did|can|could|will|would|should|may|must|has)(?:n't)?\s+{_SUBJECT}"
    rf"|(?:do|have|don't)\s+{_WE}"
    r"|(?:kann|können|muss|müssen|darf|dürfen|ist|sind|gibt|habe|haben|hat|wird|werden|soll|gilt|"
    r"bekomme|brauche|geht|kostet|läuft)"
    r"\s+(?:ich|wir|man|es|das|die|der|den|sie|ihr|ein|eine|mein|meine|du)"
    r"|(?:peut|peux|dois|faut|doit|avez|livrez|puis|pouvez)[- ](?:on|je|il|vous|tu|t-on)"
    r"|(?:puedo|puede|pueden|tengo|hay|debo|tienen|existe|incluye|cuesta))\b"
)
_PREPOSITION = (
    r"(?:(?:until|till|since|from|by|at|for|in|on|to|with|under|bis|ab|seit|mit|"
    r"à|de|jusqu'à|depuis|pour|dans|hasta|desde|en|con|a)\s+)?"
)
_TOLD = r"(?:whether|if\s+(?:i|we|you|it|there)|ob|si\s+(?:je|on|puedo|hay))\b"
_ASKS = rf"(?:{_PREPOSITION}(?:{_WH})\b(?!-)|{_AUX})"
_RELATIVE = r"(?:which|who|whom|whose|where|when|qui|que|où|quand|was|wo|wer|cuando|donde|quien)\b"
_JOINS = (
    r"(?:and|und|et|y|plus|also|so|then|sowie|außerdem|zudem|ferner|dann|aussi|ensuite|"
    r"además|también|luego)"
)
_ORDINAL = (
    r"first|second|third|finally|lastly|plus|primero|segundo|tercero|puis|then|dann|luego|enfin"
)
_HAIL = (
    r"(?:hi|hello|hey|hiya|dear|good\s+(?:morning|day|afternoon|evening)|hallo|moin|"
    r"guten\s+(?:morgen|tag|abend)|sehr\s+geehrte\w*|liebe[rs]?|bonjour|bonsoir|salut|hola|"
    r"buen[oa]s(?:\s+(?:d[íi]as|tardes|noches))?|(?:many\s+)?thanks|thank\s+you|thx|cheers|"
    r"(?:vielen\s+)?dank\w*|merci|(?:muchas\s+)?gracias|please|bitte)"
)

LEAD = re.compile(
    rf"^\W*(?:(?:(?:and|und|et|y|but|so|ok|okay|well|now|also|additionally|furthermore|moreover|"
    r"firstly|secondly|thirdly|außerdem|zudem|ferner|weiterhin|erstens|zweitens|drittens|viertens|"
    r"aussi|premièrement|deuxièmement|troisièmement|de\s+plus|además|también|por\s+último|"
    r"(?:another|one\s+(?:more|last|other))\s+(?:thing|question)|noch\s+(?:was|eine\s+frage))\b"
    rf"|(?:{_ORDINAL})\b(?=\s*[,:]|\s+{_ASKS}))[\s,:\u2013-]*)+",
    re.IGNORECASE,
)
"""What ties a question to the one before it."""
GREETING = re.compile(
    rf"^\W*(?:{_HAIL}\b(?:(?:\s+(?!{_ASKS})[\w'\u2019]+){{0,3}}\s*[,!.:\u2013-]+\s*|\s+(?={_ASKS})))+",
    re.IGNORECASE,
)
PLEASANT = re.compile(
    rf"^\W*(?:(?:[\w'\u2019]+\W+)?{_HAIL}|ty|greetings|bye|goodbye|(?:kind|best|warm)\s+(?:regards|wishes)|best|regards|"
    r"yours|sincerely|great|perfect|awesome|super|ok(?:ay)?|viele\s+grüße|lg|mfg|gruß|"
    r"(?:mit\s+)?(?:freundlichen?|lieben?)\s+grüßen?|cordialement|au\s+revoir|"
    r"(?:un\s+)?saludos?|adiós)\b",
    re.IGNORECASE,
)
"""A sentence that only greets, thanks or signs, or begins so."""
REQUEST = re.compile(
    r"\b(?:tell|explain|show|let|(?:need|want|like|wanted)\s+to\s+know|wonder(?:ing)?|"
    r"wissen|sagen|erklären|savoir|dire|expliquer|saber|decir\w*|explicar\w*)\b"
    rf".{{0,300}}?\b(?:{_WH}|{_TOLD})",
    re.IGNORECASE | re.DOTALL,
)
BEGINS = re.compile(
    rf"\W*(?!(?:when|quand|cuando|where)\s+(?!{_AUX}|\w+'s\b)){_ASKS}", re.IGNORECASE
)
CONDITION = re.compile(r"\W*(?:what\s+)?(?:if|unless|wenn|falls|si)\b", re.IGNORECASE)
"""A clause that asks nothing yet, whatever follows it."""
ENDS_ASKING = re.compile(r"\b(?:how|when|why|where|wie|wann|comment|quand|cómo)\W*$", re.IGNORECASE)
BEFORE_COLON = re.compile(
    r"^[^:?\uff1f\u061f]{0,40}\b(?:questions?|things?|ones?|points?|fragen?|sachen|choses?|preguntas?|cosas)"
    r"\s*(?::|\s[-\u2013])\s+",
    re.IGNORECASE,
)
BARE = re.compile(
    r"\W*(?:why(?:\s+(?:or\s+why\s+)?not)?|how|which(?:\s+ones?)?|who|what\s+are\s+they|warum|wieso|"
    r"wie|welche[rsnm]?|pourquoi|comment|les?quel(?:le)?s?|por\s+qué|cómo|cuál(?:es)?)\W*",
    re.IGNORECASE,
)
"""What asks for the rest of the answer to the question before it."""
SECOND = re.compile(
    rf"(?:\s*[,;]\s*|\s+[-\u2013]\s+|\s+)(?:{_JOINS}\s+)+(?=(?:{_ASKS}|{_TOLD}))"
    rf"|\s*(?:[,;]|\s[-\u2013]\s)\s*(?!{_RELATIVE}(?!\s+{_AUX}|\s+\w+\s+{_AUX}))(?={_ASKS})",
    re.IGNORECASE,
)
"""What stands between two questions of one sentence."""
UNFINISHED = re.compile(rf"(?:^|\s)(?:{_WH}|{_JOINS}|or|oder|ou|o)\W*$", re.IGNORECASE)
WEIGHS = re.compile(
    r"\b(?:between|difference|compare|zwischen|unterschied|entre|différence|diferencia)\b",
    re.IGNORECASE,
)
EMPTY = re.compile(
    r"(?:need|know|want|tell|like|please|questions?|have|possible|possibly|habe|frage|fragen|sagen|"
    r"wissen|voudrais|savoir|quiero|saber|zwei|two|deux|dos)$",
    re.IGNORECASE,
)
"""A word that says nothing of what a question is about."""
PRONOUN = re.compile(
    r"\b(?:it|they|them|she|he|him|this|that|these|those|ones?|"
    r"es|das|dies\w*|dafür|davon|dabei|ça|cela|celui|lo|eso|esto|ello)\b",
    re.IGNORECASE,
)
ABBREVIATION = re.compile(
    r"(?:\b\w|\.\w|\b(?:mr|mrs|ms|dr|prof|mgr|col|lt|gen|st|no|inc|ltd|co|corp|vs|etc|approx|jr|sr|"
    r"bzw|ca|nr|hr|fr|str|evtl|inkl|mme|sra?|núm))\.$",
    re.IGNORECASE,
)
MARK = re.compile(
    r"[?\uff1f\u061f]+[!?\uff1f\u061f]*[\"'\u201d\u2019)»]*(?=\s|$|[^\x00-\x7f])|[.!]+(?=\s)|[\u3002\uff01]+"
)
ASKING_MARK = re.compile(r"[?\uff1f\u061f][!?\uff1f\u061f\"'\u201d\u2019)»\s]*$")
ITEM = re.compile(r"^\s*(?:\(?\d{1,2}[.)]|[-*•\u2013]|[a-f]\))\s+(?=\S)")
NUMBER = re.compile(r"(?:^|(?<=\s))\(?([1-9])[.)]\s+(?=\S)")
