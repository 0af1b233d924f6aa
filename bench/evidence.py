"""Fit the evidence threshold, and say how well it tells what can be answered.

    python -m bench.evidence

Fitted on mtrag-human-subset and covid-faq-paraphrase with the default model as built, the
chunker and BM25: questions as they are; the same with their gold pages taken out; and each
set's questions asked of the other. covid-faq is only looked at. The printed weights go to
`retrieval/planner/evidence.py`.
"""

import asyncio
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from api.settings import load_settings
from bench.figures import show
from bench.sets import RetrievalSet, load
from connectors.model import SourceId
from ingest.adapters.bm25 import Bm25Encoder
from ingest.adapters.embed_onnx import OnnxEmbedder
from ingest.adapters.model_build import build_model
from ingest.chunk import chunk
from ingest.model import Chunk, DocumentId, Scored, TwoLists
from ingest.parse.plain import parse_plain
from ingest.reading import LivePassage
from retrieval.fusion import fuse
from retrieval.planner.evidence import DEFAULT_THRESHOLD, answer_probability, features
from retrieval.ranking import refine
from retrieval.search import DEPTH
from retrieval.signals import describe

FITTED_ON = ("mtrag-human-subset", "covid-faq-paraphrase")
LOOKED_AT = "covid-faq"
_FOLDS = 5
_NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Shelf:
    """A corpus, embedded and weighed, with its questions."""

    data: RetrievalSet
    passages: tuple[LivePassage, ...]
    dense: Floats
    postings: Mapping[int, Sequence[tuple[int, float]]]
    questions: Mapping[str, Floats]


@dataclass(frozen=True, slots=True)
class Case:
    """One question asked of one corpus, as the estimate sees it."""

    question: str
    kind: str
    """answerable, labelled (unanswerable by people), taken_out or off_topic."""
    features: tuple[float, ...]
    probability: float


async def build(name: str, embedder: OnnxEmbedder, bm25: Bm25Encoder) -> Shelf:
    """Chunk, embed and weigh a set."""
    data = load(name)
    passages: list[LivePassage] = []
    texts: list[str] = []
    for page in data.pages:
        for piece in chunk(parse_plain(page.text), page.title, embedder.tokens, 256):
            passages.append(_passage(page.id, piece))
            texts.append(piece.embedded_text)
    postings: defaultdict[int, list[tuple[int, float]]] = defaultdict(list)
    for number, passage in enumerate(passages):
        found = bm25.encode_passage(passage.context, passage.text, "en")
        for term, weight in zip(found.indices, found.values, strict=True):
            postings[term].append((number, weight))
    dense = np.asarray(await embedder.embed_passages(texts), np.float64)
    asked = {
        key: np.asarray(await embedder.embed_query(question), np.float64)
        for key, question in data.questions.items()
    }
    return Shelf(data, tuple(passages), dense, postings, asked)


def _passage(page: str, piece: Chunk) -> LivePassage:
    return LivePassage(
        id=UUID(int=0),
        document=DocumentId(page),
        source=SourceId("bench"),
        ref=page,
        title="",
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
        language="",
        media_type="text/plain",
        tags=frozenset(),
        synced_at=_NOON,
        changed_at=None,
        verified_at=None,
        review_by=None,
    )


def look(
    shelf: Shelf, vector: Floats, question: str, bm25: Bm25Encoder, without: frozenset[str]
) -> tuple[tuple[float, ...], float]:
    """Search exactly, as if the pages of `without` were not there."""
    kept = [n for n, one in enumerate(shelf.passages) if one.document not in without]
    cosines = shelf.dense @ vector
    sums = np.zeros(len(shelf.passages))
    for term in bm25.encode_query(question).indices:
        held = shelf.postings.get(term, ())
        idf = np.log((len(shelf.passages) - len(held) + 0.5) / (len(held) + 0.5) + 1)
        for number, weight in held:
            sums[number] += idf * weight
    dense = _best(kept, cosines)
    sparse = tuple(one for one in _best(kept, sums) if one.score > 0)
    alive = {one.id: shelf.passages[one.id.int] for one in (*dense, *sparse)}
    ranked = refine(question, fuse(dense, sparse), alive)
    signals = describe(question, TwoLists(dense, sparse), [alive[one.id] for one in ranked])
    return features(signals), answer_probability(signals)


def _best(kept: Sequence[int], scores: Floats) -> tuple[Scored, ...]:
    ordered = sorted(kept, key=lambda number: -scores[number])[:DEPTH]
    return tuple(Scored(UUID(int=number), float(scores[number])) for number in ordered)


