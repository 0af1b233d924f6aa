"""How often contradictions are found in sets that should hold few: one version of a manual.

    python -m bench.contradiction_alarms shop haystack postgresql [--pages N] [--show]

Pages are cut, embedded and compared with their twelve nearest passages, as an inspection does.
Nobody has labelled these sets: what is found is for reading.
"""

import argparse
import asyncio
import hashlib
import random
import time
from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np

from bench.contradiction_pairs import SHOP, Piece, Version, cut, default_embedder, read
from bench.contradictions import NOON, language_of, page_of, passage_of
from bench.figures import OUT, show
from bench.sets import folder
from ingest.freshness.contradiction import Contradictions
from ingest.freshness.model import Finding
from ingest.freshness.pages import NearPage, NearPair
from ingest.model import Vectors
from ingest.parse.dispatch import parse_document
from ingest.ports import Embedder

_NEAREST = 12


def pages_of(name: str, most: int) -> list[Version]:
    """Read the pages of a set, at most so many, drawn at random."""
    if name == "postgresql":
        files = sorted((folder("postgresql-doc-15") / "html").glob("*.html"))
        chosen = random.Random(1).sample(files, min(most, len(files)))
        parsed = [(one, parse_document(one.read_bytes(), "text/html", one.name)) for one in chosen]
        return [Version(f"postgresql:15:{one.name}", it.title, it) for one, it in parsed]
    if name == "shop":
        found = [one for one in sorted(SHOP.rglob("*")) if one.is_file()]
        refs = [f"shop:now:{one.relative_to(SHOP)}" for one in found]
    else:
        root = folder("haystack-docs-versions") / "2.24"
        refs = [f"haystack:2.24:{one.relative_to(root)}" for one in sorted(root.rglob("*.mdx"))]
    return [read(ref) for ref in random.Random(1).sample(refs, min(most, len(refs)))]


async def _vectors(name: str, pieces: Sequence[Piece], embedder: Embedder) -> Vectors:
    texts = [piece.embedded for piece in pieces]
    said = hashlib.sha256("\0".join((embedder.recipe.digest, *texts)).encode()).hexdigest()
    kept = OUT / "vectors" / f"alarms-{name}-{said[:12]}.npz"
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        np.savez(kept, vectors=await embedder.embed_passages(texts))
    with np.load(kept) as found:
        return np.asarray(found["vectors"], np.float32)


async def look(name: str, most: int) -> tuple[dict[str, object], list[Finding]]:
    """Let the rules look at all pages of a set."""
    embedder = default_embedder()
    versions = pages_of(name, most)
    pieces = [piece for version in versions for piece in cut(version, embedder)]
    vectors = await _vectors(name, pieces, embedder)
    pages = {one.ref: page_of(one, NOON, language_of(one.ref)) for one in versions}
    sides = [
        (page := pages[one.version.ref], passage_of(page, one.chunk.start, one.chunk.end))
        for one in pieces
    ]
    detector, compared = Contradictions(), 0
    found: dict[str, Finding] = {}
    near: dict[str, dict[str, list[NearPair]]] = defaultdict(lambda: defaultdict(list))
    for at, (page, passage) in enumerate(sides):
        for to, cosine in _nearest(vectors, at, detector.nearness):
            other, theirs = sides[to]
            if other.id != page.id:
                near[page.id][other.id].append(NearPair(passage, theirs, cosine))
                compared += 1
    by_id = {page.id: page for page, _ in sides}
    started = time.process_time()
    for id_, others in near.items():
        beside = [NearPage(by_id[other], tuple(pairs)) for other, pairs in others.items()]  # type: ignore[index]
        for one in detector.look(by_id[id_], beside):  # type: ignore[index]
            found.setdefault(one.key, one)
    took = time.process_time() - started
    row: dict[str, object] = {
        "set": name,
        "pages": len(versions),
        "passages": len(pieces),
        "pairs": compared,
        "ms a pair": 1_000 * took / max(compared, 1),
        "found": len(found),
        "per 1,000 pages": 1_000 * len(found) / len(versions),
        "kinds": dict(Counter(one.code for one in found.values())),
    }
    return row, list(found.values())


def _nearest(vectors: Vectors, at: int, least: float) -> list[tuple[int, float]]:
    cosines = vectors @ vectors[at]
    best = np.argsort(-cosines)[: 2 * _NEAREST + 1]
    return [(int(i), float(cosines[i])) for i in best if i != at and cosines[i] >= least]


def _main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sets", nargs="+")
    parser.add_argument("--pages", type=int, default=400)
    parser.add_argument("--show", action="store_true")
    asked = parser.parse_args()
    looked = [asyncio.run(look(name, asked.pages)) for name in asked.sets]
    show("Contradictions in one version: nobody labelled these", [row for row, _ in looked])
    for _, found in looked:
        for one in found if asked.show else ():
            print(
                one.code, *(" ".join(quote.text.split())[:260] for quote in one.quotes), sep=" | "
            )


if __name__ == "__main__":
    _main()
