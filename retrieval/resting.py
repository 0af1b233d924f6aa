"""Say which pages an answer rests on."""

from collections.abc import Iterable, Sequence

from ingest.model import DocumentId
from retrieval.answer import Answer
from retrieval.model import Citation, Hit, Mode

MOST = 10
MOST_OF_A_SEARCH = 3
"""Whoever asks for passages alone reads the first ones."""
_NEARLY_ALL = 0.9
"""Share of what all hits give, from which the rest is there to be safe."""


def rests_on(answer: Answer, cited: Sequence[Citation] = ()) -> tuple[DocumentId, ...]:
    """Give the pages that were cited, or else those of the hits that the answer needs.

    The best ones first, and none that the pack does not hold; a pack without any of them rests
    on what it holds. Packs are filled beyond that, and what fills them answers nothing.
    """
    best = pages_of(answer.hits[: _needed(answer.reach)])
    if cited:
        return _distinct(DocumentId(one.document) for one in cited)[:MOST]
    if answer.plan.decision is Mode.NONE:
        return ()
    if answer.plan.decision is Mode.FULL:
        return best[:MOST]
    held = dict.fromkeys(DocumentId(one.document) for one in answer.pack.citations)
    return tuple(page for page in best if page in held)[:MOST] or tuple(held)[:MOST]


def pages_of(hits: Iterable[Hit]) -> tuple[DocumentId, ...]:
    """Give the pages of hits in the order of their best one."""
    return _distinct(hit.passage.document for hit in hits)


def _needed(reach: Sequence[float]) -> int | None:
    """Count the first hits that together give nearly all; None: nothing tells."""
    enough = (n for n, one in enumerate(reach) if one >= _NEARLY_ALL * reach[-1])
    return max(1, next(enough)) if reach else None


def _distinct(pages: Iterable[DocumentId]) -> tuple[DocumentId, ...]:
    return tuple(dict.fromkeys(pages))
