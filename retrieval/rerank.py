"""Put the best hits into the order of a model that reads question and passage together."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from retrieval.errors import RerankerFailed
from retrieval.model import Hit
from retrieval.ports import Reranker


@dataclass(frozen=True, slots=True)
class Reranking:
    """A reranker, how many hits it reads, and for how long at most."""

    reranker: Reranker
    hits: int = 20
    seconds: float = 1.0


@dataclass(frozen=True, slots=True)
class Reranked:
    """Hits, best first, and why they are not reranked where they are not."""

    hits: tuple[Hit, ...]
    warnings: tuple[str, ...] = ()


async def rerank(by: Reranking, question: str, hits: Sequence[Hit]) -> Reranked:
    """Order the best hits by the reranker; where it fails or is too slow, leave them as they are.

    The fused scores stay with the places, so that they go on falling from hit to hit.
    """
    best, rest = hits[: by.hits], hits[by.hits :]
    try:
        async with asyncio.timeout(by.seconds):
            scores = await by.reranker.score(question, [_read(hit) for hit in best])
    except TimeoutError:
        return Reranked(tuple(hits), (f"not reranked: it took more than {by.seconds:g} s",))
    except RerankerFailed as error:
        return Reranked(tuple(hits), (f"not reranked: {error}",))
    places = sorted(range(len(best)), key=lambda at: -scores[at])
    order = [replace(best[at], score=hit.score) for at, hit in zip(places, best, strict=True)]
    return Reranked((*order, *rest))


def _read(hit: Hit) -> str:
    passage = hit.passage
    return f"{passage.context}\n{passage.text}" if passage.context else passage.text
