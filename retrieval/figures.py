"""Find the figures in a text (numbers, dates, times, identifiers), however they are written."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_URL = re.compile(r"\bhttps?://\S+|\bwww\.\S+", re.I)
_ORDINAL = re.compile(r"^[ \t]*\d{1,3}[.)](?=[ \t])", re.M)
_FIGURE = re.compile(
    r"(?P<iso>\b\d{4}-\d{1,2}-\d{1,2}\b)"
    r"|(?P<date>\b\d{1,2}[./]\d{1,2}[./](?:\d{4}|\d{2})\b)"
    r"|(?P<clock>\b\d{1,2}(?::\d{2})?\s?[ap]\.?m\b|\b\d{1,2}:\d{2}\b)"
    r"|(?P<name>\b[^\W\d_]+-?\d\w*)"
    r"|(?P<number>\d{1,3}(?:[ \u00a0\u202f'’]\d{3})+(?:[.,]\d+)?(?!\d)|\d+(?:[.,]\d+)*)",  # noqa: RUF001 - Swiss
    re.I,
)
_SPACED = re.compile(r"([^\W\d_]+)[ -](\d\w*)")
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_GROUPED = re.compile(r"\d{1,3}(?:[.,]\d{3})+\Z")
_MONTHS = {
    name: str(number)
    for number, names in enumerate(
        (
            "january jan januar janvier enero ene",
            "february feb februar février fevrier febrero",
            "march mar märz mär maerz mars marzo",
            "april apr avril abril abr",
            "may mai mayo",
            "june jun juni juin junio",
            "july jul juli juillet julio",
            "august aug août aout agosto ago",
            "september sept sep septembre septiembre",
            "october oct oktober okt octobre octubre",
            "november nov novembre noviembre",
            "december dec dezember dez décembre decembre diciembre dic",
        ),
        start=1,
    )
    for name in names.split()
}
_WORDS = {
    word: str(number)
    for number, words in (
        (0, "zero null zéro cero"),
        (1, "one ein eins eine einen einem einer einmal un une uno una"),
        (2, "two twice zwei zweimal deux dos"),
        (3, "three drei trois tres"),
        (4, "four vier quatre cuatro"),
        (5, "five fünf cinq cinco"),
        (6, "six sechs seis"),
        (7, "seven sieben sept siete"),
        (8, "eight acht huit ocho"),
        (9, "nine neun neuf nueve"),
        (10, "ten zehn dix diez"),
        (11, "eleven elf onze once"),
        (12, "twelve zwölf douze doce dozen dutzend"),
        (13, "thirteen dreizehn treize trece"),
        (14, "fourteen vierzehn quatorze catorce fortnight"),
        (15, "fifteen fünfzehn quinze quince"),
        (16, "sixteen sechzehn seize dieciséis"),
        (17, "seventeen siebzehn dix-sept diecisiete"),
        (18, "eighteen achtzehn dix-huit dieciocho"),
        (19, "nineteen neunzehn dix-neuf diecinueve"),
        (20, "twenty zwanzig vingt veinte"),
        (21, "twenty-one einundzwanzig vingt-et-un veintiuno"),
        (24, "twenty-four vierundzwanzig vingt-quatre veinticuatro"),
        (28, "twenty-eight achtundzwanzig vingt-huit veintiocho"),
        (30, "thirty dreißig dreissig trente treinta"),
        (40, "forty vierzig quarante cuarenta"),
        (45, "forty-five fünfundvierzig quarante-cinq"),
        (48, "forty-eight achtundvierzig quarante-huit"),
        (50, "fifty fünfzig cinquante cincuenta half"),
        (60, "sixty sechzig soixante sesenta"),
        (70, "seventy siebzig soixante-dix setenta"),
        (72, "seventy-two zweiundsiebzig soixante-douze"),
        (80, "eighty achtzig quatre-vingts ochenta"),
        (90, "ninety neunzig quatre-vingt-dix noventa"),
        (100, "hundred hundert cent cien"),
    )
    for word in words.split()
}
_UNIT = re.compile(
    r"\s+(?:(?:business|working|calendar)\s+)?(?:second|minute|hour|day|week|month|year|percent"
    r"|dollar|euro|pound|cent|sekunde|stunde|tag|werktag|woche|monat|jahr|prozent|minuten"
    r"|seconde|heure|jour|semaine|mois|an\b|ans\b|année|pour\s?cent"
    r"|segundo|hora|día|dia\b|semana|mes\b|meses|año|por\s?ciento)",
    re.I,
)
_NEAR = re.compile(r"\d[.,]?(?:st|nd|rd|th|er)?\.?(?:\s+de)?\s*\Z")
_AFTER = re.compile(r"\.?(?:\s+de)?\s*\d")
_HALF_DAY = 12


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of a text."""

    written: str
    parts: tuple[frozenset[str], ...]
    """What it consists of, such as day, month and year; each in every way it may be meant."""

    def stands_in(self, *known: frozenset[str]) -> bool:
        """Say whether each part is among what these texts are known to hold."""
        return all(any(part & one for one in known) for part in self.parts)


