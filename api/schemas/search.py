"""Search on the wire."""

from datetime import datetime
from typing import Annotated

from pydantic import Field, field_validator

from api.schemas.common import Asked, Example, Id, InRange, Moment, Name, Ref, Text, Told, shape
from api.security import Caller
from connectors.model import SourceId
from ingest.language import primary
from ingest.reading import DocumentFilter
from retrieval.model import Dispute, Fresh, Freshness, Hit, SearchRequest

QUERY_CHARACTERS = 8_000
MOST_HITS = 100

_FILTER = {"source_ids": ["s_7f3a"], "tags": ["returns"], "fresh": "prefer"}
_FRESHNESS: Example = {
    "as_of": "2026-03-02T08:15:00Z",
    "changed_at": "2026-02-11T10:00:00Z",
    "verified_at": None,
    "staleness": 0.12,
    "stale": False,
    "reasons": [],
}
_CONFLICT: Example = {
    "flag_id": "f_30aa",
    "says": "Refunds reach your card within five working days.",
    "against": "We refund within ten working days.",
    "document_id": "d_77e2",
    "chunk_id": "0d7c9f52-8d6e-5b0c-8f37-95b1f0b2a1d4",
}
_DOCUMENT = {
    "id": "d_51c0",
    "source_id": "s_7f3a",
    "ref": "returns/refunds.md",
    "title": "Refunds",
    "url": "https://help.example.com/refunds",
    "version": 3,
}
_HIT = {
    "rank": 1,
    "chunk_id": "6f1b2a9e-3f0e-5d59-9a52-0a4a6f3f7c11",
    "text": "Refunds reach your card within five working days.",
    "start": 412,
    "end": 461,
    "heading_path": ["Refunds", "How long it takes"],
    "link": "https://help.example.com/refunds#how-long-it-takes",
    "document": _DOCUMENT,
    "freshness": _FRESHNESS,
    "warnings": [],
    "also_in": ["d_77e2"],
    "conflicts": [],
}


