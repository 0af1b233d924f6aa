"""Say what is said of a document beside its text: title, review date, tags."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import PurePosixPath

from connectors.model import NOBODY, Document, Json, Source
from ingest.model import DocumentId, ParsedDocument
from ingest.parse.dates import read_date
from ingest.records import DocumentFacts

_REVIEW_KEYS = ("review_by", "review_date", "expires", "expires_at", "valid_until")


def embedded_title(document: Document, parsed: ParsedDocument) -> str:
    """Give the title that is embedded: the source's or the text's own, never a file's name."""
    return " ".join((document.title or parsed.title).split())


def name_of(ref: str) -> str:
    """Make a title of a ref, for a document that has none; a rename changes it."""
    stem = PurePosixPath(ref).stem or ref
    return " ".join(stem.replace("_", " ").replace("-", " ").split()) or ref


def describe(
    document_id: DocumentId,
    source: Source,
    document: Document,
    parsed: ParsedDocument,
    content_hash: str,
    validators: Mapping[str, str],
) -> DocumentFacts:
    """Put together what source, document and text say; the more particular one wins."""
    return DocumentFacts(
        id=document_id,
        ref=document.ref,
        version=document.version,
        validators=validators,
        content_hash=content_hash,
        title=embedded_title(document, parsed) or name_of(document.ref),
        url=document.url or parsed.canonical_url,
        media_type=document.media_type,
        language=parsed.language,
        access=document.access or source.access,
        tags=source.tags | document.tags | _tags(parsed.front),
        changed_at=parsed.modified_at or document.changed_at or parsed.published_at,
        review_by=_review_date(parsed.front),
    )


def narrowed(held: DocumentFacts, told: frozenset[str]) -> frozenset[str]:
    """Say who may see an old text: who could, and may see the document still.

    `told` is empty where nothing is said of that. Who may see it now need not see what it said.
    """
    if not (held.access and told):
        return held.access or told
    return (held.access & told) or frozenset({NOBODY})


def redescribe(
    facts: DocumentFacts, document: Document, source: Source, validators: Mapping[str, str]
) -> DocumentFacts:
    """Give the facts of a document whose bytes are the same under another version or ref."""
    title = document.title or facts.title
    if facts.title == name_of(facts.ref):
        title = document.title or name_of(document.ref)
    return replace(
        facts,
        ref=document.ref,
        version=document.version,
        validators=validators,
        title=title,
        url=document.url or facts.url,
        access=document.access or source.access,
        tags=facts.tags | source.tags | document.tags,
    )


def _tags(front: Mapping[str, Json]) -> frozenset[str]:
    tags = front.get("tags")
    if isinstance(tags, str):
        return frozenset(tag.strip() for tag in tags.split(",") if tag.strip())
    if isinstance(tags, list):
        return frozenset(str(tag) for tag in tags)
    return frozenset()


def _review_date(front: Mapping[str, Json]) -> datetime | None:
    """Read the earliest date on which the page itself wants to be looked at again."""
    dates = [found for key in _REVIEW_KEYS if (found := read_date(front.get(key))) is not None]
    return min(dates, default=None)
