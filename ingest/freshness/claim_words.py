"""The words that claims are made of in English, German, French, Spanish and Italian."""

from collections.abc import Mapping


def words_of(text: str) -> frozenset[str]:
    """Give the words of a line."""
    return frozenset(text.split())


NUMBERS: Mapping[str, int] = {
    word: number
    for number, words in enumerate(
        (
            "one ein eine einen einem einer un une uno una",
            "two zwei deux dos due",
            "three drei trois tres tre",
            "four vier quatre cuatro quattro",
            "five fünf cinq cinco cinque",
            "six sechs seis sei",
            "seven sieben sept siete sette",
            "eight acht huit ocho otto",
            "nine neun neuf nueve nove",
            "ten zehn dix diez dieci",
            "eleven elf onze once undici",
            "twelve zwölf douze doce dodici",
            "thirteen dreizehn treize trece tredici",
            "fourteen vierzehn quatorze catorce quattordici",
            "fifteen fünfzehn quinze quince quindici",
        ),
        1,
    )
    for word in words.split()
} | {
    "twenty": 20,
    "zwanzig": 20,
    "vingt": 20,
    "veinte": 20,
    "venti": 20,
    "thirty": 30,
    "dreißig": 30,
    "trente": 30,
    "treinta": 30,
    "trenta": 30,
    "forty": 40,
    "fifty": 50,
    "sixty": 60,
    "ninety": 90,
    "hundred": 100,
    "hundert": 100,
    "cent": 100,
    "cien": 100,
}
"""Numbers that are written in words."""

ARTICLES = words_of("a an one ein eine einen einem einer un une uno una")
"""Words for one that rarely count."""

_TIME = "time"
_MONTHS = "months"
UNITS: Mapping[str, tuple[str, float]] = {
    word: (family, size)
    for words, family, size in (
        (
            "second seconds sec secs sekunde sekunden seconde secondes segundo segundos secondi",
            _TIME,
            1 / 60,
        ),
        ("minute minutes min mins minuten minuto minutos minuti", _TIME, 1),
        ("hour hours hr hrs stunde stunden heure heures hora horas ora ore", _TIME, 60),
        ("day days tag tage tagen jour jours día días dia dias giorno giorni", _TIME, 1_440),
        (
            "week weeks woche wochen semaine semaines semana semanas settimana settimane",
            _TIME,
            10_080,
        ),
        ("month months monat monate monaten mois mes meses mese mesi", _MONTHS, 1),
        ("year years jahr jahre jahren an ans année années año años anno anni", _MONTHS, 12),
        ("werktag werktage werktagen arbeitstag arbeitstage arbeitstagen", "working days", 1),
        ("% percent prozent pour-cent pourcent", "percent", 1),
        ("mm millimetre millimetres millimeter", "length", 0.001),
        ("cm centimetre centimetres centimeter zentimeter", "length", 0.01),
        ("m metre metres meter metern mètre mètres metro metros metri", "length", 1),
        ("km kilometre kilometres kilometer kilometern kilomètres", "length", 1_000),
        ("mg", "weight", 0.001),
        ("g gram grams gramm gramme grammes gramos grammi", "weight", 1),
        ("kg kilo kilos kilogram kilograms kilogramm", "weight", 1_000),
        ("ml", "volume", 0.001),
        ("l litre litres liter litern litro litros", "volume", 1),
        ("kb kib", "size", 1),
        ("mb mib", "size", 1_024),
        ("gb gib", "size", 1_048_576),
        ("tb tib", "size", 1_073_741_824),
        ("°c", "temperature", 1),
    )
    for word in words.split()
}
"""Family of a unit and how many of the family's smallest it is."""

CURRENCIES: Mapping[str, str] = {
    "£": "GBP",
    "gbp": "GBP",
    "pounds": "GBP",
    "$": "USD",
    "usd": "USD",
    "dollars": "USD",
    "€": "EUR",
    "eur": "EUR",
    "euro": "EUR",
    "euros": "EUR",
    "chf": "CHF",
}

