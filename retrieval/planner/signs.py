r"""Phrases that say what a question wants, each under one name for several languages.

They let a classifier that has seen many English questions and few others understand both.
English, German, French and Spanish.
"""

import re
from collections.abc import Iterator

_MINE = r"(?:my|our|mein\w*|unser\w*|mon|ma|mes|notre|nos|mi|mis|nuestr[oa]s?)"
_THING = (
    r"(?:orders?|parcels?|packages?|shipment|deliver(?:y|ies)|refunds?|invoices?|bills?|payments?|"
    r"claims?|cards?|accounts?|balance|booking|reservation|seats?|tickets?|subscription|"
    r"membership|contract|plan|policy|premium|application|case|data|usage|points|number|"
    r"appointment|technician|deposit|limit|credit|workspace|key|cancellation|address|transfer|"
    r"bestellung|paket|sendung|rechnung|kündigung|kontostand|konto|karte|vertrag|buchung|"
    r"erstattung|antrag|termin|überweisung|commande|colis|facture|remboursement|carte|compte|"
    r"dossier|contrat|solde|réservation|virement|rendez-vous|pedido|paquete|factura|reembolso|"
    r"tarjeta|cuenta|contrato|póliza|reserva|saldo|cita|transferencia)"
)
_MANY = ".{0,200}?"
_PHRASES = {
    "mine": rf"\b{_MINE}\s+(?:\w+\s+){{0,2}}{_THING}\b",
    "where is it": (
        rf"\bwhere(?:'s|\s+is|\s+are|s)?\s+(?:\w+\s+)?{_MINE}\b|\bwo\s+(?:ist|bleib\w+)\s+{_MINE}|"
        rf"\boù\s+(?:en\s+)?est\s+{_MINE}|\bdónde\s+está\w*\s+{_MINE}"
    ),
    "asks what happened": (
        r"\b(?:did|have|has|had|was|were)\s+(?:you|i|we|my|our|the)\b|\b(?:habt\s+ihr|haben\s+sie)\b|"
        r"\bavez-vous\s+(?:bien\s+)?\w+[éui]s?\b|\b(?:me|han?)\s+\w+[ai]do\b|\bist\s+mein\w*"
    ),
    "tells what happened": (
        r"\b(?:i|we|you)(?:'ve|\s+have)?\s+(?:just\s+|already\s+|never\s+|only\s+)?(?:\w+ed|paid|"
        r"sent|got|been|bought|was|were|made|put|lost|forgot)\b|\b(?:ich|wir)\s+hab(?:e|en)\b|"
        r"\bj'ai\b|\bnous\s+avons\b|\bhe\s+\w+[ai]do\b|\bnever\s+(?:got|arrived|came|received)|"
        r"\bno\s+me\s+ha"
    ),
    "charged": (
        r"\b(?:charged?|debit\w*|deducted|overcharged|abgebucht|prélev\w+|débit\w*|cobrad\w+)\b"
    ),
    "state": (
        r"\b(?:status|state\s+of|stuck|tracking|on\s+file|confirmed|approved|arrived?|yet|currently|"
        r"schon|angekommen|déjà|reçu|llegado|todavía)\b"
    ),
    "since": (
        r"\b(?:yesterday|(?:last|this)\s+(?:week|month|year|night)|(?:on|since)\s+(?:the\s+)?\w+|ago|"
        r"gestern|seit|hier|depuis|ayer|desde)\b"
    ),
    "how to": (
        r"\bhow\s+(?:(?:do|can|could|would|should|did)\s+(?:i|we|you|u|one|somebody)|to|i\s+can)\b|"
        r"\bwie\s+\w+\s+(?:ich|wir|man)\b|\bwie\s+geht\b|"
        r"\bcomment\s+(?:\w+[ei]r|\w+re|puis-je|je|on)\b|"
        r"\bc[óo]mo\s+(?:se\s+|me\s+)?(?:puedo|\w+o|\w+[aei]r)\b"
    ),
    "steps": (
        r"\b(?:steps?|instructions?|procedure|guide|walk\s+me\s+through|set\s*up|teach|help\s+me|"
        r"the\s+way\s+to|what\s+do\s+(?:i|we)\s+(?:have\s+to\s+)?do|anleitung|schritte?|"
        r"was\s+muss\s+ich|étapes?|marche\s+à\s+suivre|pasos?|qué\s+tengo\s+que)\b"
    ),
    "do it": (
        r"^\W*(?:please\s+)?(?:reset|change|connect|pair|install|remove|restore|set|update|delete|"
        r"add|activate|enable|disable|turn|configure|print|export|import|migrate|rotate|replace|"
        r"switch|link|upload|download|merge|block|unblock)\w*\b"
    ),
    "want to": (
        r"\b(?:i|we)(?:'d|\s+would)?\s+(?:want|need|like|love|try|trying)\s+to\b|\btrying\s+to\b|"
        r"\bich\s+(?:möchte|will)\b|\bje\s+(?:veux|voudrais)\b|\bquiero\b"
    ),
    "may": (
        r"\b(?:can|may|could|am|are|is|do|must)\s+(?:i|we|you|it|they)\s+(?:\w+\s+)?(?:allowed|"
        r"permitted|entitled|obliged|liable|return|share|send|bring|resell|withdraw|terminate|"
        r"refund|pay|get|keep|use)\b|\b(?:may|must)\s+i\b|\bdarf\b|\bpermis\b|\bai-je\s+le\s+droit|"
        r"\bpuis-je\b|\bpermitid[oa]|\bpuedo\s+(?:devolver|llevar|usar|cancelar)"
    ),
    "rules": (
        r"\b(?:polic(?:y|ies)|terms|conditions?|rules?|allow\w*|permitt\w*|entitle\w*|liab\w+|"
        r"oblig\w+|rights?|compensat\w+|refund\w*|reimburs\w+|exclu\w+|exempt\w*|waive\w*|deadline|"
        r"notice|grace|warrant\w*|guarantee\w*|eligible|valid|legal\w*|void|forfeit|expire|sla|"
        r"money\s+back|fair\s+use|kündigungsfrist|widerruf\w*|garantie\w*|gilt|geld\s+zurück|frist|"
        r"erlaubt|haft\w+|annul\w+|rembours\w+|droit|délai|devol\w+|derecho|compensación|recargo|"
        r"penaliza\w*|plazo)\b"
    ),
    "versus": (
        r"\b(?:vs?\.?|versus|compar\w+|differen\w+|differs?|rather\s+than|instead\s+of|against|"
        r"advantages?|downsides?|pros|cons|better|worse|torn|between|than|recommend|worth|"
        r"sets?\s+apart|unterschied\w*|unterscheiden|besser|gegenüber|lohnt|vergl\w+|différen\w+|"
        r"mieux|entre|vaut-il|diferenci\w+|mejor|comparad\w+)\b"
    ),
    "more": (
        rf"\b(?:which|what|laquelle|lequel|welche[rs]?|cuál){_MANY}\b(?:\w{{3,}}er|more|less|mehr|"
        r"weniger|plus|moins|más|menos)\b"
    ),
    "either": r"\w\s+(?:or|oder|ou|o)\s+\w",
    "all": (
        r"\b(?:all|every\w*|each|lists?|overview|complete|full|entire|total|catalogue|roundup|"
        r"breakdown|checklist|summar\w+|sum\s+up|digest|main\s+points|(?:kinds|types|sorts)\s+of|"
        r"alle[rs]?|sämtliche\w*|liste|übersicht|insgesamt|zusammenfass\w+|tou(?:s|tes)|résum\w+|"
        r"ensemble|complète|tod[oa]s|lista|resum\w+|resúm\w+)\b"
    ),
    "many": r"\b(?:how\s+many|wie\s+viele|combien\s+de|cuánt[oa]s|number\s+of|count)\b",
    "which ones": (
        r"\b(?:which|what)\s+(?:(?:of\s+)?(?:your|the)\s+)?\w+s\b|\bwelche\s+\w+(?:en|e)\b|"
        r"\bquel(?:le)?s\s+\w+s\b|\b(?:qué|cuáles)\s+\w+s\b|\bwhat\s+are\s+(?:all\s+)?(?:the|your)\b"
    ),
    "why": (
        r"\b(?:why|how\s+come|reasons?|cause[sd]?|explains?|imply|implies|implica\w*|consequences?|"
        r"affects?|impact|effect|influence|follows|warum|wieso|weshalb|bedeutet|auswirk\w+|pourquoi|"
        r"conséquences?|por\s+qué|afecta|consecuencias?)\b"
    ),
    "if": (
        r"\b(?:if|suppose|assuming|given|considering|seeing\s+that|when|wenn|falls|si)\b"
        rf"{_MANY}\b(?:what|how|does|do|would|who|which|was|quelles?|qué|cómo)\b"
    ),
    "future": (
        r"\b(?:will|going\s+to|gonna|predict\w*|next\s+year|in\s+(?:\w+)\s+years|tomorrow|wird|"
        r"nächstes\s+jahr|l'année\s+prochaine|va\s+\w+r|va\s+a\s+\w+r)\b"
    ),
    "who": r"^\W*(?:who|wer|qui|quién)\b",
    "opinion": (
        r"\b(?:think|believe|opinion|favou?rite|best|nicest|should\s+i|soll\s+ich|findest|meinst|"
        r"dois-je|pensez|penses|debo|opinas?|cree[sn]?|reckon)\b"
    ),
    "world": (
        r"\b(?:president|minister|elections?|war|god|weather|world|history|capital|poem|lottery|"
        r"bitcoin|shares?|stock|doctor|pain|hurts?|symptoms?|diagnosis|operation|court|sue|lawyer|"
        r"husband|wife|boyfriend|girlfriend|boss|neighbou?r|landlord|employer|homework|translate|"
        r"competitors?|ceo|wahl|krieg|gott|wetter|hauptstadt|lotto|aktien?|arzt|schmerz\w*|anwalt|"
        r"ehemann|chef|nachbar\w*|président|élections?|guerre|dieu|météo|capitale|loto|médecin|mal|"
        r"avocat|mari|patron|voisin\w*|presidente|elecciones|guerra|dios|tiempo|lotería|médico|"
        r"dolor|abogado|marido|jefe|vecin[oa])\b"
    ),
    "you have": (
        r"\b(?:do|does|is|are|can)\s+(?:you|the|your|it|there|ur)\b|\b(?:hat|gibt\s+es)\b|"
        r"\best-ce\s+que\b|\b(?:tienen|incluye|hay)\b"
    ),
    "how much": (
        r"\b(?:how\s+(?:much|long|heavy|big|old|far|often|late|early)|what(?:'s|\s+is|s)?\s+(?:the|"
        r"your|ur)|(?:at|until)\s+what|what\s+time|was\s+kostet|wie\s+lange|combien|cuánto|"
        r"a\s+qué\s+hora|max\w*|minimum)\b"
    ),
    "thanks": (
        r"\b(?:thanks?|thank\s+you|thx|ty|ta|cheers|appreciated?|danke\w*|vielen\s+dank|merci|"
        r"gracias)\b"
    ),
    "hello": (
        r"^\W*(?:hi+|hello+|hey+|yo|gm|good\s+(?:morning|evening|afternoon|day)|hallo|moin|servus|"
        r"guten\s+\w+|bonjour|bonsoir|salut|coucou|hola|buen[oa]s)\b"
    ),
    "settled": (
        r"\b(?:ok\w*|great|perfect\w*|fine|cool|got\s+it|worked|works|solved|bye|goodbye|see\s+you|"
        r"never\s*mind|sure|yes|no|lol|haha\w*|wow|finally|nice|lovely|alles\s+klar|super|tschüss|"
        r"geklappt|d'accord|parfait|génial|au\s+revoir|vale|perfecto|genial|hasta|adiós)\b"
    ),
    "demand": (
        rf"\b(?:please|bitte|svp|por\s+favor)\b{_MANY}\b(?:cancel|check|look|resend|confirm|send|"
        r"unlock)\b|\b(?:can|could)\s+you\s+(?:\w+\s+)?(?:check|confirm|see|resend|look)\b|"
        r"\b(?:können\s+sie|könnt\s+ihr)\s+(?:nachsehen|prüfen)|\bpouvez-vous\s+vérifier|"
        r"\bpueden\s+(?:mirar\w*|comprobar)"
    ),
    "i": r"\b(?:i|i'm|i've|i'd|me|ich|mir|je|j'ai|moi|yo)\b",
    "we": r"\b(?:we|us|our|wir|uns|nous|nosotros)\b",
    "you": r"\b(?:you|your|ur|sie|ihr|ihre|vous|votre|vos|ustedes)\b",
    "code": r"\b(?=[a-z-]*\d)[a-z0-9][a-z0-9-]{4,}\b",
    "number": r"\d",
}


class Signs:
    """Find which phrases a text holds."""

    def __init__(self) -> None:
        self._phrases = {name: re.compile(phrase, re.DOTALL) for name, phrase in _PHRASES.items()}

    def of(self, text: str) -> Iterator[str]:
        """Give the names of the phrases that stand in a text, whatever its case."""
        lower = text.lower()
        return (name for name, phrase in self._phrases.items() if phrase.search(lower))
