"""Cut whole documents into sections that can be cited, with the offsets of their text."""

from collections.abc import Iterator, Sequence
from uuid import NAMESPACE_OID, uuid5

from ingest.model import Block, BlockKind
from ingest.reading import DocumentRecord, LivePassage, Revision

_LARGEST = 1_500
"""Characters after which a section ends at the next block, so that a tag points closely."""


def sections_of(record: DocumentRecord, revision: Revision) -> tuple[LivePassage, ...]:
    """Give a document's text as sections in its order; together they hold all its blocks."""
    path: tuple[str, ...] = ()
    sections = []
    for ordinal, blocks in enumerate(_split(revision.blocks)):
        path = _path(path, blocks, revision.text)
        sections.append(_section(record, revision, ordinal, blocks, path))
    return tuple(sections)


def _split(blocks: Sequence[Block]) -> Iterator[tuple[Block, ...]]:
    """Begin a section at a heading that follows text, at a new page, or when one is long."""
    open_blocks: list[Block] = []
    for block in blocks:
        if open_blocks and _ends(open_blocks, block):
            yield tuple(open_blocks)
            open_blocks = []
        open_blocks.append(block)
    if open_blocks:
        yield tuple(open_blocks)


def _ends(blocks: Sequence[Block], following: Block) -> bool:
    if following.kind is BlockKind.HEADING:
        return blocks[-1].kind is not BlockKind.HEADING
    long = following.end - blocks[0].start > _LARGEST
    return long or following.page != blocks[-1].page


def _path(above: tuple[str, ...], blocks: Sequence[Block], text: str) -> tuple[str, ...]:
    """Follow the headings that a section begins with."""
    path = above
    for block in blocks:
        if block.kind is BlockKind.HEADING:
            path = (*path[: block.level - 1], text[block.start : block.end])
    return path


def _section(
    record: DocumentRecord,
    revision: Revision,
    ordinal: int,
    blocks: tuple[Block, ...],
    path: tuple[str, ...],
) -> LivePassage:
    facts, first = record.facts, blocks[0]
    start, end = first.start, blocks[-1].end
    return LivePassage(
        id=uuid5(NAMESPACE_OID, f"{facts.id}/{revision.number}/{start}"),
        document=facts.id,
        source=record.source,
        ref=facts.ref,
        title=facts.title,
        url=facts.url,
        revision=revision.number,
        ordinal=ordinal,
        text=revision.text[start:end],
        context="",
        tokens=0,
        start=start,
        end=end,
        heading_path=path,
        anchor=first.anchor,
        page=first.page,
        seconds=first.seconds,
        language=facts.language,
        media_type=facts.media_type,
        tags=facts.tags,
        synced_at=record.synced_at,
        changed_at=facts.changed_at,
        verified_at=record.verified_at,
        review_by=facts.review_by,
        staleness=record.staleness,
        stale=record.stale,
        stale_reasons=record.stale_reasons,
    )
