"""Turn inline Markdown into the text that a reader sees, and headings into anchors."""

import re
from collections.abc import Sequence

from markdown_it.token import Token

from ingest.parse.clean import one_line
from ingest.parse.links import Linked, linked

_BREAK_TAG = re.compile(r"<br\s*/?>\Z", re.IGNORECASE)
_EXPLICIT_ID = re.compile(r"\s*\{\s*#([^\s{}]+)[^{}]*\}\s*\Z")
_NOT_IN_SLUG = re.compile(r"[^\w\- ]")


def inline_text(tokens: Sequence[Token] | None) -> str:
    """Give the readable text: links as their words, images as what they show."""
    parts: list[str] = []
    links: list[tuple[str, int]] = []
    for token in tokens or ():
        if token.type == "link_open":
            links.append((str(token.attrs.get("href") or ""), len(parts)))
        elif token.type == "link_close" and links:
            address, since = links.pop()
            if not "".join(parts[since:]).strip():
                parts.append(address)
        else:
            parts.append(_text_of(token))
    return "".join(parts)


def inline_links(tokens: Sequence[Token] | None) -> list[Linked]:
    """Give the links in their order, with the words that `inline_text` gives of them."""
    found: list[Linked] = []
    opened: list[int] = []
    for at, token in enumerate(tokens or ()):
        if token.type == "link_open":
            opened.append(at)
        elif token.type == "link_close" and opened and tokens:
            since = opened.pop()
            link = linked(
                inline_text(tokens[since : at + 1]), str(tokens[since].attrs.get("href") or "")
            )
            found += [link] if link else []
    return found


def _text_of(token: Token) -> str:
    if token.type == "softbreak":
        return "\n"
    if token.type == "hardbreak" or _BREAK_TAG.match(token.content):
        return "\n"
    if token.type == "image":
        return inline_text(token.children)
    if token.type == "html_inline":
        return ""
    return token.content


def split_anchor(heading: str) -> tuple[str, str]:
    """Split `Title {#id}` into title and id; the id is "" where none is given."""
    found = _EXPLICIT_ID.search(heading)
    return (heading[: found.start()], found[1]) if found else (heading, "")


class Slugs:
    """Gives the anchors that GitHub gives to headings, each once in a document."""

    def __init__(self) -> None:
        self._seen: dict[str, int] = {}

    def anchor_of(self, heading: str) -> str:
        """Give the anchor: lower case, hyphens for spaces, a number where it was used."""
        slug = _NOT_IN_SLUG.sub("", one_line(heading).lower()).replace(" ", "-")
        anchor = slug
        while anchor in self._seen:
            self._seen[slug] += 1
            anchor = f"{slug}-{self._seen[slug]}"
        self._seen[anchor] = 0
        return anchor

    def take(self, anchor: str) -> str:
        """Note an anchor that the document gives itself."""
        self._seen.setdefault(anchor, 0)
        return anchor
