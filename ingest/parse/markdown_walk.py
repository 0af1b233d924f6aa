"""Walk the tokens of Markdown and give its blocks."""

import re
from collections.abc import Sequence
from dataclasses import replace

from markdown_it.token import Token

from ingest.parse.clean import one_line
from ingest.parse.draft import Draft
from ingest.parse.html import drafts_of_fragment
from ingest.parse.links import Linked
from ingest.parse.markdown_inline import Slugs, inline_links, inline_text, split_anchor
from ingest.parsed import BlockKind

_NAMED = re.compile(
    r"""<(?:a|span|div)\s[^<>]{0,300}?\b(?:id|name)\s*=\s*["']([^"'\s]+)["']""", re.IGNORECASE
)


def drafts_of_tokens(tokens: Sequence[Token]) -> list[Draft]:
    """Give the blocks that these tokens stand for, in order."""
    walk = _Walk()
    for token in tokens:
        walk.take(token)
    walk.end()
    return walk.drafts


class _Walk:
    def __init__(self) -> None:
        self.drafts: list[Draft] = []
        self._slugs = Slugs()
        self._lists: list[str] = []
        self._prefix = ""
        self._heading = 0
        self._anchor = ""
        self._html: list[str] = []
        self._rows: list[list[str]] | None = None
        self._links: list[Linked] = []

    def take(self, token: Token) -> None:
        """Take in the next token."""
        if token.type == "html_block":
            self._html.append(token.content)
            return
        self._end_html()
        name, _, edge = token.type.rpartition("_")
        if token.type == "inline":
            self._take_inline(token)
        elif token.type in {"fence", "code_block"}:
            self._add(BlockKind.CODE, token.content)
        elif edge == "open":
            self._open(name, token)
        elif edge == "close":
            self._close(name)

    def end(self) -> None:
        """Take in what still waits."""
        self._end_html()

    def _open(self, name: str, token: Token) -> None:
        if name in {"bullet_list", "ordered_list"}:
            self._lists.append(name)
        elif name == "list_item":
            self._prefix = f"{token.info}. " if self._lists[-1] == "ordered_list" else ""
        elif name == "heading":
            self._heading = int(token.tag[1])
        elif name == "table":
            self._rows = []
        elif name == "tr" and self._rows is not None:
            self._rows.append([])

    def _close(self, name: str) -> None:
        if name in {"bullet_list", "ordered_list"}:
            self._lists.pop()
            self._prefix = ""
        elif name == "heading":
            self._heading = 0
        elif name == "table":
            self._end_table()

    def _take_inline(self, token: Token) -> None:
        text = inline_text(token.children)
        self._links += inline_links(token.children)
        named = _NAMED.search(token.content)
        if named and not text.strip():
            self._anchor = named[1]
        if self._rows:
            self._rows[-1].append(one_line(text))
        elif self._heading:
            self._add_heading(text, token)
        elif self._lists:
            self._add(BlockKind.LIST_ITEM, self._prefix + text if text.strip() else "")
        else:
            self._add(BlockKind.PARAGRAPH, text)

    def _add_heading(self, text: str, token: Token) -> None:
        text, given = split_anchor(text)
        named = _NAMED.search(token.content)
        given = given or self._anchor or (named[1] if named else "")
        anchor = self._slugs.take(given) if given else self._slugs.anchor_of(text)
        self._append(Draft(BlockKind.HEADING, text, self._heading, anchor))

    def _add(self, kind: BlockKind, text: str, header: str = "") -> None:
        if not text.strip():
            return
        level = len(self._lists) if kind is BlockKind.LIST_ITEM else 0
        self._append(Draft(kind, text, level, self._anchor, header))
        self._prefix = ""

    def _append(self, draft: Draft) -> None:
        self.drafts.append(replace(draft, links=tuple(self._links)))
        self._links.clear()
        self._anchor = ""

    def _end_table(self) -> None:
        lines = [" | ".join(row) for row in self._rows or [] if any(row)]
        head = " | ".join(self._rows[0]) if self._rows and any(self._rows[0]) else ""
        self._rows = None
        self._add(BlockKind.TABLE, "\n".join(lines), head if len(lines) > 1 else "")

    def _end_html(self) -> None:
        """Convert HTML that stood between the Markdown; an empty anchor names what follows."""
        if not self._html:
            return
        fragment = "\n".join(self._html)
        self._html.clear()
        drafts = drafts_of_fragment(fragment)
        self.drafts += drafts
        named = _NAMED.search(fragment)
        if named and not drafts:
            self._anchor = named[1]
