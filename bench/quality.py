"""How good the ranking is, beside plain reciprocal ranks and beside each list alone.

    python -m bench.quality [SET ...] [--parts]

Prints nDCG@10 over pages; of sets whose answers are pieces of long files, the share of the
pieces' characters within the first 4,000 characters of passages. Everything that was chosen
was chosen on covid-faq, nq-oracle and covidqa-long, which are not among the reported sets.
`--parts` leaves out one part of the ranking after the other.
"""

import argparse
import asyncio
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from api.settings import load_settings
from bench.figures import distinct, interval, mean, ndcg, show
from bench.sets import Span, load
from bench.shelf import Shelf, shelve
from ingest.adapters.bm25 import Bm25Encoder
from ingest.adapters.embed_onnx import OnnxEmbedder
from ingest.adapters.model_build import build_model
from ingest.model import PointId, TwoLists
from ingest.reading import LivePassage
from retrieval.fusion import fuse, in_order
from retrieval.ranking import refine

REPORTED = (
    *("scifact", "mtrag-human-subset", "covid-faq-paraphrase", "hotpotqa-100"),
    *("anthropic-docs", "anthropic-codebase", "chunking-eval"),
)
TUNED_ON = ("covid-faq", "nq-oracle", "covidqa-long")
_CHARACTERS = 4_000
Passages = Mapping[PointId, LivePassage]
Ranker = Callable[[str, TwoLists, Passages], Sequence[PointId]]


# --- rankings ---------------------------------------------------------------------


def refined(question: str, lists: TwoLists, passages: Passages) -> Sequence[PointId]:
    """Rank as a search does."""
    return [one.id for one in refine(question, fuse(lists.dense, lists.sparse), passages)]


def fused(_: str, lists: TwoLists, __: Passages) -> Sequence[PointId]:
    """Rank by the two lists alone."""
    return [one.id for one in fuse(lists.dense, lists.sparse)]


def untitled(_: str, lists: TwoLists, passages: Passages) -> Sequence[PointId]:
    """Rank as a search does to which titles say nothing."""
    return refined("", lists, passages)


def reciprocal(_: str, lists: TwoLists, __: Passages) -> Sequence[PointId]:
    """Rank by the sum of reciprocal ranks, k 60 (Cormack, Clarke and Büttcher 2009)."""
    scores: dict[PointId, float] = {}
    for ranked in (lists.dense, lists.sparse):
        for rank, one in enumerate(ranked, start=1):
            scores[one.id] = scores.get(one.id, 0.0) + 1 / (60 + rank)
    return [one.id for one in in_order(scores)]


def dense(_: str, lists: TwoLists, __: Passages) -> Sequence[PointId]:
    """Rank by cosine."""
    return [one.id for one in lists.dense]


def sparse(_: str, lists: TwoLists, __: Passages) -> Sequence[PointId]:
    """Rank by BM25."""
    return [one.id for one in lists.sparse]


# --- figures ----------------------------------------------------------------------


def scores(shelf: Shelf, ranker: Ranker) -> list[float]:
    """Give the figure of every question."""
    found = []
    for (key, question), lists in zip(shelf.data.asked, shelf.lists, strict=True):
        order = [shelf.passages[id_] for id_ in ranker(question, lists, shelf.passages)]
        if shelf.data.spans:
            found.append(span_recall(order, shelf.data.spans[key]))
        else:
            pages = distinct([passage.ref for passage in order])
            found.append(ndcg(pages, shelf.data.relevant[key]))
    return found


def span_recall(order: Sequence[LivePassage], spans: Sequence[Span]) -> float:
    """Give the share of the spans' characters that the first passages hold."""
    held: set[tuple[str, int]] = set()
    left = _CHARACTERS
    for passage in order:
        left -= passage.end - passage.start
        if left < 0:
            break
        held.update((passage.ref, at) for at in range(passage.start, passage.end))
    wanted = {(span.page, at) for span in spans for at in range(span.start, span.end)}
    return len(wanted & held) / len(wanted)


def row(shelf: Shelf) -> dict[str, object]:
    """Measure one set."""
    ours, plain = scores(shelf, refined), scores(shelf, reciprocal)
    gains = [one - other for one, other in zip(ours, plain, strict=True)]
    low, high = interval(ours)
    least, most = interval(gains)
    return {
        "set": shelf.data.name,
        "questions": len(ours),
        "refined": mean(ours),
        "95 %": f"{low:.3f} to {high:.3f}",
        "RRF": mean(plain),
        "gain": mean(gains),
        "of the gain": f"{least:+.3f} to {most:+.3f}",
        "dense": mean(scores(shelf, dense)),
        "sparse": mean(scores(shelf, sparse)),
    }


def parts(shelf: Shelf) -> dict[str, object]:
    """Measure what each part of the ranking does on one set."""
    rankers = {
        "RRF": reciprocal,
        "fused": fused,
        "and neighbours": untitled,
        "and titles": refined,
    }
    found = {name: mean(scores(shelf, ranker)) for name, ranker in rankers.items()}
    return {"set": shelf.data.name, **found}


async def measure(names: Sequence[str], of: Callable[[Shelf], dict[str, object]]) -> None:
    """Show a row a set, and the mean."""
    with tempfile.TemporaryDirectory() as home:
        settings = load_settings(Path(home))
        model = build_model(settings.model, settings.models_dir, print)
        embedder = OnnxEmbedder.open(model, threads=2)
    rows = []
    for name in names:
        rows.append(of(await shelve(load(name), embedder, Bm25Encoder())))
        print(rows[-1], flush=True)
    embedder.close()
    show("Quality: one setting for all sets", [*rows, _mean(rows)])


def _mean(rows: Sequence[Mapping[str, object]]) -> dict[str, object]:
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    means = {
        name: mean([one for one in column if isinstance(one, float)])
        for name, column in columns.items()
        if isinstance(column[0], float)
    }
    return {name: means.get(name, "mean" if name == "set" else "") for name in columns}


def main() -> None:
    """Measure the sets named, or all that are reported."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sets", nargs="*")
    parser.add_argument("--parts", action="store_true", help="what each part does, on all sets")
    chosen = parser.parse_args()
    names = chosen.sets or ((*TUNED_ON, *REPORTED) if chosen.parts else REPORTED)
    asyncio.run(measure(names, parts if chosen.parts else row))


if __name__ == "__main__":
    main()
