"""The words around dates that make a statement true until then, in five languages.

All languages are looked for in every text: pages quote one another's languages, and a short
page's own is often guessed wrong.
"""

import re
from collections.abc import Iterable

from ingest.freshness.date_words import WEEKDAYS


def _any(phrases: Iterable[str]) -> str:
    return "(?:" + "|".join(phrases) + ")"


_FILLERS = (
    r"[\s,:*_(\u2013\u2014|]+",
    r"\d{1,2}(?:[:.h]\d\d)?\s?(?:am|pm|a\.m\.|p\.m\.|uhr|h)?(?!\w)",
    *(rf"\b{day}\b\.?" for day in WEEKDAYS),
    r"\b(?:the|and|including|inclusive|to|on|at|of|end|midnight|noon|midday|time|date|day|is)\b",
    r"\b(?:close|business|eod|cob|gmt|utc|cet|est|et|pt)\b",
    r"\b(?:at least|probably|mindestens|voraussichtlich|zunächst|au moins|al menos|almeno)\b",
    r"\b(?:zum|zu|einschließlich|inkl\.|spätestens|am|um|den|dem|der|ende|mittag|mitternacht|ist)\b",
    r"\b(?:le|la|les|au|à|a|en|du|de|fin|inclus|midi|minuit|heures|est|plus|tard)\b",
    r"\b(?:el|al|del|día|dia|final|finales|inclusive|mediodía|medianoche|es|las|los|il|lo|del|e)\b",
)
_FILL = rf"(?:{'|'.join(_FILLERS)}){{0,8}}\Z"

_ENDS = (
    # English
    r"until", r"till", r"thru", r"up to and including", r"valid (?:to|for orders)", r"ends(?! of)",
    r"ending", r"expires?", r"expiring", r"expiration", r"expiry", r"closes?(?= on)", r"closing",
    r"deadline[^.;:\d\n]{0,40}", r"(?:no|not) later than",
    r"last (?:day|date|chance)[^.;:\d\n]{0,40}",
    r"last orders?[^.;:\d\n]{0,40}", r"due(?= on| by| date|:)", r"available to", r"runs? out",
    r"order by", r"cut-?off[^.;:\d\n]{0,40}", r"best before",
    # German
    r"bis", r"endet(?= am)", r"enden(?= am)", r"läuft(?= am| bis)", r"spätestens",
    r"letzter? (?:tag|bestelltag|termin)[^.;:\d\n]{0,40}", r"(?:ende der )?frist[^.;:\d\n]{0,30}",
    r"(?:bestell|einsende|anmelde|annahme|redaktions)schluss[^.;:\d\n]{0,30}", r"befristet auf",
    # French
    r"jusqu['\u2019](?:au|à|en)", r"expirent?", r"prend fin", r"prennent fin", r"se termine(?:nt)?",
    r"date limite[^.;:\d\n]{0,40}", r"au plus tard", r"dernier jour[^.;:\d\n]{0,40}",
    r"avant(?= le)",
    # Spanish
    r"hasta", r"vencen?", r"caducan?", r"expiran?", r"finalizan?", r"terminan?(?= el)",
    r"a más tardar", r"fecha límite[^.;:\d\n]{0,40}", r"último día[^.;:\d\n]{0,40}",
    r"antes(?= del)",
    # Italian
    r"fino a(?:l|ll['\u2019])?", r"entro(?: e non oltre)?", r"scaden?(?:za)?",
    r"ultimo giorno[^.;:\d\n]{0,40}",
)  # fmt: skip
ENDING = re.compile(rf"\b{_any(_ENDS)}{_FILL}", re.IGNORECASE)
"""What a sentence says right before the date that it holds until."""

ENDING_BY_DAY = re.compile(rf"\b(?:by|through|up to){_FILL}", re.IGNORECASE)
"""Words that mean the same before a day, and something else before a year."""

_SPAN_TO = (
    r"(?:to|until|till|and|through|[\u2013-]|bis(?: zum)?|und|au|à|al|hasta(?: el)?|a|y|et|e)"
)
SPAN = re.compile(
    rf"(?:\b(?:from|vom|von|du|del|desde|dal)\s[^.;:()]{{1,40}}?\s?"
    rf"{_SPAN_TO}\s+(?:the |the end of |le |el |il )?|\d(?:st|nd|rd|th|\.)?\s?[\u2013-]\s?)\Z",
    re.IGNORECASE,
)
"""What stands before the second date of `from … to …`."""

LEAD = re.compile(
    r"\b(?:by|until|deadlines?|last days?|last orders?|no later than|cut-?offs?|before|"
    r"bis|spätestens|fristen|termine|bestellschluss|"
    r"jusqu|avant|dates? limites?|au plus tard|hasta|antes|fechas? límites?|entro|scadenze)\b",
    re.IGNORECASE,
)
"""What announces a list of deadlines, in a sentence that ends with a colon."""

