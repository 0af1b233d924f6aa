"""What is measured of rankings and of times, and how it is shown."""

import json
import math
import random
from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

OUT = Path(__file__).parent / "out"


def ndcg(ranked: Sequence[str], relevant: frozenset[str], depth: int = 10) -> float:
    """Give nDCG with binary gains (Järvelin and Kekäläinen 2002)."""
    gain = sum(
        1 / math.log2(rank + 1)
        for rank, page in enumerate(ranked[:depth], start=1)
        if page in relevant
    )
    best = sum(1 / math.log2(rank + 1) for rank in range(1, min(len(relevant), depth) + 1))
    return gain / best


def hit(ranked: Sequence[str], relevant: frozenset[str], depth: int = 10) -> float:
    """Say with 1.0 that one of the first pages is relevant."""
    return float(any(page in relevant for page in ranked[:depth]))


def mean(values: Sequence[float]) -> float:
    """Give the mean; 0 of nothing."""
    return sum(values) / len(values) if values else 0.0


def interval(values: Sequence[float], draws: int = 2_000) -> tuple[float, float]:
    """Give the 95 % bootstrap interval of the mean, the same at every call."""
    rng = random.Random(0)
    means = sorted(mean(rng.choices(values, k=len(values))) for _ in range(draws))
    return means[int(draws * 0.025)], means[int(draws * 0.975)]


def percentile(values: Sequence[float], share: float) -> float:
    """Give the value below which a share of the values lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def distinct(pages: Sequence[str]) -> list[str]:
    """Keep each page at its first place."""
    return list(dict.fromkeys(pages))


def show(title: str, rows: Sequence[Mapping[str, object]]) -> None:
    """Print rows as a table and keep them as JSON under the title's name."""
    table = Table(title=title)
    for column in rows[0]:
        table.add_column(column)
    for row in rows:
        table.add_row(*(_shown(value) for value in row.values()))
    Console(width=140).print(table)
    OUT.mkdir(exist_ok=True)
    path = OUT / f"{title.split(':')[0].replace(' ', '-').lower()}.json"
    path.write_text(json.dumps(list(rows), indent=1, default=str), encoding="utf-8")
    print(f"written to {path}")


def _shown(value: object) -> str:
    return f"{value:.3f}" if isinstance(value, float) else str(value)
