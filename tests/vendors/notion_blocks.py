"""Blocks of a fake Notion workspace, in the shape in which they were recorded."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

Json = dict[str, Any]


@dataclass
class FakeBlock:
    kind: str
    said: Json
    children: list["FakeBlock"] = field(default_factory=list)
    id: str = field(default_factory=lambda: str(uuid4()))

    def wire(self, parent: Json, edited: str) -> Json:
        return {
            "object": "block",
            "id": self.id,
            "parent": parent,
            "created_time": edited,
            "last_edited_time": edited,
            "created_by": {"object": "user", "id": str(uuid4())},
            "last_edited_by": {"object": "user", "id": str(uuid4())},
            "has_children": bool(self.children),
            "in_trash": False,
            "type": self.kind,
            self.kind: self.said,
        }


def rich(text: str, href: str | None = None, **annotations: bool) -> list[Json]:
    if not text:
        return []
    plain = dict.fromkeys(("bold", "italic", "strikethrough", "underline", "code"), False)
    return [
        {
            "type": "text",
            "text": {"content": text, "link": {"url": href} if href else None},
            "annotations": {**plain, **annotations, "color": "default"},
            "plain_text": text,
            "href": href,
        }
    ]


def equation(expression: str) -> list[Json]:
    said = rich(expression)[0]
    del said["text"]
    return [{**said, "type": "equation", "equation": {"expression": expression}}]


def text(kind: str, words: str | list[Json], *children: FakeBlock, **more: Any) -> FakeBlock:
    """A block of words: paragraph, heading_1, bulleted_list_item, toggle, quote, to_do, …"""
    spans = rich(words) if isinstance(words, str) else words
    return FakeBlock(kind, {"rich_text": spans, "color": "default", **more}, list(children))


def paragraph(words: str | list[Json], *children: FakeBlock) -> FakeBlock:
    return text("paragraph", words, *children)


def callout(words: str, *children: FakeBlock, emoji: str = "💡") -> FakeBlock:
    return text("callout", words, *children, icon={"type": "emoji", "emoji": emoji})


def code(source: str, language: str = "python") -> FakeBlock:
    return FakeBlock("code", {"caption": [], "rich_text": rich(source), "language": language})


def table(rows: Sequence[Sequence[str]], *, header: bool = True) -> FakeBlock:
    lines = [FakeBlock("table_row", {"cells": [rich(cell) for cell in row]}) for row in rows]
    said = {
        "table_width": len(rows[0]),
        "has_column_header": header,
        "has_row_header": False,
    }
    return FakeBlock("table", said, lines)


def columns(*several: Sequence[FakeBlock]) -> FakeBlock:
    return FakeBlock("column_list", {}, [FakeBlock("column", {}, list(one)) for one in several])


def synced(*children: FakeBlock) -> FakeBlock:
    return FakeBlock("synced_block", {"synced_from": None}, list(children))


def copy_of(original: str) -> FakeBlock:
    source = {"type": "block_id", "block_id": original}
    return FakeBlock("synced_block", {"synced_from": source})


def hosted(name: str, kind: str = "file") -> FakeBlock:
    """A file that the workspace keeps; its address is made anew for each answer."""
    return FakeBlock(kind, {"caption": [], "type": "file", "file": {}, "name": name})


def external(address: str, kind: str = "file", name: str = "") -> FakeBlock:
    said = {"caption": [], "type": "external", "external": {"url": address}}
    return FakeBlock(kind, {**said, "name": name} if name else said)


def bookmark(address: str, caption: str = "") -> FakeBlock:
    return FakeBlock("bookmark", {"caption": rich(caption), "url": address})
