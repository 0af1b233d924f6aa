"""Point at the very place that a statement comes from."""

import re
from collections.abc import Iterator, Sequence
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from ingest.reading import LivePassage
from retrieval.model import Citation, Hit

TAG = r"D\d{1,6}\s?§\s?\d{1,6}(?:\s?[-–]\s?(?:D\d{1,6}\s?§\s?)?\d{1,6}\b)?"  # noqa: RUF001
"""A tag, or a row of them such as D1§2-4, as models write it."""
_TAG = re.compile(
    r"D(\d{1,6})\s?§\s?(\d{1,6})(?:\s?[-–]\s?(?:D(\d{1,6})\s?§\s?)?(\d{1,6})\b)?"  # noqa: RUF001
)
_LONGEST_ROW = 20
"""Pieces that a row of tags may name; of a longer one only the ends count."""
_VIDEO_HOSTS = ("youtube.com", "youtu.be", "youtube-nocookie.com", "loom.com")
"""Sites that take the second in the query; media files take it in the fragment."""


def tags_in(text: str) -> tuple[str, ...]:
    """Give the tags that a text uses, each once, however they are bracketed or spaced.

    A row such as D1§2-4 is all that it runs through.
    """
    return tuple(dict.fromkeys(tag for match in _TAG.finditer(text) for tag in _row(match)))


def _row(match: re.Match[str]) -> Iterator[str]:
    first, part = int(match[1]), int(match[2])
    last, end = int(match[3] or first), int(match[4] or part)
    if first == last and part <= end <= part + _LONGEST_ROW:
        yield from (f"D{first}§{one}" for one in range(part, end + 1))
    else:
        yield from (f"D{first}§{part}", f"D{last}§{end}")


def best_first(citations: Sequence[Citation], hits: Sequence[Hit]) -> tuple[Citation, ...]:
    """Put the pieces that hold a hit first, by its rank; the others keep their order."""
    by_document: dict[str, list[Hit]] = {}
    for hit in hits:
        by_document.setdefault(hit.passage.document, []).append(hit)

    def place(citation: Citation) -> int:
        near = by_document.get(citation.document, ())
        ranks = [hit.rank for hit in near if _overlap(hit, citation)]
        return min(ranks, default=len(hits) + 1)

    return tuple(sorted(citations, key=place))


def link_to(passage: LivePassage) -> str:
    """Lead to the passage; of a document without a URL, relative to wherever its source lies."""
    place = passage.url or quote(passage.ref.lstrip("/"))
    return deep_link(place, passage.anchor, passage.page, passage.seconds)


def deep_link(url: str, anchor: str, page: int | None, seconds: float | None) -> str:
    """Lead to the second, else the page, else the heading.

    The query is kept; a fragment of the URL itself gives way only to a better one.
    """
    if seconds is not None:
        return _at_second(url, int(seconds))
    if page is not None:
        return _with_fragment(url, f"page={page}")
    return _with_fragment(url, quote(anchor, safe="%!$&'()*+,;=:@/?-._~")) if anchor else url


def _overlap(hit: Hit, citation: Citation) -> bool:
    return hit.passage.start < citation.end and citation.start < hit.passage.end


def _at_second(url: str, second: int) -> str:
    parts = urlsplit(url)
    host = (parts.hostname or "").removeprefix("www.").removeprefix("m.")
    if host not in _VIDEO_HOSTS:
        return _with_fragment(url, f"t={second}")
    query = [(k, v) for k, v in parse_qsl(parts.query, keep_blank_values=True) if k != "t"]
    return urlunsplit(parts._replace(query=urlencode([*query, ("t", str(second))]), fragment=""))


def _with_fragment(url: str, fragment: str) -> str:
    return f"{url.partition('#')[0]}#{fragment}"
