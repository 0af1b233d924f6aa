"""Find what a person named as the answer: its page, and the piece of it, as they are now."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from retrieval.evaluate.questions import Gold

_FOLDED = str.maketrans("\u2018\u2019\u201c\u201d\u2013\u2014\u2011\u00a0\u202f", "''\"\"---  ")
"""Typography that people and editors swap; one character each, so offsets stay."""
_BETWEEN, _WITHIN = r"[\s*_`|>~\\]+", r"[*_`]*"
"""What may stand between two words of a quotation and within one: spaces, marks of Markdown."""
_TRACKING = ("utm_", "gclid", "fbclid")
_ENOUGH = 0.9
"""Share of a piece's characters that must be held; headings and marks belong to no passage."""


@dataclass(frozen=True, slots=True)
class Page:
    """A live document, by all the names that gold may use."""

    id: str
    ref: str
    url: str
    title: str
    version: int


@dataclass(frozen=True, slots=True)
class Place:
    """A page, or a piece of it by its characters."""

    document: str
    start: int | None = None
    end: int | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class Sought:
    """One gold of a question, found again."""

    gold: Gold
    places: tuple[Place, ...]
    """Each is enough: a page may be there twice, and say a thing twice."""
    problem: str = ""
    """What could not be found; "" where all was."""

    @property
    def has_piece(self) -> bool:
        """Whether a piece is known, and not only its page."""
        return any(place.start is not None for place in self.places)


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a page that was found or packed."""

    document: str
    start: int
    end: int
    text: str
    same: frozenset[str] = frozenset()
    """Other documents that say the same and have no piece of their own for it."""
    tokens: int = 0
    title: str = ""
    link: str = ""


class Library:
    """All live pages, found by what people call them."""

    def __init__(self, pages: Iterable[Page]) -> None:
        self._by: dict[tuple[str, str], list[Page]] = {}
        for page in pages:
            for by, name in _names(page):
                self._by.setdefault((by, name), []).append(page)

    def pages(self, gold: Gold) -> tuple[Page, ...]:
        """Give the pages that are meant: none, one, or one in each of several sources."""
        name = same_url(gold.name) if gold.by == "url" else gold.name
        return tuple(self._by.get((gold.by, name), ()))


def seek(gold: Gold, library: Library, texts: Mapping[str, str]) -> Sought:
    """Find the places that a gold names; `texts` holds the live texts of pages with pieces.

    A piece that its page does not hold any more is reported, and its page stands for it.
    """
    pages = library.pages(gold)
    if not pages:
        return Sought(gold, (), f"no live page has the {gold.by} {gold.name!r}")
    whole = tuple(Place(page.id) for page in pages)
    if not gold.has_piece:
        return Sought(gold, whole)
    pieces = tuple(
        Place(page.id, start, end, texts[page.id][start:end])
        for page in pages
        if page.id in texts
        for start, end in _stretches(texts[page.id], gold)
    )
    if pieces:
        return Sought(gold, pieces)
    said = f"the text {_short(gold.text)!r}" if gold.text else f"{gold.start} to {gold.end}"
    return Sought(gold, whole, f"{gold.name!r} does not hold {said} any more")


def finds_page(sought: Sought, piece: Piece) -> bool:
    """Say whether a piece is of a page that is sought, or says the same as one."""
    return any(
        place.document == piece.document or place.document in piece.same for place in sought.places
    )


def holds(sought: Sought, pieces: Sequence[Piece]) -> bool:
    """Say whether pieces together hold what is sought: its characters, or some of its page."""
    return any(_holds(place, pieces) for place in sought.places)


def same_url(url: str) -> str:
    """Give what tells one page from another in an address: neither scheme nor fragment do."""
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return url.strip()
    asked = [pair for pair in parse_qsl(parts.query) if not pair[0].startswith(_TRACKING)]
    query = f"?{urlencode(asked)}" if asked else ""
    return f"{parts.netloc.lower()}{unquote(parts.path).rstrip('/')}{query}"


def _names(page: Page) -> Iterator[tuple[str, str]]:
    yield "document", page.id
    yield "ref", page.ref
    if page.url:
        yield "url", same_url(page.url)


def _stretches(text: str, gold: Gold) -> list[tuple[int, int]]:
    """Give where the piece stands: at its offsets, unless its words stand elsewhere now."""
    start, end = gold.start, gold.end
    if start is not None and end is not None and end <= len(text):
        there = not gold.text or _found(text[start:end], gold.text)
        if there:
            return [(start, end)]
    return _found(text, gold.text)


def _found(text: str, quotation: str) -> list[tuple[int, int]]:
    words = quotation.translate(_FOLDED).split()
    if not words:
        return []
    first, last = (r"\b" if one.isalnum() else "" for one in (words[0][0], words[-1][-1]))
    pattern = first + _BETWEEN.join(_WITHIN.join(map(re.escape, one)) for one in words) + last
    found = re.finditer(pattern, text.translate(_FOLDED), re.IGNORECASE)
    return [match.span() for match in found]


def _holds(place: Place, pieces: Sequence[Piece]) -> bool:
    if place.start is None or place.end is None:
        return any(place.document in (piece.document, *piece.same) for piece in pieces)
    own = sorted(
        (max(piece.start, place.start), min(piece.end, place.end))
        for piece in pieces
        if piece.document == place.document
    )
    held, reached = 0, place.start
    for start, end in own:
        held += max(0, end - max(start, reached))
        reached = max(reached, end)
    if held >= _ENOUGH * (place.end - place.start):
        return True
    # A copy of the page has its own offsets, but the same words.
    copies = (piece.text for piece in pieces if place.document in piece.same)
    return any(_found(text, place.text) for text in copies)


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:60] + "…"
