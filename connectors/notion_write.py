"""Write the blocks of a page as Markdown."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from connectors.notion_blocks import Node
from connectors.notion_model import Block, Fields, dashed, is_hosted, link_to, name_of
from connectors.notion_text import (
    Part,
    escaped,
    fenced,
    heading,
    item,
    joined,
    link,
    markdown,
    plain,
    quoted,
    table,
)

_HEADINGS = MappingProxyType({f"heading_{level}": "#" * level for level in range(1, 7)})


def write_blocks(nodes: Sequence[Node]) -> str:
    """Give the Markdown of a page."""
    return joined(_parts(nodes))


def _parts(nodes: Sequence[Node]) -> list[Part]:
    parts: list[Part] = []
    number = 0
    for node in nodes:
        number = number + 1 if node.block.kind == "numbered_list_item" else 0
        parts += _one(node, number)
    return parts


def _one(node: Node, number: int) -> list[Part]:
    block = node.block
    words = markdown(block.said.get("rich_text"))
    below = _parts(node.children) if block.kind != "table" else []
    if block.kind == "bulleted_list_item":
        return [item("-", words, below)]
    if block.kind == "numbered_list_item":
        return [item(f"{number}.", words, below)]
    if block.kind == "to_do":
        done = "x" if block.said.get("checked") else " "
        return [item(f"- [{done}]", words, below)]
    if block.kind == "quote":
        return [Part(quoted(joined([Part(words), *below])))]
    if block.kind == "table":
        return [Part(_table(node))]
    return [Part(_own(block, words)), *below]


def _own(block: Block, words: str) -> str:
    """Give what a block says itself, whatever stands in it."""
    if block.kind in _HEADINGS:
        return heading(_HEADINGS[block.kind], words) if words else ""
    writer = _WRITERS.get(block.kind)
    return writer(block) if writer else words


def _table(node: Node) -> str:
    rows = [
        [markdown(cell) for cell in child.block.said.get("cells") or ()] for child in node.children
    ]
    return table(rows, with_header=bool(node.block.said.get("has_column_header")))


def _code(block: Block) -> str:
    language = str(block.said.get("language") or "")
    code = fenced(plain(block.said.get("rich_text")), "" if "plain" in language else language)
    return joined([Part(code), Part(_caption(block.said))])


def _callout(block: Block) -> str:
    icon = block.said.get("icon")
    sign = str(icon.get("emoji") or "") if isinstance(icon, dict) else ""
    return f"{sign} {markdown(block.said.get('rich_text'))}".strip()


def _media(block: Block) -> str:
    """Name a file or picture, and lead to it where it is anybody's."""
    said = block.said
    held = said.get(str(said.get("type") or ""))
    address = str(held.get("url") or "") if isinstance(held, dict) else ""
    caption = _caption(said)
    if block.kind == "image":
        return caption if is_hosted(address) or not caption else f"!{link(caption, address)}"
    name = escaped(str(said.get("name") or name_of(address)))
    words = f"{name}: {caption}" if caption and name != caption else name or caption
    return words if is_hosted(address) else link(words, address)


def _bookmark(block: Block) -> str:
    address = str(block.said.get("url") or "")
    return link(_caption(block.said), address)


def _page(block: Block) -> str:
    return link(escaped(str(block.said.get("title") or "")), link_to(block.id))


def _to_page(block: Block) -> str:
    target = block.said.get(str(block.said.get("type") or ""))
    return link("", link_to(dashed(target))) if isinstance(target, str) else ""


def _titled(block: Block) -> str:
    return markdown(block.said.get("title"))


def _caption(said: Fields) -> str:
    return markdown(said.get("caption")).replace("\\\n", " ")


def _nothing(_: Block) -> str:
    return ""


_WRITERS: Mapping[str, Callable[[Block], str]] = MappingProxyType(
    {
        "audio": _media,
        "bookmark": _bookmark,
        "breadcrumb": _nothing,
        "callout": _callout,
        "child_database": _page,
        "child_page": _page,
        "code": _code,
        "divider": _nothing,
        "embed": _bookmark,
        "equation": lambda block: fenced(str(block.said.get("expression") or ""), "math"),
        "file": _media,
        "image": _media,
        "link_preview": _bookmark,
        "link_to_page": _to_page,
        "meeting_notes": _titled,
        "pdf": _media,
        "table_of_contents": _nothing,
        "transcription": _titled,
        "video": _media,
    }
)