WORKING = words_of(
    "working business werk ouvré ouvrés ouvrable ouvrables hábiles laborables lavorativi"
)
"""Beside "days": days of another kind."""

LEAST = words_of(
    "least minimum mindestens mindest wenigstens moins minimal mínimo menos almeno minimo"
)
MOST = words_of(
    "most maximum within up höchstens maximal binnen innerhalb plus máximo dentro massimo entro"
)

NEGATIONS = words_of(
    "not no never cannot nothing none nobody neither nor without nicht kein keine keinen keinem"
    " keiner keines nie niemals ohne weder pas jamais aucun aucune ni sans ningún ninguna nunca"
    " sin non mai nessun nessuna senza"
) | {"can't", "don't", "doesn't", "won't", "isn't", "aren't", "didn't", "mustn't", "shouldn't"}

OPPOSITES: Mapping[str, str] = {
    "disabled": "enabled",
    "disable": "enable",
    "closed": "open",
    "forbidden": "allowed",
    "prohibited": "allowed",
    "excluded": "included",
    "excludes": "includes",
    "unavailable": "available",
    "impossible": "possible",
    "optional": "required",
    "unsupported": "supported",
    "invalid": "valid",
    "geschlossen": "geöffnet",
    "verboten": "erlaubt",
    "deaktiviert": "aktiviert",
    "unmöglich": "möglich",
    "ungültig": "gültig",
    "fermé": "ouvert",
    "interdit": "autorisé",
    "désactivé": "activé",
    "impossible à": "possible",
    "cerrado": "abierto",
    "prohibido": "permitido",
    "chiuso": "aperto",
    "vietato": "consentito",
}
"""What says the contrary of another word, and that word."""

MODALS: Mapping[str, str] = {
    "must": "must",
    "cannot": "may",
    "can": "may",
    "may": "may",
    "could": "may",
    "need": "must",
    "needs": "must",
    "required": "must",
    "optional": "may",
    "muss": "must",
    "müssen": "must",
    "kann": "may",
    "können": "may",
    "darf": "may",
    "dürfen": "may",
    "doit": "must",
    "devez": "must",
    "peut": "may",
    "pouvez": "may",
    "debe": "must",
    "puede": "may",
    "deve": "must",
    "può": "may",
}

STOPS = words_of(
    "the a an and or but if then than as at by for from in into of off on out over per to"
    " up via with"
    " is are was were be been being am do does did has have had having will would shall should this"
    " that these those it its he she they them their we our us you your i my me his her who which"
    " what when where how all any each every some such so too very just also only both more most"
    " other others there here can may must could might yes please about own same once"
    " der die das den dem des ein eine einen einem einer und oder aber wenn als am an auf"
    " aus bei bis"
    " durch für gegen im in mit nach ob seit über um unter vom von vor zu zum zur ist sind"
    " war waren"
    " sein wird werden wurde hat haben hatte dass es er sie wir ihr ihre ihren ihrem ihrer"
    " uns unser"
    " ich sich man auch nur noch schon so wie was wer wo hier da dort sehr mehr alle aller"
    " allem kann"
    " können muss müssen soll sollen sollte sollten darf dürfen bitte dieser diese dieses diesem"
    " le la les l un une des du de d et ou mais si que qui quoi dont où ce cet cette ces il"
    " elle ils"
    " elles nous vous votre vos notre nos on en y à au aux dans par pour sur avec est sont"
    " était été"
    " être a ont avoir se s son sa ses leur leurs plus très tout tous toute toutes peut doit"
    " el los las lo un una unos unas y o pero si que quien cuyo este esta estos estas ese"
    " esa su sus"
    " nuestro nuestra usted se al del en con por para es son era ser ha han hay muy todo"
    " todos puede"
    " il gli i uno una e ed o ma se che chi cui questo questa questi queste suo sua nostro"
    " al allo alla"
    " ai agli alle del dello della dei degli delle nel nella nei con per da dal dalla di è sono era"
    " essere ha hanno ci si più molto tutto tutti può deve"
)
"""Words that tell nothing of a subject."""
