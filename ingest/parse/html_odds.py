"""Tell by what a line looks like, and where it stands, whether it is part of the text.

The weights were learned by `python -m bench.extraction_weights` from segments that pages of an
archive must and must not have; docs/extraction.md tells how well they do on other pages.
"""

import math
from collections import Counter
from collections.abc import Iterator, Sequence

from ingest.parse.html_lines import WHOLE, Line, lines_below
from ingest.parse.html_tree import Element, words_in

WEIGHTS = {
    "always": 0.11,
    "item": -1.23,
    "length": -1.48,
    "long": -0.62,
    "links": 1.04,
    "linked": 0.60,
    "closed": -0.74,
    "colon": 0.73,
    "above": 1.23,
    "beside": -0.80,
    "alike": -1.28,
    "classed": 0.92,
    "share": -1.00,
    "last": 0.67,
    "marked": 1.61,
}
"""What each sign adds to the odds, as a logarithm, that a line is not part of the text."""
_LEAST = 0.5
_LEAST_IN_ARTICLES = 0.0
_MUCH = 400
_CODE = words_in("dl pre")
_MANUAL = words_in("dl ol pre table")
_SENTENCE = 80
_LONG = 200
_LAST = 3
_LARGE_SHARE = 0.2
_CLOSING = (".", "!", "?", "…", "。", "\uff01", "\uff1f", '"', "”", "»", ":", ";")


def cut_unlikely(root: Element, *, is_article: bool) -> None:
    """Mark lines that are probably no part of the text, on pages of running text.

    Headings and tables stay, and so does everything where tables, code or terms stand:
    short lines have their sense there.
    """
    lines = lines_below(root)
    manual = _CODE if is_article else _MANUAL
    if root.prose < _MUCH or any(line.element.tag in manual for line in lines):
        return
    least = _LEAST_IN_ARTICLES if is_article else _LEAST
    for line, signs in zip(lines, signs_of(lines), strict=True):
        odds = sum(WEIGHTS[name] * value for name, value in signs.items())
        if odds > least and line.element.tag not in WHOLE:
            line.element.is_cut = True


def signs_of(lines: Sequence[Line]) -> Iterator[dict[str, float]]:
    """Give for each line what speaks for or against it, each between 0 and 1."""
    held: Counter[int] = Counter()
    kinds: Counter[tuple[str, ...]] = Counter()
    for line in lines:
        if line.element.own >= _SENTENCE:
            held[id(line.within)] += line.element.own
            kinds[_kind(line)] += line.element.own
    total = max(1, held.total())
    above = 0
    for place, line in enumerate(lines):
        element, text = line.element, line.text
        yield {
            "always": 1.0,
            "item": float(element.tag == "li"),
            "length": min(1.0, math.log1p(element.length) / 6),
            "long": float(element.own >= _LONG),
            "links": float(element.linked > 0),
            "linked": element.linked / element.length,
            "closed": float(text.endswith(_CLOSING)),
            "colon": float(text.endswith(":")),
            "above": above / total,
            "beside": held[id(line.within)] / total,
            "alike": kinds[_kind(line)] / total,
            "classed": float(bool(element.attribute("class"))),
            "share": min(1.0, element.own / total / _LARGE_SHARE),
            "last": float(len(lines) - place <= _LAST),
            "marked": float("©" in text or "|" in text),
        }
        above += element.own if element.own >= _SENTENCE else 0


def _kind(line: Line) -> tuple[str, ...]:
    element, within = line.element, line.within
    return element.tag, element.attribute("class"), within.tag, within.attribute("class")
