"""How well questions come together by topic, and what chose the numbers of it.

    python -m bench.gaps

covid-faq: 1,387 questions of users, each aligned to one of 68 questions of an FAQ, which are the
gold topics (two that share an answer are one). Half of the topics choose the numbers, the other
half shows them. Ours takes the questions as a worker does, in small batches of any order, and
looks from the middle of the FAQ; beside it stand the same from the origin and from the middle of
what was asked so far, average linkage over everything at once, leaders with centroids, and k-means
that is told the true number of topics.
"""

import asyncio
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count, product

import numpy as np
from sklearn.cluster import AgglomerativeClustering, KMeans  # type: ignore[import-untyped]
from sklearn.metrics import (  # type: ignore[import-untyped]
    adjusted_rand_score,
    v_measure_score,
)

from bench.figures import mean, show
from bench.prepared import open_embedder
from bench.sets import RetrievalSet, load
from ingest.model import Vector, Vectors
from ingest.topics import TopicCentre
from retrieval.gaps.cluster import Nearness, Outlook, arrange, mean_of

_GRID = tuple(
    Nearness(joins, joins + more)
    for joins, more in product((0.45, 0.5, 0.55, 0.6, 0.65, 0.7), (0.0, 0.05, 0.1))
)
_SEEDS = range(3)
_TAKEN = ((10, None), (100, None), (10, 60))
"""Questions at a time, and of how many first ones: of all, or of a tenant's first."""
_OWN = Nearness(0.6, 0.65)
_OWN_SHARE, _OWN_HALF = 0.3, 50
"""From the middle of the questions themselves: what was best of them on the first half."""
_CUTS = (0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7)


@dataclass(frozen=True, slots=True)
class Half:
    """Questions with their gold topics."""

    name: str
    vectors: Vectors
    gold: Sequence[str]


Look = Callable[[Vectors, Sequence[TopicCentre]], Outlook]
"""From where new questions and old topics are compared."""


