"""Tell pages that only say that there is no such page, though their status says 200.

Neither rule may condemn a real page, since a condemned one is never indexed: a real page
has words of its own, and one about the error 404 has it in its address or is not short.
"""

import re
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

_WORDS = 3
_DIFFERENT = 8
"""Runs of words that may differ: a time, a request's number, a counter."""
_SHORT = 120
"""Words of a page that says no more than that, with a menu around it."""
# Where words are not spaced, each letter counts as one.
_WORD = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]"
    r"|[^\s\u0000-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00bf\u2000-\u206f\u3000-\u303f]+"
)
_SEPARATORS = re.compile(r"\s[|·»«:\u2013\u2014-]+\s|[|·»«\u2013\u2014]|:\s")
_NUMBERED = re.compile(
    r"(?:(?:http|https|error|erreur|fehler|fout|fel|błąd|ошибка|errore?) ?)*40[14]"
    r"(?: (?:error|fehler|page|not found|page not found|file not found))*"
)
_PHRASES = frozenset(
    {
        *("not found", "page not found", "file not found", "page cannot be found"),
        *("page does not exist", "page doesn't exist", "this page does not exist"),
        *("this page isn't available", "this page could not be found", "content not found"),
        *("nicht gefunden", "seite nicht gefunden", "seite existiert nicht"),
        *("page introuvable", "page non trouvée", "cette page n'existe pas"),
        *("página no encontrada", "pagina no encontrada", "no encontrado"),
        *("pagina non trovata", "pagina inesistente", "página não encontrada"),
        *("pagina niet gevonden", "sidan hittades inte", "siden ble ikke funnet"),
        *("siden blev ikke fundet", "sivua ei löydy", "sivua ei löytynyt"),
        *("nie znaleziono strony", "strona nie została znaleziona", "stránka nenalezena"),
        *("a keresett oldal nem található", "sayfa bulunamad\u0131", "страница не найдена"),
        *("сторінку не знайдено", "الصفحة غير موجودة", "لم يتم العثور على الصفحة"),
        *("页面不存在", "页面未找到", "找不到页面", "找不到網頁", "頁面不存在"),
        *("ページが見つかりません", "ページが見つかりませんでした", "페이지를 찾을 수 없습니다"),
        *("पृष्ठ नहीं मिला", "पेज नहीं मिला", "không tìm thấy trang", "halaman tidak ditemukan"),
    }
)
_ERROR_NAMES = re.compile(r"(?:40[14]|error-?404|page-?not-?found|not-?found)(?:\.\w+)?", re.I)


@dataclass(frozen=True, slots=True)
class NoPage:
    """What a host shows, with status 200, for an address that cannot exist."""

    runs: frozenset[str]

    def looks_like(self, url: str, text: str) -> bool:
        """Say whether a page has next to no words of its own beside these."""
        most = min(_DIFFERENT, len(self.runs) // 4)
        said, name = _without_path(url, text), _name(url)
        # What the page is called stands in its menu as well, or only where it is missed.
        variants = (said, said.replace(name, " ") if name else said)
        return any(len(_runs(variant) ^ self.runs) <= most for variant in variants)


def no_page(url: str, text: str) -> NoPage:
    """Remember the words of the page that stood at an address made up at random."""
    return NoPage(_runs(_without_path(url, text).replace(_name(url), " ")))


def says_not_found(url: str, title: str, text: str) -> bool:
    """Say whether a short page is entitled as one that was not found, in many languages."""
    if names_an_error(url) or len(_WORD.findall(text)) > _SHORT:
        return False
    parts = [_flat(part) for part in (title, *_SEPARATORS.split(title))]
    return any(part in _FLAT_PHRASES or _NUMBERED.fullmatch(part) for part in parts)


def names_an_error(url: str) -> bool:
    """Say whether the address itself is that of a page for what was not found."""
    last = unquote(urlsplit(url).path).rstrip("/").rpartition("/")[2]
    return _ERROR_NAMES.fullmatch(last) is not None


def likeness(one: str, other: str) -> float:
    """Say which part of the words of two pages, in runs, both have: from 0 to 1.

    Where there are none, nothing is known to be alike: 0.
    """
    runs, others = _runs(one.lower()), _runs(other.lower())
    both = runs | others
    return len(runs & others) / len(both) if both else 0.0


def _without_path(url: str, text: str) -> str:
    """Take out the address, which such pages repeat."""
    path = unquote(urlsplit(url).path).lower().rstrip("/")
    return text.lower().replace(path, " ") if path else text.lower()


def _name(url: str) -> str:
    return unquote(urlsplit(url).path).lower().rstrip("/").rpartition("/")[2]


def _runs(text: str) -> frozenset[str]:
    """Give all runs of a few words."""
    words = _WORD.findall(text)
    ends = range(min(_WORDS, len(words)), len(words) + 1)
    return frozenset(" ".join(words[max(0, end - _WORDS) : end]) for end in ends)


def _flat(text: str) -> str:
    return " ".join(_WORD.findall(text.lower()))


_FLAT_PHRASES = frozenset(map(_flat, _PHRASES))