def figures_in(text: str) -> list[Figure]:
    """Give the figures that a statement claims.

    Addresses and the numbers of a list are none; a number in words is one before a unit.
    """
    plain = _ORDINAL.sub("", _URL.sub(" ", text))
    found = [Figure(match[0].strip(), _parts(match)) for match in _FIGURE.finditer(plain)]
    for word in _WORD.finditer(plain):
        spelled, name = _WORDS.get(word[0].casefold()), _MONTHS.get(word[0].casefold())
        if spelled and _UNIT.match(plain, word.end()):
            found.append(Figure(word[0], (frozenset({spelled}),)))
        if name and (_NEAR.search(plain, 0, word.start()) or _AFTER.match(plain, word.end())):
            found.append(Figure(word[0], (frozenset({f"m{name}"}),)))
    return found


def known_figures(*texts: str) -> frozenset[str]:
    """Give everything that these texts hold, in every way in which it may be written again."""
    known: set[str] = set()
    for text in texts:
        for match in _FIGURE.finditer(text):
            known.update(*_parts(match), *_pieces(match))
        known.update("".join(pair).casefold() for pair in _SPACED.findall(text))
        for word in _WORD.finditer(text):
            known.update(_said(word[0].casefold()))
    return frozenset(known)


def _said(word: str) -> Iterator[str]:
    if word in _WORDS:
        yield _WORDS[word]
    if word in _MONTHS:
        yield f"m{_MONTHS[word]}"


def _pieces(match: re.Match[str]) -> list[frozenset[str]]:
    """Give the numbers within a date, a time or a name, which may be named alone."""
    return [_number(digits) for digits in re.findall(r"\d+", match[0])]


def _parts(match: re.Match[str]) -> tuple[frozenset[str], ...]:
    written = match[0].casefold()
    if match["iso"]:
        year, month, day = written.split("-")
        return frozenset({year}), frozenset({f"m{int(month)}"}), frozenset({str(int(day))})
    if match["date"]:
        first, second, year = (str(int(part)) for part in re.split(r"[./]", written))
        years = {year, f"20{year:0>2}"} if len(year) <= 2 else {year}
        either = (frozenset({one, f"m{one}"}) for one in (first, second))
        return (*either, frozenset(years))
    if match["clock"]:
        return (_time(written),)
    if match["name"]:
        return (frozenset({written.replace("-", "")}),)
    return (_number(match[0]),)


def _time(written: str) -> frozenset[str]:
    hour, minute = (int(part) for part in (*re.findall(r"\d+", written), "0")[:2])
    if written.rstrip(".m").endswith("p"):
        hour = hour % _HALF_DAY + _HALF_DAY
    return frozenset({f"{hour}:{minute:02}"} | (set() if minute else {str(hour)}))


def _number(written: str) -> frozenset[str]:
    """Give what a number may mean: 1,000 is a thousand in one language and one in another."""
    bare = re.sub(r"[ \u00a0\u202f'’]", "", written)  # noqa: RUF001 - Swiss
    means = {_decimal(bare)}
    if _GROUPED.match(bare):
        means.add(_decimal(re.sub(r"[.,]", "", bare)))
    marks = re.findall(r"[.,]", bare)
    if len(set(marks)) > 1:
        whole, _, fraction = bare.rpartition(marks[-1])
        means = {_decimal(re.sub(r"[.,]", "", whole) + "." + fraction)}
    return frozenset(means)


def _decimal(number: str) -> str:
    """Write a number in one way: a point, no zeros at the end, none at the beginning."""
    if len(re.findall(r"[.,]", number)) > 1:
        return number
    whole, _, fraction = number.replace(",", ".").partition(".")
    whole, fraction = whole.lstrip("0") or "0", fraction.rstrip("0")
    return f"{whole}.{fraction}" if fraction else whole