COLUMN = re.compile(
    r"\b(?:valid (?:until|to|through)|deadline|order by|last orders?|offer ends|expires(?: on)?|"
    r"gültig bis|frist|bestellschluss|bestellen bis|valables? jusqu|date limite|"
    r"válid[oa]s? hasta|fecha límite|vence)\b",
    re.IGNORECASE,
)
"""What a column of deadlines is called."""

STANDING = re.compile(
    r"\b(?:is|are|can|may|must|will|applies|apply|valid|get|save|order|available|supported|"
    r"guaranteed|closed|open|offer|free|"
    r"ist|sind|gilt|gelten|gültig|kann|können|wird|werden|erhalten|geschlossen|geöffnet|läuft|"
    r"est|sont|peut|peuvent|valables?|sera|seront|fermée?s?|ouverte?s?|offre|"
    r"es|son|está|están|puede|pueden|válid[oa]s?|será|serán|cerrad[oa]s?|abiert[oa]s?|oferta|"
    r"è|sono|valid[oaie]|sarà|saranno|chius[oaie]|apert[oaie])\b",
    re.IGNORECASE,
)
"""Words of statements that hold, or are going to."""

_DONE = (
    r"was", r"were", r"had", r"did", r"used to", r"ended", r"expired", r"stopped", r"took place",
    r"ran", r"began", r"started", r"until then", r"lasted", r"held", r"chose", r"observed",
    r"occurred",
    r"conducted", r"caused", r"killed", r"became", r"came", r"went", r"took", r"analy[sz]ed",
    r"studied", r"aired", r"airing", r"followed", r"searched", r"enrol\w+", r"assessed",
    r"(?:has|have) (?:\w+ly )?(?!been)\w+(?:ed|en|wn)", r"served", r"lived", r"worked",
    r"originally", r"previously", r"formerly", r"historically", r"since",
    (r"(?<!be )(?<!are )(?<!is )(?:purchased|bought|ordered|placed|made|submitted|received|"
     r"reported|collected|published|recorded|sold|updated|revised|registered)"),
    r"war", r"waren", r"wurden?", r"hatten?", r"galt(?:en)?", r"endeten?", r"lief(?:en)?", r"seit",
    r"betrug(?:en)?", r"früher", r"fand(?:en)?", r"gab",
    r"était", r"étaient", r"avai(?:t|ent)", r"fut", r"furent", r"a duré", r"depuis", r"autrefois",
    r"eran?", r"fueron", r"fue", r"estaban?", r"había[n]?", r"tenían?", r"terminó",
    r"desde entonces", r"duró", r"erano", r"stat[oaie]",
)  # fmt: skip
PAST = re.compile(rf"\b{_any(_DONE)}\b", re.IGNORECASE)
"""Words of statements that tell history: they stay true."""

YEARS = re.compile(
    r"(?:19|20)\d\d\s*(?:to|until|till|through|bis|au|à|al|hasta|fino al|[\u2013-])\s*\Z",
    re.IGNORECASE,
)
"""What stands before the second of two years."""

FOR_GOOD = re.compile(
    r"\b(?:no longer|not any ?more|effective|outstanding|balance|balance sheets?|fiscal|"
    r"nicht mehr|ne \S+ plus|ya no|non \S+ più)\b",
    re.IGNORECASE,
)
"""Words after which a date is a beginning, of what holds since."""

NARRATED = re.compile(r"(?<!\bbe )(?<!\bis )(?<!\bare )(?<!\bbeen )\b\w{2,}ed\b", re.IGNORECASE)
"""English verbs in the past tense, or what looks like them."""

WHEN = re.compile(r",? (?:when|als|lorsque|quand|cuando|quando)\b", re.IGNORECASE)
"""What tells after a date that something happened then."""

LONGER = re.compile(
    r"\b(?:extended|prolonged|postponed|suspended|verlängert|verschoben|ausgesetzt|prolongée?s?|"
    r"reportée?s?|suspendue?s?|prorrogad[oa]s?|ampliad[oa]s?|aplazad[oa]s?|"
    r"prorogat[oaie]|sospes[oaie])\b",
    re.IGNORECASE,
)
"""Words that make a date of the future of a sentence in the past tense."""

INSTANCE = re.compile(
    r"\b(?:for example|for instance|e\.g\.|such as|sample|z\.\s?b\.|zum beispiel|beispielsweise|"
    r"par exemple|por ejemplo|p\.\s?ej\.|ad esempio)",
    re.IGNORECASE,
)
"""Words after which a date is made up."""

OF_LAW = re.compile(
    r"©|\(c\)|\b(?:copyright|founded|established|act|regulation|directive|gegründet|gesetz\w*|"
    r"verordnung|richtlinie|bgbl|fondée?|loi|règlement|ordonnance|fundad[oa]|ley|reglamento|"
    r"legge|decreto|iso|rfc|sql|windows|vintage|et al)\b",
    re.IGNORECASE,
)
"""Words beside which a year is a part of a name."""

