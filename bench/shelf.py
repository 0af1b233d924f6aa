"""A set cut, embedded and weighed in this process, so that rankings can be tried in seconds.

The lists are exact, as the index's own are below a hundred thousand points. Vectors are kept
in bench/out, for as long as the texts and the model stay the same.
"""

import hashlib
import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from bench.figures import OUT
from bench.sets import Page, RetrievalSet
from connectors.model import SourceId
from ingest.adapters.bm25 import Bm25Encoder
from ingest.chunk import chunk
from ingest.model import Chunk, DocumentId, PointId, Scored, TwoLists, Vectors
from ingest.parse.markdown import parse_markdown
from ingest.parse.plain import parse_plain
from ingest.ports import Embedder
from ingest.reading import LivePassage
from retrieval.search import DEPTH

_NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Shelf:
    """A set with its passages and, in the order of `data.asked`, what each list finds."""

    data: RetrievalSet
    passages: dict[PointId, LivePassage]
    lists: tuple[TwoLists, ...]


async def shelve(data: RetrievalSet, embedder: Embedder, bm25: Bm25Encoder) -> Shelf:
    """Cut, embed and weigh a set, and ask it all its questions."""
    cut = ((page, piece) for page in data.pages for piece in _cut(page, embedder))
    passages = [_passage(number, page, piece) for number, (page, piece) in enumerate(cut)]
    texts = [_embedded(passage) for passage in passages]
    asked = [text for _, text in data.asked]
    dense, questions = await _vectors(data.name, embedder, texts, asked)
    sparse = _Sums(passages, bm25)
    lists = (
        TwoLists(_best(dense @ vector, -1.0), _best(sparse.of(question), 0.0))
        for vector, question in zip(questions, asked, strict=True)
    )
    return Shelf(data, {passage.id: passage for passage in passages}, tuple(lists))


def _cut(page: Page, embedder: Embedder) -> Sequence[Chunk]:
    parse = parse_markdown if page.id.endswith(".md") else parse_plain
    return chunk(parse(page.text), page.title, embedder.tokens, embedder.recipe.max_tokens)


def _embedded(passage: LivePassage) -> str:
    return f"{passage.context}\n{passage.text}" if passage.context else passage.text


async def _vectors(
    name: str, embedder: Embedder, texts: Sequence[str], asked: Sequence[str]
) -> tuple[Vectors, Vectors]:
    said = hashlib.sha256("\0".join((embedder.recipe.digest, *texts, "", *asked)).encode())
    kept = OUT / "vectors" / f"{name}-{said.hexdigest()[:12]}.npz"
    if not kept.exists():
        dense = await embedder.embed_passages(texts)
        questions = np.stack([await embedder.embed_query(question) for question in asked])
        kept.parent.mkdir(parents=True, exist_ok=True)
        np.savez(kept, dense=dense, questions=questions)
    with np.load(kept) as found:
        return found["dense"], found["questions"]


class _Sums:
    """BM25 sums over all passages, with the IDF that the index takes."""

    def __init__(self, passages: Sequence[LivePassage], bm25: Bm25Encoder) -> None:
        self._bm25, self._count = bm25, len(passages)
        postings: defaultdict[int, list[tuple[int, float]]] = defaultdict(list)
        for number, passage in enumerate(passages):
            weighed = bm25.encode_passage(passage.context, passage.text, "en")
            for term, weight in zip(weighed.indices, weighed.values, strict=True):
                postings[term].append((number, weight))
        self._postings = {term: _columns(found) for term, found in postings.items()}

    def of(self, question: str) -> Floats:
        sums = np.zeros(self._count)
        for term in self._bm25.encode_query(question).indices:
            if term in self._postings:
                numbers, weights = self._postings[term]
                holding = len(numbers)
                idf = math.log((self._count - holding + 0.5) / (holding + 0.5) + 1)
                sums[numbers] += idf * weights
        return sums


def _columns(found: Sequence[tuple[int, float]]) -> tuple[NDArray[np.int64], Floats]:
    numbers, weights = zip(*found, strict=True)
    return np.array(numbers), np.array(weights)


def _best(scores: Floats, above: float) -> tuple[Scored, ...]:
    order = np.argsort(-scores, kind="stable")[:DEPTH]
    return tuple(Scored(UUID(int=int(at)), float(scores[at])) for at in order if scores[at] > above)


def _passage(number: int, page: Page, piece: Chunk) -> LivePassage:
    return LivePassage(
        id=UUID(int=number),
        document=DocumentId(page.id),
        source=SourceId("bench"),
        ref=page.id,
        title=page.title,
        url="",
        revision=1,
        ordinal=piece.ordinal,
        text=piece.text,
        context=piece.context,
        tokens=piece.tokens,
        start=piece.start,
        end=piece.end,
        heading_path=piece.heading_path,
        anchor="",
        page=None,
        seconds=None,
        language="en",
        media_type="text/plain",
        tags=frozenset(),
        synced_at=_NOON,
        changed_at=None,
        verified_at=None,
        review_by=None,
    )
