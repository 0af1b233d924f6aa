"""Words that say what a question wants, with one name for what several languages say.

A classifier that has learnt from many English questions so understands the German, French,
Spanish, Italian, Portuguese and Dutch ones of which it has seen few.
"""

from collections.abc import Mapping

_SAID = {
    "how": "how wie comment cómo come hoe",
    "what": "what was quoi qu'est-ce quel quelle quels quelles qué cual cuál che cosa qual wat",
    "which": "which welche welcher welches welchen lequel laquelle lesquels cuáles quale welke",
    "when": "when wann quand cuándo cuando quando wanneer",
    "where": "where wo woher wohin où dónde donde dove onde waar",
    "who": "who whom wer wem qui quién chi quem wie",
    "why": "why warum wieso weshalb pourquoi perché waarom",
    "how much": "wieviel combien cuánto cuánta cuántos cuántas quanto hoeveel",
    "my": "my mine mein meine meinen meiner meinem meines mon ma mes mi mis mio mia meu minha mijn",
    "our": "our unser unsere unseren notre nos nuestro nuestra nuestros nostro nossa ons onze",
    "you": "you your ihr ihre euer eure sie vous votre vos usted ustedes vuestro voi vostro você u uw",
    "can": "can could kann können könnt könnte peux peut puis-je pouvez puedo puede pueden posso kan",
    "allowed": "allowed permitted may darf dürfen erlaubt permis autorisé permitido mag",
    "must": "must should required have-to muss müssen soll dois doit faut debo debe tengo devo moet",
    "policy": (
        "policy policies terms rule rules richtlinie bedingungen agb regel politique conditions "
        "règle política condiciones norma voorwaarden"
    ),
    "refund": (
        "refund refunds refunded refundable reimbursed reimbursement erstattung erstattet rückgabe "
        "remboursement remboursé reembolso reembolsan devolución rimborso terugbetaling"
    ),
    "guarantee": "warranty guarantee garantie gewährleistung garantía garanzia",
    "notice": (
        "cancel cancellation kündigen kündigung stornieren storno résilier annuler résiliation "
        "cancelar cancelación anular opzeggen"
    ),
    "difference": (
        "difference differences differ vs versus compare compared comparison better unterschied "
        "unterschiede besser gegenüber vergleich différence différences mieux comparer diferencia "
        "diferencias mejor comparar differenza verschil"
    ),
    "or": "or oder ou o oppure of",
    "than": "than als que che dan",
    "between": "between zwischen entre tra tussen",
    "all": (
        "all every list complete full overview everything alle alles sämtliche liste übersicht "
        "tous toutes toute aperçu todos todas todo lista tutti elenco overzicht"
    ),
    "count": "many number anzahl nombre número",
    "summary": (
        "summary summarise summarize zusammenfassung zusammenfassen résumé résumer resumen resumir"
    ),
    "thanks": (
        "thanks thank thx ty cheers danke dankeschön vielen merci gracias grazie obrigado bedankt"
    ),
    "greeting": (
        "hi hello hey hallo moin servus bonjour salut coucou hola buenas buenos ciao olá goedemorgen"
    ),
    "goodbye": "bye goodbye tschüss wiedersehen revoir adieu adiós hasta arrivederci tchau",
    "please": "please pls bitte svp plaît favor grazie alstublieft",
    "also": "also too additionally plus außerdem zudem zusätzlich aussi également además también",
    "and": "and und et y e en",
    "second": "second secondly zweitens deuxièmement segundo ensuite dann luego",
    "order": "order parcel package bestellung paket sendung commande colis pedido paquete pakket",
    "invoice": "invoice bill payment rechnung zahlung facture paiement factura pago factuur",
    "set": (
        "set change reset install connect enable disable turn add remove export import configure "
        "einrichten ändern zurücksetzen installieren verbinden aktivieren deaktivieren hinzufügen "
        "configurer changer modifier réinitialiser installer connecter activer désactiver ajouter "
        "configurar cambiar restablecer instalar conectar activar desactivar añadir"
    ),
    "still": "still yet noch immer encore toujours todavía aún",
    "not": "not no never nicht kein keine nie pas jamais non nunca niet",
    "i": "i i'm i've ich je j'ai yo ho eu ik",
    "future": "will going predict tomorrow wird werden morgen sera demain será mañana",
    "best": "best favourite favorite opinion think beste meinung meilleur avis opinión mejores",
}


def cue_words() -> Mapping[str, str]:
    """Give the name of what a word says, by the word in lower case."""
    return {word: f"={name}" for name, words in _SAID.items() for word in reversed(words.split())}
