"""The words of what detectors look at: pages, their links, and what is near to them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from connectors.model import SourceId
from ingest.freshness.model import Finding
from ingest.model import DocumentId, PointId, Vectors
from ingest.parsed import Link
from ingest.reading import DocumentRecord, LivePassage, Revision


@dataclass(frozen=True, slots=True)
class Page:
    """A live document with all that a detector may look at."""

    record: DocumentRecord
    revision: Revision
    passages: tuple[LivePassage, ...]
    """In its order."""
    links: tuple[Link, ...] = ()

    @property
    def id(self) -> DocumentId:
        """The document's id."""
        return self.record.facts.id

    @property
    def linking(self) -> "Linking":
        """What is to be known of it to say where its links lead."""
        facts = self.record.facts
        return Linking(facts.id, self.record.source, facts.ref, facts.url, self.links)


class LinkState(StrEnum):
    """What became of an address of the web."""

    THERE = "there"
    GONE = "gone"
    """Its server says so, or its host has had no address for long."""
    UNKNOWN = "unknown"
    """It refused us, was busy or out of reach: that says nothing of the page."""


@dataclass(frozen=True, slots=True)
class Linking:
    """A live document with its links alone."""

    document: DocumentId
    source: SourceId
    ref: str
    url: str
    links: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class Looked:
    """What a detector says of one page."""

    findings: tuple[Finding, ...] = ()
    again_at: datetime | None = None
    """When it would say something else of the same text; None: never."""


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A passage of another page that is near in meaning."""

    passage: LivePassage
    cosine: float


@dataclass(frozen=True, slots=True)
class VectorBlock:
    """Live passages of whole documents, row by row with their vectors."""

    points: Sequence[PointId]
    documents: Sequence[DocumentId]
    vectors: Vectors


@dataclass(frozen=True, slots=True)
class NearPair:
    """Two passages of different pages that are near in meaning."""

    mine: LivePassage
    theirs: LivePassage
    cosine: float


@dataclass(frozen=True, slots=True)
class NearPage:
    """Another page of which passages are near in meaning to those of the page looked at."""

    page: Page
    pairs: tuple[NearPair, ...]
