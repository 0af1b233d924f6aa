"""Pages as detectors see them, made of paragraphs."""

from dataclasses import replace

from ingest.freshness.pages import Page
from ingest.model import DocumentId
from ingest.reading import DocumentRecord, LivePassage, Revision
from ingest.records import DocumentState
from tests.builders import ACME, NOON, SHOP, facts, point_id, revision


def page(
    ref: str, *paragraphs: str, title: str = "", language: str = "en", parent: str = ""
) -> Page:
    """Make a live page of which each paragraph is a passage."""
    its = replace(facts(ref, language=language), parent=DocumentId(parent) if parent else None)
    its = replace(its, title=title or its.title)
    new = revision(its.id, paragraphs)
    record = DocumentRecord(
        its, ACME, SHOP, DocumentState.LIVE, "", 0, 1, new.tokens, len(paragraphs), NOON, NOON, None
    )
    passages = tuple(
        _passage(record, at, paragraph, block.start)
        for at, (paragraph, block) in enumerate(zip(paragraphs, new.blocks, strict=True))
    )
    text = Revision(its.id, 1, NOON, None, its.title, new.text, new.blocks)
    return Page(record, text, passages)


def _passage(record: DocumentRecord, ordinal: int, text: str, start: int) -> LivePassage:
    its = record.facts
    return LivePassage(
        id=point_id(its.id, f"{ordinal}:{text}"),
        document=its.id,
        source=record.source,
        ref=its.ref,
        title=its.title,
        url=its.url,
        revision=1,
        ordinal=ordinal,
        text=text,
        context="",
        tokens=len(text.split()),
        start=start,
        end=start + len(text),
        heading_path=(),
        anchor="",
        page=None,
        seconds=None,
        language=its.language,
        media_type=its.media_type,
        tags=its.tags,
        synced_at=NOON,
        changed_at=None,
        verified_at=None,
        review_by=None,
    )