def halves(data: RetrievalSet, vectors: Mapping[str, Vectors]) -> tuple[Half, Half]:
    """Part the topics in two: those that choose, and those that show."""
    gold = topics(data)
    names = sorted(set(gold.values()))
    random.Random(0).shuffle(names)
    choosing = set(names[: len(names) // 2])
    parted = {
        chooses: [key for key in gold if (gold[key] in choosing) is chooses]
        for chooses in (True, False)
    }
    return (
        Half("dev", np.array([vectors[key] for key in parted[True]]), _of(parted[True], gold)),
        Half("test", np.array([vectors[key] for key in parted[False]]), _of(parted[False], gold)),
    )


def topics(data: RetrievalSet) -> Mapping[str, str]:
    """Give each question its topic; entries of the FAQ that share a question are one."""
    root: dict[str, str] = {}

    def find(entry: str) -> str:
        while root.setdefault(entry, entry) != entry:
            entry = root[entry]
        return entry

    for entries in data.relevant.values():
        first, *rest = sorted(entries)
        for other in rest:
            root[find(other)] = find(first)
    return {key: find(min(data.relevant[key])) for key, _ in data.asked}


def gathered(
    vectors: Vectors, look: Look, batch: int, seed: int, most: int | None
) -> Mapping[int, object]:
    """Put the first questions of an order into topics as they come, so many at a time."""
    names = count()
    centres: dict[str, TopicCentre] = {}
    topic: dict[str, str] = {}
    order = [int(place) for place in np.random.default_rng(seed).permutation(len(vectors))[:most]]
    for start in range(0, len(order), batch):
        new = {str(place): vectors[place] for place in order[start : start + batch]}
        known = list(centres.values())
        seen = look(np.array(list(new.values())), known)
        found = arrange(new, known, lambda: f"{next(names):06d}", seen)
        centres |= found.centres
        for gone in found.merged:
            centres.pop(gone, None)
        topic = {q: found.merged.get(one, one) for q, one in {**topic, **found.topic}.items()}
    return {place: topic[str(place)] for place in order}


def ours(half: Half, look: Look, batch: int, most: int | None = None) -> dict[str, object]:
    """Measure ours in several orders; more of them of a few questions."""
    figures = []
    for seed in _SEEDS if most is None else range(10):
        found = gathered(half.vectors, look, batch, seed, most)
        asked = Half(half.name, half.vectors, [half.gold[place] for place in found])
        figures.append(_figures(asked, list(found.values())))
    return {name: mean([one[name] for one in figures]) for name in figures[0]}


def from_questions(new: Vectors, known: Sequence[TopicCentre]) -> Outlook:
    """Look from the middle of what was asked so far, the nearer to the origin the less that is."""
    total = new.sum(axis=0) + sum(mean_of(one) * one.weight for one in known)
    count = len(new) + sum(one.weight for one in known)
    share = _OWN_SHARE * count / (count + _OWN_HALF)
    return Outlook(_OWN, np.asarray(share * total / count, np.float32))


def leaders(vectors: Vectors, least: float) -> Sequence[object]:
    """Let each question join the nearest centroid, or lead a topic of its own."""
    sums: list[Vectors] = []
    found: list[int] = []
    for vector in vectors:
        near = [float(vector @ one) / float(np.linalg.norm(one)) for one in sums]
        best = int(np.argmax(near)) if near else -1
        if best >= 0 and near[best] >= least:
            sums[best] = sums[best] + vector
        else:
            sums.append(vector)
            best = len(sums) - 1
        found.append(best)
    return found


def linkage(vectors: Vectors, least: float) -> Sequence[object]:
    """Put everything together at once, by average linkage."""
    clusters = AgglomerativeClustering(
        n_clusters=None, distance_threshold=1 - least, metric="cosine", linkage="average"
    )
    return list(clusters.fit_predict(vectors))


def told_the_number(half: Half) -> Sequence[object]:
    """Cluster by k-means with the true number of topics."""
    return list(KMeans(len(set(half.gold)), n_init=5, random_state=0).fit_predict(half.vectors))


def chosen_by(dev: Half, cluster: Callable[[Vectors, float], Sequence[object]]) -> float:
    """Choose a cut as ours was: by the mean of both figures."""
    return max(_CUTS, key=lambda cut: _worth(_figures(dev, cluster(dev.vectors, cut))))


def _worth(figures: Mapping[str, object]) -> float:
    return (float(str(figures["V"])) + float(str(figures["ARI"]))) / 2


def _figures(half: Half, found: Sequence[object]) -> dict[str, float]:
    labels = [str(one) for one in found]
    return {
        "V": float(v_measure_score(half.gold, labels)),
        "ARI": float(adjusted_rand_score(half.gold, labels)),
        "topics": float(len(set(labels))),
    }


def _of(keys: Sequence[str], gold: Mapping[str, str]) -> list[str]:
    return [gold[key] for key in keys]


def _sides(dev: Half, test: Half, middle: Vector) -> None:
    looks: Mapping[str, Look] = {
        "ours": lambda *_: Outlook.around(middle),
        "from the origin": lambda *_: Outlook.around(None),
        "from the questions' middle": from_questions,
    }
    link, lead = chosen_by(dev, linkage), chosen_by(dev, leaders)
    rows = []
    for half in (dev, test):
        about = {"half": half.name, "questions": len(half.gold), "gold": len(set(half.gold))}
        rows += [
            *(
                {**about, "way": f"{name}, {size} of {most or 'all'}"}
                | ours(half, look, size, most)
                for size, most in _TAKEN
                for name, look in looks.items()
            ),
            {
                **about,
                "way": f"average linkage, {link}",
                **_figures(half, linkage(half.vectors, link)),
            },
            {**about, "way": f"leaders, {lead}", **_figures(half, leaders(half.vectors, lead))},
            {**about, "way": "k-means, told k", **_figures(half, told_the_number(half))},
        ]
    show("gaps: topics of covid-faq", rows)


async def run() -> None:
    """Measure and show."""
    data = load("covid-faq")
    embedder = open_embedder()
    vectors = {key: await embedder.embed_query(text) for key, text in data.asked}
    dev, test = halves(data, vectors)
    pages = [await embedder.embed_passages([f"{one.title}\n{one.text}"]) for one in data.pages]
    middle = np.asarray(np.concatenate(pages).mean(axis=0), np.float32)
    rows = []
    for by in _GRID:
        seen = Outlook(by, middle)
        whole, first = (ours(dev, lambda *_, its=seen: its, 10, most) for most in (None, 60))
        rows.append({"joins": by.joins, "merges": by.merges, **whole, "first 60": _worth(first)})
    show("gaps choosing: dev half, ten at a time", rows)
    _sides(dev, test, middle)


if __name__ == "__main__":
    asyncio.run(run())
