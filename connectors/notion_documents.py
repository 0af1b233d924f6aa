"""Make documents of pages, and say by which version they are known."""

import hashlib
from datetime import datetime

from connectors.errors import DocumentUnreadable
from connectors.media_types import media_type_of
from connectors.model import Document, Entry, Reply
from connectors.notion_mark import OVERLAP
from connectors.notion_model import HostedFile, NotionPage
from connectors.notion_reader import Content
from connectors.notion_text import escaped

_CHANGING = "~"


def listed_version(page: NotionPage) -> str:
    """Give the version that a listing tells, without a look at the content.

    What the properties say is part of it: formulas and rollups change without an edit.
    """
    said = repr((page.title, page.url, page.properties)).encode()
    return f"{page.edited}.{hashlib.sha256(said).hexdigest()[:12]}"


def unread_version(page: NotionPage) -> str:
    """Give the version of a page that a scan could not read.

    What stands in it is not known, so a scan reads it once more when it can be read again.
    """
    return listed_version(page) + _CHANGING


def is_settled(page: NotionPage, now: datetime) -> bool:
    """Say whether its minute is so long ago that no second edit can lie in it.

    `now` is before its content is asked for, which may take longer than that.
    """
    return now - page.edited_at >= OVERLAP


def is_known(page: NotionPage, held: str | None, now: datetime) -> bool:
    """Say whether this version is held, or could not be read, so that it need not be read."""
    return held in {listed_version(page), unread_version(page)} and is_settled(page, now)


def was_read(entry: Entry) -> bool:
    """Say whether the scan that listed a page could read it, and so knows what stands in it."""
    return not entry.version.endswith(_CHANGING)


def document_of(page: NotionPage, content: Content, most: int, *, settled: bool) -> Document:
    """Give the document that a page is; raises DocumentUnreadable for one that is too large."""
    body = _written(page, content)
    if len(body) > most:
        raise DocumentUnreadable(f"Its text has more than {most:,} bytes ('max_bytes').")
    version = listed_version(page)
    if not (settled and content.is_own):
        version += f"{_CHANGING}{hashlib.sha256(body).hexdigest()[:16]}"
    return Document(
        anchored=False,  # at Notion, blocks are linked to by ids that its Markdown lacks
        ref=page.id,
        version=version,
        media_type="text/markdown",
        content=body,
        title=page.title,
        url=page.url,
        changed_at=page.edited_at,
    )


def file_entry(page: str, file: HostedFile) -> Entry:
    """List a file that stands in a page."""
    return Entry(file.ref(page), file_version(file))


def file_version(file: HostedFile) -> str:
    """Give the version of a file: another upload is kept at another place."""
    return hashlib.sha256(file.stored_as.encode()).hexdigest()[:24]


def file_document(page: NotionPage, file: HostedFile, reply: Reply) -> Document:
    """Give the document that a file is."""
    told = reply.headers.get("content-type", "").partition(";")[0].strip()
    named = media_type_of(file.name)
    return Document(
        anchored=False,
        ref=file.ref(page.id),
        version=file_version(file),
        media_type=told if "octet-stream" in named and told else named,
        content=reply.content,
        title=file.name,
        url=page.url,
        changed_at=page.edited_at,
    )


def _written(page: NotionPage, content: Content) -> bytes:
    columns = "\n".join(f"- {escaped(one.name)}: {one.text}" for one in page.properties)
    body = "\n\n".join(part for part in (columns, content.text) if part.strip())
    # Its title is known without; a page that says nothing else is not empty all the same.
    return (body or f"# {escaped(page.title)}").encode()
