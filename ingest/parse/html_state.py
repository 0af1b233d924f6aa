"""What a walk over a page has gathered since the last block, and what it stands in."""

import re
from dataclasses import dataclass

from ingest.parse.draft import Draft
from ingest.parse.links import Linked, linked
from ingest.parsed import BlockKind

_BLANK_LINE = re.compile(r"\n[^\S\n]*\n")


@dataclass(slots=True)
class _List:
    ordered: bool
    number: int


class WalkState:
    """Collects text and closes it into blocks; knows list depth, heading, code and term."""

    def __init__(self) -> None:
        self.drafts: list[Draft] = []
        self._written: list[str] = []
        self._lists: list[_List] = []
        self._heading = 0
        self._in_code = 0
        self._in_term = False
        self._terms: list[str] = []
        self._prefix = ""
        self._anchor = ""
        self._weak_anchor = ""
        self._links: list[Linked] = []

    @property
    def in_heading(self) -> bool:
        """Say whether a heading is open."""
        return self._heading > 0

    def write(self, text: str, *, as_is: bool = False) -> None:
        """Add text; outside code its line breaks are spaces, unless it is meant `as_is`."""
        self._written.append(text if as_is or self._in_code else _spaced(text))

    def mark(self, anchor: str | None) -> None:
        """Note the id of an element that starts here; the next block can be linked by it."""
        if anchor:
            self._anchor = anchor

    def mark_inline(self, anchor: str | None) -> None:
        """Note an id amid text: it is the block's where the block only starts, or has none."""
        if not anchor:
            return
        if self._heading or self._in_term or not self._has_text():
            self._weak_anchor = anchor

    def link(self, words: str, target: str) -> None:
        """Note a link whose words are about to be written."""
        if link := linked(words, target):
            self._links.append(link)

    def break_(self) -> None:
        """End the paragraph or list item that is open; headings, code and terms go on."""
        if self._heading or self._in_term:
            self.write(" ")
        elif self._in_code:
            if self._has_text() and not self._written[-1].endswith("\n"):
                self.write("\n")
        else:
            self._close(BlockKind.LIST_ITEM if self._lists else BlockKind.PARAGRAPH)

    def start_heading(self, level: int) -> None:
        """Open a heading; a heading within one is part of it."""
        self._heading = self._heading or level

    def end_heading(self) -> None:
        """Close the heading that is open."""
        if self._heading and not self._in_code:
            level, self._heading = self._heading, 0
            self._close(BlockKind.HEADING, level)

    def start_code(self) -> None:
        """Open code; within a heading or a term it is only words of it."""
        if not (self._heading or self._in_term):
            self._in_code += 1

    def end_code(self) -> None:
        """Close the code that is open."""
        if self._in_code:
            self._in_code -= 1
            if not self._in_code:
                self._close(BlockKind.CODE)

    def start_list(self, *, ordered: bool, first: str | None) -> None:
        """Go one list deeper; `first` is the number of the first item."""
        number = int(first) if first and first.isdecimal() and len(first) < 9 else 1
        self._lists.append(_List(ordered, number))

    def end_list(self) -> None:
        """Leave the innermost list."""
        self.break_()
        self._flush_terms()
        self._prefix = ""
        if self._lists:
            self._lists.pop()

    def start_item(self) -> None:
        """Open an item; in an ordered list it starts with its number."""
        self._prefix = ""
        if self._lists and self._lists[-1].ordered:
            self._prefix = f"{self._lists[-1].number}. "
            self._lists[-1].number += 1

    def start_term(self) -> None:
        """Open a term of a definition list."""
        self._in_term = not (self._heading or self._in_code)

    def end_term(self) -> None:
        """Close the term; it waits for the first paragraph of its definition."""
        if self._in_term:
            self._in_term = False
            self._terms.append("".join(self._written))
            self._written.clear()

    def add(self, kind: BlockKind, text: str, *, header: str = "") -> None:
        """Add a block that was read apart."""
        if text.strip():
            self._flush_terms()
            self._append(Draft(kind, text, header=header))

    def end(self) -> None:
        """Close whatever is open."""
        self._in_term = False
        if self._heading:
            self.end_heading()
        self._in_code = 0
        self.break_()
        self._flush_terms()

    def _close(self, kind: BlockKind, level: int = 0) -> None:
        if not self._has_text():
            self._written.clear()
            return
        text = "".join(self._written)
        self._written.clear()
        if kind is BlockKind.LIST_ITEM:
            text = self._prefix + "\n".join([*self._terms, text])
            self._terms.clear()
            self._prefix = ""
            level = len(self._lists)
        self._flush_terms()
        # Two line breaks in a row are how older pages end a paragraph.
        whole = kind in {BlockKind.CODE, BlockKind.HEADING}
        for part in [text] if whole else _BLANK_LINE.split(text):
            if part.strip():
                self._append(Draft(kind, part, level))

    def _flush_terms(self) -> None:
        """Give terms a block of their own where no paragraph of a definition follows."""
        text = "\n".join(self._terms)
        self._terms.clear()
        if text.strip():
            self._append(Draft(BlockKind.LIST_ITEM, text, max(1, len(self._lists))))

    def _append(self, draft: Draft) -> None:
        anchor = self._anchor or self._weak_anchor
        self._anchor = self._weak_anchor = ""
        links = tuple(self._links)
        self._links.clear()
        self.drafts.append(
            Draft(draft.kind, draft.text, draft.level, anchor, draft.header, links=links)
        )

    def _has_text(self) -> bool:
        return bool(self._written) and any(part and not part.isspace() for part in self._written)


def _spaced(text: str) -> str:
    # A third of the time of a regular expression, for which every single space is a match.
    words = " ".join(text.split())
    if not words:
        return " " if text else ""
    return f"{' ' * text[0].isspace()}{words}{' ' * text[-1].isspace()}"
