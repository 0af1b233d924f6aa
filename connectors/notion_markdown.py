"""Turn Notion's own Markdown into Markdown that everybody reads.

In Notion's, a line is a block, tabs say in what it stands, and containers are tags. To others
the tabs would make code of it, and lines without a gap one paragraph.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from connectors.notion_inline import address_in, attributes, inline
from connectors.notion_model import Kind, Place, find_id, is_hosted
from connectors.notion_text import Part, fenced, heading, item, joined, lines, quoted, table

_DEEPEST = 60
_ITEM = re.compile(r"(-(?: \[[ xX]\])?|\d{1,9}\.)(?: (.*)|$)")
_HEADING = re.compile(r"(#{1,6}) (.*)")
_FENCE = re.compile(r"(`{3,})([^`]*)$")
_UNKNOWN = re.compile(r"^(\t*)<unknown\b([^<>]*?)/?>(?:</unknown>)?\s*$", re.MULTILINE)
_LEFT_OUT = re.compile(r"(?<!\\)<unknown\b")
_TAG = re.compile(r"<(/?)([a-z][\w-]*)((?:\s[^<>]*)?)>")
_CONTAINERS = frozenset(
    {
        "callout",
        "column",
        "columns",
        "details",
        "meeting-notes",
        "notes",
        "synced_block",
        "synced_block_reference",
        "summary",
        "tab",
        "tabs",
        "transcript",
    }
)
_NO_WORDS = ("#", "```", "|", ">")
_SILENT = frozenset({"table_of_contents", "empty-block", "breadcrumb", "divider"})
_OWN = re.compile(r"<(page|database)\b([^<>]*?)/?>")
_KEPT = re.compile(r"<(?:file|pdf)\b([^<>]*?)/?>")
_CELL = re.compile(r"<td\b[^<>]*>(.*?)</td>", re.DOTALL)
_ROW = re.compile(r"<tr\b[^<>]*>(.*?)</tr>", re.DOTALL)


def convert(source: str) -> str:
    """Give the Markdown that everybody reads."""
    return joined(_Reader(source).parts(0))


def own_pages(source: str) -> tuple[Place, ...]:
    """Give the pages and databases that stand in a page."""
    found = []
    for _, tag, said in _tags(_OWN, source):
        its = find_id(address_in(attributes(said)))
        if its:
            found.append(Place(Kind.PAGE if tag == "page" else Kind.DATABASE, its))
    return tuple(found)


def holds_files(source: str) -> bool:
    """Say whether files stand in it that Notion keeps."""
    return any(is_hosted(address_in(attributes(one[1]))) for one in _tags(_KEPT, source))


def shows_others(source: str) -> bool:
    """Say whether it shows what stands in other pages."""
    return "<synced_block_reference" in source


def unknown_places(source: str) -> dict[str, str]:
    """Give the lines that stand for blocks which are not in it, by the ids of those."""
    found = {}
    for line in _UNKNOWN.finditer(source):
        address = address_in(attributes(line[2]))
        its = find_id(address.rpartition("#")[2]) or find_id(address)
        if its:
            found[its] = line[0]
    return found


def leaves_out(source: str) -> bool:
    """Say whether a part of the page is missing, wherever it stands."""
    return _LEFT_OUT.search(source) is not None


def put_in(source: str, line: str, part: str) -> str:
    """Put a part of a page where a line stands for it, as deep as that."""
    tabs = line[: len(line) - len(line.lstrip("\t"))]
    moved = "\n".join(tabs + one for one in part.split("\n"))
    return source.replace(line, moved, 1)


def _tags(pattern: re.Pattern[str], source: str) -> Iterator[tuple[str, ...]]:
    # Code may show tags: a fence begins and ends on lines of its own.
    fence = ""
    for line in source.split("\n"):
        bare = line.lstrip("\t")
        if fence:
            fence = "" if bare.rstrip() == fence else fence
        elif opened := _FENCE.match(bare):
            fence = opened[1]
        else:
            yield from ((found[0], *found.groups()) for found in pattern.finditer(line))


@dataclass(slots=True)
class _Reader:
    source: str
    _lines: list[str] | None = None
    _at: int = 0

    @property
    def _line(self) -> str | None:
        if self._lines is None:
            self._lines = self.source.replace("\r\n", "\n").split("\n")
        return self._lines[self._at] if self._at < len(self._lines) else None

    def parts(self, depth: int) -> list[Part]:
        """Read all that stands at least so deep."""
        parts: list[Part] = []
        while (line := self._line) is not None:
            if line.strip() and _depth(line) < depth:
                break
            self._at += 1
            if line.strip():
                parts += self._block(line.strip(), _depth(line))
        return parts

    def _block(self, line: str, depth: int) -> list[Part]:
        if fence := _FENCE.match(line):
            return [Part(fenced(self._until(fence[1], depth), fence[2].strip()))]
        if line == "$$":
            return [Part(fenced(self._until("$$", depth), "math"))]
        if line.startswith("<table") and line[6:7] in {">", " "}:
            return [Part(self._table(line))]
        return self._tagged(line, depth)

    def _tagged(self, line: str, depth: int) -> list[Part]:
        tag = _TAG.match(line)
        if tag and tag[2].rstrip("/") in _SILENT:
            return []
        if not tag or tag[2] not in _CONTAINERS:
            return self._written(line, depth)
        rest = line[tag.end() :]
        rest = rest.removesuffix(f"</{tag[2]}>").strip()
        own = [Part(lines(inline(rest)))] if rest else []
        if tag[1]:
            return own
        parts = [*own, *self.parts(depth + 1)]
        icon = attributes(tag[3]).get("icon", "")
        return _with_sign(icon, parts) if tag[2] == "callout" else parts

    def _written(self, line: str, depth: int) -> list[Part]:
        """Read a line of text with what stands below it."""
        if line == "---":
            return []
        line = line.removeprefix("▶").lstrip()
        if listed := _ITEM.match(line):
            return [item(listed[1], lines(inline(listed[2] or "")), self.parts(depth + 1))]
        if line.startswith(">"):
            words = lines(inline(line.removeprefix(">").strip()))
            return [Part(quoted(joined([Part(words), *self.parts(depth + 1)])))]
        if titled := _HEADING.match(line):
            own = heading(titled[1], inline(titled[2]))
        else:
            own = lines(inline(line))
        return [Part(own), *self.parts(depth + 1)]

    def _until(self, end: str, depth: int) -> str:
        """Read what is taken as it stands, without the tabs before it."""
        taken: list[str] = []
        while (line := self._line) is not None:
            self._at += 1
            if line.strip() == end:
                break
            taken.append(line[min(depth, _depth(line)) :])
        return "\n".join(taken)

    def _table(self, first: str) -> str:
        taken = [first]
        while "</table>" not in taken[-1] and (line := self._line) is not None:
            self._at += 1
            taken.append(line.strip())
        said = attributes(first.partition(">")[0])
        rows = [
            [lines(inline(cell.strip().replace("\n", "<br>"))) for cell in _CELL.findall(row)]
            for row in _ROW.findall("\n".join(taken))
        ]
        return table(rows, with_header=said.get("header-row") == "true")


def _depth(line: str) -> int:
    return min(len(line) - len(line.lstrip("\t")), _DEEPEST)


def _with_sign(icon: str, parts: list[Part]) -> list[Part]:
    """Put the sign of a callout before its words; one that is a picture is left out."""
    if not icon or ":" in icon or "/" in icon or not parts or parts[0].is_item:
        return parts
    if parts[0].text.startswith(_NO_WORDS):
        return parts
    return [Part(f"{icon} {parts[0].text}"), *parts[1:]]
