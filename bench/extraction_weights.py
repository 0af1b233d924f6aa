"""Learn what tells a line that is no part of a page's text; prints weights and how well they do.

    python -m bench.extraction_weights CHECKOUT

CHECKOUT is a copy of github.com/adbar/trafilatura, whose tests/eval and tests/cache hold some
900 archived pages with segments that must and must not be in their text. The 77 of them that
`bench.extraction` scores are left out. Half of the rest is learned from and the other half
scored, and the other way round; the weights printed are of all.
"""

import argparse
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from selectolax.lexbor import LexborHTMLParser

from bench.extraction import GoldPage, other_pages, solid
from bench.figures import show
from ingest.parse.html import rough_content
from ingest.parse.html_facts import read_facts
from ingest.parse.html_lines import WHOLE, lines_below
from ingest.parse.html_odds import WEIGHTS, signs_of

_RIDGE = 3.0
_STEPS = 30
_BUDGETS = (0.005, 0.01, 0.015, 0.02, 0.03)

Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Lines:
    """A row of signs for each line that a segment was found in."""

    signs: Numbers
    is_noise: Numbers
    half: Numbers


def main() -> None:
    """Learn from one half, score the other; then learn from both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkout", type=Path)
    pages = other_pages(parser.parse_args().checkout)
    lines = labelled(pages)
    show("Lines cut for a share of wanted ones lost, from the other half", list(scores(lines)))
    for name, weight in zip(WEIGHTS, learn(lines.signs, lines.is_noise), strict=True):
        print(f'    "{name}": {weight:.2f},')


def labelled(pages: Sequence[GoldPage]) -> Lines:
    """Find the line of each segment in what the rules leave of its page."""
    signs, noise, halves = [], [], []
    for page in pages:
        half = hashlib.sha256(page.name.encode()).digest()[1] % 2
        for row, is_noise in _rows(page):
            signs.append(row)
            noise.append(is_noise)
            halves.append(half)
    return Lines(np.array(signs), np.array(noise, float), np.array(halves, float))


def _rows(page: GoldPage) -> Iterator[tuple[list[float], bool]]:
    tree = LexborHTMLParser(page.html)
    if tree.body is None:
        return
    lines = lines_below(rough_content(tree, tree.body, read_facts(tree)))
    texts = [solid(line.text) for line in lines]
    rows = [list(signs.values()) for signs in signs_of(lines)]
    for segments, is_noise in ((page.wanted, False), (page.unwanted, True)):
        for segment in map(solid, segments):
            place = next((place for place, text in enumerate(texts) if segment in text), None)
            if place is not None and lines[place].element.tag not in WHOLE:
                yield rows[place], is_noise


def learn(signs: Numbers, is_noise: Numbers) -> Numbers:
    """Give the weights of a logistic regression with a ridge, by Newton's method."""
    weights = np.zeros(signs.shape[1])
    for _ in range(_STEPS):
        odds = 1 / (1 + np.exp(-signs @ weights))
        slope = signs.T @ (odds - is_noise) + _RIDGE * weights
        bend = (signs.T * (odds * (1 - odds))) @ signs + _RIDGE * np.eye(len(weights))
        weights -= np.linalg.solve(bend, slope)
    return weights


def scores(lines: Lines) -> Iterator[dict[str, object]]:
    """Give for each budget how much goes, from weights that were learned on the other half."""
    odds = np.zeros(len(lines.half))
    for half in (0, 1):
        here = lines.half == half
        weights = learn(lines.signs[~here], lines.is_noise[~here])
        odds[here] = lines.signs[here] @ weights
    is_noise = lines.is_noise == 1
    for budget in _BUDGETS:
        least = np.quantile(odds[~is_noise], 1 - budget)
        yield {
            "wanted lost": budget,
            "odds above": float(least),
            "unwanted cut": float(np.mean(odds[is_noise] > least)),
            "unwanted lines": int(is_noise.sum()),
            "wanted lines": int((~is_noise).sum()),
        }


if __name__ == "__main__":
    main()
