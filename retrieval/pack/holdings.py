"""What a caller may see, added up once: as a whole, and by source, tag and folder."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from ingest.model import DocumentId
from ingest.reading import DocumentRecord

_PER_DOCUMENT = 24
"""Tokens of a document's head beside its title and link: its tag, its date, what it replaces."""
_PER_SECTION = 12
"""Tokens of a tag and the line ends around it."""
_SECTION = 200
"""Stored tokens to a section, at least: a section ends after 1,500 characters."""
_HEAD_CHARACTERS = 2
"""Characters to a token of a title or a link, at least."""


class ScopeKind(StrEnum):
    """What the documents of a scope have in common; what binds closest comes first."""

    PATH = "path"
    TAG = "tag"
    SOURCE = "source"


@dataclass(frozen=True, slots=True)
class Label:
    """A name for a part of the knowledge."""

    kind: ScopeKind
    value: str
    """The source, the tag, or the path up to its last slash: of the link, else of the ref."""


@dataclass(frozen=True, slots=True)
class Bulk:
    """Some documents, and what they add up to when they are packed whole."""

    documents: frozenset[DocumentId]
    tokens: Mapping[str, int]
    """Of their texts with all tags and heads, by language, counted as o200k does."""

    @property
    def total(self) -> int:
        """Tokens of all languages together."""
        return sum(self.tokens.values())


@dataclass(frozen=True, slots=True)
class Holdings:
    """All that a caller may see; worth keeping for as long as the sequence stands."""

    records: Mapping[DocumentId, DocumentRecord]
    """In order of id."""
    whole: Bulk
    parts: Mapping[Label, Bulk]
    access: frozenset[str]
    """Every group that is named by the access of a document."""

    @classmethod
    def of(cls, records: Sequence[DocumentRecord]) -> "Holdings":
        """Add the records up."""
        members: defaultdict[Label, list[DocumentRecord]] = defaultdict(list)
        for record in records:
            for label in labels_of(record):
                members[label].append(record)
        return cls(
            records={record.facts.id: record for record in records},
            whole=bulk_of(records),
            parts={label: bulk_of(its) for label, its in members.items()},
            access=frozenset().union(*{record.facts.access for record in records}),
        )


def bulk_of(records: Sequence[DocumentRecord]) -> Bulk:
    """Add up documents as they would be packed whole."""
    tokens: Counter[str] = Counter()
    for record in records:
        tokens[record.facts.language] += packed_tokens(record)
    return Bulk(frozenset(record.facts.id for record in records), dict(tokens))


def packed_tokens(record: DocumentRecord) -> int:
    """Estimate a document's text with its tags and its head, rather above than below."""
    facts = record.facts
    head = len(facts.title or facts.ref) + len(facts.url)
    sections = 1 + record.tokens // _SECTION
    return record.tokens + _PER_DOCUMENT + head // _HEAD_CHARACTERS + _PER_SECTION * sections


def labels_of(record: DocumentRecord) -> Iterator[Label]:
    """Name every part of the knowledge that a document belongs to."""
    yield Label(ScopeKind.SOURCE, record.source)
    for tag in record.facts.tags:
        yield Label(ScopeKind.TAG, tag)
    url = urlsplit(record.facts.url)
    folder, path = f"{record.source}:", f"/{record.facts.ref.lstrip('/')}"
    if url.netloc:
        folder, path = f"{url.scheme}://{url.netloc}", url.path
    for name in path.split("/")[1:-1]:
        folder = f"{folder}/{name}"
        yield Label(ScopeKind.PATH, f"{folder}/")