def cases(shelf: Shelf, others: Sequence[Shelf], bm25: Bm25Encoder) -> Iterator[Case]:
    """Ask a set's questions of its corpus, of what is left without the gold, and elsewhere."""
    for key, question in shelf.data.questions.items():
        vector, gold = shelf.questions[key], shelf.data.relevant.get(key, frozenset())
        asks = [(shelf, "answerable" if gold else "labelled", frozenset[str]())]
        asks += [(shelf, "taken_out", gold)] if gold else []
        asks += [(other, "off_topic", frozenset[str]()) for other in others]
        for where, kind, without in asks:
            found, probability = look(where, vector, question, bm25, without)
            yield Case(f"{shelf.data.name}/{key}", kind, found, probability)


def fit(rows: Floats, labels: Floats, weights: Floats) -> Floats:
    """Fit a weighted logistic by Newton's method, with a ridge of 0.1 on all but the bias."""
    design = np.column_stack([np.ones(len(rows)), rows])
    ridge = np.diag([0.0] + [0.1] * rows.shape[1])
    found = np.zeros(design.shape[1])
    for _ in range(30):
        p = 1 / (1 + np.exp(-design @ found))
        slope = design.T @ (weights * (labels - p)) - ridge @ found
        curve = (design * (weights * p * (1 - p))[:, None]).T @ design + ridge
        found = found + np.linalg.solve(curve, slope)
    return found


def across_folds(found: Sequence[Case]) -> tuple[Floats, Floats]:
    """Give weights fitted on all, and for each case the estimate of a fit without its question."""
    rows = np.array([case.features for case in found])
    labels = np.array([case.kind == "answerable" for case in found], float)
    weights = _weights(found)
    names = sorted({case.question for case in found})
    fold = np.array([names.index(case.question) % _FOLDS for case in found])
    estimates = np.zeros(len(found))
    for number in range(_FOLDS):
        seen, held = fold != number, fold == number
        model = fit(rows[seen], labels[seen], weights[seen])
        estimates[held] = 1 / (1 + np.exp(-(model[0] + rows[held] @ model[1:])))
    return fit(rows, labels, weights), estimates


def _weights(found: Sequence[Case]) -> Floats:
    """Give half of all weight to the answerable, a quarter each to taken out and off topic."""
    kinds = ["taken_out" if case.kind == "labelled" else case.kind for case in found]
    parts = {"answerable": 0.5, "taken_out": 0.25, "off_topic": 0.25}
    return np.array([parts[kind] / kinds.count(kind) * len(found) for kind in kinds])


def auroc(positive: Sequence[float], negative: Sequence[float]) -> float:
    """Give the chance that an answerable question scores above another one; ties are half."""
    above = np.subtract.outer(np.array(positive), np.array(negative))
    return float((above > 0).mean() + (above == 0).mean() / 2)


def rows_of(
    title: str, found: Sequence[Case], estimates: Sequence[float]
) -> Iterator[dict[str, object]]:
    """Compare the answerable with each other kind."""
    by_kind: defaultdict[str, list[float]] = defaultdict(list)
    for case, estimate in zip(found, estimates, strict=True):
        by_kind[case.kind].append(estimate)
    for kind, scores in by_kind.items():
        yield {
            "set": title,
            "questions": kind,
            "n": len(scores),
            "AUROC": auroc(by_kind["answerable"], scores) if kind != "answerable" else "",
            "called weak": float(np.mean(np.array(scores) < DEFAULT_THRESHOLD)),
        }


async def measure() -> None:
    """Fit, and show what comes of it."""
    with tempfile.TemporaryDirectory() as home:
        settings = load_settings(Path(home))
        model = build_model(settings.model, settings.models_dir, print)
        embedder, bm25 = OnnxEmbedder.open(model, threads=1), Bm25Encoder()
        one, two = [await build(name, embedder, bm25) for name in FITTED_ON]
        third = await build(LOOKED_AT, embedder, bm25)
        embedder.close()
    first, second = list(cases(one, [two], bm25)), list(cases(two, [one], bm25))
    weights, estimates = across_folds([*first, *second])
    print("bias and weights:", ", ".join(f"{weight:.2f}" for weight in weights))
    middle = len(first)
    last = list(cases(third, [one], bm25))
    rows = [
        *rows_of(f"{FITTED_ON[0]}, across folds", first, list(estimates[:middle])),
        *rows_of(f"{FITTED_ON[1]}, across folds", second, list(estimates[middle:])),
        *rows_of("both, across folds", [*first, *second], list(estimates)),
        *rows_of("both, as shipped", [*first, *second], [c.probability for c in (*first, *second)]),
        *rows_of(f"{LOOKED_AT}, as shipped", last, [case.probability for case in last]),
    ]
    show("evidence: what the threshold tells", rows)


if __name__ == "__main__":
    asyncio.run(measure())
