"""Write Word's formulas (OMML) on a line, in the signs that TeX has for them."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

_MATH = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_DEEPEST = 40


def formula_text(element: Any, depth: int = 0) -> str:
    """Give a formula as text; what has no sign of its own gives its parts in order."""
    if depth > _DEEPEST:
        return "".join(element.itertext())
    if element.tag == f"{_MATH}t":
        return element.text or ""
    write = _WRITERS.get(str(element.tag).removeprefix(_MATH))
    if write:
        return write(element, depth + 1)
    return "".join(formula_text(child, depth + 1) for child in element)


def _part(element: Any, name: str, depth: int) -> str:
    found = element.find(_MATH + name)
    return "" if found is None else formula_text(found, depth)


def _property(element: Any, holder: str, name: str) -> str:
    found = element.find(f"{_MATH}{holder}/{_MATH}{name}")
    return "" if found is None else found.get(f"{_MATH}val") or ""


def _fraction(element: Any, depth: int) -> str:
    return f"\\frac{{{_part(element, 'num', depth)}}}{{{_part(element, 'den', depth)}}}"


def _root(element: Any, depth: int) -> str:
    degree = _part(element, "deg", depth)
    return f"\\sqrt{f'[{degree}]' if degree else ''}{{{_part(element, 'e', depth)}}}"


def _scripts(element: Any, depth: int) -> str:
    below, above = _part(element, "sub", depth), _part(element, "sup", depth)
    under = f"_{{{below}}}" if below else ""
    over = f"^{{{above}}}" if above else ""
    sign = _property(element, "naryPr", "chr") or ("∫" if element.tag == f"{_MATH}nary" else "")
    body = _part(element, "e", depth)
    return f"{sign}{under}{over}{body}" if sign else f"{body}{under}{over}"


def _limit(element: Any, depth: int) -> str:
    sign = "_" if element.tag == f"{_MATH}limLow" else "^"
    return f"{_part(element, 'e', depth)}{sign}{{{_part(element, 'lim', depth)}}}"


def _brackets(element: Any, depth: int) -> str:
    inner = [formula_text(child, depth) for child in element.findall(f"{_MATH}e")]
    opened = _property(element, "dPr", "begChr") or "("
    closed = _property(element, "dPr", "endChr") or ")"
    return f"{opened}{', '.join(inner)}{closed}"


_WRITERS: Mapping[str, Callable[[Any, int], str]] = MappingProxyType(
    {
        "f": _fraction,
        "rad": _root,
        "sSub": _scripts,
        "sSup": _scripts,
        "sSubSup": _scripts,
        "nary": _scripts,
        "limLow": _limit,
        "limUpp": _limit,
        "d": _brackets,
    }
)
