"""Links of a document: which are worth keeping, and where their words stand in its text."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import urljoin

from ingest.parse.clean import clean
from ingest.parsed import Link

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_LONGEST = 2_000
_REACH = 4_000
"""Characters behind the start of its block in which a link's words must stand."""


@dataclass(frozen=True, slots=True)
class Linked:
    """Words that lead elsewhere, before their place in the text is known."""

    words: str
    target: str


def linked(words: str, target: str) -> Linked | None:
    """Give a link, or None for one without words, within its page, or to no page at all."""
    target = target.strip()
    if not target or target[0] == "#" or len(target) > _LONGEST:
        return None
    scheme = _SCHEME.match(target)
    if scheme and scheme[0].lower() not in {"http:", "https:"}:
        return None
    words = " ".join(clean(words).split())
    return Linked(words, target) if words else None


def place_links(text: str, found: Iterable[tuple[int, Linked]]) -> Iterator[Link]:
    """Find the words of links, each not before the given offset nor before the link before it.

    Those whose words the text does not hold as they are, such as over a line break, are left out.
    """
    last = 0
    for begin, link in found:
        begin = max(begin, last)
        at = text.find(link.words, begin, begin + _REACH)
        if at >= 0:
            last = at + len(link.words)
            yield Link(at, last, link.target)


def rebased(links: Iterable[Link], base: str) -> tuple[Link, ...]:
    """Make targets whole by the base that a page names for them."""
    return tuple(Link(link.start, link.end, _joined(base, link.target)) for link in links)


def _joined(base: str, target: str) -> str:
    try:
        return urljoin(base, target)
    except ValueError:  # such as a broken IPv6 address
        return target