class FilterBody(Asked):
    """Narrows what is looked at; every part that is given must hold."""

    model_config = shape(_FILTER, strict=True)

    source_ids: Annotated[frozenset[Id] | None, Field(max_length=100)] = None
    refs: Annotated[frozenset[Ref] | None, Field(max_length=1_000)] = None
    tags: Annotated[frozenset[Name] | None, Field(max_length=100)] = None
    """Documents with at least one of these."""
    language: Annotated[str | None, Field(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$")] = None
    changed_after: Moment | None = None
    fresh: Fresh = Fresh.ANY
    """`prefer` ranks stale pages lower, `require` leaves them out."""
    groups: Annotated[frozenset[Name] | None, Field(max_length=1_000)] = None
    """Narrows what the key may see to these groups; it never widens it."""

    def within(self, caller: Caller) -> DocumentFilter:
        """Give the filter as the ledger reads it, inside what the caller may see."""
        return DocumentFilter(
            groups=caller.narrowed(self.groups),
            sources=None if self.source_ids is None else frozenset(map(SourceId, self.source_ids)),
            refs=self.refs,
            tags=self.tags,
            language=primary(self.language) if self.language else None,
            changed_after=self.changed_after,
        )


class SearchBody(Asked):
    """A question to the index."""

    model_config = shape(
        {"query": "How long does a refund take?", "limit": 5, "filter": _FILTER}, strict=True
    )

    query: Annotated[Text, Field(json_schema_extra={"maxLength": QUERY_CHARACTERS})]
    limit: Annotated[int, InRange(1, MOST_HITS)] = 10
    filter: FilterBody = FilterBody()
    trial: bool = False
    """Whether you only look: it does not count as asked."""

    @field_validator("query")
    @classmethod
    def _has_words(cls, query: str) -> str:
        return asked_words(query)

    def request(self, caller: Caller) -> SearchRequest:
        """Give the request as the searcher takes it."""
        where = self.filter.within(caller)
        return SearchRequest(self.query, self.limit, where, self.filter.fresh, joined=True)


def asked_words(query: str) -> str:
    """Give the question; raises ValueError when there is nothing in it, or too much."""
    if not query.strip():
        raise ValueError("must hold a question")
    if len(query) > QUERY_CHARACTERS:
        raise ValueError(f"the question must have at most {QUERY_CHARACTERS:,} characters")
    return query


class FreshnessView(Told):
    """How far a passage can be trusted today."""

    model_config = shape(_FRESHNESS, strict=False)

    as_of: datetime
    """When the source was last looked at."""
    changed_at: datetime | None
    """When the source changed it."""
    verified_at: datetime | None
    """When a person last said that it is right."""
    staleness: float
    """0 as fresh as can be, 1 surely outdated."""
    stale: bool
    """Whether an answer that rests on it should say so."""
    reasons: list[str]

    @classmethod
    def of(cls, freshness: Freshness) -> "FreshnessView":
        """Show what is known of a passage's age."""
        return cls(
            as_of=freshness.as_of,
            changed_at=freshness.changed_at,
            verified_at=freshness.verified_at,
            staleness=round(freshness.staleness, 3),
            stale=freshness.stale,
            reasons=list(freshness.reasons),
        )


class ConflictView(Told):
    """That another page says something else than this passage does."""

    model_config = shape(_CONFLICT, strict=False)

    flag_id: str
    """Under `/v1/flags`, where it waits for somebody."""
    says: str
    against: str
    document_id: str
    """The other page."""
    chunk_id: str | None
    """The passage of it."""

    @classmethod
    def of(cls, dispute: Dispute) -> "ConflictView":
        """Show a contradiction from one of its sides."""
        return cls(
            flag_id=dispute.flag,
            says=dispute.says,
            against=dispute.against,
            document_id=dispute.document,
            chunk_id=str(dispute.point) if dispute.point else None,
        )


class FoundDocumentView(Told):
    """The document that a hit stands in."""

    model_config = shape(_DOCUMENT, strict=False)

    id: str
    source_id: str
    ref: str
    title: str
    url: str
    version: int
    """The revision that `start` and `end` refer to: `/v1/documents/{id}/revisions/{version}`."""


class HitView(Told):
    """A ranked passage; `text` is the revision's text from `start` to `end`.

    Passages that follow one another come as one hit, under the `chunk_id` of the best.
    """

    model_config = shape(_HIT, strict=False)

    rank: int
    chunk_id: str
    text: str
    start: int
    end: int
    heading_path: list[str]
    link: str
    """The document's URL, or its ref without one, down to the heading, the page or the second."""
    document: FoundDocumentView
    freshness: FreshnessView
    warnings: list[str]
    also_in: list[str]
    """Ids of other documents that say the same; they have no hit of their own for it."""
    conflicts: list[ConflictView]
    """What other pages say against it, where that is known."""

    @classmethod
    def of(cls, hit: Hit) -> "HitView":
        """Show a hit without its score."""
        passage = hit.passage
        return cls(
            rank=hit.rank,
            chunk_id=str(passage.id),
            text=passage.text,
            start=passage.start,
            end=passage.end,
            heading_path=list(passage.heading_path),
            link=hit.link,
            document=FoundDocumentView(
                id=passage.document,
                source_id=passage.source,
                ref=passage.ref,
                title=passage.title,
                url=passage.url,
                version=passage.revision,
            ),
            freshness=FreshnessView.of(hit.freshness),
            warnings=list(hit.warnings),
            also_in=list(hit.also_in),
            conflicts=[ConflictView.of(one) for one in hit.disputes],
        )


class SearchView(Told):
    """What was found, best first."""

    model_config = shape({"query_id": "q_9b1d", "hits": [_HIT], "warnings": []}, strict=False)

    query_id: str
    """Name it in `/v1/feedback`."""
    hits: list[HitView]
    warnings: list[str]
    """What was left undone, such as reranking that took too long."""