_SUBJECTS = (
    "prices", "price list", "pricing", "rates?", "fees?", "tariffs?", "opening hours", "hours",
    "holidays?", "calendar", "schedule", "timetable", "deadlines?", "offers?", "deals?", "sales?",
    "promotions?", "discounts?", "catalogue", "catalog", "delivery", "shipping", "collection",
    "plans?", "last days?", "gift", "roadmap",
    "preise", "preisliste", "gebühren", "tarife?", "öffnungszeiten", "feiertage", "kalender",
    "fahrplan", "fristen", "angebote?", "aktion(?:en)?", "rabatte?", "katalog", "versand",
    "termine",
    "nos prix", "tarifs", "horaires", "jours fériés", "calendrier", "promotions?", "soldes",
    "offres?", "livraison", "précios", "precios", "tarifas", "horarios?", "festivos", "calendario",
    "ofertas?", "rebajas", "catálogo", "envíos?", "plazos", "prezzi", "tariffe", "orari", "offerte",
    "saldi",
)  # fmt: skip
SUBJECT = re.compile(rf"\b{_any(_SUBJECTS)}\b", re.IGNORECASE)
"""What is renewed every year, so that a heading with a year speaks of that year alone."""

AS_OF = re.compile(
    r"\b(?:as of|as at|correct at|stand|(?:en|à la) date d[ue']|a fecha de)[\s:]+\Z",
    re.IGNORECASE,
)
"""What a sentence says before the date of its knowledge."""

_COMING = (
    (r"will (?:\w+ )?(?:be )?(?:available|launch\w*|released?|removed|discontinued|retired|"
     r"introduced|start|begin|change|open|close|end|increase|rise|come|move|switch|replaced?|shut|"
     r"stop|required|(?:un)?supported|return|resume|reopen|arrive)"),
    r"(?:is|are) (?:planned|scheduled|expected|due)",
    r"coming (?:in|on|with)\b", r"available from", r"planned for", r"scheduled for",
    (r"(?:wird|werden)\b.{0,90}\b(?:verfügbar|eingeführt|abgeschaltet|eingestellt|starten|beginnen|"
     r"erhältlich|erscheinen|eröffnet|öffnen|schließen|umgestellt|angepasst|erhöht|erwartet)"),
    r"(?:ist|sind) (?:für|im) .{0,30}(?:geplant|vorgesehen)",
    (r"(?:sera|seront)\b.{0,70}\b(?:disponibles?|lancée?s?|supprimée?s?|arrêtée?s?|remplacée?s?|"
     r"ouverte?s?|fermée?s?|modifiée?s?|augmentée?s?)"),
    r"prévue?s? (?:pour|en)", r"sortira", r"ouvrira",
    r"(?:estará|estarán)\b.{0,40}\bdisponibles?", r"se (?:lanzará|eliminará|retirará|abrirá)n?",
    r"previst[oa]s? para", r"(?:será|serán)\b.{0,40}\b(?:lanzad|retirad|eliminad|sustituid)[oa]s?",
    r"sarà (?:disponibile|lanciat[oa]|rimoss[oa])",
)  # fmt: skip
COMING = re.compile(rf"\b{_any(_COMING)}\b", re.IGNORECASE)
"""What announces something."""

BEFORE_COMING = re.compile(
    r"(?:\b(?:in|on|by|from|for|at|during|early|mid|late|im|am|ab|zum|anfang|mitte|ende|en|dès|"
    r"à partir d[eu']|le|pour|au|para|el|a partir de[l]?|nel|dal|il)[\s-]+"
    r"(?:early |late |mid-?|the )?)\Z",
    re.IGNORECASE,
)
"""What leads from an announcement to its date."""

SOON = re.compile(
    r"(?:coming|available) soon\b|(?:demnächst|bald) (?:verfügbar|erhältlich)\b|"
    r"(?:bientôt|prochainement) disponibles?\b|próximamente\b|prossimamente\b"
)
"""An announcement without a date, in lower case."""

THIS_YEAR = re.compile(
    r"this year['\u2019]s\b|later this year\b|diesjährige\w?\b|noch in diesem jahr\b|"
    r"(?:plus tard|d['\u2019]ici la fin de) cette année\b|de este año\b|más adelante este año\b"
)
"""A year that is the one of writing, in lower case."""

HISTORY = re.compile(
    r"\b(?:change ?-?logs?|release[ _-]?notes?|releases|what['\u2019]?s[ _-]new|news|newsroom|"
    r"blog|press releases?|in the press|archives?|history|announcements?|"
    r"versionshinweise|neuigkeiten|aktuelles|presse(?:mitteilung\w*)?|archiv|verlauf|chronik|"
    r"nouveautés|actualités|historique|communiqués?|novedades|noticias|historial|prensa|"
    r"novità|notizie)\b",
    re.IGNORECASE,
)
"""Names of pages and sections that tell what happened, where an old date is right."""
