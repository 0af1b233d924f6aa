"""The desk's languages: English as it is written, others from their catalogues."""

import gettext
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

LOCALE = Path(__file__).parent / "locale"
SOURCE = "en"
NAMES = {"en": "English", "de": "Deutsch"}
"""The languages that the desk speaks, as they call themselves."""
_PLURALS = re.compile(r"plural=([^;\\]+)")
_ESCAPED = {"n": "\n", "t": "\t", '"': '"', "\\": "\\"}
Key = str | tuple[str, int]


def N_(text: str) -> str:  # noqa: N802 - gettext's own name
    """Mark words that are translated where they are shown."""
    return text


class Catalogue(gettext.NullTranslations):
    """The words of one language; what it lacks stays English."""

    def __init__(self, language: str, told: Mapping[Key, str], plurals: str) -> None:
        super().__init__()
        self.language = language
        self._told = told
        self._form = gettext.c2py(plurals)

    def gettext(self, message: str) -> str:
        """Give the message in this language."""
        return self._told.get(message) or message

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        """Give the message for so many in this language."""
        found = self._told.get((msgid1, self._form(n)))
        return found or (msgid1 if n == 1 else msgid2)


@cache
def load_catalogues() -> Mapping[str, Catalogue]:
    """Read every language that the desk speaks, once for all: it is part of the program."""
    found = {SOURCE: Catalogue(SOURCE, {}, "n != 1")}
    for path in sorted(LOCALE.glob("*.po")):
        told = read_po(path.read_text(encoding="utf-8"))
        plural = _PLURALS.search(told.get("", ""))
        found[path.stem] = Catalogue(path.stem, told, plural[1] if plural else "n != 1")
    return found


def preferred(accepted: str, spoken: Mapping[str, Catalogue]) -> str:
    """Give the best language for an Accept-Language header."""
    ranked = sorted(_ranked(accepted), key=lambda one: -one[1])
    return next((code for code, weight in ranked if weight and code in spoken), SOURCE)


def _ranked(accepted: str) -> Iterator[tuple[str, float]]:
    for part in accepted.split(",")[:20]:
        name, _, weight = part.strip().partition(";q=")
        try:
            yield name.partition("-")[0].lower(), float(weight or 1)
        except ValueError:
            continue


@dataclass(slots=True)
class _Reading:
    """One message of a .po file while its lines are read."""

    one: str = ""
    field: str = ""


def read_po(text: str) -> Mapping[Key, str]:
    """Give the messages of a .po file; plural ones under their form's number."""
    told: dict[Key, str] = {}
    now = _Reading()
    for line in text.splitlines():
        if not line or line.startswith("#"):
            continue
        word, _, rest = ("", "", line) if line.startswith('"') else line.partition(" ")
        if word == "msgid":
            now = _Reading()
        now.field = word or now.field
        _take(told, now, _unquoted(rest))
    return told


def _take(told: dict[Key, str], now: _Reading, piece: str) -> None:
    if now.field == "msgid":
        now.one += piece
    elif now.field == "msgstr":
        told[now.one] = told.get(now.one, "") + piece
    elif now.field.startswith("msgstr["):
        key = (now.one, int(now.field[7:-1]))
        told[key] = told.get(key, "") + piece


def _unquoted(quoted: str) -> str:
    inner = quoted.strip().removeprefix('"').removesuffix('"')
    return re.sub(r"\\(.)", lambda found: _ESCAPED.get(found[1], found[1]), inner)
