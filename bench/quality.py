"""How good the ranking is: nDCG@10 over HTTP, beside each of the two lists alone.

    python -m bench.quality [SET ...] [--home DIR]

Fusion weights are chosen on covid-faq and nq-oracle only (`--weights`), never on the sets
that are reported.
"""

import argparse
import asyncio
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import httpx2

from bench.figures import distinct, hit, interval, mean, ndcg, show
from bench.lists import RankedLists, ranked_lists
from bench.serving import Served, serving
from bench.sets import RetrievalSet, load
from connectors.model import TenantId
from retrieval.fusion import DENSE_WEIGHT, fuse

REPORTED = ("scifact", "mtrag-human-subset", "covid-faq-paraphrase", "hotpotqa-100")
TUNED_ON = ("covid-faq", "nq-oracle")
_LIMIT = 30
"""Passages asked for, so that ten distinct pages are among them."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A set that is being served, as a tenant of its own."""

    data: RetrievalSet
    tenant: TenantId
    http: httpx2.Client


def fill(served: Served, data: RetrievalSet) -> Loaded:
    """Put a set's pages into a tenant of its own and wait until they are searchable."""
    made = served.post("/v1/tenants", {"name": data.name})
    http = httpx2.Client(
        base_url=served.http.base_url,
        headers={"Authorization": f"Bearer {made['key']}"},
        timeout=60,
    )
    source = http.post("/v1/sources", json={"kind": "upload", "name": data.name}).json()["id"]

    def put(page: tuple[str, str, str]) -> None:
        ref, title, text = page
        where = f"/v1/sources/{source}/documents/{quote(ref, safe='')}"
        answer = http.put(
            where,
            params={"title": title} if title else {},
            content=text.encode(),
            headers={"Content-Type": "text/plain; charset=utf-8"},
        )
        if answer.status_code >= 400:
            raise RuntimeError(answer.text)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(put, [(page.id, page.title, page.text) for page in data.pages]))
    tenant = Served(served.home, served.process, http, served.memory, served.ready_s)
    run = tenant.sync(source)
    print(f"{data.name}: {run['state']} {run['counts']} in {run['wall_s']:.0f} s")
    return Loaded(data, TenantId(made["tenant"]["id"]), http)


def over_http(loaded: Loaded) -> list[list[str]]:
    """Ask every question with default settings and give the pages in order."""
    answers = []
    for _, text in loaded.data.asked:
        said = loaded.http.post("/v1/search", json={"query": text[:8000], "limit": _LIMIT})
        hits = said.raise_for_status().json()["hits"]
        answers.append(distinct([found["document"]["ref"] for found in hits]))
    return answers


def scores(data: RetrievalSet, answers: Sequence[Sequence[str]]) -> list[float]:
    """Give the nDCG@10 of every question."""
    return [
        ndcg(pages, data.relevant[key]) for (key, _), pages in zip(data.asked, answers, strict=True)
    ]


def report(loaded: Loaded, lists: RankedLists) -> dict[str, object]:
    """Measure one set."""
    data = loaded.data
    answers = over_http(loaded)
    fused = scores(data, answers)
    low, high = interval(fused)
    keys = [key for key, _ in data.asked]
    return {
        "set": data.name,
        "questions": len(fused),
        "nDCG@10": mean(fused),
        "95 % from": low,
        "to": high,
        "dense alone": mean(scores(data, lists.dense_pages())),
        "sparse alone": mean(scores(data, lists.sparse_pages())),
        "hit@10": mean(
            [hit(pages, data.relevant[key]) for key, pages in zip(keys, answers, strict=True)]
        ),
    }


def weights(data: RetrievalSet, lists: RankedLists) -> list[dict[str, object]]:
    """Try fusion weights on lists already fetched."""
    rows: list[dict[str, object]] = []
    for weight in (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9):
        answers = [
            [lists.page_of[point.id] for point in fuse(dense, sparse, dense_weight=weight)]
            for dense, sparse in zip(lists.dense, lists.sparse, strict=True)
        ]
        found = mean(scores(data, [distinct(pages) for pages in answers]))
        rows.append({"set": data.name, "dense": weight, "nDCG@10": found})
    return rows


def main() -> None:
    """Measure the sets named, or all that are reported."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sets", nargs="*")
    parser.add_argument("--home", type=Path)
    parser.add_argument("--weights", action="store_true", help="choose k and weight instead")
    chosen = parser.parse_args()
    names = chosen.sets or (TUNED_ON if chosen.weights else REPORTED)
    home = chosen.home or Path(tempfile.mkdtemp(prefix="punnet-quality-")) / "home"
    rows: list[dict[str, object]] = []
    with serving(home) as served:
        for name in names:
            loaded = fill(served, load(name))
            questions = [text for _, text in loaded.data.asked]
            lists = asyncio.run(ranked_lists(home, loaded.tenant, questions))
            rows += weights(loaded.data, lists) if chosen.weights else [report(loaded, lists)]
    title = "Weights" if chosen.weights else "Quality"
    show(f"{title}: dense weight {DENSE_WEIGHT}", rows)


if __name__ == "__main__":
    main()
