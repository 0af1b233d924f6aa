"""Whether the right page is found: the PostgreSQL manual by its own index.

python -m bench.manual --home DIR      (a home that bench.ingest left)
"""

import argparse
import asyncio
from pathlib import Path

from bench.figures import distinct, hit, interval, mean, show
from bench.lists import ranked_lists
from bench.serving import serving
from bench.sets import load
from connectors.model import TenantId

SET = "postgresql-doc-15"


def main() -> None:
    """Ask all of the manual's index terms over HTTP, and BM25 beside it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--every", type=int, default=1, help="ask only every n-th")
    chosen = parser.parse_args()
    data = load(SET)
    asked = data.asked[:: chosen.every]
    with serving(chosen.home) as served:
        hybrid = [
            distinct([found["document"]["ref"] for found in served.search(text, 50)])
            for _, text in asked
        ]
        lists = asyncio.run(
            ranked_lists(chosen.home, TenantId("default"), [text for _, text in asked])
        )
    rows: list[dict[str, object]] = []
    for name, answers in (
        ("Punnet over HTTP", hybrid),
        ("BM25 alone, same chunks", lists.sparse_pages()),
        ("dense alone, same chunks", lists.dense_pages()),
    ):
        hits = [
            hit(pages, data.relevant[key]) for (key, _), pages in zip(asked, answers, strict=True)
        ]
        low, high = interval(hits)
        rows.append(
            {"ranking": name, "questions": len(hits), "hit@10": mean(hits), "from": low, "to": high}
        )
    show("Manual: pages found by the manual's own index", rows)


if __name__ == "__main__":
    main()
