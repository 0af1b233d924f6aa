"""An e-mail as its readers give it, and as a document."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from connectors.model import Json
from ingest.parse.attachments import Enclosed, attachments_of
from ingest.parse.draft import Draft, lay_out
from ingest.parse.office_html import drafts_of_visible
from ingest.parse.plain import paragraphs_of
from ingest.parsed import BlockKind, ParsedDocument


@dataclass(slots=True)
class MailMessage:
    """What a message holds; `bodies` are its texts with `text/html` or `text/plain`."""

    subject: str
    people: Mapping[str, str]
    sent: datetime | None
    bodies: list[tuple[str, str]] = field(default_factory=list)
    enclosed: list[Enclosed] = field(default_factory=list)


def as_document(message: MailMessage) -> ParsedDocument:
    """Give the subject as heading, the body below it, and the rest as attachments."""
    drafts = [Draft(BlockKind.HEADING, message.subject, level=1)]
    for kind, text in message.bodies:
        if kind == "text/html":
            drafts += drafts_of_visible(text)
        else:
            drafts += [Draft(BlockKind.PARAGRAPH, part) for part in paragraphs_of(text)]
    layout = lay_out(drafts)
    front: dict[str, Json] = {**message.people}
    if message.sent:
        front["date"] = message.sent.isoformat()
    return ParsedDocument(
        layout.text,
        layout.blocks,
        title=message.subject,
        published_at=message.sent,
        modified_at=message.sent,
        front=front,
        attachments=attachments_of(message.enclosed),
        links=layout.links,
    )
