"""Write a fake page in Notion's own Markdown, as its documentation describes it."""

import re
from collections.abc import Callable
from typing import Any

from tests.vendors.notion_blocks import FakeBlock

Address = Callable[[FakeBlock], str]
_SIGNS = {
    "bulleted_list_item": "- ",
    "numbered_list_item": "1. ",
    "quote": "> ",
    "heading_1": "# ",
    "heading_2": "## ",
    "heading_3": "### ",
}
_CONTAINERS = {"column_list": "columns", "column": "column"}


def written(blocks: list[FakeBlock], address: Address, unknown: list[str], depth: int = 0) -> str:
    """Give the Markdown; blocks that it has no words for come into `unknown`."""
    lines = [_one(block, address, unknown, depth) for block in blocks]
    number = 0
    for at, block in enumerate(blocks):
        number = number + 1 if block.kind == "numbered_list_item" else 0
        if number:
            lines[at] = lines[at].replace("1. ", f"{number}. ", 1)
    return "\n".join(line for line in lines if line)


def _one(block: FakeBlock, address: Address, unknown: list[str], depth: int) -> str:
    tabs = "\t" * depth
    words = spans(block.said.get("rich_text") or [])
    if block.kind == "table":
        return "\n".join(tabs + line for line in _table(block))
    below = written(block.children, address, unknown, depth + 1)
    lines = _open(block, words, address, unknown)
    rows = [tabs + line for line in lines.split("\n")] if lines else []
    end = {"toggle": "</details>", "callout": "</callout>"}
    if not block.said.get("synced_from", True):
        end["synced_block"] = "</synced_block>"
    closing = end.get(block.kind) or (
        f"</{_CONTAINERS[block.kind]}>" if block.kind in _CONTAINERS else ""
    )
    return "\n".join([*rows, *([below] if below else []), *([tabs + closing] if closing else [])])


def _open(  # noqa: C901 - a table of kinds
    block: FakeBlock, words: str, address: Address, unknown: list[str]
) -> str:
    kind, said = block.kind, block.said
    if kind in _SIGNS:
        return f'{_SIGNS[kind]}{words} {{color="blue"}}' if words else _SIGNS[kind].strip()
    if kind == "to_do":
        return f"- [{'x' if said['checked'] else ' '}] {words}"
    if kind == "code":
        source = "".join(one["plain_text"] for one in said["rich_text"])
        fence = "````" if "```" in source else "```"
        return f"{fence}{said['language']}\n{source}\n{fence}"
    if kind == "equation":
        return f"$$\n{said['expression']}\n$$"
    if kind == "callout":
        return f'<callout icon="{said["icon"]["emoji"]}" color="gray_bg">\n\t{words}'
    if kind == "toggle":
        return f"<details>\n<summary>{words}</summary>"
    if kind in _CONTAINERS:
        return f"<{_CONTAINERS[kind]}>"
    if kind == "synced_block" and said["synced_from"] is None:
        return f'<synced_block url="https://www.notion.so/x#{block.id}">'
    if kind in {"file", "pdf"}:
        return f'<{kind} source="{address(block)}">{said.get("name", "")}</{kind}>'
    if kind == "image":
        return f"![{spans(said['caption'])}]({address(block)})"
    if kind in {"child_page", "child_database"}:
        tag = {"child_page": "page", "child_database": "database"}[kind]
        url = f"https://www.notion.so/{block.id.replace('-', '')}"
        return f'<{tag} url="{url}">{said["title"]}</{tag}>'
    if kind == "divider":
        return "---"
    if kind == "paragraph":
        return re.sub(r"^(\d*)([-#.])", r"\1\\\2", words) or "<empty-block/>"
    unknown.append(block.id)
    return f'<unknown url="https://www.notion.so/x#{block.id.replace("-", "")}" alt="{kind}"/>'


def _table(block: FakeBlock) -> list[str]:
    header = "true" if block.said["has_column_header"] else "false"
    lines = [f'<table header-row="{header}">']
    for row in block.children:
        cells = [f"<td>{spans(cell)}</td>" for cell in row.said["cells"]]
        lines += ["\t<tr>", *(f"\t\t{cell}" for cell in cells), "\t</tr>"]
    return [*lines, "</table>"]


def spans(rich: list[dict[str, Any]]) -> str:
    return "".join(map(_span, rich))


def _span(one: dict[str, Any]) -> str:
    words = one["plain_text"]
    if one["type"] == "equation":
        return f"$`{words}`$"
    if one["annotations"]["code"]:
        return f"`{words}`"
    words = re.sub(r"([\\*~`$\[\]<>{}|^])", r"\\\1", words).replace("\n", "<br>")
    if one["annotations"]["bold"]:
        words = f"**{words}**"
    return f"[{words}]({one['href']})" if one["href"] else words
