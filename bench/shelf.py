"""A set cut, embedded and weighed in this process, so that rankings can be tried in seconds.

The lists are exact, as the index's own are below a hundred thousand points. Vectors are kept
in bench/out, for as long as the texts and the model stay the same.
"""

import hashlib
import math
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from bench.figures import OUT
from bench.sets import Page, RetrievalSet
from connectors.model import SourceId
from ingest.adapters.bm25 import Bm25Encoder
from ingest.chunk import chunk
from ingest.model import (
    Chunk,
    DocumentId,
    PointId,
    Probe,
    Scored,
    SparseVector,
    TwoLists,
    Vector,
    Vectors,
)
from ingest.parse.markdown import parse_markdown
from ingest.parse.plain import parse_plain
from ingest.ports import Embedder
from ingest.reading import LivePassage
from retrieval.freshness import judge
from retrieval.fusion import DEPTH, fuse
from retrieval.merge import collapse
from retrieval.model import Found, Hit
from retrieval.ranking import refine

_NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Shelf:
    """A set with its passages, embedded and weighed, and the vectors of what was asked."""

    data: RetrievalSet
    passages: dict[PointId, LivePassage]
    vectors: Vectors
    sums: "Sums"
    asked: dict[str, Vector] = field(default_factory=dict)

    @property
    def lists(self) -> tuple[TwoLists, ...]:
        """What each list finds, in the order of `data.asked`."""
        return tuple(self.look(question) for _, question in self.data.asked)

    def look(self, question: str, without: Collection[str] = ()) -> TwoLists:
        """Search exactly, as if the pages of `without` were not there."""
        cosines = np.asarray(self.vectors @ self.asked[question], np.float64)
        sums = self.sums.of(question)
        if without:
            gone = [at.int for at, one in self.passages.items() if one.ref in without]
            cosines[gone], sums[gone] = -1.0, 0.0
        return TwoLists(_best(cosines, -1.0), _best(sums, 0.0))

    def probed(self, probe: Probe) -> TwoLists:
        """Search exactly for a vector and terms."""
        cosines = np.asarray(self.vectors @ probe.dense, np.float64)
        return TwoLists(_best(cosines, -1.0), _best(self.sums.weighed(probe.sparse), 0.0))

    def search(self, question: str, without: Collection[str] = ()) -> Found:
        """Give all that a search would, in its order."""
        lists = self.look(question, without)
        ranked = refine(question, fuse(lists.dense, lists.sparse), self.passages)
        found = (_hit(self.passages[one.id], one.score) for one in ranked)
        hits = collapse(tuple(found))
        return Found(0, tuple(_ranked(hit, at) for at, hit in enumerate(hits, start=1)), lists)


async def shelve(
    data: RetrievalSet, embedder: Embedder, bm25: Bm25Encoder, more: Sequence[str] = ()
) -> Shelf:
    """Cut, embed and weigh a set, and embed its questions and what else is asked of it."""
    cut = ((page, piece) for page in data.pages for piece in _cut(page, embedder))
    passages = [_passage(number, page, piece) for number, (page, piece) in enumerate(cut)]
    dense = await _vectors(data.name, embedder, [_embedded(passage) for passage in passages])
    shelf = Shelf(data, {one.id: one for one in passages}, dense, Sums(passages, bm25))
    await embed_questions(shelf, embedder, [*(text for _, text in data.asked), *more])
    return shelf


async def embed_questions(shelf: Shelf, embedder: Embedder, questions: Sequence[str]) -> None:
    """Make these questions ones that the shelf can be asked."""
    asked = list(dict.fromkeys(questions))
    if not asked:
        return
    vectors = await _vectors(f"{shelf.data.name}-asked", embedder, asked, questions=True)
    shelf.asked.update(zip(asked, vectors, strict=True))


def _cut(page: Page, embedder: Embedder) -> Sequence[Chunk]:
    parse = parse_markdown if page.id.endswith(".md") else parse_plain
    return chunk(parse(page.text), page.title, embedder.tokens, embedder.recipe.max_tokens)


def _embedded(passage: LivePassage) -> str:
    return f"{passage.context}\n{passage.text}" if passage.context else passage.text


async def _vectors(
    name: str, embedder: Embedder, texts: Sequence[str], *, questions: bool = False
) -> Vectors:
    said = hashlib.sha256("\0".join((embedder.recipe.digest, *texts)).encode())
    kept = OUT / "vectors" / f"{name}-{said.hexdigest()[:12]}.npz"
    if not kept.exists():
        found = (
            np.stack([await embedder.embed_query(text) for text in texts])
            if questions
            else await embedder.embed_passages(texts)
        )
        kept.parent.mkdir(parents=True, exist_ok=True)
        np.savez(kept, vectors=found)
    with np.load(kept) as read:
        return np.asarray(read["vectors"], np.float32)


class Sums:
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
        """Give each passage's sum, in the order of the passages."""
        return self.weighed(self._bm25.encode_query(question))

    def weighed(self, terms: SparseVector) -> Floats:
        """Give each passage's sum for terms of these weights."""
        sums = np.zeros(self._count)
        for term, asked in zip(terms.indices, terms.values, strict=True):
            if term in self._postings:
                numbers, weights = self._postings[term]
                holding = len(numbers)
                idf = math.log((self._count - holding + 0.5) / (holding + 0.5) + 1)
                sums[numbers] += asked * idf * weights
        return sums


def _columns(found: Sequence[tuple[int, float]]) -> tuple[NDArray[np.int64], Floats]:
    numbers, weights = zip(*found, strict=True)
    return np.array(numbers), np.array(weights)


def _best(scores: Floats, above: float) -> tuple[Scored, ...]:
    order = np.argsort(-scores, kind="stable")[:DEPTH]
    return tuple(Scored(UUID(int=int(at)), float(scores[at])) for at in order if scores[at] > above)


def _hit(passage: LivePassage, score: float) -> Hit:
    return Hit(0, score, passage, passage.ref, judge(passage, _NOON))


def _ranked(hit: Hit, rank: int) -> Hit:
    return Hit(rank, hit.score, hit.passage, hit.link, hit.freshness, (), hit.also_in)


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
