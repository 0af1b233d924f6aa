"""Documents that are enclosed in others, such as the attachments of an e-mail.

They are found when the outer document is parsed, stand under a ref that begins with its ref,
and come and go with it: no scan lists them, so none can miss them.
"""

from collections.abc import Collection, Mapping

from connectors.model import Document, Entry
from ingest.model import DocumentId
from ingest.parsed import Attachment
from ingest.records import DocumentHead, DocumentState

DEEPEST = 3
"""A mail in a mail in a mail; what is enclosed further down is left."""


def ref_within(ref: str, name: str) -> str:
    """Give the ref of what is enclosed in a document under this name."""
    return f"{ref}!/{name}"


def entry_within(entry: Entry, outer: Document, inner: Attachment) -> Entry:
    """Give an enclosed document as if it had been listed, moving as the outer one moves."""
    former = ref_within(entry.moved_from, inner.name) if entry.moved_from else None
    document = Document(
        ref=ref_within(outer.ref, inner.name),
        version=outer.version,
        media_type=inner.media_type,
        content=inner.content,
        url=outer.url,
        changed_at=outer.changed_at,
        access=outer.access,
        tags=outer.tags,
    )
    return Entry(document.ref, entry.version, moved_from=former, document=document)


def no_longer_enclosed(
    outer: DocumentId,
    heads: Mapping[str, DocumentHead],
    found: Collection[str],
    unread: Collection[str],
) -> list[DocumentHead]:
    """Give what was enclosed in a document and is not found in it any more.

    What stood within something that could not be read this time counts as still there.
    """
    held = tuple(ref_within(ref, "") for ref in unread)
    return [
        head
        for ref, head in heads.items()
        if head.facts.parent == outer
        and head.state is not DocumentState.DELETED
        and ref not in found
        and not ref.startswith(held)
    ]
