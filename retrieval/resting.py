"""Say which pages an answer rests on."""

from collections.abc import Iterable, Sequence

from ingest.model import DocumentId
from retrieval.answer import Answer
from retrieval.model import Citation, Hit, Mode

MOST = 10
MOST_OF_A_SEARCH = 3
"""Whoever asks for passages alone reads the first ones."""


def rests_on(answer: Answer, cited: Sequence[Citation] = ()) -> tuple[DocumentId, ...]:
    """Give the pages of what was cited, or of what the pack holds, the best ones first.

    Of the whole knowledge an answer rests on what was found for the question.
    """
    best = pages_of(answer.hits)
    if cited:
        return _distinct(DocumentId(one.document) for one in cited)[:MOST]
    if answer.plan.decision is Mode.NONE:
        return ()
    if answer.plan.decision is Mode.FULL:
        return best[:MOST]
    held = dict.fromkeys(DocumentId(one.document) for one in answer.pack.citations)
    return _distinct((*(page for page in best if page in held), *held))[:MOST]


def pages_of(hits: Iterable[Hit]) -> tuple[DocumentId, ...]:
    """Give the pages of hits in the order of their best one."""
    return _distinct(hit.passage.document for hit in hits)


def _distinct(pages: Iterable[DocumentId]) -> tuple[DocumentId, ...]:
    return tuple(dict.fromkeys(pages))
