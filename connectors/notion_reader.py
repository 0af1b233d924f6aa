"""Read what a page says: by Notion's own Markdown, which is one request, or block by block."""

from dataclasses import dataclass

from connectors.errors import DocumentUnreadable
from connectors.notion_api import NotionApi
from connectors.notion_blocks import Node, all_of, hosted_files, own_pages, shows_others, walk
from connectors.notion_markdown import (
    convert,
    holds_files,
    leaves_out,
    put_in,
    unknown_places,
)
from connectors.notion_markdown import own_pages as pages_in
from connectors.notion_markdown import shows_others as shows_others_in
from connectors.notion_model import HostedFile, Place, Rendered
from connectors.notion_write import write_blocks

_MOST_PARTS = 50
"""Parts of one page that are asked for by themselves before its blocks are read instead."""


@dataclass(frozen=True, slots=True)
class Content:
    """What a page says, whole."""

    text: str
    """As Markdown."""
    files: tuple[HostedFile, ...]
    below: tuple[Place, ...]
    """Pages and databases that stand in it."""
    is_own: bool
    """Whether it changes only when it is edited; not where it shows blocks of other pages."""


async def read_content(api: NotionApi, page: str, *, with_files: bool) -> Content:
    """Read a page whole, or raise DocumentUnreadable: half of it would pass for a version."""
    source = await _by_markdown(api, page)
    if source is None:
        return _walked(await walk(api, page))
    files: tuple[HostedFile, ...] = ()
    if with_files and holds_files(source):
        # Only blocks tell what a file is called for good.
        files = hosted_files(await walk(api, page))
    return Content(convert(source), files, pages_in(source), not shows_others_in(source))


def _walked(nodes: list[Node]) -> Content:
    return Content(
        write_blocks(nodes), hosted_files(nodes), own_pages(nodes), not shows_others(nodes)
    )


async def _by_markdown(api: NotionApi, page: str) -> str | None:
    """Give a page in Notion's own Markdown; None where that does not hold all of it."""
    try:
        given = await api.markdown(page)
    except DocumentUnreadable:
        # Not there, or nothing for this endpoint: its blocks tell.
        return None
    source = await _completed(api, given)
    if source is not None and not source.strip() and await all_of(api, page):
        # It says that the page is empty, and the page says that it is not.
        return None
    return source


async def _completed(api: NotionApi, given: Rendered) -> str | None:
    """Put in the parts that were left out; None where one of them cannot be had or placed."""
    source, unknown = given.markdown, list(given.unknown)
    asked: set[str] = set()
    cut = given.truncated and not unknown
    while unknown and not cut:
        block = unknown.pop()
        line = unknown_places(source).get(block)
        if line is None or block in asked or len(asked) >= _MOST_PARTS:
            return None
        asked.add(block)
        try:
            part = await api.markdown(block)
        except DocumentUnreadable:
            return None
        cut = part.truncated and not part.unknown
        source = put_in(source, line, part.markdown)
        unknown += part.unknown
    return None if cut or leaves_out(source) else source
