"""What is in a fake Notion workspace, and what people do to it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import quote
from uuid import NAMESPACE_URL, uuid5

from tests.vendors.notion_blocks import FakeBlock, Json, paragraph

TOKEN = "secret_example"
WORKSPACE: Json = {"type": "workspace", "workspace": True}


@dataclass
class FakePage:
    id: str
    title: str
    blocks: list[FakeBlock]
    edited: datetime
    parent: Json = field(default_factory=lambda: dict(WORKSPACE))
    properties: Json = field(default_factory=dict)
    trashed: bool = False
    shared: bool = True


@dataclass
class FakeTable:
    """A database with one data source."""

    id: str
    source: str
    title: str
    parent: Json
    edited: datetime
    shared: bool = True
    trashed: bool = False


@dataclass
class Edits:
    """What a test edits; each edit comes a minute after the one before, unless it says."""

    at: datetime = datetime(2026, 1, 1, tzinfo=UTC)
    """When the next edit happens."""
    says: Callable[[], datetime] | None = None
    """The time that answers carry; None: none."""
    tokens: set[str] = field(default_factory=lambda: {TOKEN})
    pages: dict[str, FakePage] = field(default_factory=dict)
    tables: dict[str, FakeTable] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    """By where they are kept."""
    unsearchable: set[str] = field(default_factory=set)
    """Pages that search does not find."""
    blank: set[str] = field(default_factory=set)
    """Pages whose Markdown comes back empty by mistake."""
    cut: set[str] = field(default_factory=set)
    """Pages whose Markdown is cut off."""
    base: str = "http://127.0.0.1"
    withheld: set[str] = field(default_factory=set)
    """Blocks that the Markdown of their page leaves out, to be asked for."""
    downloads: int = 0
    most: int = 10_000
    """Results that a query has at most."""

    def id_of(self, name: str) -> str:
        return str(uuid5(NAMESPACE_URL, name))

    def put(self, name: str, *blocks: FakeBlock | str, parent: Json | None = None) -> FakePage:
        """Make a page of this name consist of these blocks."""
        made = [paragraph(one) if isinstance(one, str) else one for one in blocks]
        ref = self.id_of(name)
        there = self.pages.get(ref)
        if there is None:
            there = FakePage(ref, name, made, self._edit())
            self.pages[ref] = there
            there.parent = parent or dict(WORKSPACE)
            self._show_in_parent(there)
        there.blocks = [*made, *(one for one in there.blocks if one.kind.startswith("child_"))]
        there.trashed = False
        self.touch(name)
        return there

    def row(self, name: str, table: str, properties: Json, *blocks: FakeBlock | str) -> FakePage:
        source = self.tables[self.id_of(table)].source
        made = self.put(name, *blocks, parent={"type": "data_source_id", "data_source_id": source})
        made.properties = properties
        return made

    def table(self, name: str, parent: str | None = None) -> FakeTable:
        ref = self.id_of(name)
        holder = {"type": "page_id", "page_id": self.id_of(parent)} if parent else dict(WORKSPACE)
        made = FakeTable(ref, self.id_of(f"{name}/rows"), name, holder, self._edit())
        self.tables[ref] = made
        if parent:
            block = FakeBlock("child_database", {"title": name}, id=ref)
            self.pages[self.id_of(parent)].blocks.append(block)
        return made

    def touch(self, name: str) -> None:
        self.pages[self.id_of(name)].edited = self._edit()

    def same_minute(self) -> None:
        """Have the next edit happen in the minute of the last one."""
        self.at -= timedelta(minutes=1)

    def trash(self, name: str) -> None:
        """Move a page, and all that stands in it, to the trash."""
        ref = self.id_of(name)
        for one in (self.pages[ref], *self.below(ref)):
            one.trashed = True

    def restore(self, name: str) -> None:
        ref = self.id_of(name)
        for one in (self.pages[ref], *self.below(ref)):
            one.trashed = False

    def unshare(self, name: str) -> None:
        self.pages[self.id_of(name)].shared = False

    def share(self, name: str) -> None:
        self.pages[self.id_of(name)].shared = True

    def delete(self, name: str) -> None:
        del self.pages[self.id_of(name)]

    def move(self, name: str, to: str | None) -> None:
        one = self.pages[self.id_of(name)]
        for other in self.pages.values():
            other.blocks = [block for block in other.blocks if block.id != one.id]
        one.parent = {"type": "page_id", "page_id": self.id_of(to)} if to else dict(WORKSPACE)
        self._show_in_parent(one)

    def keep(self, block: FakeBlock, content: bytes) -> None:
        """Keep the file of a block; each upload is kept at a place of its own."""
        place = f"{len(self.files)}/{block.id}/{quote(block.said['name'])}"
        self.files[place] = content
        block.said["file"] = {"kept": place}

    def revoke(self) -> None:
        self.tokens.clear()

    def _edit(self) -> datetime:
        self.at += timedelta(minutes=1)
        return self.at

    def _show_in_parent(self, one: FakePage) -> None:
        holder = self.pages.get(str(one.parent.get("page_id")))
        if holder:
            holder.blocks.append(FakeBlock("child_page", {"title": one.title}, id=one.id))

    def below(self, ref: str) -> Iterator[FakePage]:
        for one in self.pages.values():
            if one.parent.get("page_id") == ref:
                yield one
                yield from self.below(one.id)
