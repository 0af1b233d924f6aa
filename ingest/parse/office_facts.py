"""What an office file says of itself, beside its text."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ingest.parse.clean import has_words, one_line
from ingest.parse.dates import read_date
from ingest.parse.draft import Draft, lay_out
from ingest.parsed import BlockKind, ParsedDocument

_NO_TITLE = re.compile(
    r"(?:untitled|document|presentation|power ?point presentation|word document|workbook|book)"
    r"\s*\d*\Z|microsoft (?:word|powerpoint|excel)\b|\S+\.(?:docx?|pptx?|xlsx?|odt|rtf|epub)\Z",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class OfficeFacts:
    """The title and dates that a file carries, as far as they say something."""

    title: str = ""
    created: datetime | None = None
    modified: datetime | None = None


class CoreProperties(Protocol):
    """What every Office file's `docProps/core.xml` says, as three libraries give it."""

    title: str
    created: datetime | None
    modified: datetime | None


def facts_of(properties: CoreProperties) -> OfficeFacts:
    """Read core properties; a program's own default title is none."""
    return OfficeFacts(
        said_title(properties.title),
        read_date(properties.created),
        read_date(properties.modified),
    )


def said_title(title: str | None) -> str:
    """Give a title unless a program made it up."""
    shown = one_line(title or "")
    return shown if has_words(shown) and not _NO_TITLE.match(shown) else ""


def as_document(drafts: list[Draft], facts: OfficeFacts, *, sheets: bool = False) -> ParsedDocument:
    """Lay the blocks out; without a title of its own, a document has that of its first heading.

    A sheet's name is none: it names a part of the workbook.
    """
    layout = lay_out(drafts)
    first = next((draft.text for draft in drafts if draft.kind is BlockKind.HEADING), "")
    return ParsedDocument(
        layout.text,
        layout.blocks,
        title=facts.title or ("" if sheets else one_line(first)),
        published_at=facts.created,
        # What nobody ever changed is as it was made; when it came here says nothing of its text.
        modified_at=facts.modified or facts.created,
        links=layout.links,
    )
