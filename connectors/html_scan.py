"""Read the tags and words of HTML in one pass, without building a tree.

A tree is not built in the process that crawls: by the rules of HTML a page of 40 kB can ask
for millions of elements (open formatting elements are made again in every paragraph), and
200,000 nested ones took the parser that documents are read with over a minute. Documents
are parsed in a child with limits; a crawl needs tags alone, and here each character is
looked at once.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import unescape
from html.entities import html5
from types import MappingProxyType

_NAME = r"[^\s/>=][^\s/>=]*+|=[^\s/>=]*+"
_ATTRIBUTE = re.compile(
    rf"""({_NAME})(?:\s*+=\s*+(?:"([^"]*+)"?|'([^']*+)'?|([^\s>"'][^\s>]*+))?)?""",
)
# Nothing is ever given back, and it ends at the end of the text too: a page of nothing but
# beginnings of tags is read once, not once for each. No group stands within a possessive
# repetition, which Python 3.11 gets wrong.
_TAG = re.compile(
    rf"""<(/?)([A-Za-z][^\s/>]*+)((?:[\s/]++|(?:{_NAME})"""
    r"""(?:\s*+=\s*+(?:"[^"]*+(?:"|\Z)|'[^']*+(?:'|\Z)|[^\s>"'][^\s>]*+)?+)?+)*+)(?:>|\Z)"""
)
_MARKUP = re.compile(r"<(?:/?[A-Za-z]|[!?]|/)")
_NONE: Mapping[str, str] = MappingProxyType({})
_REFERENCE = re.compile(
    r"&(?:#(?:\d{1,7}(?!\d)|[xX][0-9a-fA-F]{1,6}(?![0-9a-fA-F]));?"
    # In an address `&copy=1` is a parameter and no sign.
    r"|[A-Za-z][A-Za-z0-9]{1,31}(?:;|(?![A-Za-z0-9=])))"
)
_RAW = {
    name: re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE)
    for name in (
        *("iframe", "noembed", "noframes", "plaintext", "script", "style", "textarea", "title"),
        "xmp",
    )
}


@dataclass(frozen=True, slots=True)
class Tag:
    """One tag; a raw element's content, such as a title's or a script's, comes with it."""

    name: str
    """In lower case."""
    closes: bool
    empty: bool
    """Whether it is written with a slash at its end."""
    attributes: Mapping[str, str]
    """The first of each name, in lower case, with references resolved."""
    raw: str


def scan(html: str, named: frozenset[str]) -> Iterator[Tag | str]:
    """Give tags and the words between them; attributes only of tags that are `named`."""
    at = 0
    while at < len(html):
        markup = _MARKUP.search(html, at)
        start = markup.start() if markup else len(html)
        if start > at:
            yield resolved(html[at:start])
        found = _TAG.match(html, start)
        if found is None:
            at = _after_other(html, start)
            continue
        tag, at = _tag(found, html, named)
        yield tag


def resolved(text: str) -> str:
    """Resolve character references; ones of thousands of digits are no numbers to Python."""
    return _REFERENCE.sub(_sign, text) if "&" in text else text


def _sign(found: re.Match[str]) -> str:
    reference = found[0]
    # Left to itself `unescape` would find `&gt` in `&gtm`.
    known = reference[1] == "#" or reference[1:] in html5
    return unescape(reference) if known else reference


def _after_other(html: str, start: int) -> int:
    """Say where a comment or a declaration ends."""
    # `<!-->` is a whole comment.
    comment = html.startswith("<!--", start)
    end = html.find("-->", start + 2) if comment else html.find(">", start)
    return len(html) if end < 0 else end + (3 if comment else 1)


def _tag(found: re.Match[str], html: str, named: frozenset[str]) -> tuple[Tag, int]:
    name, closes, end = found[2].lower(), bool(found[1]), found.end()
    attributes = _attributes(found[3]) if name in named and not closes else _NONE
    raw = ""
    if name in _RAW and not closes:
        closing = _RAW[name].search(html, end)
        raw = html[end : closing.start() if closing else len(html)]
        end += len(raw)
    return Tag(name, closes, found[3].endswith("/"), attributes, raw), end


def _attributes(written: str) -> dict[str, str]:
    attributes: dict[str, str] = {}
    for found in _ATTRIBUTE.finditer(written):
        value = found[2] or found[3] or found[4] or ""
        attributes.setdefault(found[1].lower(), resolved(value))
    return attributes
