"""Read a page block by block, whole or not at all."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from connectors.errors import DocumentUnreadable
from connectors.notion_api import NotionApi
from connectors.notion_model import Block, HostedFile, Kind, Place, dashed, name_of
from connectors.notion_refusals import Missing

_DEEPEST = 40
_MOST_BLOCKS = 50_000
_OWN_PAGES = frozenset({"child_page", "child_database"})
_KEPT = frozenset({"file", "pdf"})


@dataclass(slots=True)
class Node:
    """A block with what stands in it; only the walk adds to it."""

    block: Block
    children: list["Node"] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Step:
    into: list[Node]
    asked: str
    """The id whose children these are."""
    above: tuple[str, ...]
    instead: str = ""
    """Whose children to take where those cannot be had."""


async def walk(api: NotionApi, page: str) -> list[Node]:
    """Give all blocks of a page as a tree.

    Raises Missing where the page is not there, and DocumentUnreadable where a part of it
    cannot be had: half a page would pass for a whole one.
    """
    top: list[Node] = []
    steps = deque([_Step(top, page, (page,))])
    count = 0
    while steps:
        step = steps.popleft()
        if len(step.above) > _DEEPEST:
            raise DocumentUnreadable(f"Its blocks are nested more than {_DEEPEST} deep.")
        for block in await _children(api, step, page):
            count += 1
            if count > _MOST_BLOCKS:
                raise DocumentUnreadable(f"It has more than {_MOST_BLOCKS:,} blocks.")
            node = Node(block)
            step.into.append(node)
            steps.extend(_below(node, step.above))
    return top


def hosted_files(nodes: list[Node]) -> tuple[HostedFile, ...]:
    """Give the files in a page that Notion keeps; those that it shows of other pages are theirs."""
    own = flat(nodes, copies=False)
    return tuple(file for one in own if (file := hosted_file(one.block)))


def hosted_file(block: Block) -> HostedFile | None:
    """Give the file that a block is, if Notion keeps it."""
    kept = block.said.get("file")
    if block.kind not in _KEPT or not isinstance(kept, dict) or not kept.get("url"):
        return None
    address = str(kept["url"])
    return HostedFile(block.id, str(block.said.get("name") or name_of(address)), address)


def own_pages(nodes: list[Node]) -> tuple[Place, ...]:
    """Give the pages and databases that stand in a page."""
    kinds = {"child_page": Kind.PAGE, "child_database": Kind.DATABASE}
    return tuple(
        Place(kinds[one.block.kind], one.block.id) for one in flat(nodes) if one.block.kind in kinds
    )


def shows_others(nodes: list[Node]) -> bool:
    """Say whether it shows what stands in other pages, and changes without being edited."""
    return any(_original(one.block) for one in flat(nodes))


async def stands_in(api: NotionApi, block: Block, page: str) -> bool:
    """Say whether a block is in this page, and not in the trash with what holds it."""
    for _ in range(_DEEPEST):
        if block.trashed or block.parent.kind is not Kind.BLOCK:
            break
        block = await api.block(block.parent.id)
    return not block.trashed and block.parent == Place(Kind.PAGE, page)


def flat(nodes: list[Node], *, copies: bool = True) -> Iterator[Node]:
    """Give all of them, each before its children; without `copies`, not what these show."""
    waiting = list(reversed(nodes))
    while waiting:
        node = waiting.pop()
        yield node
        if copies or not _original(node.block):
            waiting += reversed(node.children)


async def all_of(api: NotionApi, block: str) -> list[Block]:
    """Give all blocks right below a page or a block, but for those in the trash."""
    found: list[Block] = []
    start: str | None = None
    begun: set[str] = set()
    while True:
        listed = await api.children(block, start)
        found += [one for one in listed.found if not one.trashed]
        start = listed.next
        if start is None:
            return found
        if start in begun or len(found) > _MOST_BLOCKS:
            raise DocumentUnreadable("Notion lists its blocks in a circle.")
        begun.add(start)


async def _children(api: NotionApi, step: _Step, page: str) -> list[Block]:
    try:
        return await all_of(api, step.asked)
    except Missing as error:
        if step.instead:
            return await _children(api, _Step(step.into, step.instead, step.above), page)
        if step.asked == page:
            raise
        raise DocumentUnreadable(
            "It shows blocks of a page that is not shared with the integration: share that one "
            "too, or take them out."
        ) from error


def _below(node: Node, above: tuple[str, ...]) -> list[_Step]:
    """Say what is to be read below a block; what it stands in itself is not read again."""
    block = node.block
    original = _original(block)
    asked = original or block.id
    # A synced block may stand in its own original: it is shown once.
    if not (block.has_children or original) or block.kind in _OWN_PAGES or asked in above:
        return []
    instead = block.id if original and block.has_children else ""
    return [_Step(node.children, asked, (*above, asked), instead)]


def _original(block: Block) -> str:
    """Give the id of the block that this one shows, "" where it is no copy."""
    source = block.said.get("synced_from") if block.kind == "synced_block" else None
    found = source.get("block_id") if isinstance(source, dict) else None
    return dashed(str(found)) if found else ""
