"""Citations on the wire."""

from api.schemas.common import Told, shape
from api.schemas.search import ConflictView, FreshnessView
from retrieval.model import Citation

CITATION = {
    "tag": "D1§2",
    "document_id": "d_51c0",
    "version": 3,
    "title": "Refunds",
    "url": "https://help.example.com/refunds",
    "link": "https://help.example.com/refunds#how-long-it-takes",
    "start": 412,
    "end": 461,
    "text": "Refunds reach your card within five working days.",
    "freshness": {
        "as_of": "2026-03-02T08:15:00Z",
        "changed_at": None,
        "verified_at": None,
        "staleness": 0.0,
        "stale": False,
        "reasons": [],
    },
    "conflicts": [],
}


class CitationView(Told):
    """Where a tagged piece of the prompt stands."""

    model_config = shape(CITATION, strict=False)

    tag: str
    document_id: str
    version: int
    title: str
    url: str
    link: str
    start: int
    end: int
    text: str
    freshness: FreshnessView
    conflicts: list[ConflictView]
    """What other pages say against it, as far as it was found for the question."""

    @classmethod
    def of(cls, citation: Citation) -> "CitationView":
        """Show a citation with all that it takes to check it."""
        return cls(
            tag=citation.tag,
            document_id=citation.document,
            version=citation.revision,
            title=citation.title,
            url=citation.url,
            link=citation.link,
            start=citation.start,
            end=citation.end,
            text=citation.text,
            freshness=FreshnessView.of(citation.freshness),
            conflicts=[ConflictView.of(one) for one in citation.disputes],
        )
