"""The words of dates in English, German, French, Spanish and Italian."""

from collections.abc import Mapping

_MONTHS = (
    "january jan januar jänner janvier enero ene gennaio",
    "february feb februar février févr fevrier febrero febbraio",
    "march mar märz maerz mrz mars marzo",
    "april apr avril avr abril abr aprile",
    "may mai mayo maggio",
    "june jun juni juin junio giugno",
    "july jul juli juillet juil julio luglio",
    "august aug août aout agosto ago",
    "september sep sept septembre septiembre setiembre settembre",
    "october oct oktober okt octobre octubre ottobre",
    "november nov novembre noviembre",
    "december dec dezember dez décembre déc decembre diciembre dic dicembre",
)
MONTHS: Mapping[str, int] = {
    word: number for number, words in enumerate(_MONTHS, 1) for word in words.split()
}
"""Number of the month by its names and short names, in lower case."""

SEASONS: Mapping[str, tuple[int, bool]] = {
    **dict.fromkeys(("winter", "hiver", "invierno", "inverno"), (3, True)),
    **dict.fromkeys(
        ("spring", "frühjahr", "frühling", "printemps", "primavera"),
        (6, False),
    ),
    **dict.fromkeys(("summer", "sommer", "été", "verano", "estate"), (9, False)),
    **dict.fromkeys(
        ("autumn", "fall", "herbst", "automne", "otoño", "autunno"),
        (12, False),
    ),
    **dict.fromkeys(
        ("christmas", "christmas eve", "xmas", "weihnachten", "noël", "navidad", "navidades",
         "natale", "new year's eve", "silvester", "holiday season"),
        (12, False),
    ),
    **dict.fromkeys(("black friday", "cyber monday", "black week"), (11, False)),
    **dict.fromkeys(("easter", "ostern", "pâques", "pascua", "semana santa", "pasqua"), (4, False)),
    **dict.fromkeys(("mother's day", "muttertag", "fête des mères"), (5, False)),
    **dict.fromkeys(("valentine's day", "valentinstag", "saint-valentin", "san valentín"),
                    (2, False)),
    **dict.fromkeys(("halloween",), (10, False)),
}  # fmt: skip
"""The last month of a season or feast, and whether that is in the year after the one named."""

WEEKDAYS = (
    *("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"),
    *("mon", "tue", "tues", "wed", "thu", "thur", "thurs", "fri", "sat", "sun"),
    *("montag", "dienstag", "mittwoch", "donnerstag", "freitag", "samstag", "sonntag"),
    *("mo", "di", "mi", "do", "fr", "sa", "so"),
    *("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"),
    *("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"),
    *("lunedì", "martedì", "mercoledì", "giovedì", "venerdì", "sabato", "domenica"),
)
